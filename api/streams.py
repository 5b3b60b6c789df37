"""What a plain Django view that streams needs of the edge: the caller, throttled and checked.

A stream cannot be a `CoopView`: under ASGI its body must come from an async iterator, each
step of which opens a fresh scope, so that a revocation ends it.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from rest_framework.exceptions import MethodNotAllowed, NotAuthenticated
from rest_framework.serializers import Serializer

from api.authentication import actor_of_request
from api.permissions import check_permission
from api.problems import plain_problem
from api.refusals import account_for
from api.throttles import check_rate
from coop.actors import Actor, Permission

AsyncView = Callable[..., Coroutine[Any, Any, HttpResponseBase]]


def stream(
    permission: Permission,
    *,
    throttle: str = "read",
    media_type: str = "text/csv",
    query: type[Serializer[Any]] | None = None,
    example: str = "",
) -> Callable[[AsyncView], AsyncView]:
    """Make an async view `view(request, actor, **path)` a stream of the API, for GET only.

    The caller is authenticated, throttled and checked before it, and every error before the
    first byte is a problem, as in a `CoopView`; a refusal is in the ledger. The view's
    docstring, `media_type`, the `query` parameters and an `example` of what it sends describe
    it in the OpenAPI document.
    """

    def decorate(view: AsyncView) -> AsyncView:
        @wraps(view)
        async def answer(request: HttpRequest, **path: Any) -> HttpResponseBase:
            actor: Actor | None = None
            try:
                actor = await sync_to_async(_known)(request, throttle)
                check_permission(actor, permission)
                return await view(request, actor, **path)
            except Exception as error:  # noqa: BLE001 - every error becomes a problem
                return await sync_to_async(_problem)(error, actor, request)

        # Nothing but GET is answered, and by a problem: no token is worth asking for.
        answer.csrf_exempt = True  # type: ignore[attr-defined]
        answer.needs = {"GET": permission}  # type: ignore[attr-defined]
        answer.throttle = throttle  # type: ignore[attr-defined]
        answer.media_type = media_type  # type: ignore[attr-defined]
        answer.query = query  # type: ignore[attr-defined]
        answer.example = example  # type: ignore[attr-defined]
        return answer

    return decorate


def _known(request: HttpRequest, throttle: str) -> Actor:
    if request.method != "GET":
        raise MethodNotAllowed(str(request.method))
    actor = actor_of_request(request)
    if actor is None:
        raise NotAuthenticated
    check_rate(actor, throttle)
    return actor


def _problem(
    error: Exception, actor: Actor | None, request: HttpRequest
) -> HttpResponse:
    try:
        account_for(error, by=actor, request=request)
    except Exception as failure:  # noqa: BLE001 - what cannot be accounted for is the answer
        error = failure
    return plain_problem(error, request)

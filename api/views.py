"""The one base of every view: who asks, may they, in which scope, and what is kept of the answer.

A view says for each method what it needs; everything that must not be forgotten happens here.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.exceptions import MethodNotAllowed, NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from api.authentication import KeyAuthentication, PersonAuthentication
from api.idempotency import Once, once
from api.parsers import check_characters, is_unannounced
from api.permissions import check_permission
from api.problems import problem
from api.refusals import account_for
from api.serializers import StrictSerializer
from api.throttles import Rate, Throttled, check_rate
from coop.actors import Action, Actor, Permission
from coop.db.scope import acting_as

SAFE_METHODS: Final = frozenset({"GET", "HEAD"})
READING: Final = frozenset({Action.COUNT, Action.READ})
OF_VOTERS: Final = frozenset(
    {
        Permission.VOTERS_COUNT,
        Permission.VOTERS_READ,
        Permission.VOTERS_EXPORT,
        Permission.LISTS_WRITE,
    }
)
TEST_HEADER: Final = "Coop-Test"


@dataclass(frozen=True, slots=True)
class Need:
    """What a method of a view needs: a permission of the caller, and a scope for its handler.

    `permission` None lets every known caller in. `action` None means that the handler
    opens its own scopes. `writes` tells whether a test credential's work is undone at the
    end; by default true for unsafe methods, save those whose action only counts or reads
    (their entries in the ledger must stay). `once` tells whether an `Idempotency-Key` is
    heeded: not for questions, since what was kept would outlive a revocation, nor for
    bodies that are taken as they come.
    """

    permission: Permission | None
    action: Action | None
    writes: bool | None = None
    once: bool = True

    def undone_for_tests(self, method: str) -> bool:
        """Tell whether a test credential's call of this method leaves nothing behind."""
        if self.writes is not None:
            return self.writes
        return method not in SAFE_METHODS and self.action not in READING


class CoopRequest(Request):
    """A request whose caller is known as an `Actor`."""

    @property
    def actor(self) -> Actor:
        """Return who acts. Raises `NotAuthenticated` where nobody does."""
        if not isinstance(self.auth, Actor):
            raise NotAuthenticated
        return self.auth

    def _load_stream(self) -> None:
        """Find the body also where no length announces it, which DRF takes for no body at all."""
        super()._load_stream()  # type: ignore[misc]  # the stubs do not know it
        plain: Any = self._request
        if vars(self)["_stream"] is None and is_unannounced(plain):
            started = plain._read_started  # noqa: SLF001 - as DRF asks itself
            self._stream = io.BytesIO(self.body) if started else plain


class CoopView(APIView):
    """Authenticates, throttles, checks the permission, opens the scope, and accounts for refusals.

    `needs` maps an HTTP method to its `Need`. `throttle` names one of settings.API_RATES;
    empty means "read" for safe methods and "write" for the others. `queried` names unsafe
    methods that read query parameters; the others refuse any. A handler takes a
    `CoopRequest` and returns a `Response`; it raises `CoopError` and nothing of HTTP.
    """

    needs: ClassVar[Mapping[str, Need]] = {}
    throttle: ClassVar[str] = ""
    queried: ClassVar[frozenset[str]] = frozenset()
    authentication_classes = [KeyAuthentication, PersonAuthentication]
    permission_classes = []
    throttle_classes = []

    caller: Actor | None = None
    rate: Rate | None = None
    _has_read_query = False

    def dispatch(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Answer one request; every way out goes through `handle_exception` or the handler."""
        self.args, self.kwargs = args, kwargs
        self.request = asked = self.initialize_request(request, *args, **kwargs)
        self.headers = self.default_response_headers
        answer: HttpResponseBase
        try:
            self.initial(asked, *args, **kwargs)
            answer = self._answer(asked)
        except Exception as error:  # noqa: BLE001 - every error becomes a problem
            answer = self.handle_exception(error)
        return self.finalize_response(asked, answer, *args, **kwargs)

    def initialize_request(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> CoopRequest:
        """Return the request as handlers see it."""
        return CoopRequest(
            request,
            parsers=self.get_parsers(),
            authenticators=self.get_authenticators(),
            negotiator=self.get_content_negotiator(),
            parser_context=self.get_parser_context(request),
        )

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check everything that can be checked before the handler, the throttle before the permission.

        A refusal is written down, so whoever is refused must be throttled first.
        """
        self.format_kwarg = None
        negotiated = self.perform_content_negotiation(request)
        request.accepted_renderer, request.accepted_media_type = negotiated
        need = self._need(request)
        check_characters(request)
        self.caller = self._asked().actor
        self.rate = check_rate(self.caller, self.throttle_of(str(request.method)))
        check_permission(self.caller, need.permission)
        if request.method not in SAFE_METHODS | self.queried:
            self._check_query_was_read(request)

    @classmethod
    def throttle_of(cls, method: str) -> str:
        """Return the name of the throttle that a method counts against."""
        return cls.throttle or ("read" if method in SAFE_METHODS else "write")

    def handle_exception(self, exc: Exception) -> Response:
        """Return the problem that an error is; a refusal of a known caller is written down first."""
        try:
            account_for(exc, by=self.caller, request=self.request)
        except Exception as error:  # noqa: BLE001 - what cannot be accounted for is the answer
            exc = error
        if isinstance(exc, Throttled):
            self.rate = exc.rate
        response = problem(exc, self.request)
        response.exception = True
        return response

    def finalize_response(  # type: ignore[override]  # DRF lets other answers through
        self, request: Request, response: Any, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Add the headers that every answer carries."""
        final: HttpResponseBase = super().finalize_response(
            request, response, *args, **kwargs
        )
        for name, value in (self.rate.headers() if self.rate else {}).items():
            final[name] = value
        if self.caller and self.caller.test:
            final[TEST_HEADER] = "true"
        final["Cache-Control"] = "no-store"
        return final

    def body(self, shape: type[Serializer[Any]], **context: Any) -> dict[str, Any]:
        """Return the validated body. Raises DRF's `ValidationError`: a 422 that names each fault."""
        return _validated(shape, self.request.data, context)

    def query(self, shape: type[Serializer[Any]], **context: Any) -> dict[str, Any]:
        """Return the validated query parameters; unknown ones are faults too."""
        self._has_read_query = True
        return _validated(shape, self.request.query_params, context)

    def _asked(self) -> CoopRequest:
        assert isinstance(self.request, CoopRequest)
        return self.request

    def _need(self, request: Request) -> Need:
        method = "GET" if request.method == "HEAD" else str(request.method)
        if method not in self.needs or not hasattr(self, method.lower()):
            raise MethodNotAllowed(method)
        return self.needs[method]

    def _answer(self, request: CoopRequest) -> HttpResponseBase:
        """Return the answer: a `Response`, or a stream where a view writes one itself."""
        need = self._need(request)
        method = str(request.method)
        handler = getattr(self, method.lower())

        def run() -> Response:
            answer = handler(request, *self.args, **self.kwargs)
            assert isinstance(answer, Response)
            self._check_query_was_read(request)
            return answer

        if request.actor.test and need.undone_for_tests(method):
            return _run_and_undo(request.actor, need, run)
        attempt = None
        if method not in SAFE_METHODS and need.once:
            rests = need.permission in OF_VOTERS
            attempt = once(request, rests_on_grants=rests)
        return _run(request.actor, need, run, attempt)

    def _check_query_was_read(self, request: Request) -> None:
        """Refuse query parameters that no handler asked for: those of unsafe methods before it."""
        if request.query_params and not self._has_read_query:
            _validated(StrictSerializer, request.query_params, {})

    @property
    def allowed_methods(self) -> list[str]:
        """Return the methods that the view answers."""
        return sorted(self.needs)


def _run(
    actor: Actor, need: Need, run: Callable[[], Response], attempt: Once | None
) -> Response:
    """Run a handler in its scope; what is kept for a replay commits together with the act."""
    if attempt is None:
        with _scope(actor, need):
            return run()
    if replayed := attempt.claim():
        return replayed
    try:
        with _scope(actor, need):
            answer = run()
            attempt.keep(answer)
    except BaseException:
        attempt.release()
        raise
    return answer


def _run_and_undo(actor: Actor, need: Need, run: Callable[[], Response]) -> Response:
    """Run a handler for a test credential: all is validated, and nothing stays in the database.

    A handler that does more than that (writes a file, sends a mail, works on another
    connection) asks `request.actor.test` itself.
    """
    with transaction.atomic():
        with _scope(actor, need):
            answer = run()
        transaction.set_rollback(True)
    return answer


def _scope(actor: Actor, need: Need) -> AbstractContextManager[object]:
    return acting_as(actor, need.action) if need.action else nullcontext()


def _validated(
    shape: type[Serializer[Any]], data: Any, context: Mapping[str, Any]
) -> dict[str, Any]:
    serializer = shape(data=data, context=dict(context))
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)

"""Accounting for refusals: each is an entry in the ledger, in a transaction that no rollback reaches."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from rest_framework.request import Request

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.errors import CoopError, Denied
from coop.ledger.actions import Refusal, Use, record
from coop.ledger.events import Event


def account_for(
    error: Exception, *, by: Actor | None, request: Request | HttpRequest
) -> None:
    """Write down that a known caller was refused; other errors are nobody's business.

    An error that concerns one state says so in `extra["state"]`: its owner then reads the
    entry too. Fields and groups named in `extra` are standard names.
    """
    if by is None or not isinstance(error, Denied):
        return
    match = request.resolver_match
    detail = {"route": match.route if match else "", "method": str(request.method)}
    with acting_as(by, Action.MANAGE):
        record(
            Event.REQUEST_REFUSED,
            by=by,
            use=_use(error),
            refusal=Refusal(error.code, detail),
        )


def _use(error: CoopError) -> Use:
    return Use(
        state=error.extra.get("state"),
        groups=_names(error, "groups"),
        fields=_names(error, "fields"),
    )


def _names(error: CoopError, member: str) -> list[str]:
    value: Any = error.extra.get(member, ())
    return [str(one) for one in value] if isinstance(value, list | tuple | set) else []

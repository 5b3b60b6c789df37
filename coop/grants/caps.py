"""Caps: distinct voters a calendar month (UTC), however they were obtained."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import connections
from django.utils import timezone

from coop.actors import Action, Actor
from coop.db.scope import current_scope
from coop.errors import Denied


def note_voters(
    *,
    by: Actor,
    state: str,
    voters: Sequence[UUID],
    groups: Iterable[str],
    action: Action,
) -> None:
    """Note voters about to be handed out, inside the scope that read them.

    Counts against each capped grant of the actor's that covers them for the scope's action,
    unless an uncapped grant covers them as well; a voter already obtained this month costs
    nothing. Owners and holders of uncapped grants pay one short query. Call it once a page
    or chunk (up to some thousands), before the rows leave: the transaction holds a lock on
    the grant's line until it ends. Raises `Denied` with code `cap_reached`, so that the
    whole transaction, this note included, is rolled back; `RuntimeError` outside that scope.
    """
    if not voters:
        return
    scope = current_scope()
    if scope is None or scope.actor != by or scope.action is not action:
        raise RuntimeError(
            "Voters are noted in the scope that read them, and there alone."
        )
    with connections[scope.using].cursor() as cursor:
        cursor.execute(
            "SELECT grant_id, cap, used, used - added FROM sec.use_voters(%s, %s, %s)",
            [state, list(voters), [str(group) for group in groups]],
        )
        for grant, cap, used, before in cursor.fetchall():
            if used > cap:
                raise _cap_reached(state, grant, cap=cap, used=before)


def next_month(today: dt.date) -> dt.datetime:
    """Return the first moment (UTC) of the month after a day: when caps start anew."""
    year, month = divmod(today.year * 12 + today.month, 12)
    return dt.datetime(year, month + 1, 1, tzinfo=dt.UTC)


def _cap_reached(state: str, grant: UUID, *, cap: int, used: int) -> Denied:
    resets_at = next_month(timezone.now().astimezone(dt.UTC).date())
    return Denied(
        "cap_reached",
        f"This would pass the grant's cap of {cap} distinct voters a month.",
        extra={
            "state": state,
            "grant": str(grant),
            "cap": cap,
            "used": used,
            "resets_at": resets_at.isoformat(),
        },
    )

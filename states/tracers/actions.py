"""Setting tracers up, ending them, and tracing a leaked file: the owner party's acts, each in the account."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from django.utils import timezone

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.errors import not_found
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from states.tracers.access import check_own, get_setup
from states.tracers.account import Armed, open_setup, seal_setup
from states.tracers.codes import SECRET_BYTES
from states.tracers.models import Setup
from states.tracers.points import Points, check_points
from states.tracers.queries import woven_in
from states.tracers.tracing import Trace, judge, with_names


def set_tracers(*, state: str, points: Points, by: Actor) -> Setup:
    """Set up, or change, the tracers of a state: exports that begin from now on hold them.

    Call it in the owner's scope to manage. The secret stays through changes and endings, so that what left
    before can be traced. Raises `NotFound` for a state of another's, `Invalid` (`tracers_invalid`).
    """
    check_own(state, by=by)
    check_points(points)
    kept = Setup.objects.select_for_update().filter(state=state).first()
    secret = (
        open_setup(bytes(kept.sealed), state).secret
        if kept
        else os.urandom(SECRET_BYTES)
    )
    setup = Setup(
        state=state,
        sealed=seal_setup(Armed(secret, points), state),
        active=True,
        changed_by=by.principal,
        changed_at=timezone.now(),
    )
    setup.save(force_update=kept is not None, force_insert=kept is None)
    record(Event.TRACERS_SET, by=by, use=Use(state=state))
    return setup


def end_tracers(*, state: str, by: Actor) -> None:
    """End the tracers of a state: exports that begin from now on hold none. Raises `NotFound`."""
    setup = get_setup(state, by=by, lock=True)
    setup.active, setup.changed_by = False, by.principal
    setup.changed_at = timezone.now()
    setup.save(update_fields=["active", "changed_by", "changed_at"])
    record(Event.TRACERS_ENDED, by=by, use=Use(state=state))


def trace_leak(*, state: str, rows: Iterable[Sequence[str]], by: Actor) -> Trace:
    """Tell which licensees' exports of a state a file came from, by the tracers in it.

    `rows` are the texts of each row's cells, in whatever order and under whatever titles; they are read in no
    scope, so they may be many. Raises `NotFound` for a state of another's, or one that never had tracers.
    """
    with acting_as(by, Action.MANAGE):
        check_own(state, by=by)
        kept = Setup.objects.filter(state=state).first()
        if kept is None:
            raise not_found("set-up of tracers")
        woven = list(woven_in(state))
    found = judge(open_setup(bytes(kept.sealed), state), woven, rows)
    detail = {
        "named": [str(one.organization) for one in found.suspects if one.is_named]
    }
    with acting_as(by, Action.MANAGE):
        record(
            Event.LEAK_TRACED,
            by=by,
            use=Use(state=state, rows=found.rows),
            detail=detail,
        )
        return with_names(found)

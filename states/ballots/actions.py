"""Uploading ballots: every line judged, the good ones applied at once, or nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.db import connection
from django.utils import timezone

from coop.actors import Action, Actor
from coop.db.scope import acting_as, renew_scope
from coop.errors import Conflict, CoopError, not_found
from coop.jurisdictions.models import State
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from states.ballots.access import upload_by_id
from states.ballots.lines import batches, read_ballots
from states.ballots.models import Mode, Upload
from states.fields.definition import Group
from states.files.sheets import Sheet

REFUSALS = {
    "no_ballots": "No line names a voter of the state with a status and a date.",
    "many_faults": "Over 5 % of the lines are at fault: look at them, or send accept=true.",
    "ballots_fell": "Over half of the election's ballots would go: send accept=true if that is so.",
}


@dataclass(frozen=True, slots=True)
class Declared:
    """What an upload declares: state, election (`2026-11-03 general`), mode.

    `accept` applies a whole upload in spite of many faults or of ballots that go.
    """

    state: str
    election: str
    mode: Mode
    accept: bool = False


def upload_ballots(*, declared: Declared, chunks: Iterable[bytes], by: Actor) -> Upload:
    """Read, stage and apply an upload of a state that `by` owns, and return it with its figures.

    A difference adds steps to ballots; a whole upload replaces the election's. Others see how
    far it is read; the ballots change in one transaction. Raises `NotFound` for a state
    of another owner, `Invalid` for the header, `Conflict` (`no_ballots`, `many_faults`,
    `ballots_fell`) with nothing applied.
    """
    upload = uuid4()
    _check_owner(declared.state, by)
    sheet = read_ballots(chunks)
    with acting_as(by, Action.IMPORT):
        _call(
            "sec.open_ballots(%s, %s, %s, %s)",
            [declared.state, upload, declared.election, declared.mode.value],
        )
    try:
        _stage(declared.state, upload, sheet, by)
        figures = _apply(declared, upload, by)
    except Exception as error:
        _fail(declared.state, upload, error, by)
        raise
    if refused := figures.get("refused"):
        extra = {"upload": str(upload), "figures": figures}
        raise Conflict(refused, REFUSALS[refused], extra=extra)
    with acting_as(by, Action.IMPORT):
        return upload_by_id(upload)


def _check_owner(state: str, by: Actor) -> None:
    with acting_as(by, Action.IMPORT):
        if not State.objects.filter(code=state, owner=by.organization).exists():
            raise not_found("state of yours")


def _stage(state: str, upload: UUID, sheet: Sheet, by: Actor) -> None:
    for rows, faults in batches(sheet, state, timezone.localdate()):
        lines, faulty = json.dumps(rows), json.dumps([one.as_row() for one in faults])
        with acting_as(by, Action.IMPORT):
            _call("sec.stage_ballots(%s, %s, %s, %s)", [state, upload, lines, faulty])


def _apply(declared: Declared, upload: UUID, by: Actor) -> dict[str, Any]:
    with acting_as(by, Action.IMPORT) as scope:
        figures: dict[str, Any] = json.loads(
            _call(
                "sec.apply_ballots(%s, %s, %s)::text",
                [declared.state, upload, declared.accept],
            )
        )
        renew_scope(scope)  # a publication may have kept it waiting
        refused = figures.get("refused")
        record(
            Event.BALLOTS_REFUSED if refused else Event.BALLOTS_APPLIED,
            by=by,
            use=Use(state=declared.state, groups=[Group.BALLOTS.value]),
            subject=upload,
            detail={"election": declared.election, "mode": declared.mode, **figures},
        )
    return figures


def _fail(state: str, upload: UUID, error: Exception, by: Actor) -> None:
    reason = error.code if isinstance(error, CoopError) else "internal_error"
    with acting_as(by, Action.IMPORT):
        _call("sec.fail_ballots(%s, %s, %s)", [state, upload, reason])


def _call(function: str, values: list[Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}", values)
        return cursor.fetchone()[0]

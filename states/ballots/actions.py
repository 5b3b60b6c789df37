"""Uploading ballots: every line judged, the good ones applied at once, or nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

from django.utils import timezone

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.errors import Conflict, not_found
from coop.jurisdictions.models import State
from states.ballots import applying
from states.ballots.access import upload_by_id
from states.ballots.lines import batches, read_ballots
from states.ballots.models import Mode, Upload
from states.files.sheet_store import StoredSheet, forget_sheet, keep_sheet, read_sheet

INLINE_LINES: Final = 20_000
"""An upload of more lines waits for a worker."""
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
    """Take in an upload of a state that `by` owns: a small one is applied at once, a large one queued.

    A difference adds steps to ballots; a whole upload replaces the election's. Others see how
    far it is read; the ballots change in one transaction. Raises `NotFound` for a state
    of another owner, `Invalid` for the header, `TooLarge`, and of a small upload `Conflict`
    (`no_ballots`, `many_faults`, `ballots_fell`) with nothing applied; a large one is then
    `refused` for the same reason.
    """
    _check_owner(declared.state, by)
    key = uuid4()
    stored = keep_sheet(chunks, key)
    try:
        read_ballots(read_sheet(key))
        if stored.lines > INLINE_LINES:
            upload = _queue(declared, key, stored, by)
        else:
            upload = _apply_now(declared, key, by)
    except BaseException:
        forget_sheet(key)
        raise
    if by.test or not upload.kept:
        forget_sheet(key)
    return upload


def _check_owner(state: str, by: Actor) -> None:
    with acting_as(by, Action.IMPORT):
        if not State.objects.filter(code=state, owner=by.organization).exists():
            raise not_found("state of yours")


def _declared(declared: Declared, key: UUID) -> Upload:
    return Upload(
        state=declared.state,
        id=key,
        ballot_election=declared.election,
        mode=declared.mode.value,
        accept=declared.accept,
    )


def _queue(declared: Declared, key: UUID, stored: StoredSheet, by: Actor) -> Upload:
    upload = _declared(declared, key)
    upload.lines_total = stored.lines
    upload.principal_kind = by.kind.value
    upload.source = by.source
    with acting_as(by, Action.IMPORT):
        applying.queue_upload(upload)
        return upload_by_id(key)


def _apply_now(declared: Declared, key: UUID, by: Actor) -> Upload:
    upload = _declared(declared, key)
    with acting_as(by, Action.IMPORT):
        applying.open_upload(upload)
    try:
        sheet = read_ballots(read_sheet(key))
        for _, rows, faults in batches(sheet, upload.state, timezone.localdate()):
            with acting_as(by, Action.IMPORT):
                applying.stage(upload, rows, faults)
        figures = applying.apply(upload, by)
    except Exception as error:
        applying.fail(upload, error, by)
        raise
    if refused := figures.get("refused"):
        extra = {"upload": str(key), "figures": figures}
        raise Conflict(refused, REFUSALS[refused], extra=extra)
    with acting_as(by, Action.IMPORT):
        return upload_by_id(key)

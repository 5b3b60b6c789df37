"""Staging an upload's lines and applying them: what a request does for a small upload, a worker for a large one."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.db import connection

from coop.actors import Action, Actor
from coop.db.scope import acting_as, renew_scope
from coop.errors import CoopError
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from states.ballots.lines import Row
from states.ballots.models import Upload
from states.fields.definition import Group
from states.files.sheets import Faulty


def open_upload(upload: Upload) -> None:
    """Begin an upload that is read at once, in the open import scope."""
    values = [upload.state, upload.id, upload.ballot_election, upload.mode]
    call("sec.open_ballots(%s, %s, %s, %s)", values)


def queue_upload(upload: Upload) -> None:
    """Enter an upload that waits for a worker, in the open import scope."""
    call(
        "sec.queue_ballots(%s, %s, %s, %s, %s, %s, %s, %s)",
        [
            upload.state,
            upload.id,
            upload.ballot_election,
            upload.mode,
            upload.accept,
            upload.lines_total,
            upload.principal_kind,
            upload.source,
        ],
    )


def stage(upload: Upload, rows: list[Row], faults: list[Faulty]) -> None:
    """Keep a batch's rows and faults, in the open import scope."""
    lines, faulty = json.dumps(rows), json.dumps([one.as_row() for one in faults])
    values = [upload.state, upload.id, lines, faulty]
    call("sec.stage_ballots(%s, %s, %s, %s)", values)


def apply(upload: Upload, by: Actor) -> dict[str, Any]:
    """Apply a staged upload in one transaction with its ledger entry; return its figures.

    With `refused` among them nothing was written.
    """
    with acting_as(by, Action.IMPORT) as scope:
        values = [upload.state, upload.id, upload.accept]
        text = call("sec.apply_ballots(%s, %s, %s)::text", values)
        figures: dict[str, Any] = json.loads(text)
        renew_scope(scope)  # a publication may have kept it waiting
        refused = figures.get("refused")
        record(
            Event.BALLOTS_REFUSED if refused else Event.BALLOTS_APPLIED,
            by=by,
            use=Use(state=upload.state, groups=[Group.BALLOTS.value]),
            subject=upload.id,
            detail={
                "election": upload.ballot_election,
                "mode": upload.mode,
                **figures,
            },
        )
    return figures


def fail(upload: Upload, error: Exception, by: Actor) -> None:
    """End an upload with the reason; its lines go."""
    reason = error.code if isinstance(error, CoopError) else "internal_error"
    with acting_as(by, Action.IMPORT):
        call("sec.fail_ballots(%s, %s, %s)", [upload.state, upload.id, reason])


def beat(upload: Upload, *, worker: str, read_to: int, released: bool = False) -> bool:
    """Note how far a lease's holder is, in the open import scope; false once it is another's."""
    values = [upload.state, upload.id, worker, read_to, released]
    return bool(call("sec.beat_ballots(%s, %s, %s, %s, %s)", values))


def claim(worker: str) -> tuple[str, UUID, UUID] | None:
    """Lease the oldest upload that waits, in the open worker's scope: state, upload, owner."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM sec.claim_ballots(%s)", [worker])
        row = cursor.fetchone()
    return (row[0], row[1], row[2]) if row else None


def call(function: str, values: list[Any]) -> Any:
    """Call one of the functions that write ballots; return its value."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}", values)
        return cursor.fetchone()[0]

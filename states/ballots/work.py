"""Working through large uploads of ballots: batch by batch under a lease, then applied in one transaction.

A worker that is killed leaves an upload that the next one goes on with after its last batch.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import structlog
from django.db import DatabaseError
from django.utils import timezone

from coop.actors import WORKER, Action, Actor, Permission, PrincipalKind, worker_for
from coop.db.scope import acting_as
from coop.errors import CoopError, Invalid
from coop.organizations.access import check_standing
from states.ballots import applying
from states.ballots.access import upload_by_id
from states.ballots.lines import batches, read_ballots
from states.ballots.models import Upload
from states.files.sheet_store import forget_sheet, read_sheet
from states.files.workers import worker_name

TURN_SECONDS: Final = 45.0
MOST_ATTEMPTS: Final = 5
"""Workers that may be lost over one upload before it is given up."""

_log = structlog.get_logger("states.ballots")


class LeaseLost(Exception):  # noqa: N818  # reads as what happened
    """Another worker has taken the upload over, or it is over."""


@dataclass(frozen=True, slots=True)
class _Held:
    """A leased upload: under which worker's name, and for whom it is applied."""

    upload: Upload
    worker: str
    by: Actor


def run_uploads(seconds: float = TURN_SECONDS) -> bool:
    """Work on waiting uploads for about so long; true if there is more to do."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        held = _claim()
        if held is None:
            return False
        _work_on(held, until)
    return True


def _claim() -> _Held | None:
    worker = worker_name()
    with acting_as(WORKER, Action.WORK):
        found = applying.claim(worker)
    if found is None:
        return None
    _, claimed, owner = found
    with acting_as(worker_for(owner), Action.IMPORT):
        upload = upload_by_id(claimed)
    kind = PrincipalKind(upload.principal_kind)
    by = Actor(owner, upload.uploaded_by, kind, source=upload.source)
    return _Held(upload, worker, by)


def _work_on(held: _Held, until: float) -> None:
    log = _log.bind(upload=str(held.upload.id))
    try:
        if held.upload.attempts >= MOST_ATTEMPTS:
            detail = f"The upload was interrupted {held.upload.attempts} times."
            raise Invalid("gave_up", detail)
        if _read_on(held, until):
            applying.apply(held.upload, held.by)
            forget_sheet(held.upload.id)
    except LeaseLost:
        log.info("lease lost")
    except (CoopError, FileNotFoundError) as error:
        _fail(held, error)
    except DatabaseError:
        # The lease runs out: the failure counts as an attempt, and the next one comes later.
        log.exception("upload step failed")


def _read_on(held: _Held, until: float) -> bool:
    """Read batches until the clock passes `until`; true once all lines are read."""
    upload, last = held.upload, held.upload.last_line
    sheet = read_ballots(read_sheet(upload.id))
    today = timezone.localdate()
    for read_to, rows, faults in batches(sheet, upload.state, today, after=last):
        last = read_to
        with acting_as(held.by, Action.IMPORT):
            check_standing(by=held.by, permission=Permission.FILES_WRITE)
            applying.stage(upload, rows, faults)
            _beat(held, last)
        if time.monotonic() >= until:
            with acting_as(held.by, Action.IMPORT):
                _beat(held, last, released=True)
            return False
    with acting_as(held.by, Action.IMPORT):
        check_standing(by=held.by, permission=Permission.FILES_WRITE)
        _beat(held, last)
    return True


def _beat(held: _Held, read_to: int, *, released: bool = False) -> None:
    if not applying.beat(
        held.upload, worker=held.worker, read_to=read_to, released=released
    ):
        raise LeaseLost


def _fail(held: _Held, error: Exception) -> None:
    lost = isinstance(error, FileNotFoundError)
    reason = Invalid("sheet_lost", "The file is gone.") if lost else error
    _log.info("upload failed", upload=str(held.upload.id), error=str(reason))
    with suppress(DatabaseError):  # it is over already, or another's
        applying.fail(held.upload, reason, held.by)
    forget_sheet(held.upload.id)

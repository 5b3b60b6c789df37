"""Working through uploads of scores: batch by batch under a lease, then the change-over in one transaction.

Values lie beside the ones that count, under the upload's version, until they are whole; a
worker that is killed leaves an upload that the next one goes on with where it stopped.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Final
from uuid import UUID

import structlog
from django.db import DatabaseError, connection
from django.utils import timezone

from coop.actors import WORKER, Action, Actor, Permission, PrincipalKind
from coop.db.locks import Lock, share_lock
from coop.db.scope import acting_as
from coop.errors import CoopError, Invalid
from coop.grants.access import check_licensed
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from coop.organizations.access import check_standing
from states.fields.definition import Group
from states.files.sheet_store import forget_sheet, read_sheet
from states.files.sheets import Faulty, Line
from states.files.workers import worker_name
from states.scores.lines import (
    OUT_OF_RANGE,
    UNMATCHED,
    Fault,
    Judge,
    Scored,
    read_scores,
    said_of,
    unmatched,
)
from states.scores.matching import match
from states.scores.models import LineFault, Score, Status, Upload
from states.scores.versions import drop_values, hold_version
from states.voters.leads import note_leads

BATCH_LINES: Final = 20_000
TURN_SECONDS: Final = 45.0
MOST_ATTEMPTS: Final = 5
"""Workers that may be lost over one upload before it is given up."""

_log = structlog.get_logger("states.scores")


class LeaseLost(Exception):  # noqa: N818  # reads as what happened
    """Another worker has taken the upload over, or it is over."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A leased upload: which one, whose, and under which worker's name."""

    upload: UUID
    organization: UUID
    worker: str


def run_uploads(seconds: float = TURN_SECONDS) -> bool:
    """Work on waiting uploads for about so long; true if there is more to do."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        claim = _claim()
        if claim is None:
            return False
        _work_on(claim, until)
    return True


def _claim() -> Claim | None:
    worker = worker_name()
    with acting_as(WORKER, Action.WORK), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM sec.claim_scores(%s)", [worker])
        row = cursor.fetchone()
    return Claim(row[0], row[1], worker) if row else None


def _work_on(claim: Claim, until: float) -> None:
    log = _log.bind(upload=str(claim.upload))
    upload = _open(claim)
    by = _actor(upload)
    try:
        if upload.attempts >= MOST_ATTEMPTS:
            detail = f"The upload was interrupted {upload.attempts} times."
            raise Invalid("gave_up", detail)
        if _read_on(upload, by, until):
            _change_over(upload, by)
    except LeaseLost:
        log.info("lease lost")
    except (CoopError, FileNotFoundError) as error:
        code = error.code if isinstance(error, CoopError) else "sheet_lost"
        log.info("upload failed", code=code)
        with suppress(LeaseLost):
            _fail(upload, by, code)
    except DatabaseError:
        # The lease runs out: the failure counts as an attempt, and the next one comes later.
        log.exception("upload step failed")


def _open(claim: Claim) -> Upload:
    nobody = Actor(claim.organization, UUID(int=0), PrincipalKind.WORKER)
    with acting_as(nobody, Action.READ):
        return Upload.objects.select_related("score_set").get(id=claim.upload)


def _actor(upload: Upload) -> Actor:
    """Return who acts: whoever uploaded, whose standing is asked about at each step."""
    kind = PrincipalKind(upload.principal_kind)
    return Actor(upload.organization, upload.principal, kind, source=upload.source)


def _read_on(upload: Upload, by: Actor, until: float) -> bool:
    """Read batches until the clock passes `until`; true once all lines are read."""
    for batch in _batches(upload):
        with acting_as(by, Action.READ):
            _check(upload, by)
            share_lock(Lock.PLACES_OF_STATE, upload.state)
            _store(upload, batch)
        if time.monotonic() >= until:
            _release(upload, by)
            return False
    return True


def _check(upload: Upload, by: Actor) -> None:
    check_standing(by=by, permission=Permission.SCORES_WRITE)
    check_licensed(by, upload.state, Action.READ, [Group.REGISTRATION.value])


def _batches(upload: Upload) -> Iterator[list[Line | Faulty]]:
    lines = read_scores(read_sheet(upload.id)).after(upload.lines_done + 1)
    while part := list(islice(lines, BATCH_LINES)):
        yield part


def _store(upload: Upload, batch: Sequence[Line | Faulty]) -> None:
    """Write one batch's values and faults, and how far the upload is: all or nothing."""
    judge = Judge(upload.score_set, upload.state)
    judged = [judge.judge(line) for line in batch]
    scored = [one for one in judged if isinstance(one, Scored)]
    found = match(upload, scored)
    faults = [one for one in judged if isinstance(one, Fault)]
    lost = [one for one in scored if one.number not in found]
    faults += [unmatched(one) for one in lost]
    note_leads(upload.state, map(said_of, lost), source=upload.source)
    LineFault.objects.bulk_create(
        [_row(upload, one) for one in faults], batch_size=5000
    )
    counted = Counter(one.faulty.code for one in faults)
    outside = sum(counted[code] for code in OUT_OF_RANGE)
    unknown = counted[UNMATCHED]
    _save(
        upload,
        lines_done=batch[-1].number - 1,
        matched=upload.matched + len(found),
        unmatched=upload.unmatched + unknown,
        out_of_range=upload.out_of_range + outside,
        malformed=upload.malformed + len(faults) - outside - unknown,
    )


def _row(upload: Upload, fault: Fault) -> LineFault:
    voter, score = fault.told
    return LineFault(
        upload=upload.id,
        line=fault.faulty.number,
        organization=upload.organization,
        code=fault.faulty.code,
        detail=fault.faulty.detail,
        voter=voter,
        score=score,
    )


def _change_over(upload: Upload, by: Actor) -> None:
    """Make the new values count and forget the former ones: readers see the one or the other."""
    if not upload.matched:
        raise Invalid("no_scores", "No line names a voter of yours with a score.")
    with acting_as(by, Action.READ):
        _check(upload, by)
        values = Score.objects.filter(state=upload.state, score_set=upload.score_set_id)
        voters = values.filter(version=upload.version).count()
        _save(
            upload,
            status=Status.APPLIED,
            voters=voters,
            lines_done=upload.lines_total,
            finished_at=timezone.now(),
        )
        hold_version(upload)
        drop_values(upload.state, upload.score_set_id)
        _forget_faults_before(upload)
        groups = [Group.REGISTRATION.value]
        use = Use(state=upload.state, groups=groups, rows=voters)
        record(Event.SCORES_APPLIED, by=by, use=use, subject=upload.id)
    forget_sheet(upload.id)


def _forget_faults_before(upload: Upload) -> None:
    before = Upload.objects.filter(
        score_set=upload.score_set_id, state=upload.state, version__lt=upload.version
    )
    ids = list(before.values_list("id", flat=True))
    LineFault.objects.filter(upload__in=ids).delete()


def _fail(upload: Upload, by: Actor, code: str) -> None:
    with acting_as(by, Action.READ):
        _save(upload, status=Status.FAILED, reason=code, finished_at=timezone.now())
        drop_values(upload.state, upload.score_set_id)
        record(
            Event.SCORES_FAILED,
            by=by,
            use=Use(state=upload.state),
            subject=upload.id,
            detail={"reason": code},
        )
    forget_sheet(upload.id)


def _release(upload: Upload, by: Actor) -> None:
    """Give the lease back between two batches, so that any worker goes on at once."""
    with acting_as(by, Action.READ):
        _save(upload, worker="", heartbeat_at=None)


def _save(upload: Upload, **changes: object) -> None:
    """Change the leased upload, and show that the worker lives. Raises `LeaseLost`, which undoes the step."""
    changes.setdefault("heartbeat_at", timezone.now())
    mine = Upload.objects.filter(
        id=upload.id, worker=upload.worker, status=Status.READING
    )
    if not mine.update(**changes):
        raise LeaseLost
    for name, value in changes.items():
        setattr(upload, name, value)

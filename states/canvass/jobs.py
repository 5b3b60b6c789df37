"""Bulk jobs: opened, filled with parts, closed, and worked through under a lease, row by row exactly once.

A row without an event id has one made of the job and its number; a batch's contacts, its rows' outcomes
and the job's place commit together, so that whoever takes over goes on after the last one.
"""

from __future__ import annotations

import datetime as dt
import os
import socket
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final
from uuid import UUID, uuid4

import structlog
from django.db import DataError, IntegrityError, connection, transaction
from django.utils import timezone

from coop.actors import WORKER, Action, Actor, Permission, PrincipalKind
from coop.db.scope import acting_as
from coop.errors import (
    Conflict,
    Denied,
    FieldFault,
    Invalid,
    TooMany,
    Unavailable,
    not_found,
)
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from coop.organizations.access import check_standing
from states.canvass.actions import Outcome, Verdict, push_contacts
from states.canvass.job_files import PARTS_MOST, forget_parts, keep_part, rows_of
from states.canvass.job_models import ContactJob, JobRow, JobStatus

BATCH: Final = 500
TURN_SECONDS: Final = 20.0
POISON: Final = (
    *(DataError, IntegrityError, ValueError, TypeError),
    *(LookupError, AttributeError, ArithmeticError),
)
NOT_TAKEN: Final = FieldFault(
    "", "row_not_taken", "The row could not be taken; the operator's log tells more."
)
_log = structlog.get_logger("states.canvass")
BEAT_ROWS: Final = 100_000
KEPT_FOR: Final = dt.timedelta(days=7)
ENDED: Final = (JobStatus.COMPLETE, JobStatus.FAILED, JobStatus.ABORTED)


class LeaseLost(Exception):  # noqa: N818 - reads as what happened
    """The job is another worker's now, or was aborted."""


def open_job(*, form: str, by: Actor) -> ContactJob:
    """Open a job for rows of a format, to be filled with parts."""
    with acting_as(by, Action.MANAGE):
        job = ContactJob(
            organization=by.organization,
            principal=by.principal,
            principal_kind=by.kind.value,
            source=by.source,
            format=form,
            created_at=timezone.now(),
        )
        job.save(force_insert=True)
        record(Event.JOB_OPENED, by=by, subject=job.id)
    return job


def get_job(job: UUID) -> ContactJob:
    """Return one of the organization's own jobs, in the open scope. Raises `NotFound`."""
    found = ContactJob.objects.filter(id=job).first()
    if found is None:
        raise not_found("job")
    return found


def add_part(*, job: UUID, number: int, chunks: Iterable[bytes], by: Actor) -> int:
    """Keep a part of an open job's rows; return its bytes. Parts are read in order of their numbers.

    Raises `NotFound`, `Conflict` for a job that is closed, and as `storage.receive` does.
    A test credential's part is read and not kept.
    """
    with acting_as(by, Action.READ):
        _check_open(get_job(job))
    if not 1 <= number <= PARTS_MOST:
        raise not_found("part")
    if by.test:
        return sum(len(chunk) for chunk in chunks)
    return keep_part(job, number, chunks)


def close_job(*, job: UUID, by: Actor) -> ContactJob:
    """Say that all parts are there: the job waits for a worker. Raises `NotFound`, `Conflict`."""
    with acting_as(by, Action.MANAGE):
        found = get_job(job)
        _check_open(found)
        ContactJob.objects.filter(id=job, status=JobStatus.OPEN).update(
            status=JobStatus.UPLOAD_COMPLETE
        )
        return get_job(job)


def abort_job(*, job: UUID, by: Actor) -> ContactJob:
    """End a job before its time: the batch that is being written is the last.

    Raises `NotFound`, or `Conflict` for one that has ended.
    """
    with acting_as(by, Action.MANAGE):
        get_job(job)
        living = ContactJob.objects.filter(id=job).exclude(status__in=ENDED)
        if not living.update(status=JobStatus.ABORTED, finished_at=timezone.now()):
            raise Conflict("job_not_open", "This job has ended.")
        record(Event.JOB_ENDED, by=by, subject=job, detail={"status": "Aborted"})
        return get_job(job)


def _check_open(job: ContactJob) -> None:
    if job.status != JobStatus.OPEN:
        raise Conflict("job_not_open", "This job takes no more rows.")


def run_jobs(*, seconds: float = TURN_SECONDS) -> bool:
    """Work on jobs that wait, for a turn; return whether there may be more to do.

    Organizations take turns; one whose inbox has no room is passed over. Safe to run
    anywhere, any number of times at once: a lease ends 30 seconds after its worker stopped.
    """
    until = time.monotonic() + seconds
    full: set[UUID] = set()
    while time.monotonic() < until:
        claimed = _claim()
        if claimed is None:
            return False
        if _work(*claimed, until):
            full.clear()
        elif claimed[1] in full:  # it has come round: there is room for nobody
            return False
        else:
            full.add(claimed[1])
    return True


def _claim() -> tuple[UUID, UUID, str] | None:
    worker = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"
    with acting_as(WORKER, Action.WORK), connection.cursor() as cursor:
        cursor.execute("SELECT job, organization FROM sec.claim_job(%s)", [worker])
        row = cursor.fetchone()
    return (row[0], row[1], worker) if row else None


def _work(job_id: UUID, organization: UUID, worker: str, until: float) -> bool:
    """Work on a leased job until it ends, or the turn does; false where the inbox has no room."""
    system = Actor(organization, WORKER.principal, PrincipalKind.WORKER)
    with acting_as(system, Action.MANAGE):
        job = get_job(job_id)
    lease = _Lease(job, worker, _pusher(job))
    try:
        lease.work(until)
    except LeaseLost:
        return True
    except (TooMany, Unavailable):
        lease.save(worker="", heartbeat_at=None)
        return False
    except (Invalid, Denied) as error:
        lease.end(JobStatus.FAILED, error.code)
    return True


def _pusher(job: ContactJob) -> Actor:
    """Return whoever opened the job, to whom its contacts are put down."""
    return Actor(
        job.organization,
        job.principal,
        PrincipalKind(job.principal_kind),
        permissions=frozenset({Permission.CONTACTS_WRITE}),
        source=job.source,
    )


@dataclass(slots=True)
class _Lease:
    """A job that this worker holds."""

    job: ContactJob
    worker: str
    by: Actor

    def work(self, until: float) -> None:
        """Push batch after batch from where the job stands."""
        if self.job.total is None:
            self.save(total=sum(1 for _ in self._rows()))
        rows = self._rows()
        for batch in _batches(islice(rows, self.job.done, None)):
            self.push_apart(batch)
            if time.monotonic() >= until:
                self.save(worker="", heartbeat_at=None)
                return
        self.end(JobStatus.COMPLETE)

    def _rows(self) -> Iterator[object]:
        """Yield the job's rows, beating now and then: passing over many takes a while."""
        for number, row in enumerate(rows_of(self.job.id, self.job.format)):
            if number % BEAT_ROWS == 0:
                self.save(heartbeat_at=timezone.now())
            yield row

    def push_apart(self, batch: Sequence[object]) -> None:
        """Push a batch; where it fails for a row of it, its halves, down to that row, which has failed."""
        try:
            self.push(batch)
        except POISON as error:
            if len(batch) == 1:
                _log.error(
                    "row of a job not taken",
                    job=str(self.job.id),
                    row=self.job.done + 1,
                    error=type(error).__name__,
                )
                self.push([NOT_TAKEN])
                return
            middle = len(batch) // 2
            self.push_apart(batch[:middle])
            self.push_apart(batch[middle:])

    def push(self, batch: Sequence[object]) -> None:
        """Push a batch, and write down what became of each row, in one transaction."""
        first = self.job.done + 1
        with transaction.atomic(), acting_as(self.by, Action.MANAGE):
            check_standing(by=self.by, permission=Permission.CONTACTS_WRITE)
            outcomes = _pushed(self.job.id, first, batch, self.by)
            JobRow.objects.bulk_create(outcomes)
            failed = sum(bool(one.code) for one in outcomes)
            self.save(
                done=self.job.done + len(batch),
                successful=self.job.successful + len(batch) - failed,
                failed=self.job.failed + failed,
                heartbeat_at=timezone.now(),
            )

    def save(self, **changes: Any) -> None:
        """Change the job while the lease holds. Raises `LeaseLost`, which undoes the batch."""
        with acting_as(self.by, Action.MANAGE):
            mine = ContactJob.objects.filter(
                id=self.job.id, worker=self.worker, status=JobStatus.IN_PROGRESS
            )
            if not mine.update(**changes):
                raise LeaseLost
        for name, value in changes.items():
            setattr(self.job, name, value)

    def end(self, status: JobStatus, error: str = "") -> None:
        """End the job."""
        with transaction.atomic(), acting_as(self.by, Action.MANAGE):
            try:
                self.save(
                    status=status,
                    error=error,
                    finished_at=timezone.now(),
                    worker="",
                    heartbeat_at=None,
                )
            except LeaseLost:
                return
            figures = {
                "status": status.value,
                "successful": self.job.successful,
                "failed": self.job.failed,
            }
            use = Use(rows=self.job.done)
            record(
                Event.JOB_ENDED,
                by=self.by,
                use=use,
                subject=self.job.id,
                detail=figures,
            )


def _batches(rows: Iterator[object]) -> Iterator[list[object]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def _pushed(job: UUID, first: int, batch: Sequence[object], by: Actor) -> list[JobRow]:
    """Push the contacts among the rows; return each row's outcome, in order."""
    items = [
        _with_event_id(row, f"job:{job}:{first + at}")
        for at, row in enumerate(batch)
        if not isinstance(row, FieldFault)
    ]
    verdicts = iter(push_contacts(items=items, by=by).verdicts if items else ())
    return [
        _outcome(
            job,
            first + at,
            by.organization,
            row if isinstance(row, FieldFault) else next(verdicts),
        )
        for at, row in enumerate(batch)
    ]


def _with_event_id(row: object, made: str) -> object:
    return {"event_id": made} | row if isinstance(row, dict) else row


def _outcome(
    job: UUID, number: int, organization: UUID, found: FieldFault | Verdict
) -> JobRow:
    row = JobRow(job=job, row=number, organization=organization)
    if isinstance(found, Verdict):
        row.event_id, row.contact = found.event_id, found.contact
        if found.outcome is not Outcome.REJECTED:
            return row
        found = found.faults[0]
    row.code, row.pointer, row.detail = found.code, found.pointer, found.detail
    return row


def sweep_jobs() -> int:
    """Forget jobs that ended a week ago, or were opened then and never closed; return how many."""
    with acting_as(WORKER, Action.WORK), connection.cursor() as cursor:
        cursor.execute("SELECT sec.sweep_jobs(%s)", [timezone.now() - KEPT_FOR])
        gone = [row[0] for row in cursor.fetchall()]
    for job in gone:
        forget_parts(job)
    return len(gone)

"""Files found somewhere, sent by their owner to be traced: kept until a worker has read them, and no longer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4

import structlog
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from coop.actors import NOBODY, WORKER, Action, Actor, PrincipalKind, worker_for
from coop.db.scope import acting_as
from coop.errors import CoopError, Denied, Invalid, not_found
from states.files.sheet_store import forget_sheet, keep_sheet, sheet_path
from states.files.workers import worker_name
from states.tracers.access import check_own
from states.tracers.actions import trace_leak
from states.tracers.leaks import UnreadableLeak, rows_of_file
from states.tracers.models import LeakTrace, Setup, TraceStatus
from states.tracers.tracing import ExportFound, Suspect, Trace

MOST_ATTEMPTS: Final = 3
"""Workers that may be lost over one file before it is given up."""
BEAT_ROWS: Final = 200_000
"""After so many rows a worker says that it is alive, and how far it is."""

_log = structlog.get_logger("tracers.leak_traces")


@dataclass(frozen=True, slots=True)
class Claim:
    """A file that a worker has taken up: in which state, for whom it acts, how often it was begun."""

    state: str
    trace: UUID
    by: Actor
    attempts: int


def queue_trace(*, state: str, chunks: Iterable[bytes], by: Actor) -> LeakTrace:
    """Keep a found file of a state of the actor's until a worker has traced it.

    Raises `NotFound` for a state of another's, or one that never had tracers; `Denied` (`test_credential`);
    `Invalid` (`file_empty`), `TooLarge`.
    """
    if by.test:
        raise Denied("test_credential", "A test credential has no file traced.")
    with acting_as(by, Action.MANAGE):
        check_own(state, by=by)
        if not Setup.objects.filter(state=state).exists():
            raise not_found("set-up of tracers")
    trace = uuid4()
    stored = keep_sheet(chunks, trace)
    try:
        with acting_as(by, Action.MANAGE):
            queued = LeakTrace(
                state=state,
                id=trace,
                size=stored.size,
                asked_by=by.principal,
                asked_at=timezone.now(),
            )
            queued.save(force_insert=True)
    except BaseException:
        forget_sheet(trace)
        raise
    return queued


def get_trace(state: str, trace: UUID, *, by: Actor) -> LeakTrace:
    """Return a trace of a state of the actor's, in its open scope. Raises `NotFound` for any other."""
    check_own(state, by=by)
    found = LeakTrace.objects.filter(state=state, id=trace).first()
    if found is None:
        raise not_found("trace")
    return found


def traces_after(
    state: str, after: tuple[dt.datetime, UUID] | None, limit: int, *, by: Actor
) -> list[LeakTrace]:
    """Return up to `limit` traces of a state of the actor's, the newest first, after one. Raises `NotFound`."""
    check_own(state, by=by)
    rows = LeakTrace.objects.filter(state=state)
    if after:
        at, trace = after
        rows = rows.filter(Q(asked_at__lt=at) | Q(asked_at=at, id__lt=trace))
    return list(rows.order_by("-asked_at", "-id")[:limit])


def run_traces() -> int:
    """Trace waiting files one after the other until none is left; return how many were ended."""
    ended = 0
    while (claim := _claim()) is not None:
        _trace(claim)
        ended += 1
    return ended


def _claim() -> Claim | None:
    with acting_as(WORKER, Action.WORK), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM sec.claim_trace(%s)", [worker_name()])
        row = cursor.fetchone()
    if row is None:
        return None
    state, trace, owner, attempts = row
    return Claim(state, trace, worker_for(owner), attempts)


def _trace(claim: Claim) -> None:
    try:
        if claim.attempts > MOST_ATTEMPTS:
            raise Invalid("gave_up", "Too many workers were lost over it.")
        rows = _beating(rows_of_file(sheet_path(claim.trace)), claim)
        found = trace_leak(state=claim.state, rows=rows, by=_owner(claim))
    except UnreadableLeak:
        _end(claim, TraceStatus.FAILED, problem="leak_unreadable")
    except FileNotFoundError:
        _end(claim, TraceStatus.FAILED, problem="sheet_lost")
    except CoopError as error:
        _log.info("tracing failed", trace=str(claim.trace), code=error.code)
        _end(claim, TraceStatus.FAILED, problem=error.code)
    else:
        _end(claim, TraceStatus.DONE, found=found)
    forget_sheet(claim.trace)


def _beating(rows: Iterable[list[str]], claim: Claim) -> Iterable[list[str]]:
    """Yield the rows, saying now and then how far the reading is."""
    for number, row in enumerate(rows, start=1):
        if number % BEAT_ROWS == 0:
            with acting_as(claim.by, Action.MANAGE):
                _row(claim).update(heartbeat_at=timezone.now(), rows_read=number)
        yield row


def _owner(claim: Claim) -> Actor:
    """Return who traces: the state's party, for whom the worker acts."""
    return Actor(claim.by.organization, NOBODY, PrincipalKind.WORKER)


def _end(
    claim: Claim, status: TraceStatus, *, problem: str = "", found: Trace | None = None
) -> None:
    with acting_as(claim.by, Action.MANAGE):
        _row(claim).update(
            status=status,
            problem=problem,
            finished_at=timezone.now(),
            rows_read=found.rows if found else 0,
            found=as_plain(found) if found else None,
        )


def _row(claim: Claim) -> Any:
    return LeakTrace.objects.filter(
        state=claim.state, id=claim.trace, status=TraceStatus.TRACING
    )


def as_plain(found: Trace) -> dict[str, Any]:
    """Return what a trace told as values of JSON: licensees who are named, and those that a code at least touched."""
    return {
        "rows": found.rows,
        "tracers": found.tracers,
        "ways": dict(found.ways),
        "unreadable": found.unreadable,
        "licensees": [
            _licensee(one)
            for one in found.suspects
            if one.is_named or any(e.own_found or e.code_found for e in one.exports)
        ],
    }


def _licensee(one: Suspect) -> dict[str, Any]:
    return {
        "organization": str(one.organization),
        "name": one.name,
        "named": one.is_named,
        "by": "own_tracers" if one.is_proven else "code" if one.is_named else "nothing",
        "positions": one.positions,
        "score": round(one.score, 2),
        "innocent_chance": one.chance,
        "exports": [_export(e) for e in one.exports if e.own_found or e.code_found],
    }


def _export(one: ExportFound) -> dict[str, Any]:
    return {
        "export": str(one.export),
        "at": one.woven_at.isoformat(),
        "own_found": one.own_found,
        "own": one.own,
        "code_found": one.code_found,
        "code": one.code,
    }

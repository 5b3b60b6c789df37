"""Leasing an import: one worker at a time, as long as its heart beats.

A lease is a column, not a lock: it outlives a transaction, ends by itself within half a
minute after a worker was killed, and every change of an import asks for it.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4

import structlog
from django.db import DatabaseError, connections
from django.utils import timezone

from coop.actors import WORKER, Action, worker_for
from coop.db.scope import acting_as
from states.imports.cursors import completed
from states.imports.errors import LeaseLost
from states.imports.models import WORKED_ON, Import

BEAT_SECONDS: Final = 8.0
LOADER: Final = "loader"

_log = structlog.get_logger("states.imports")


@dataclass(frozen=True, slots=True)
class Claim:
    """A leased import; `deserted` if the worker before this one stopped without a word."""

    import_id: UUID
    organization: UUID
    worker: str
    deserted: bool = False


def worker_name() -> str:
    """Return a name no other worker has: host, process and a random part."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"


def claim_import() -> Claim | None:
    """Lease the oldest import that waits for a worker; None where there is none."""
    worker = worker_name()
    with acting_as(WORKER, Action.WORK), connections["default"].cursor() as cursor:
        cursor.execute("SELECT * FROM sec.claim_import(%s)", [worker])
        row = cursor.fetchone()
    return Claim(row[0], row[1], worker, deserted=row[2]) if row else None


@contextmanager
def importing(claim: Claim, *, waits_for_disk: bool = True) -> Iterator[Import]:
    """Open a step: the owner's import scope as the loader, with the leased import.

    A step that need not outlive a crash of the server does not wait for the disk at its commit: such a
    crash empties the staging tables, so the import begins again whatever was committed. What follows
    and does wait makes it last as well. Raises `LeaseLost` where the lease is another's now.
    """
    with acting_as(worker_for(claim.organization), Action.IMPORT, using=LOADER):
        if not waits_for_disk:
            with connections[LOADER].cursor() as cursor:
                cursor.execute("SET LOCAL synchronous_commit TO off")
        run = (
            Import.objects.using(LOADER)
            .select_related("delivery")
            .filter(id=claim.import_id, worker=claim.worker, status__in=WORKED_ON)
            .first()
        )
        if run is None:
            raise LeaseLost
        run.cursor = completed(run.cursor)
        yield run


def save(run: Import, **changes: Any) -> None:
    """Change the leased import, inside its step, and show that the worker lives.

    Raises `LeaseLost`, which undoes the step, where the lease is another's now.
    """
    changes.setdefault("heartbeat_at", timezone.now())
    mine = Import.objects.using(LOADER).filter(
        id=run.id, worker=run.worker, status=run.status
    )
    if not mine.update(**changes):
        raise LeaseLost
    for name, value in changes.items():
        setattr(run, name, value)


def release(claim: Claim) -> None:
    """Give the lease back between two steps, so that any worker goes on at once."""
    with acting_as(worker_for(claim.organization), Action.IMPORT, using=LOADER):
        Import.objects.using(LOADER).filter(
            id=claim.import_id, worker=claim.worker
        ).update(worker="", heartbeat_at=None)


@contextmanager
def beating(claim: Claim) -> Iterator[None]:
    """Keep the lease alive from a thread while one statement may take long."""
    stop = threading.Event()
    thread = threading.Thread(target=_beat, args=(claim, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _beat(claim: Claim, stop: threading.Event) -> None:
    try:
        while not stop.wait(BEAT_SECONDS) and _beat_once(claim):
            pass
    finally:
        connections["default"].close()


def _beat_once(claim: Claim) -> bool:
    """Beat; true while the lease stands. A beat that fails is not the work's end."""
    try:
        with acting_as(WORKER, Action.WORK), connections["default"].cursor() as cursor:
            cursor.execute(
                "SELECT sec.beat_import(%s, %s)", [claim.import_id, claim.worker]
            )
            return bool(cursor.fetchone()[0])
    except DatabaseError as error:
        _log.warning("heartbeat failed", error=type(error).__name__)
        return True

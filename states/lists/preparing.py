"""Preparing exports by a worker: the whole first pass goes into the kept file, which the link then serves.

The work is a row: whoever's claim changes it owns it while its chunks go on. A pass cannot be
taken up in the middle, so one whose worker is lost begins anew; what it noted is forgotten.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError, connection

from coop.actors import WORKER, Action, Actor
from coop.db.scope import acting_as
from coop.errors import CoopError, Gone, Unavailable
from states.files.workers import worker_name
from states.lists.access import get_export
from states.lists.chunks import first_chunk, next_chunk
from states.lists.downloads import (
    Chunk,
    Download,
    Link,
    open_for_export,
    start_download,
)
from states.lists.ending import check_kept, end_download, finish_download
from states.lists.exports import actor_of
from states.lists.models import Export, ExportStatus
from states.lists.queries import figures_of

MOST_ATTEMPTS: Final = 4
"""Workers that may be lost over one export before it is given up."""

_log = structlog.get_logger("lists.preparing")


@dataclass(frozen=True, slots=True)
class Claim:
    """A claimed export: which one, under which worker's name, for whom it acts, how often it was begun."""

    export: UUID
    worker: str
    by: Actor
    attempts: int


def prepare_exports() -> int:
    """Prepare waiting exports one after the other until none is left; return how many were ended."""
    ended = 0
    while (claim := _claim()) is not None:
        _prepare(claim)
        ended += 1
    return ended


def _claim() -> Claim | None:
    worker = worker_name()
    with acting_as(WORKER, Action.WORK), connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM sec.claim_export(%s, %s)",
            [worker, settings.EXPORTS_PREPARED_AT_ONCE],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    export, attempts, organization, principal, kind, source = row
    by = actor_of(organization, principal, kind, source, request_id="")
    return Claim(export, worker, by, attempts)


def _prepare(claim: Claim) -> None:
    log = _log.bind(export=str(claim.export))
    download: Download | None = None
    begun = time.monotonic()
    try:
        if claim.attempts > MOST_ATTEMPTS:
            raise Unavailable("worker_lost", "Too many workers were lost over it.")
        download = start_download(Link(claim.by, claim.export), worker=claim.worker)
        _tell_rows(download)
        for _chunk in _chunks(download):
            check_kept(download)
        finish_download(download)
        log.info("export prepared", seconds=round(time.monotonic() - begun, 1))
    except Gone as gone:
        # Revoked, or taken over by another worker: what there is to say is said already.
        log.info("preparing ended", code=gone.code)
        if download:
            end_download(download, ExportStatus.FAILED, reason=gone.code)
    except CoopError as error:
        log.info("preparing failed", code=error.code)
        _fail(claim, download, error.code)
    except DatabaseError:
        # The claim runs out: the failure counts as an attempt, and the next one comes later.
        log.exception("preparing step failed")
        if download:
            download.spooler.discard()


def _chunks(download: Download) -> Iterator[Chunk]:
    chunk = first_chunk(download)
    yield chunk
    while chunk.after is not None:
        chunk = next_chunk(download, chunk.after)
        yield chunk


def _tell_rows(download: Download) -> None:
    """Write down how many voters the list holds now, for whoever asks how far it is."""
    with acting_as(download.actor, Action.EXPORT):
        export = get_export(download.export, by=download.actor)
        opened = open_for_export(export, download.actor)
        rows = sum(one.count for one in figures_of(opened))
        Export.objects.filter(id=download.export, fetches=download.fetch).update(
            of_rows=rows
        )


def _fail(claim: Claim, download: Download | None, code: str) -> None:
    if download:
        end_download(download, ExportStatus.FAILED, reason=code)
        return
    with acting_as(claim.by, Action.MANAGE):
        Export.objects.filter(
            id=claim.export, status=ExportStatus.PREPARING, worker=claim.worker
        ).update(status=ExportStatus.FAILED, reason=code)

"""What nobody finishes: uploads whose time is over, those received whole, and bytes left over by the killed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final
from uuid import UUID

import structlog
from django.db import connection

from coop.actors import WORKER, Action, worker_for
from coop.db.scope import acting_as
from coop.errors import CoopError
from states.files.parts import parts_folder
from states.files.storage import incoming_folder
from states.files.upload_actions import end_upload, finish_upload

LEFT_OVER_SECONDS: Final = 24 * 3600
"""How long bytes lie untouched before they are taken for left over; no request takes that long."""

_log = structlog.get_logger("states.files")


def sweep_uploads() -> int:
    """Finish or forget uploads that are due, and delete bytes of none; return how many were due."""
    with acting_as(WORKER, Action.WORK), connection.cursor() as cursor:
        cursor.execute("SELECT organization, id, step FROM sec.uploads_due()")
        due = cursor.fetchall()
    for organization, upload, step in due:
        settle(organization, upload, step)
    for path in _left_over():
        path.unlink(missing_ok=True)
    return len(due)


def settle(organization: UUID, upload: UUID, step: str) -> None:
    """Expire or finish an organization's upload.

    A fault of the file's own is told in its row; after any other it waits for the next sweep.
    """
    by = worker_for(organization)
    try:
        if step == "expire":
            end_upload(upload=upload, expired=True, by=by)
        else:
            finish_upload(upload=upload, by=by)
    except CoopError as error:
        _log.info("upload not finished", upload=str(upload), code=error.code)


def _left_over() -> Iterator[Path]:
    """Yield files that no upload and no request has to do with any more."""
    before = time.time() - LEFT_OVER_SECONDS
    for path in incoming_folder().iterdir():
        if _is_older(path, before):
            yield path
    with acting_as(WORKER, Action.WORK), connection.cursor() as cursor:
        for path in parts_folder().iterdir():
            if _is_older(path, before):
                cursor.execute("SELECT sec.is_upload(%s)", [UUID(hex=path.name)])
                if not cursor.fetchone()[0]:
                    yield path


def _is_older(path: Path, before: float) -> bool:
    with suppress(FileNotFoundError):
        return path.stat().st_mtime < before
    return False

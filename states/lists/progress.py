"""How far an export is, in figures that a person can read; and what its link says until it is there."""

from __future__ import annotations

from typing import Final

from django.utils import timezone

from coop.errors import Conflict, CoopError, Gone
from states.lists.models import RUNNING, Export, ExportStatus

ASK_AGAIN_SECONDS: Final = 5


def seconds_left(export: Export) -> int | None:
    """Return the seconds until all rows are read, at the rate so far; None where that is not known."""
    if export.status not in RUNNING or not export.rows or not export.of_rows:
        return None
    if export.started_at is None:
        return None
    lasted = (timezone.now() - export.started_at).total_seconds()
    return round(lasted / export.rows * max(0, export.of_rows - export.rows))


def not_ready(export: Export) -> CoopError:
    """Return why the link of a prepared export has no file (yet): `export_not_ready`, `export_failed`."""
    if export.status in {ExportStatus.QUEUED, ExportStatus.PREPARING}:
        extra = {
            "status": export.status,
            "rows": export.rows,
            "of_rows": export.of_rows,
            "seconds_left": seconds_left(export),
            "retry_after": seconds_left(export) or ASK_AGAIN_SECONDS,
        }
        detail = f"The file is being prepared: see how far at /v1/exports/{export.id}."
        return Conflict("export_not_ready", detail, extra=extra)
    reason = f" ({export.reason})" if export.reason else ""
    detail = f"The file could not be prepared{reason}: order the export again."
    return Gone("export_failed", detail, extra={"reason": export.reason})

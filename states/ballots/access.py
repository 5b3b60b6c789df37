"""The way from an id to an upload: its state's owner's alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from coop.errors import not_found
from states.ballots.models import LineFault, Upload


def upload_by_id(upload: UUID) -> Upload:
    """Return an upload in the open scope. Raises `NotFound`."""
    found = Upload.objects.filter(id=upload).first()
    if found is None:
        raise not_found("upload")
    return found


def uploads_after(
    state: str | None, after: Sequence[Any] | None, limit: int
) -> list[Upload]:
    """Return uploads, newest first, that follow (time, id)."""
    found = Upload.objects.order_by("-started_at", "-id")
    if state is not None:
        found = found.filter(state=state)
    if after is not None:
        at, last = datetime.fromisoformat(after[0]), UUID(after[1])
        found = found.filter(Q(started_at__lt=at) | Q(started_at=at, id__lt=last))
    return list(found[:limit])


def faults_after(upload: Upload, line: int, limit: int) -> list[LineFault]:
    """Return an upload's lines at fault that follow one, in the file's order."""
    found = LineFault.objects.filter(
        state=upload.state, upload=upload.id, line__gt=line
    )
    return list(found.order_by("line")[:limit])

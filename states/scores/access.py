"""The way from an id to a score set, a share or an upload: hidden and absent look the same."""

from __future__ import annotations

from uuid import UUID

from coop.actors import Actor
from coop.errors import not_found
from states.scores.models import LineFault, ScoreSet, Share, Upload


def get_set(set_id: UUID, *, by: Actor) -> ScoreSet:
    """Return a set of the actor's own. Raises `NotFound`, also for one that is only shared with it."""
    found = ScoreSet.objects.filter(id=set_id, organization=by.organization).first()
    if found is None:
        raise not_found("score set")
    return found


def get_share(share_id: UUID, *, by: Actor) -> Share:
    """Return a share that the actor's organization made. Raises `NotFound`."""
    found = Share.objects.filter(id=share_id, organization=by.organization).first()
    if found is None:
        raise not_found("share")
    return found


def get_upload(upload_id: UUID, *, by: Actor) -> Upload:
    """Return an upload of the actor's organization. Raises `NotFound`."""
    found = Upload.objects.filter(id=upload_id, organization=by.organization).first()
    if found is None:
        raise not_found("upload")
    return found


def uploads_of(score_set: ScoreSet, limit: int) -> list[Upload]:
    """Return a set's newest uploads, newest first."""
    found = Upload.objects.filter(score_set=score_set)
    return list(found.order_by("-uploaded_at", "-id")[:limit])


def faults_after(upload: Upload, line: int, limit: int) -> list[LineFault]:
    """Return an upload's lines without a value that follow one, in the file's order."""
    found = LineFault.objects.filter(upload=upload.id, line__gt=line)
    return list(found.order_by("line")[:limit])

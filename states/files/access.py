"""The only way from a caller's id to a delivery or a file: inside a scope, through its policies."""

from __future__ import annotations

from uuid import UUID

from django.db.models import F, Q, Sum

from coop.db.scope import current_scope
from coop.errors import not_found
from states.files.models import Delivery, File, Upload


def delivery_by_id(wanted: UUID) -> Delivery:
    """Return a delivery of a state that the actor owns; raises `NotFound` for any other."""
    found = Delivery.objects.using(_alias()).filter(id=wanted).first()
    if found is None:
        raise not_found("delivery")
    return found


def files_of(delivery: Delivery) -> list[File]:
    """Return a delivery's files in the order in which they came."""
    files = File.objects.using(_alias()).filter(
        state=delivery.state, delivery_id=delivery.id
    )
    return list(files.order_by("uploaded_at", "id"))


def file_of(delivery: Delivery, name: str) -> File:
    """Return a delivery's file by name; raises `NotFound` where it has none."""
    found = next((one for one in files_of(delivery) if one.name == name), None)
    if found is None:
        raise not_found("file")
    return found


def _alias() -> str:
    scope = current_scope()
    return scope.using if scope else "default"


def deliveries_after(
    state: str | None, after: tuple[str, str] | None, limit: int
) -> list[Delivery]:
    """Return up to `limit` deliveries, newest first, after one (its time and id)."""
    found = Delivery.objects.all()
    if state:
        found = found.filter(state=state)
    if after:
        at, last = after
        found = found.filter(Q(opened_at__lt=at) | Q(opened_at=at, id__lt=last))
    return list(found.order_by("-opened_at", "-id")[:limit])


def upload_by_id(wanted: UUID) -> Upload:
    """Return an upload to a delivery of the actor's; raises `NotFound` for any other."""
    found = Upload.objects.using(_alias()).filter(id=wanted).first()
    if found is None:
        raise not_found("upload")
    return found


def uploads_of(delivery: Delivery) -> list[Upload]:
    """Return a delivery's uploads in the order in which they were opened."""
    found = Upload.objects.filter(state=delivery.state, delivery_id=delivery.id)
    return list(found.order_by("opened_at", "id"))


def unfinished_uploads(delivery: Delivery) -> int:
    """Return how many of a delivery's uploads are neither a file nor refused."""
    return sum(one.is_open for one in uploads_of(delivery))


def open_uploads(state: str) -> tuple[int, int]:
    """Return how many uploads of a state are open, and how many bytes they still expect or hold."""
    found = Upload.objects.filter(state=state, file__isnull=True, problem__isnull=True)
    held = found.aggregate(bytes=Sum(F("size"), default=0))["bytes"]
    return found.count(), int(held)

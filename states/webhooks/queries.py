"""Reads of an organization's webhooks and their log, in an open scope."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from django.db.models import Q

from states.webhooks.models import Attempt, Endpoint


def endpoints_of() -> list[Endpoint]:
    """Return the acting organization's endpoints, oldest first."""
    return list(Endpoint.objects.order_by("created_at", "id"))


def attempts_after(
    endpoint: UUID, after: tuple[dt.datetime, UUID] | None, limit: int
) -> list[Attempt]:
    """Return up to `limit` attempts, newest first, after one (its time and id)."""
    found = Attempt.objects.filter(endpoint=endpoint)
    if after:
        at, last = after
        found = found.filter(Q(at__lt=at) | Q(at=at, id__lt=last))
    return list(found.order_by("-at", "-id")[:limit])

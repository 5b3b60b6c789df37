"""Whether there is room in the inbox for what an organization pushes: asked before anything is taken in."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import connection

from coop.actors import Actor
from coop.errors import TooMany, Unavailable

FRESH_SECONDS: Final = 1.0
"""A process asks the database once in so long for each organization, and adds what it took in since."""
REMEMBERED_MOST: Final = 10_000
FULL_RETRY_SECONDS: Final = 15
QUOTA_RETRY_SECONDS: Final = 5


@dataclass(slots=True)
class _Level:
    """How much of an organization's waits, and whether the whole inbox is full; as of `at`."""

    own: int
    crowded: bool
    at: float


_levels: dict[UUID, _Level] = {}
_lock = threading.Lock()


def check_room(coming: int, *, by: Actor) -> None:
    """Refuse `coming` more events where the inbox is full, or holds too many of the organization's.

    Under an open scope; `coming` 0 asks whether there is room for any. A bound may be passed by what other processes take in within a second.
    Raises `Unavailable` with `inbox_full`, `TooMany` with `inbox_quota`; each says when to retry.
    """
    level = _level_of(by.organization)
    if level.crowded:
        raise Unavailable(
            "inbox_full",
            "More contacts wait to be applied than the service takes; none of these was kept.",
            extra={"retry_after": FULL_RETRY_SECONDS},
        )
    if level.own + max(1, coming) > settings.INBOX_PER_ORGANIZATION:
        raise TooMany(
            "inbox_quota",
            "Too many contacts of your organization wait to be applied; none of these was kept.",
            extra={"retry_after": QUOTA_RETRY_SECONDS},
        )
    level.own += coming


def forget_levels() -> None:
    """Ask the database again at the next push."""
    with _lock:
        _levels.clear()


def _level_of(organization: UUID) -> _Level:
    known = _levels.get(organization)
    if known is not None and time.monotonic() - known.at < FRESH_SECONDS:
        return known
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT own, crowded FROM sec.inbox_level(%s)", [settings.INBOX_MOST]
        )
        own, crowded = cursor.fetchone() or (0, False)
    fresh = _Level(own, crowded, time.monotonic())
    with _lock:
        if len(_levels) >= REMEMBERED_MOST:
            _levels.clear()
        _levels[organization] = fresh
    return fresh

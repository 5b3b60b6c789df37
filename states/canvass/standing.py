"""Current values per voter and audience: folded from contacts, newest wins, in any order of arrival."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from states.canvass.models import POOL
from states.canvass.vocabulary import CANVASSED


@dataclass(frozen=True, slots=True)
class Arrival:
    """A row of the inbox being applied; `place` is where the voter is now.

    `body` holds what `items` stored. `seq` decides between events of the same time.
    `attempts` tells how often it was set aside before.
    """

    seq: int
    contact: UUID
    voter: UUID
    place: int
    organization: UUID
    source: str
    event_id: str
    pooled: bool
    event_time: dt.datetime
    received_at: dt.datetime
    body: dict[str, Any]
    kind: str
    amends: UUID | None
    attempts: int

    @property
    def audiences(self) -> tuple[UUID, ...]:
        """Return whose values this contact changes."""
        return (self.organization, POOL) if self.pooled else (self.organization,)

    @property
    def newness(self) -> tuple[dt.datetime, int]:
        """Return what decides which of two values is the newer one."""
        return self.event_time, self.seq


def fold(arrivals: Iterable[Arrival]) -> list[dict[str, Any]]:
    """Collapse arrivals to one row per (voter, audience), sorted by that key.

    Each row holds the newest of every field and the number of attempts to add.
    """
    rows: dict[tuple[UUID, UUID], dict[str, Any]] = {}
    for one in sorted(arrivals, key=lambda arrival: arrival.newness):
        for audience in one.audiences:
            key = (one.voter, audience)
            row = rows.setdefault(key, _empty(one, audience))
            _take(row, one, held=not one.pooled and audience != POOL)
    return [row for _, row in sorted(rows.items())]


def _empty(one: Arrival, audience: UUID) -> dict[str, Any]:
    return {
        "voter": one.voter,
        "audience": audience,
        "attempts": 0,
        "held_attempts": 0,
        "reached_at": None,
        "support": None,
        "support_at": None,
        "support_seq": None,
    }


def _take(row: dict[str, Any], one: Arrival, *, held: bool) -> None:
    """Let a row take over an arrival that is newer than all before it."""
    body = one.body
    row |= {
        "place": one.place,
        "last_contact_at": one.event_time,
        "last_contact_type": body["contact_type"],
        "last_result": body["result_code"],
        "last_seq": one.seq,
    }
    row["attempts"] += 1
    row["held_attempts"] += held
    if body["result_code"] == CANVASSED:
        row["reached_at"] = one.event_time
    if body["support"] is not None:
        row |= {
            "support": body["support"],
            "support_at": one.event_time,
            "support_seq": one.seq,
        }

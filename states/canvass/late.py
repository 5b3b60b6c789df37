"""Contacts that come late: phones that were away send what happened while a grant was in force.

For 72 hours after a grant's natural end the database takes contacts dated within it, for the
places that it had and by what it said of the pool. Only ids find a voter then.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from states.canvass.pushing import Candidate, Found


@dataclass(frozen=True, slots=True)
class _Place:
    voter: UUID
    place: int
    pool: str


def find_late(state: str, candidates: Sequence[Candidate]) -> bool:
    """Find the voters of contacts that a grant which lived out still lets in; true if there are any."""
    found = _late_places(state, candidates)
    for number, one in enumerate(candidates):
        if place := found.get(number):
            one.found = Found(place.voter, place.place, pooled=place.pool == "at_once")
    return bool(found)


def _late_places(state: str, candidates: Sequence[Candidate]) -> dict[int, _Place]:
    wanted = [
        {
            "item": number,
            "about": str(about.voter) if about.voter else None,
            "number": about.state_voter_id,
            "happened": one.item.event_time.isoformat(),
        }
        for number, one in enumerate(candidates)
        for about in [one.item.about]
        if about.voter or about.state_voter_id
    ]
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT item, voter, place, pool FROM sec.late_contributable(%s, %s)",
            [state, json.dumps(wanted)],
        )
        return {item: _Place(*place) for item, *place in cursor.fetchall()}

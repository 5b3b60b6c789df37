"""Keeping live bitmaps: a worker stores what organizations that ask are shown, so that no request reads it all."""

from __future__ import annotations

import time
from typing import Final
from uuid import UUID

from django.db import connection

from coop.actors import WORKER, Action, worker_for
from coop.db.scope import acting_as
from states.facets.kept_live import keep_live, keep_nothing, places_of
from states.facets.reading import read_keys
from states.targeting.live import LiveFacets
from states.targeting.queries import scope_connection
from states.targeting.splits import SightMovedError

BEHIND: Final = 10_000
"""Changes of a feed after which what is kept is kept anew: to catch up with so many takes a moment."""
TURN_SECONDS: Final = 45.0


def keep_due(*, behind: int = BEHIND, seconds: float = TURN_SECONDS) -> int:
    """Keep what is missing, of another publication or `behind` the feed, for a turn; return how many were kept."""
    until = time.monotonic() + seconds
    kept = 0
    while time.monotonic() < until:
        with acting_as(WORKER, Action.WORK), connection.cursor() as cursor:
            cursor.execute(
                "SELECT in_state, organization FROM sec.claim_live(%s)", [behind]
            )
            due = cursor.fetchone()
        if due is None:
            break
        kept += _keep(*due)
    return kept


def _keep(state: str, organization: UUID) -> bool:
    """Store what one organization is shown of a state.

    Where its sight moves meanwhile nothing is stored, and it stays claimed for a while.
    """
    by = worker_for(organization)
    with acting_as(by, Action.READ):
        using = scope_connection()
        keys = read_keys(state, using=using)
        if keys is not None:
            try:
                view = LiveFacets(keys, using=using).view()
            except SightMovedError:
                return False
            places = places_of(state, using=using)
            if read_keys(state, using=using) != keys:
                return False
    with acting_as(by, Action.APPLY):
        if keys is None:
            keep_nothing(state, using=using)
        else:
            keep_live(keys, view, places, using=using)
    return True

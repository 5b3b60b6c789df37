"""What a worker stores, so that no request reads all rows: live bitmaps as those who ask are shown them, and numbers of homes."""

from __future__ import annotations

import time
from typing import Final
from uuid import UUID

from django.db import connection

from coop.actors import WORKER, Action, Actor, worker_for
from coop.db.scope import acting_as, renew_scope
from states.facets.kept_live import keep_live, keep_nothing, places_of
from states.facets.kept_numbers import keep_numbers
from states.facets.reading import read_keys
from states.targeting.homes import Homes
from states.targeting.live import LiveFacets
from states.targeting.queries import scope_connection
from states.targeting.splits import SightMovedError

BEHIND: Final = 10_000
"""Changes of a feed after which what is kept is kept anew: to catch up with so many takes a moment."""
TURN_SECONDS: Final = 30.0


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
    with acting_as(by, Action.READ) as scope:
        using = scope_connection()
        keys = read_keys(state, using=using)
        if keys is not None:
            try:
                view = LiveFacets(keys, using=using, unhurried=True).view()
            except SightMovedError:
                return False
            renew_scope(
                scope
            )  # to read a large state takes about as long as a scope lasts
            places = places_of(state, using=using)
            if read_keys(state, using=using) != keys:
                return False
    with acting_as(by, Action.APPLY):
        if keys is None:
            keep_nothing(state, using=using)
        else:
            keep_live(keys, view, places, using=using)
    return True


def keep_numbers_due() -> int:
    """Store households and telephone numbers by number where bitmaps are of a newer version; return for how many states."""
    with acting_as(WORKER, Action.WORK), connection.cursor() as cursor:
        cursor.execute("SELECT in_state, owner FROM sec.numbers_due()")
        due = cursor.fetchall()
    return sum(_keep_numbers(state, worker_for(owner)) for state, owner in due)


def _keep_numbers(state: str, by: Actor) -> bool:
    """Store one state's numbers as its owner's worker; not where a publication comes between: the next turn does."""
    using = scope_connection()
    made = []
    with acting_as(by, Action.READ) as scope:
        keys = read_keys(state, using=using)
        if keys is None:
            return False
        places = places_of(state, using=using)
        try:
            for one in Homes(keys, using=using).anew():
                made.append(one)
                renew_scope(scope)
        except SightMovedError:
            return False
    with acting_as(by, Action.APPLY):
        written = [
            keep_numbers(keys, group, numbers, places, using=using)
            for group, numbers in made
        ]
    return any(written)

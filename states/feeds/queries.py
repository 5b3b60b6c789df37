"""Reading a state's feed from a place in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db import connection
from django.db.models import Count, Q

from coop.jurisdictions.access import get_state
from states.feeds.models import Change
from states.voters.models import Publication

NEWEST_PUBLICATIONS: Final = 100


@dataclass(frozen=True, slots=True)
class Page:
    """Changes the reader may see, in order, and the place to go on from."""

    changes: Sequence[Change]
    position: int


class Remembered:
    """Changes that a process has read, by state and number, for many readers of the same ones.

    A change is the same for whoever may see it, and never changes; which numbers a reader may
    see is asked under its own scope each time. Used by several threads at once.
    """

    MOST: Final = 8192

    def __init__(self) -> None:
        self._changes: dict[tuple[str, int], Change] = {}

    def of(self, state: str, numbers: Sequence[int]) -> list[Change]:
        """Return the changes of these numbers, all of which the open scope may see, in that order.

        Raises `KeyError` where it may see one of them no longer: the page is then read anew.
        """
        known = {number: self._changes.get((state, number)) for number in numbers}
        missing = [number for number, one in known.items() if one is None]
        if missing:
            read = Change.objects.filter(state=state, seq__in=missing)
            fresh = {(state, change.seq): change for change in read}
            if len(self._changes) + len(fresh) > self.MOST:
                self._changes = {}
            self._changes |= fresh
            known |= {number: fresh[state, number] for number in missing}
        return [change for change in known.values() if change is not None]


def changes_after(
    state: str,
    position: int,
    *,
    limit: int,
    only: Q | None = None,
    remembered: Remembered | None = None,
) -> Page:
    """Return at most `limit` changes after `position`, under the open scope; `only` narrows them.

    The head is read first: every number up to it is committed, so a page that is not full
    has seen all there is, and the reader goes on from the head, whoever's changes lie between.
    With `remembered` only numbers are read of what was read before.
    """
    head = feed_head(state)
    found = Change.objects.filter(state=state, seq__gt=position, seq__lte=head)
    found = found if only is None else found.filter(only)
    ordered = found.order_by("seq")
    if remembered is None:
        changes = list(ordered[:limit])
    else:
        numbers = list(ordered.values_list("seq", flat=True)[:limit])
        changes = remembered.of(state, numbers)
    return Page(
        changes, changes[-1].seq if len(changes) == limit else max(head, position)
    )


def changes_by_kind(
    state: str, position: int, *, only: Q
) -> tuple[dict[str, int], int]:
    """Return how many changes of each kind lie between a position and the head, and the head."""
    head = feed_head(state)
    found = Change.objects.filter(only, state=state, seq__gt=position, seq__lte=head)
    counted = found.values_list("kind").annotate(many=Count("*")).order_by("kind")
    return dict(counted), max(head, position)


def feed_head(state: str) -> int:
    """Return the newest number of a state's feed; it leaves the service sealed in a cursor alone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sec.feed_head(%s)", [state])
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def publications_of(state: str) -> Sequence[Publication]:
    """Return a state's newest publications, newest first; none where the actor has nothing to do with it.

    Raises `NotFound` for a state that does not exist.
    """
    get_state(state)
    found = Publication.objects.filter(state=state).order_by("-number")
    return list(found[:NEWEST_PUBLICATIONS])

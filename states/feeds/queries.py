"""Reading a state's feed from a place in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db import connection
from django.db.models import Count, Q

from coop.actors import Actor
from coop.jurisdictions.access import get_state
from states.feeds.models import Change
from states.voters.models import Publication

NEWEST_PUBLICATIONS: Final = 100


_NUMBERS: Final = """
    WITH head AS MATERIALIZED (
        SELECT least(sec.feed_head(%(state)s), %(until)s::bigint) AS seq),
    page AS MATERIALIZED (
        SELECT c.seq, c.kind = 'suppression' AS protects,
               c.voter IS NOT NULL AND c.organization IS DISTINCT FROM %(own)s AS of_others
        FROM feeds_change AS c
        WHERE c.state = %(state)s AND c.seq > %(position)s
          AND c.seq <= (SELECT head.seq FROM head)
          AND (%(kinds)s::text[] IS NULL OR c.organization = %(own)s OR c.kind = ANY (%(kinds)s))
        ORDER BY c.seq LIMIT %(limit)s)
    SELECT (SELECT head.seq FROM head),
           coalesce(array_agg(page.seq ORDER BY page.seq), '{}'),
           count(*) FILTER (WHERE page.of_others AND NOT page.protects),
           count(*) FILTER (WHERE page.of_others AND page.protects)
    FROM page
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """The numbers of changes that the reader may see, in order, and the place to go on from.

    `contacts` and `protections` tell how many of them are about voters and by others.
    """

    numbers: Sequence[int]
    position: int
    contacts: int
    protections: int


def numbers_after(
    state: str,
    position: int,
    *,
    limit: int,
    by: Actor,
    kinds: Sequence[str] | None = None,
    until: int | None = None,
) -> Seen:
    """Return the numbers of at most `limit` changes after `position`, under the open scope.

    `kinds` narrows them to these and the reader's own; `until` to a place that the feed has
    reached. The head is read first: every number up to it is committed, so a page that is
    not full has seen all there is, and the reader goes on from the head, whoever's changes
    lie between.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _NUMBERS,
            {
                "state": state,
                "position": position,
                "until": until,
                "limit": limit,
                "own": by.organization,
                "kinds": kinds if kinds is None else list(kinds),
            },
        )
        head, numbers, contacts, protections = cursor.fetchone()
    reached = numbers[-1] if len(numbers) == limit else max(head, position)
    return Seen(numbers, reached, contacts, protections)


def changes_of(state: str, numbers: Sequence[int]) -> Sequence[Change]:
    """Return the changes of these numbers that the open scope may see, in order."""
    if not numbers:
        return []
    found = Change.objects.filter(state=state, seq__in=list(numbers))
    return list(found.order_by("seq"))


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

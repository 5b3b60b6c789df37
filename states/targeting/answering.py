"""Answers made of bitmaps in the open scope, where they can be: else the caller asks SQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from states.facets.reading import Facets, Wanted, read_keys
from states.targeting.bitmaps import plan_for
from states.targeting.columns import StateFacts
from states.targeting.criteria import Criteria
from states.targeting.live import LiveFacets
from states.targeting.queries import At, scope_connection
from states.targeting.splits import NotKept, SightMovedError

T = TypeVar("T")

TRIES: Final = 3
"""A publication or a change of grants may come between two reads, but hardly so often."""


def from_bitmaps(
    facts: StateFacts,
    answer: Callable[[Facets, LiveFacets], T],
    *,
    counted: bool = False,
) -> At[T] | None:
    """Return what `answer` makes of the state's bitmaps; None where SQL has to.

    `answer` is asked twice: of nobody, to learn which bitmaps it takes, then of those, which one
    statement has read. `counted`: of what may be counted and not read, which is told with noise alone. It stands only if all that it was made of belongs to one publication and to what
    the scope may see, before and after.
    """
    using = scope_connection()
    for _ in range(TRIES):
        keys = read_keys(facts.state, using=using, counted=counted)
        if keys is None:
            return None
        facets, live = Facets(keys, using=using), LiveFacets(keys, using=using)
        wanted = Wanted(keys, using=using)
        try:
            answer(wanted, live)
            facets.prefetch(wanted.asked)
            found = answer(facets, live)
        except NotKept:
            return None
        except SightMovedError:
            continue
        if facets.settle():
            return At(found, live.position)
    return None


def count_by_bitmaps(
    criteria: Criteria, facts: StateFacts, *, counted: bool = False
) -> At[int] | None:
    """Return the exact size of a universe in one state; None where SQL has to count.

    `counted`: in a scope to count, over the places that may be counted; the figure must not leave without noise.
    """
    return from_bitmaps(
        facts,
        lambda facets, live: len(
            plan_for(criteria, facts, facets, live).true(criteria)
        ),
        counted=counted,
    )

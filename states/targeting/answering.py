"""Answers made of bitmaps in the open scope, where they can be: else the caller asks SQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from states.facets.reading import Facets, read_keys
from states.targeting.bitmaps import NotKept, plan_for
from states.targeting.columns import StateFacts
from states.targeting.criteria import Criteria
from states.targeting.queries import scope_connection

T = TypeVar("T")

TRIES: Final = 3
"""A publication or a change of grants may come between two reads, but hardly so often."""


def from_bitmaps(facts: StateFacts, answer: Callable[[Facets], T]) -> T | None:
    """Return what `answer` makes of the state's bitmaps; None where SQL has to.

    An answer stands only if all that it was made of belongs to one publication and to what
    the scope may see, before and after.
    """
    using = scope_connection()
    for _ in range(TRIES):
        keys = read_keys(facts.state, using=using)
        if keys is None:
            return None
        facets = Facets(keys, using=using)
        try:
            found = answer(facets)
        except NotKept:
            return None
        if facets.settle():
            return found
    return None


def count_by_bitmaps(criteria: Criteria, facts: StateFacts) -> int | None:
    """Return the exact size of a universe in one state; None where SQL has to count."""
    return from_bitmaps(
        facts, lambda facets: len(plan_for(criteria, facts, facets).true(criteria))
    )

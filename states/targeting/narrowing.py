"""Whom criteria mean by their bitmaps: rows are then looked up, where all others of the state would be gone through.

SQL judges each row all the same, by the criteria and under the policies: bitmaps only spare it the rest. An ordinal stays
its voter's own, so that a publication in between misplaces nobody.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from psycopg import sql
from pyroaring import BitMap

from states.facets.reading import Facets
from states.targeting.answering import from_bitmaps
from states.targeting.bitmaps import plan_for
from states.targeting.columns import StateFacts, literal
from states.targeting.compile import Universe
from states.targeting.criteria import Criteria
from states.targeting.live import LiveFacets

ALWAYS: Final = 1_000
"""So few are looked up whatever the state's size."""
MOST: Final = 50_000
"""So many are looked up in a fraction of a second, whatever is asked of them; the statement names each."""
MOST_IDS: Final = 100_000
"""So many ids, of which nothing else is asked, are looked up before a first byte is late."""
SHARE: Final = 16
"""Of more than one in so many, rows lie so close together that all are gone through as fast."""


@dataclass(frozen=True, slots=True)
class Meant:
    """The voters of one state whom criteria mean, as ordinals, of so many whom they are asked of."""

    ordinals: BitMap
    among: int

    def are_few(self, most: int, *, at_most: int = MOST) -> bool:
        """Tell whether looking them up is quicker than what ends after `most` of them, and no more than `at_most`."""
        return len(self.ordinals) <= min(at_most, max(ALWAYS, most))

    @property
    def condition(self) -> sql.Composable:
        """The condition that the row's voter is one of them."""
        named = literal(self.ordinals.to_array().tolist(), "integer[]")
        return sql.SQL("r.ordinal = ANY ({})").format(named)


def meant_by(criteria: Criteria, facts: StateFacts) -> Meant | None:
    """Return whom criteria mean in a scope to read or to export; None where bitmaps cannot tell."""

    def meant(facets: Facets, live: LiveFacets) -> Meant:
        plan = plan_for(criteria, facts, facets, live)
        return Meant(plan.true(criteria), len(plan.everyone))

    found = from_bitmaps(facts, meant)
    return None if found is None else found.answer


def few_meant(
    criteria: Criteria, facts: StateFacts, *, at_most: int = MOST
) -> Meant | None:
    """Return whom criteria mean where that is a small share of the state, and no more than `at_most`; else None."""
    meant = meant_by(criteria, facts)
    if meant is None or not meant.are_few(meant.among // SHARE, at_most=at_most):
        return None
    return meant


def narrowed(universe: Universe, facts: StateFacts) -> Universe:
    """Return a universe with its voters named, where they are few; else as it is."""
    few = few_meant(universe.criteria, facts)
    if few is None:
        return universe
    return replace(universe, conditions=[*universe.conditions, few.condition])

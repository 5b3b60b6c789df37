"""Figures beside a count made of bitmaps: households, doors and telephone numbers, as the statements of `cells` give them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from pyroaring import BitMap

from states.facets.reading import Facets
from states.fields.codes import SUPPRESSIONS
from states.targeting.answering import from_bitmaps
from states.targeting.bitmaps import plan_for
from states.targeting.cells import COUNTED
from states.targeting.columns import StateFacts
from states.targeting.criteria import Criteria
from states.targeting.live import LiveFacets
from states.targeting.queries import At


def figures_by_bitmaps(
    criteria: Criteria, facts: StateFacts, names: Sequence[str]
) -> At[dict[str, int]] | None:
    """Return a universe's size, by the name `COUNTED`, and its figures; None where SQL has to."""

    def answer(facets: Facets, live: LiveFacets) -> dict[str, int]:
        universe = plan_for(criteria, facts, facets, live).true(criteria)
        figures = {name: _FIGURES[name](universe, live) for name in names}
        return {COUNTED: len(universe), **figures}

    return from_bitmaps(facts, answer)


def _households(universe: BitMap, live: LiveFacets) -> int:
    return live.homes.households(universe)


def _doors(universe: BitMap, live: LiveFacets) -> int:
    return live.homes.households(universe - _held(live, "door", "deceased", "moved"))


def _phones(universe: BitMap, live: LiveFacets) -> int:
    """Count numbers of whom may be called: whose number was told to be wrong may not."""
    held = _held(live, "call", "wrong_number", "deceased")
    return live.homes.phones(universe - held)


def _held(live: LiveFacets, *kinds: str) -> BitMap:
    """Return the voters whom a visible suppression of these kinds holds."""
    view = live.view()
    places = (str(SUPPRESSIONS.index(one)) for one in kinds)
    return BitMap.union(*(view.having("suppressions", one) for one in places))


_FIGURES: Final[Mapping[str, Callable[[BitMap, LiveFacets], int]]] = {
    "households": _households,
    "phones": _phones,
    "doors": _doors,
}

"""Breakdowns and overlaps made of bitmaps: cells as the statements of `cells` and `overlaps` give them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce
from itertools import pairwise, product
from operator import and_
from typing import Any, Final

from pyroaring import BitMap

from states.facets.kept import Form, form_of
from states.facets.reading import Facets
from states.facets.sliced import Sliced
from states.fields.answers import is_answer
from states.fields.definition import Field, Group, Kind
from states.targeting.ages import Ages
from states.targeting.answering import from_bitmaps
from states.targeting.bitmaps import Plan, ages_of, check_usable, plan_for, plan_over
from states.targeting.cells import MAX_CELLS, Axis
from states.targeting.columns import NUMBERED, StateFacts, known_answer
from states.targeting.criteria import Criteria, groups_used
from states.targeting.live import LiveFacets
from states.targeting.live_splits import answers_of, ordered_live
from states.targeting.queries import At
from states.targeting.splits import NOBODY, NotKept

BUCKETS_MOST: Final = 2000
"""Values of a field, or pairs of two fields' values by twenty, beyond which SQL is asked."""

Bucket = tuple[str | None, BitMap]
"""A value as the text of a cell, and the voters who have it."""
Cells = list[tuple[Any, ...]]


def cells_by_bitmaps(
    criteria: Criteria,
    facts: StateFacts,
    axes: Sequence[Axis],
    *,
    counted: bool = False,
) -> At[Cells] | None:
    """Return the cells of a breakdown: two values and a figure each; None where SQL has to.

    `counted`: in a scope to count, of what may be counted; they must not leave without noise.
    """

    def answer(facets: Facets, live: LiveFacets) -> Cells:
        check_usable(criteria)
        groups = groups_used(criteria) | {one.field.group for one in axes}
        plan = plan_over(groups, facts, facets, live)
        universe = plan.true(criteria)
        return _cells([_buckets(one, plan, universe) for one in axes])

    return from_bitmaps(facts, answer, counted=counted)


def overlap_by_bitmaps(
    universes: Sequence[Criteria], facts: StateFacts, parts: Iterable[tuple[int, ...]]
) -> At[Cells] | None:
    """Return the cells of an overlap: each part by the sum of its universes' bits, and each universe's size.

    None where SQL has to.
    """
    wanted = list(parts)

    def answer(facets: Facets, live: LiveFacets) -> Cells:
        held = [plan_for(one, facts, facets, live).true(one) for one in universes]
        cells: Cells = [
            (f"universe {number}", None, len(one)) for number, one in enumerate(held)
        ]
        for part in wanted:
            within = reduce(and_, [held[one] for one in part])
            others = [one for number, one in enumerate(held) if number not in part]
            alone = within - BitMap.union(*others) if others else within
            cells.append((str(sum(1 << one for one in part)), None, len(alone)))
        return cells

    return from_bitmaps(facts, answer)


def _cells(buckets: Sequence[list[Bucket]]) -> Cells:
    """Return the cells that hold anybody, in order; one too many tells of more."""
    if len(buckets) == 1:
        found: Cells = [(value, None, len(bits)) for value, bits in buckets[0]]
    else:
        first, second = buckets
        if len(first) * len(second) > BUCKETS_MOST * 20:
            raise NotKept("too many pairs")
        found = [
            (value, other, bits.intersection_cardinality(others))
            for (value, bits), (other, others) in product(first, second)
        ]
    held = [one for one in found if one[2]]
    held.sort(key=lambda one: [(text is None, text or "") for text in one[:2]])
    return held[: MAX_CELLS + 1]


def _buckets(axis: Axis, plan: Plan, universe: BitMap) -> list[Bucket]:
    """Return the values of a field within a universe; those of whom it is unknown come as None."""
    field = axis.field
    form = form_of(field)
    made: Iterable[Bucket]
    if is_answer(field.name):
        known, made = _answers(field, plan)
    elif field.name in NUMBERED:
        known = plan.live.view().known(field.name)
        made = plan.live.view().values(field.name).items()
    elif form is Form.VALUES and field.kind is not Kind.TEXT and axis.step is None:
        # Texts are kept without regard to case: their own spelling is SQL's to tell.
        known = plan.facets.known(field.group, field.name)
        made = plan.facets.values(field.group, field.name).items()
    else:
        ordered = _ordered(field, plan, universe)
        known, made = ordered.known, _steps(axis, ordered, plan.facts.as_of)
    within: list[Bucket] = [(value, bits & universe) for value, bits in made]
    return [*within, (None, universe - known)]


def _answers(field: Field, plan: Plan) -> tuple[BitMap, list[Bucket]]:
    """Return whose answer to a question is known, and the answers by name; of another state's question, nobody's."""
    question = known_answer(field, plan.facts)
    if question.state != plan.facts.state:
        return NOBODY, []
    view, name = plan.live.view(), answers_of(question)
    responses = question.responses.items()
    return view.known(name), [
        (one, view.having(name, str(its))) for one, its in responses
    ]


def _ordered(field: Field, plan: Plan, universe: BitMap) -> Sliced | Ages:
    """Return an ordered field of a universe's voters alone. Raises `NotKept`."""
    if field.name == "age":
        ages = ages_of(plan.facets, plan.facts.as_of)
        dates, years = ages.dates.within(universe), ages.years.within(universe)
        return Ages(dates, years, ages.as_of)
    if field.group is Group.CONTACTS and field.name != "suppressions":
        return ordered_live(field.name, plan.live.view(), plan.everyone).within(
            universe
        )
    if form_of(field) is not Form.SLICED:
        raise NotKept(field.name)
    return plan.facets.sliced(field.group, field.name).within(universe)


def _steps(axis: Axis, ordered: Sliced | Ages, as_of: dt.date) -> Iterator[Bucket]:
    """Yield the steps of an ordered field, each by where it begins."""
    low, high = _bounds(ordered, as_of)
    if low is None or high is None:
        return
    bounds = _days(axis, low, high) if axis.field.kind is Kind.DATE else None
    starts = bounds or _numbers(axis, low, high)
    before = ordered.below(starts[0][1])
    for (text, _), (_, end) in pairwise(starts):
        below = ordered.below(end)
        yield text, below - before
        before = below


def _bounds(ordered: Sliced | Ages, as_of: dt.date) -> tuple[int | None, int | None]:
    """Return numbers between which all are; None where nobody's is known."""
    if isinstance(ordered, Sliced):
        return ordered.lowest(), ordered.highest()
    days = [ordered.dates.lowest(), ordered.dates.highest()]
    born = [dt.date.fromordinal(one + 1).year for one in days if one is not None]
    years = [ordered.years.lowest(), ordered.years.highest()]
    born += [one for one in years if one is not None]
    if not born:
        return None, None
    return as_of.year - max(born) - 1, as_of.year - min(born)


def _numbers(axis: Axis, low: int, high: int) -> list[tuple[str, int]]:
    width = axis.step if isinstance(axis.step, int) else 1
    starts = range(low // width * width, high + width + 1, width)
    if len(starts) > BUCKETS_MOST:
        raise NotKept(axis.field.name)
    return [(str(one), one) for one in starts]


def _days(axis: Axis, low: int, high: int) -> list[tuple[str, int]]:
    """Return the first days of months or years, as they are kept, up to the one after the last."""
    following: Callable[[dt.date], dt.date] = (
        _next_month if axis.step == "month" else _next_year
    )
    day = dt.date.fromordinal(low + 1).replace(day=1)
    day = day if axis.step == "month" else day.replace(month=1)
    starts = [day]
    while starts[-1].toordinal() - 1 <= high:
        starts.append(following(starts[-1]))
        if len(starts) > BUCKETS_MOST:
            raise NotKept(axis.field.name)
    return [(str(one), one.toordinal() - 1) for one in starts]


def _next_month(day: dt.date) -> dt.date:
    return (day + dt.timedelta(days=31)).replace(day=1)


def _next_year(day: dt.date) -> dt.date:
    return day.replace(year=day.year + 1)

"""How universes overlap: how many voters each has, and how many are in which of them together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

from psycopg import sql

from coop.actors import Actor
from coop.ledger.actions import record
from coop.ledger.events import Event
from states.targeting.actions import Answered, Question, answer_states, use_of
from states.targeting.bitmap_cells import overlap_by_bitmaps
from states.targeting.columns import StateFacts
from states.targeting.compile import Universe, voters_statement
from states.targeting.criteria import AllOf, Criteria
from states.targeting.licensing import License
from states.targeting.queries import At, cells_of

MAX_UNIVERSES: Final = 5


@dataclass(frozen=True, slots=True)
class Part:
    """The voters who are in these universes (by number, from 0) and in none of the others."""

    universes: tuple[int, ...]
    count: int | None


@dataclass(frozen=True, slots=True)
class StateOverlap:
    """One state's answer; not exact: with noise, in tens. None: withheld.

    `position` is that of the state's feed that an exact answer is of.
    """

    state: str
    sizes: tuple[int | None, ...]
    parts: tuple[Part, ...]
    exact: bool
    position: int | None = None


def overlap(
    *,
    universes: Sequence[Criteria],
    states: Sequence[str] | None,
    as_of: dt.date,
    by: Actor,
) -> Answered[StateOverlap]:
    """Count two or more universes and every part of their overlap, state by state; raises as `count_voters` does.

    A state is answered where all that any of them rests on is licensed.
    """
    question = Question(AllOf(tuple(universes)), states, as_of)

    def ask(license_: License, facts: StateFacts, *, exact: bool) -> StateOverlap:
        parts = parts_of(len(universes))
        told = overlap_by_bitmaps(universes, facts, parts) if exact else None
        if told is None:
            statement = overlap_statement(universes, facts)
            told = cells_of(license_.state, statement, exact=exact)
        found = _read(license_.state, told, len(universes), exact=exact)
        shape = {"exact": exact, "universes": len(universes)}
        rows_told = sum(one.count or 0 for one in found.parts)
        use = use_of(license_, question, rows=rows_told)
        record(Event.UNIVERSES_OVERLAPPED, by=by, use=use, detail=shape)
        return found

    return answer_states(question=question, ask=ask, by=by)


def overlap_statement(universes: Sequence[Criteria], facts: StateFacts) -> sql.Composed:
    """Return the statement of an overlap: for each part and each universe a row.

    A part has an empty label and the sum of its universes' bits; parts share no voter.
    """
    held = sql.SQL(" UNION ALL ").join(
        sql.SQL("SELECT one.voter, {} AS bit FROM ({}) AS one").format(
            sql.Literal(1 << number), voters_statement(Universe(criteria), facts)
        )
        for number, criteria in enumerate(universes)
    )
    sizes = [
        sql.SQL(
            " UNION ALL SELECT {0}, NULL, count(*) FILTER (WHERE mask & {1} > 0), {0} FROM held"
        ).format(sql.Literal(f"universe {number}"), sql.Literal(1 << number))
        for number in range(len(universes))
    ]
    return sql.SQL(
        "WITH held AS (SELECT each.voter, sum(each.bit)::integer AS mask FROM ({}) AS each"
        " GROUP BY each.voter)"
        " SELECT mask::text AS first_value, NULL::text AS second_value, count(*) AS figure,"
        " '' AS label FROM held GROUP BY mask {}"
    ).format(held, sql.SQL("").join(sizes))


def parts_of(number: int) -> Iterable[tuple[int, ...]]:
    """Return every way to be in some of so many universes: those in most of them first."""
    for size in range(number, 0, -1):
        yield from combinations(range(number), size)


def _read(
    state: str, told: At[list[tuple[Any, ...]]], number: int, *, exact: bool
) -> StateOverlap:
    figures: Mapping[str, int] = {row[0]: int(row[2]) for row in told.answer}
    absent = 0 if exact else None
    parts = [
        Part(one, figures.get(str(sum(1 << bit for bit in one)), absent))
        for one in parts_of(number)
    ]
    sizes = [figures.get(f"universe {one}", absent) for one in range(number)]
    return StateOverlap(state, tuple(sizes), tuple(parts), exact, told.position)

"""Pages of a universe in the order of ids: who is next is told by bitmaps, and judged by SQL."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from psycopg import sql

from states.fields.definition import Field
from states.targeting.columns import StateFacts, literal
from states.targeting.compile import Universe, page_statement, universe_rows
from states.targeting.criteria import Criteria
from states.targeting.narrowing import Meant, meant_by
from states.targeting.queries import rows_of

AHEAD: Final = 1.25
"""How many times the rows that hold a page on average are read for it: most often it is full then."""
ROWS_MOST: Final = 50_000
"""The most rows that are read at once to find who is next."""
_NEXT: Final = "SELECT r.voter, r.ordinal {} ORDER BY r.voter LIMIT {}"


@dataclass(frozen=True, slots=True)
class Step:
    """The next voters by id, and after whom to go on; None where nobody else follows."""

    voters: Sequence[UUID]
    last: UUID | None


def page_rows(
    criteria: Criteria,
    facts: StateFacts,
    fields: Sequence[Field],
    *,
    after: UUID | None,
    limit: int,
) -> list[tuple[Any, ...]]:
    """Return the rows of `page_statement` for a universe that is criteria alone."""
    universe, meant = Universe(criteria), meant_by(criteria, facts)
    if meant is None:
        statement = page_statement(universe, facts, fields, after=after, limit=limit)
        return rows_of(statement)
    rows: list[tuple[Any, ...]] = []
    step = Step((), after)
    # Whom SQL holds for meant no more leaves a page short, which then goes on.
    while len(rows) < limit:
        step = _next(meant, facts, step.last, limit - len(rows))
        rows += _rows_of(criteria, facts, fields, step.voters)
        if step.last is None:
            break
    return rows


def _next(meant: Meant, facts: StateFacts, after: UUID | None, wanted: int) -> Step:
    # Looked up, `meant` rows are read; gone through by id, `wanted * among / meant`: they meet at the root.
    if meant.are_few(math.isqrt(wanted * meant.among)):
        rows = _registered(meant.condition, facts, after, wanted)
        voters = [voter for voter, _ in rows]
        return Step(voters, voters[-1] if len(voters) == wanted else None)
    return _gone_through(meant, facts, after, wanted)


def _gone_through(
    meant: Meant, facts: StateFacts, after: UUID | None, wanted: int
) -> Step:
    """Return the next voters out of the next rows of the state, which may hold less than `wanted`."""
    held = wanted * meant.among / len(meant.ordinals)
    read = min(ROWS_MOST, int(AHEAD * held) + wanted)
    rows = _registered(sql.SQL("r.ordinal IS NOT NULL"), facts, after, read)
    voters = [voter for voter, ordinal in rows if ordinal in meant.ordinals]
    if len(voters) >= wanted:
        return Step(voters[:wanted], voters[wanted - 1])
    return Step(voters, rows[-1][0] if len(rows) == read else None)


def _registered(
    condition: sql.Composable, facts: StateFacts, after: UUID | None, limit: int
) -> list[tuple[Any, ...]]:
    conditions = [condition]
    if after is not None:
        conditions.append(sql.SQL("r.voter > {}").format(literal(after, "uuid")))
    rows = universe_rows(Universe(conditions=conditions), facts)
    return rows_of(sql.SQL(_NEXT).format(rows, sql.Literal(limit)))


def _rows_of(
    criteria: Criteria,
    facts: StateFacts,
    fields: Sequence[Field],
    voters: Sequence[UUID],
) -> list[tuple[Any, ...]]:
    """Return the rows of those voters whom SQL, too, holds for meant."""
    if not voters:
        return []
    named = sql.SQL("r.voter = ANY ({})").format(literal(list(voters), "uuid[]"))
    universe = Universe(criteria, conditions=[named])
    limit = len(voters)
    return rows_of(page_statement(universe, facts, fields, after=None, limit=limit))

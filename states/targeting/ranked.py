"""Universes in the order of a ranking, a walk's or a score's: pages of them, and all their voters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from psycopg import sql

from states.fields.definition import Field
from states.targeting.columns import StateFacts, literal
from states.targeting.compile import Universe, shown_columns, universe_rows
from states.targeting.ranking import Ranking


def ranked_statement(
    universe: Universe,
    facts: StateFacts,
    fields: Sequence[Field],
    ranking: Ranking,
    *,
    after: tuple[str, UUID] | None,
    limit: int,
) -> sql.Composed:
    """Return the statement of the next `limit` voters by rank, then id; before the columns of `page_statement` comes the rank.

    Who is next is found by the ranks alone: what is shown is joined for the page, not for the whole state.
    """
    conditions = list(universe.conditions)
    if after is not None:
        words = sql.SQL("({}, r.voter) > ({}, {})")
        last = (literal(after[0], ranking.cast), literal(after[1], "uuid"))
        conditions.append(words.format(ranking.value, *last))
    narrowed = replace(universe, conditions=conditions)
    joins = [sql.SQL(" JOIN next ON next.voter = r.voter"), *universe.joins]
    return sql.SQL(_RANKED).format(
        ranked=ranked_voters(narrowed, facts, ranking),
        limit=sql.Literal(limit),
        columns=shown_columns(fields, facts),
        rows=universe_rows(
            replace(universe, joins=joins), facts, shown=fields, row_by_row=True
        ),
    )


_RANKED: Final = """
WITH next AS MATERIALIZED ({ranked} ORDER BY rank, r.voter LIMIT {limit})
SELECT next.rank, {columns} {rows} ORDER BY next.rank, r.voter"""


def ranked_voters(
    universe: Universe, facts: StateFacts, ranking: Ranking
) -> sql.Composed:
    """Return the statement of all voters of a universe in one state: voter, rank."""
    rows = universe_rows(universe, facts, shown=ranking.fields)
    return sql.SQL("SELECT r.voter, {} AS rank {}").format(ranking.value, rows)

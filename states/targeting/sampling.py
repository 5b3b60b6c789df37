"""The statement that draws voters of a universe at random."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import sql

from states.fields.definition import Field
from states.targeting.columns import StateFacts, literal
from states.targeting.compile import Universe, shown_columns, universe_rows


def sample_statement(
    universe: Universe,
    facts: StateFacts,
    fields: Sequence[Field],
    *,
    size: int,
    seed: int | None = None,
) -> sql.Composed:
    """Return the statement of up to `size` voters of the universe, drawn at random: by a seed, always the same.

    Before the columns of `compile.page_statement` comes the key drawn for the voter.
    """
    drawn = sql.SQL(
        " JOIN (SELECT r.voter, {} AS key {} ORDER BY 2 LIMIT {}) AS drawn"
        " ON drawn.voter = r.voter"
    ).format(_drawn(seed), universe_rows(universe, facts), sql.Literal(size))
    rows = universe_rows(Universe(joins=[drawn]), facts, shown=fields, row_by_row=True)
    return sql.SQL("SELECT drawn.key, {} {}").format(shown_columns(fields, facts), rows)


def _drawn(seed: int | None) -> sql.Composable:
    if seed is None:
        return sql.SQL("random()")
    return sql.SQL("uuid_hash_extended(r.voter, {})").format(literal(seed, "bigint"))

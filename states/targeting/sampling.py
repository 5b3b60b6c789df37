"""Voters of a universe, drawn at random: by bitmaps where no seed is given, else by their ids."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import starmap
from typing import Any, Final

from psycopg import sql

from states.fields.definition import Field
from states.targeting.columns import StateFacts, literal
from states.targeting.compile import Universe, shown_columns, universe_rows
from states.targeting.criteria import Criteria
from states.targeting.narrowing import Meant, meant_by, narrowed
from states.targeting.queries import rows_of

CHANCE: Final = random.SystemRandom()


def draw(
    criteria: Criteria,
    facts: StateFacts,
    fields: Sequence[Field],
    *,
    size: int,
    seed: int | None = None,
) -> list[tuple[Any, ...]]:
    """Return the rows of up to `size` voters whom criteria mean, drawn at random: by a seed, always the same.

    Before the columns of `compile.page_statement` comes the key drawn for the voter: they are those
    with the lowest keys of all, so that the lowest of several states are a sample of all.
    """
    meant = meant_by(criteria, facts) if seed is None else None
    if meant is None:
        drawn = _by_ids(narrowed(Universe(criteria), facts), facts, size, seed)
    else:
        drawn = _by_ordinals(meant, size)
    universe = Universe(criteria, joins=[drawn])
    rows = universe_rows(universe, facts, shown=fields, row_by_row=True)
    columns = shown_columns(fields, facts)
    return rows_of(sql.SQL("SELECT drawn.key, {} {}").format(columns, rows))


def lowest_keys(of: int, size: int) -> list[float]:
    """Return the `size` lowest of so many keys, ascending, each drawn alike between 0 and 1.

    Of n that are left, all above the last one, the lowest is above x with a chance of (1 - x) ** n.
    """
    keys, last = [], 0.0
    for left in range(of, of - min(size, of), -1):
        last += (1 - last) * (1 - CHANCE.random() ** (1 / left))
        keys.append(last)
    return keys


def _by_ordinals(meant: Meant, size: int) -> sql.Composable:
    """Return the join of voters drawn from a bitmap, each with its key."""
    keys = lowest_keys(len(meant.ordinals), size)
    places = CHANCE.sample(range(len(meant.ordinals)), len(keys))
    ordinals = [meant.ordinals[place] for place in places]
    words = " JOIN unnest({}, {}) AS drawn (ordinal, key) ON drawn.ordinal = r.ordinal"
    lists = ((ordinals, "integer[]"), (keys, "double precision[]"))
    return sql.SQL(words).format(*starmap(literal, lists))


def _by_ids(
    universe: Universe, facts: StateFacts, size: int, seed: int | None
) -> sql.Composable:
    """Return the join of those with the lowest keys of all whom SQL goes through."""
    words = (
        " JOIN (SELECT r.voter, {} AS key {} ORDER BY 2 LIMIT {}) AS drawn"
        " ON drawn.voter = r.voter"
    )
    key: sql.Composable = sql.SQL("random()")
    if seed is not None:
        drawn = literal(seed, "bigint")
        key = sql.SQL("uuid_hash_extended(r.voter, {})").format(drawn)
    return sql.SQL(words).format(key, universe_rows(universe, facts), sql.Literal(size))

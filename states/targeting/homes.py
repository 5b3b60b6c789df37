"""Households and telephone numbers of voters as numbers: what distinct ones among a universe are counted by.

A process keeps them under the places and the version of the bitmaps that its reader sees, four bytes a voter, as a worker
stored them place by place. Where it has not yet, rows are read: that statement tells places and version once
more, in the same snapshot, and where they are others, nothing of it is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import polars as pl
from django.db import connections
from psycopg import sql
from pyroaring import BitMap

from states.facets.cache import CACHE, ENTRY_BYTES
from states.facets.gathered import Column, gathered_as, unpacked
from states.facets.kept import Form
from states.facets.kept_numbers import NUMBER, ORDINAL, load_numbers, numbers_of
from states.facets.reading import Keys
from states.fields.definition import Group
from states.targeting.sight import digests, expected, seen_by_statement
from states.targeting.splits import SightMovedError

_BYTES: Final = 4


@dataclass(frozen=True, slots=True)
class _Source:
    """Where numbers come from: the group that must be licensed, rows, and the columns that are alike for the same one."""

    group: Group
    rows: str
    alike: tuple[Column, ...]


_ORDINAL: Final = Column(ORDINAL, "r.ordinal")
_HOMES: Final = _Source(
    Group.REGISTRATION,
    "voters_registration AS r WHERE r.state = {state} AND r.place > 0"
    " AND r.ordinal IS NOT NULL AND r.household IS NOT NULL",
    (Column("place", "r.place"), Column("household", "r.household", wide=True)),
)
_PHONES: Final = _Source(
    Group.CONTACT_DETAILS,
    "voters_registration AS r JOIN voters_contactdetails AS p"
    " ON p.state = {state} AND p.voter = r.voter AND p.place > 0"
    " WHERE r.state = {state} AND r.place > 0 AND r.ordinal IS NOT NULL AND p.phone IS NOT NULL",
    (Column("phone", "p.phone", Form.VALUES),),
)


class Homes:
    """One request's households and telephone numbers of a state; open it inside the scope."""

    def __init__(self, keys: Keys, *, using: str) -> None:
        self._keys = keys
        self._using = using
        self._held: dict[Group, pl.Series] = {}

    def households(self, voters: BitMap) -> int:
        """Return in how many households these voters live; one without an address lives in none. Raises `SightMovedError`."""
        return _distinct(self._numbers(_HOMES), voters)

    def phones(self, voters: BitMap) -> int:
        """Return how many telephone numbers these voters have, as far as they are licensed. Raises `SightMovedError`."""
        return _distinct(self._numbers(_PHONES), voters)

    def anew(self) -> Iterator[tuple[Group, pl.Series]]:
        """Yield each group's numbers read from its rows, at each ordinal, to be stored. Raises `SightMovedError`."""
        for source in (_HOMES, _PHONES):
            yield source.group, _at_ordinals(_numbered(self._read(source)))

    def _numbers(self, source: _Source) -> pl.Series:
        found = self._held.get(source.group)
        if found is None:
            found = self._held[source.group] = self._kept(source)
        return found

    def _kept(self, source: _Source) -> pl.Series:
        keys = self._keys
        under = digests(keys, source.group)
        key = ("numbers", source.group, keys.state, keys.version, under)
        held: pl.Series | None = CACHE.get(key)
        if held is None:
            stored = load_numbers(keys, source.group, using=self._using)
            held = _at_ordinals(
                _numbered(self._read(source)) if stored is None else stored
            )
            CACHE.put(key, held, _BYTES * len(held) + ENTRY_BYTES)
        return held

    def _read(self, source: _Source) -> pl.DataFrame:
        columns = (_ORDINAL, *source.alike)
        state = self._keys.state
        statement = sql.SQL(
            "COPY (SELECT {}, {} FROM {}) TO STDOUT (FORMAT binary)"
        ).format(
            seen_by_statement(state, source.group),
            sql.SQL(", ").join(map(gathered_as, columns)),
            sql.SQL(source.rows).format(state=sql.Literal(state)),
        )
        with (
            connections[self._using].cursor() as cursor,
            cursor.copy(statement) as copy,
        ):
            ((seen, *values),) = list(copy.rows())
        if seen != expected(self._keys, source.group).encode():
            raise SightMovedError
        return unpacked(columns, values)


def _numbered(frame: pl.DataFrame) -> pl.DataFrame:
    """Return ordinals, each with a number that is the same where all other columns are."""
    alike = [name for name in frame.columns if name != ORDINAL]
    other = pl.any_horizontal(
        pl.col(one).ne_missing(pl.col(one).shift()) for one in alike
    )
    ordered = frame.sort(alike)
    return ordered.select(ORDINAL, other.cum_sum().cast(pl.UInt32).alias(NUMBER))


def _at_ordinals(numbered: pl.DataFrame) -> pl.Series:
    """Return a series with each ordinal's number at its place, NULL where it has none."""
    highest: Any = numbered[ORDINAL].max()
    last = -1 if highest is None else int(highest)
    every = pl.DataFrame({ORDINAL: pl.int_range(last + 1, dtype=pl.UInt32, eager=True)})
    return every.join(numbered, on=ORDINAL, how="left", maintain_order="left")[NUMBER]


def _distinct(numbers: pl.Series, voters: BitMap) -> int:
    """Return how many different numbers voters have."""
    return int(numbers_of(numbers, voters)[NUMBER].n_unique())

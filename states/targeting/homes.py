"""Households and telephone numbers of voters as numbers: what distinct ones among a universe are counted by.

A process keeps them under the places and the version of the bitmaps that its reader sees, four bytes a voter. The
statement that reads them tells both once more, in the same snapshot; where they are others, nothing of it is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import polars as pl
import pyarrow as pa
from django.db import connections
from psycopg import sql
from pyroaring import BitMap

from states.facets.cache import CACHE, ENTRY_BYTES
from states.facets.gathered import Column, gathered_as, unpacked
from states.facets.kept import Form
from states.facets.reading import Keys
from states.fields.definition import Group
from states.targeting.sight import digests, expected, seen_by_statement
from states.targeting.splits import SightMovedError

ORDINAL: Final = "ordinal"
_NUMBER: Final = "number"
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
            held = _numbered(self._read(source))
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


def _numbered(frame: pl.DataFrame) -> pl.Series:
    """Return a series with a number at each ordinal, the same where all columns but the ordinal are; NULL where there is none."""
    alike = [name for name in frame.columns if name != ORDINAL]
    groups = frame.group_by(alike).agg(ORDINAL).with_row_index(_NUMBER)
    each = groups.select(_NUMBER, ORDINAL).explode(ORDINAL, empty_as_null=False)
    highest: Any = frame[ORDINAL].max()
    last = -1 if highest is None else int(highest)
    every = pl.DataFrame({ORDINAL: pl.int_range(last + 1, dtype=pl.UInt32, eager=True)})
    return every.join(each, on=ORDINAL, how="left", maintain_order="left")[_NUMBER]


def _distinct(numbers: pl.Series, voters: BitMap) -> int:
    """Return how many different numbers voters have; an ordinal past the end has none."""
    ordinals = voters.to_array()
    held = pa.Array.from_buffers(
        pa.uint32(), len(ordinals), [None, pa.py_buffer(ordinals)]
    )
    wanted = pl.Series(pl.from_arrow(held))
    found = numbers.gather(wanted.filter(wanted < len(numbers))).drop_nulls()
    return int(found.n_unique())

"""Following a publication's difference: voters leave the bitmaps that they were in, and join those of now.

A voter is in a bitmap by the voter's own row alone. So the bitmaps of all are those before without
the ones that rows of before give, with the ones that rows of now give; and only for fields that changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

import polars as pl
from django.db import connections
from psycopg import sql
from pyroaring import BitMap

from states.facets.columns import read_touched
from states.facets.grouping import Grouped, by_place, grouped
from states.facets.kept import ALL, GROUPS, kept_fields
from states.facets.staged import LOADER, Chunk, execute, packed, write_packed
from states.fields.definition import Group

LOADED_AT_ONCE: Final = 2_000
"""Bitmaps that are held in memory at a time while they change."""
_NOW: Final = ":now"
_HELD: Final = """
    SELECT k.field, k.value, k.place, f.bits
    FROM unnest(%s::text[], %s::text[], %s::integer[]) AS k (field, value, place)
    JOIN {} AS f ON f.state = %s AND f.field = k.field AND f.value = k.value AND f.place = k.place
"""

Key = tuple[str, str, int]
"""Field with its mark, value, place."""


def follow(state: str, staging: str) -> int | None:
    """Make a state's bitmaps those of its newest publication by what it changed; None if they must be built.

    That is so where it touched voters that have no ordinal. Returns the bytes written.
    """
    size = 0
    for group in GROUPS:
        if group is Group.CONTACTS:
            continue
        before, now = read_touched(state, group)
        if before["ordinal"].null_count() or now["ordinal"].null_count():
            return None
        size += _write(state, staging, group, _changes(group, before, now))
        if group is Group.REGISTRATION:
            everyone = _everyone(_met(before, now))
            size += _write(state, staging, Group.CONTACTS, _gathered(*everyone))
    execute(sql.SQL("SELECT sec.follow_facets(%s, %s)"), [state, staging])
    return size


def _changes(
    group: Group, before: pl.DataFrame, now: pl.DataFrame
) -> dict[Key, tuple[BitMap, BitMap]]:
    """Return whom each bitmap of a group loses and gains."""
    met = _met(before, now)
    lost, gained = _everyone(met)
    for name, form in kept_fields(group).items():
        left, joined = _sides(met, name)
        lost += grouped(name, form, left)
        gained += grouped(name, form, joined)
    return _gathered(lost, gained)


def _met(before: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """Return a row for each voter touched: as before, and as now with a mark after each column's name."""
    marked = now.rename(
        {name: name + _NOW for name in now.columns if name != "ordinal"}
    )
    return before.join(marked, on="ordinal", how="full", coalesce=True)


def _everyone(met: pl.DataFrame) -> tuple[list[Grouped], list[Grouped]]:
    moved = met.filter(pl.col("place").ne_missing(pl.col("place" + _NOW)))
    left = moved.select("place", "ordinal").drop_nulls()
    joined = moved.select("ordinal", place="place" + _NOW).drop_nulls()
    return list(by_place(ALL, left)), list(by_place(ALL, joined))


def _sides(met: pl.DataFrame, name: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return a field's rows before and now, of those who moved or have another value."""
    differs = pl.any_horizontal(
        pl.col(one).ne_missing(pl.col(one + _NOW)) for one in ("place", name)
    )
    other = met.filter(differs)
    left = other.select("place", "ordinal", value=name).drop_nulls()
    joined = other.select("ordinal", place="place" + _NOW, value=name + _NOW)
    return left, joined.drop_nulls()


def _gathered(
    lost: Iterable[Grouped], gained: Iterable[Grouped]
) -> dict[Key, tuple[BitMap, BitMap]]:
    changes: dict[Key, tuple[BitMap, BitMap]] = {}
    for side, bitmaps in enumerate((lost, gained)):
        for field, value, place, bits in bitmaps:
            both = changes.setdefault((field, value, place), (BitMap(), BitMap()))
            both[side].update(bits)
    return changes


def _write(
    state: str,
    staging: str,
    group: Group,
    changes: dict[Key, tuple[BitMap, BitMap]],
) -> int:
    """Stage the new content of the bitmaps that change; return its bytes."""
    size = 0
    keys = iter(sorted(changes))
    while some := list(islice(keys, LOADED_AT_ONCE)):
        held = _held(state, group, some)
        size += write_packed(staging, packed(_applied(group, some, held, changes)))
    return size


def _applied(
    group: Group,
    keys: list[Key],
    held: dict[Key, BitMap],
    changes: dict[Key, tuple[BitMap, BitMap]],
) -> Iterator[Chunk]:
    for key in keys:
        lost, gained = changes[key]
        was = held.get(key, BitMap())
        becomes = (was - lost) | gained
        if becomes != was:
            yield group.value, *key, becomes


def _held(state: str, group: Group, keys: list[Key]) -> dict[Key, BitMap]:
    table = sql.Identifier(f"facets_{group.value}")
    with connections[LOADER].cursor() as cursor:
        columns = [list(one) for one in zip(*keys, strict=True)]
        cursor.execute(sql.SQL(_HELD).format(table), [*columns, state])
        return {
            (field, value, place): BitMap.deserialize(bytes(bits))
            for field, value, place, bits in cursor
        }

"""Numbers of voters as they are stored: a piece for each place beside the bitmaps of a group, under its policies.

A piece holds the voters who have a number, as a bitmap, and their numbers in the same order, four bytes each.
"""

from __future__ import annotations

import array
import struct
from collections.abc import Mapping
from typing import Final

import polars as pl
import pyarrow as pa
from django.db import connections
from psycopg import sql
from pyroaring import BitMap

from states.facets.reading import Keys
from states.fields.definition import Group

ORDINAL: Final = "ordinal"
NUMBER: Final = "number"
_LENGTH: Final = struct.Struct(">I")
_PIECES: Final = """
    COPY (SELECT f.place, f.bits FROM {facets} AS f
          WHERE f.state = {state} AND f.field = '@' AND f.value = {version})
    TO STDOUT (FORMAT binary)"""


def load_numbers(keys: Keys, group: Group, *, using: str) -> pl.DataFrame | None:
    """Return the stored numbers (`ordinal`, `number`) of a group's voters; None unless they are of the very places and version."""
    statement = sql.SQL(_PIECES).format(
        facets=sql.Identifier(f"facets_{group.value}"),
        state=sql.Literal(keys.state),
        version=sql.Literal(str(keys.version)),
    )
    places = set()
    ordinals, numbers = array.array("I"), array.array("I")
    with connections[using].cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(["int4", "bytea"])
        for place, piece in copy.rows():
            places.add(place)
            (length,) = _LENGTH.unpack_from(piece)
            start = _LENGTH.size + length
            ordinals += BitMap.deserialize(piece[_LENGTH.size : start]).to_array()
            numbers.frombytes(piece[start:])
    if places != set(keys.places[group]):
        return None
    return pl.DataFrame({ORDINAL: as_series(ordinals), NUMBER: as_series(numbers)})


def keep_numbers(
    keys: Keys,
    group: Group,
    numbers: pl.Series,
    places: Mapping[int, BitMap],
    *,
    using: str,
) -> int:
    """Store the numbers of all voters, in its owner's scope to apply; return how many places were written.

    `numbers` has one at each ordinal, NULL where there is none; `places` are the voters of each place.
    None are written where the bitmaps are of another version by now.
    """
    pieces = {place: _piece(numbers, places[place]) for place in keys.places[group]}
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT sec.keep_numbers(%s, %s, %s, %s::integer[], %s::bytea[])",
            [
                keys.state,
                group.value,
                keys.version,
                list(pieces),
                list(pieces.values()),
            ],
        )
        return int(cursor.fetchone()[0])


def numbers_of(numbers: pl.Series, voters: BitMap) -> pl.DataFrame:
    """Return the numbers of those voters who have one; an ordinal past the end has none."""
    ordinals = as_series(voters.to_array())
    within = ordinals.filter(ordinals < len(numbers))
    found = pl.DataFrame({ORDINAL: within, NUMBER: numbers.gather(within)})
    return found.drop_nulls(NUMBER)


def as_series(values: array.array[int]) -> pl.Series:
    """Return an array of unsigned numbers of four bytes as a series, without copying it."""
    held = pa.Array.from_buffers(pa.uint32(), len(values), [None, pa.py_buffer(values)])
    return pl.Series(pl.from_arrow(held))


def _piece(numbers: pl.Series, voters: BitMap) -> bytes:
    found = numbers_of(numbers, voters)
    who = BitMap(found[ORDINAL].to_list())
    who.run_optimize()
    bits = who.serialize()
    told = array.array("I", found[NUMBER].to_list()).tobytes()
    return _LENGTH.pack(len(bits)) + bits + told

"""Columns that the server gathered into one value each, and frames of them.

Numbers lie side by side, four bytes each, texts one after the other with their lengths: COPY sends
each row by itself, which costs more than all that is in it.
"""

from __future__ import annotations

import array
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl
import pyarrow as pa
from psycopg import sql

from states.facets.kept import Form

UNKNOWN: Final = -1
_NUMBERS: Final = "string_agg(int4send(coalesce(({made})::integer, -1)), ''::bytea)"
_TEXTS: Final = (
    "string_agg(int4send(coalesce(octet_length(({made})::text), -1)), ''::bytea),"
    " textsend(string_agg(({made})::text, ''))"
)
_IDS: Final = "string_agg(uuid_send({made}), ''::bytea)"
_WIDE: Final = "string_agg(int8send({made}), ''::bytea)"
_LISTS: Final = (
    "string_agg(int4send(cardinality({made})), ''::bytea),"
    " string_agg(array_send({made}), ''::bytea)"
)
_EMPTY_WORDS: Final = 3
"""Of four bytes, that an empty array is sent in."""
_HEADER_WORDS: Final = 5
"""Of four bytes, before the elements of an array, each after its length."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column by name, with its SQL over the row `t`, and how it is kept; without that it is a key.

    Of a `wide` one (64 bits) what arrives is equal where the numbers are, and in no order.
    """

    name: str
    made: str
    form: Form | None = None
    wide: bool = False


def gathered_as(column: Column) -> sql.SQL:
    """Return the SQL of one column's values, or of two that it takes."""
    return sql.SQL(_words(column).format(made=column.made))


def _words(column: Column) -> str:
    if column.name == "voter":
        return _IDS
    if column.wide:
        return _WIDE
    return {Form.VALUES: _TEXTS, Form.ELECTIONS: _LISTS}.get(
        column.form or Form.SLICED, _NUMBERS
    )


def unpacked(columns: Sequence[Column], values: Sequence[bytes | None]) -> pl.DataFrame:
    """Return the frame of what was gathered; a voter's id becomes two numbers."""
    left = iter(values)
    return pl.DataFrame([one for column in columns for one in _series(column, left)])


def _series(column: Column, values: Iterator[bytes | None]) -> Iterator[pl.Series]:
    first = next(values) or b""
    if column.name == "voter":
        halves = _plain(pa.int64(), pa.py_buffer(first), len(first) // 8)
        yield halves.gather_every(2).rename("voter")
        yield halves.gather_every(2, 1).rename("voter_low")
    elif column.wide:
        wide = _plain(pa.int64(), pa.py_buffer(first), len(first) // 8)
        yield wide.rename(column.name)
    elif column.form is Form.VALUES:
        yield _texts(_numbers(first), next(values) or b"").rename(column.name)
    elif column.form is Form.ELECTIONS:
        lists = _lists(_numbers(first), _numbers(next(values) or b""))
        yield lists.rename(column.name)
    else:
        found = _numbers(first)
        is_place = column.name == "place"
        known = found if is_place else found.set(found == UNKNOWN, None)
        kind = pl.Int32 if is_place else pl.UInt32
        yield known.cast(kind).rename(column.name)


def _numbers(sent: bytes) -> pl.Series:
    """Return numbers of four bytes, the highest first, as the server sends them."""
    words = array.array("i")
    words.frombytes(sent)
    if sys.byteorder == "little":
        words.byteswap()
    return _plain(pa.int32(), pa.py_buffer(words), len(words))


def _plain(kind: pa.DataType, content: pa.Buffer, length: int) -> pl.Series:
    held = pa.Array.from_buffers(kind, length, [None, content])
    return pl.Series(pl.from_arrow(held))


def _texts(lengths: pl.Series, content: bytes) -> pl.Series:
    """Return texts that lie one after the other."""
    ends = lengths.clip(lower_bound=0).cast(pl.Int64).cum_sum()
    offsets = pl.concat([pl.Series([0], dtype=pl.Int64), ends])
    buffer = offsets.to_arrow().buffers()[1]
    held = pa.Array.from_buffers(
        pa.large_string(), len(lengths), [None, buffer, pa.py_buffer(content)]
    )
    texts = pl.Series(pl.from_arrow(held))
    return texts.set(lengths == UNKNOWN, None)


def _lists(lengths: pl.Series, words: pl.Series) -> pl.Series:
    """Return lists of numbers that were sent as arrays, one after the other."""
    frame = pl.DataFrame({"length": lengths})
    sizes = pl.when(pl.col("length") > 0).then(2 * pl.col("length") + _HEADER_WORDS)
    starts = frame.with_columns(size=sizes.otherwise(_EMPTY_WORDS)).with_columns(
        first=pl.col("size").cum_sum() - pl.col("size") + _HEADER_WORDS + 1
    )
    ends = pl.col("first") + 2 * pl.col("length")
    places = starts.select(pl.int_ranges("first", ends, 2, dtype=pl.Int64)).to_series()
    flat = places.explode(empty_as_null=False)
    ranges = pl.concat(
        [pl.Series([0], dtype=pl.Int64), lengths.cast(pl.Int64).cum_sum()]
    )
    held = pa.LargeListArray.from_arrays(
        ranges.to_arrow(), words.gather(flat).to_arrow()
    )
    return pl.Series(pl.from_arrow(held))

"""Making a state's bitmaps from its voters: read by column, grouped, written beside, swapped at the end.

Everything happens in the transaction that is open: a publication's bitmaps are seen with it,
or not at all. Voters are read a few columns at a time, so that memory is bounded.
"""

from __future__ import annotations

import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final
from uuid import UUID

import polars as pl
from psycopg import sql
from pyroaring import BitMap

from states.facets.kept import ALL, ANY, BITS, GROUPS, Form, kept_fields, source_of
from states.facets.staged import (
    Chunk,
    create_staging,
    drop_staging,
    execute,
    read_columns,
    write_chunks,
)
from states.fields.definition import Group

CELLS_AT_ONCE: Final = 20_000_000
"""Values that are held in memory at a time: voters by columns."""
VOTERS_AT_ONCE: Final = 250_000
_TYPES: Final[Mapping[Form, pl.DataType]] = {
    Form.VALUES: pl.Categorical(),
    Form.SLICED: pl.UInt32(),
    Form.ELECTIONS: pl.Categorical(),
    Form.KNOWN: pl.UInt8(),
}


@dataclass(frozen=True, slots=True)
class Built:
    """What was built: the publication it was made from, and the bytes of all bitmaps."""

    publication: int
    size: int


def build_facets(state: str, build: UUID) -> Built | None:
    """Make a state's bitmaps in the owner's import scope that is open on the loader's connection.

    `build` names the staging table. Returns None where nothing is published yet.
    """
    publication = execute(sql.SQL("SELECT sec.begin_facets(%s)"), [state])
    if not isinstance(publication, int):
        return None
    staging = f"facets_{build.hex}"
    create_staging(staging)
    size = sum(write_chunks(staging, chunks) for chunks in _chunks_of_groups(state))
    execute(sql.SQL("SELECT sec.swap_facets(%s, %s)"), [state, staging])
    drop_staging(staging)
    return Built(publication, size)


def _chunks_of_groups(state: str) -> Iterator[Iterator[Chunk]]:
    """Yield the bitmaps of some columns at a time, which are read by then: the connection is free."""
    frame = read_columns(state, "voters_registration", {})
    voters = len(frame)
    yield _everyone(Group.REGISTRATION, frame)
    yield _everyone(Group.CONTACTS, frame)
    del frame
    width = max(2, CELLS_AT_ONCE // max(voters, 1))
    for group in GROUPS:
        if group is not Group.CONTACTS:
            yield from _chunks_of_group(state, group, width)


def _chunks_of_group(state: str, group: Group, width: int) -> Iterator[Iterator[Chunk]]:
    source, forms = source_of(group), kept_fields(group)
    names = list(forms)
    for start in range(0, len(names), width):
        part = {name: forms[name] for name in names[start : start + width]}
        columns = {
            name: (source.columns[name], _TYPES[form]) for name, form in part.items()
        }
        frame = read_columns(state, source.table, columns)
        if start == 0 and group is not Group.REGISTRATION:
            yield _everyone(group, frame)
        yield _chunks_of_frame(group, part, frame)


def _chunks_of_frame(
    group: Group, forms: Mapping[str, Form], frame: pl.DataFrame
) -> Iterator[Chunk]:
    for batch in _batches(frame):
        for name, form in forms.items():
            held = batch.select("place", "ordinal", value=name).drop_nulls("value")
            for field, value, place, bits in _CHUNKS[form](name, held):
                yield group.value, field, value, place, bits


def _everyone(group: Group, frame: pl.DataFrame) -> Iterator[Chunk]:
    for place, bits in _by_place(frame):
        yield group.value, ALL, "", place, bits


def _batches(frame: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield the rows of some whole places at a time; `frame` is sorted by place."""
    sizes = frame.group_by("place", maintain_order=True).len()["len"].to_list()
    start = length = 0
    for size in sizes:
        length += size
        if length >= VOTERS_AT_ONCE:
            yield frame.slice(start, length)
            start, length = start + length, 0
    if length:
        yield frame.slice(start, length)


_Bits = tuple[str, str, int, bytes]


def _known(name: str, held: pl.DataFrame) -> Iterator[_Bits]:
    for place, bits in _by_place(held):
        yield name + ANY, "", place, bits


def _values(name: str, held: pl.DataFrame) -> Iterator[_Bits]:
    yield from _known(name, held)
    grouped = held.group_by("place", "value").agg("ordinal")
    for (place, value), bits in _grouped(grouped, "place", "value"):
        yield name, value, place, bits


def _sliced(name: str, held: pl.DataFrame) -> Iterator[_Bits]:
    yield from _known(name, held)
    highest = held["value"].max()
    digits = int(highest).bit_length() if isinstance(highest, int) else 0
    for digit in range(digits):
        has_digit = held.filter((pl.col("value") & (1 << digit)) != 0)
        for place, bits in _by_place(has_digit):
            yield name + BITS, str(digit), place, bits


def _elections(name: str, held: pl.DataFrame) -> Iterator[_Bits]:
    votes = held.with_columns(
        pl.col("value").cast(pl.String).str.split(" ").alias("value")
    ).explode("value")
    cast = votes.filter(pl.col("value") != "")
    grouped = cast.group_by("place", "value").agg("ordinal")
    for (place, value), bits in _grouped(grouped, "place", "value"):
        yield name, value, place, bits


_CHUNKS: Final = {
    Form.VALUES: _values,
    Form.SLICED: _sliced,
    Form.ELECTIONS: _elections,
    Form.KNOWN: _known,
}


def _by_place(frame: pl.DataFrame) -> Iterator[tuple[int, bytes]]:
    grouped = frame.group_by("place").agg("ordinal")
    for (place,), bits in _grouped(grouped, "place"):
        yield place, bits


def _grouped(
    grouped: pl.DataFrame, *keys: str
) -> Iterator[tuple[tuple[Any, ...], bytes]]:
    """Yield each group's key and the bitmap of its ordinals, which are in order."""
    lists = grouped["ordinal"].rechunk().to_arrow()
    ends = lists.offsets.to_pylist()
    values = memoryview(lists.values.buffers()[1]) if len(grouped) else memoryview(b"")
    shift = lists.values.offset
    for row, (start, end) in zip(
        grouped.select(keys).iter_rows(), pairwise(ends), strict=True
    ):
        ordinals = array.array("I")
        ordinals.frombytes(values[(start + shift) * 4 : (end + shift) * 4])
        made = BitMap(ordinals)
        made.run_optimize()
        yield row, bytes(made.serialize())

"""From frames of voters to bitmaps: for each field as it is kept, place by place."""

from __future__ import annotations

import array
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any, Final

import polars as pl
from pyroaring import BitMap

from states.facets.kept import ANY, BITS, Form

Grouped = tuple[str, str, int, BitMap]
"""Field with its mark, value, place, and the ordinals of the voters who have it."""


def grouped(name: str, form: Form, held: pl.DataFrame) -> Iterator[Grouped]:
    """Yield the bitmaps of one field of `held`: columns place, ordinal and value, none of them NULL."""
    yield from _GROUPED[form](name, held)


def by_place(field: str, frame: pl.DataFrame) -> Iterator[Grouped]:
    """Yield a bitmap of all of a frame's voters for each place."""
    lists = frame.group_by("place").agg("ordinal")
    for (place,), bits in _bitmaps(lists, "place"):
        yield field, "", place, bits


def _known(name: str, held: pl.DataFrame) -> Iterator[Grouped]:
    yield from by_place(name + ANY, held)


def _values(name: str, held: pl.DataFrame) -> Iterator[Grouped]:
    yield from _known(name, held)
    yield from _each(name, held)


def _sliced(name: str, held: pl.DataFrame) -> Iterator[Grouped]:
    yield from _known(name, held)
    highest = held["value"].max()
    digits = int(highest).bit_length() if isinstance(highest, int) else 0
    for digit in range(digits):
        has_digit = held.filter((pl.col("value") & (1 << digit)) != 0)
        for _, _, place, bits in by_place(name, has_digit):
            yield name + BITS, str(digit), place, bits


def _elections(name: str, held: pl.DataFrame) -> Iterator[Grouped]:
    votes = held.explode("value", empty_as_null=False)
    yield from _each(name, votes)


def _each(name: str, held: pl.DataFrame) -> Iterator[Grouped]:
    lists = held.group_by("place", "value").agg("ordinal")
    for (place, value), bits in _bitmaps(lists, "place", "value"):
        yield name, str(value), place, bits


_GROUPED: Final[Mapping[Form, Callable[[str, pl.DataFrame], Iterator[Grouped]]]] = {
    Form.VALUES: _values,
    Form.SLICED: _sliced,
    Form.ELECTIONS: _elections,
    Form.KNOWN: _known,
}


def _bitmaps(
    lists: pl.DataFrame, *keys: str
) -> Iterator[tuple[tuple[Any, ...], BitMap]]:
    """Yield each group's key and the bitmap of its ordinals."""
    held = lists["ordinal"].rechunk().to_arrow()
    ends = held.offsets.to_pylist()
    values = memoryview(held.values.buffers()[1]) if len(lists) else memoryview(b"")
    shift = held.values.offset
    for row, (start, end) in zip(
        lists.select(keys).iter_rows(), pairwise(ends), strict=True
    ):
        ordinals = array.array("I")
        ordinals.frombytes(values[(start + shift) * 4 : (end + shift) * 4])
        yield row, BitMap(ordinals)

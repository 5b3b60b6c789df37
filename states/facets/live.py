"""Values that change by the hour as bitmaps: made of rows, and of their changed rows made anew.

A view is what one reader was shown at one position of a state's feed. It never changes; the
next one shares nothing with it but what neither of them writes to.
"""

from __future__ import annotations

import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl
from pyroaring import BitMap

from states.facets.kept import ANY, BITS
from states.facets.sliced import Sliced

Key = tuple[str, str]
"""A field, with its mark, and a value: as stored bitmaps are named."""

NOBODY: Final = BitMap()
ORDINAL: Final = "ordinal"
_ARRAY_ITEM: Final = 4


@dataclass(frozen=True, slots=True)
class LiveView:
    """What a reader was shown at a position of the feed, by field and value; `size` in bytes, roughly."""

    position: int
    bitmaps: Mapping[Key, BitMap]
    size: int

    def known(self, field: str) -> BitMap:
        """Return the voters of whom a field is known."""
        return self.bitmaps.get((field + ANY, ""), NOBODY)

    def having(self, field: str, value: str) -> BitMap:
        """Return the voters who have a value of a field."""
        return self.bitmaps.get((field, value), NOBODY)

    def values(self, field: str) -> dict[str, BitMap]:
        """Return the voters who have each value of a field."""
        return {
            value: bits for (name, value), bits in self.bitmaps.items() if name == field
        }

    def sliced(self, field: str) -> Sliced:
        """Return an ordered field."""
        digits = self.values(field + BITS)
        numbered = {int(digit): bits for digit, bits in digits.items()}
        return Sliced(self.known(field), numbered)

    def followed_by(
        self, position: int, changed: BitMap, now: Mapping[Key, BitMap]
    ) -> LiveView:
        """Return the view in which these voters have what `now` says of them, and nothing else."""
        if not changed:
            return LiveView(position, self.bitmaps, self.size)
        made = {key: bits - changed for key, bits in self.bitmaps.items()}
        for key, bits in now.items():
            made[key] = made[key] | bits if key in made else bits
        return LiveView(position, made, self.size + 2 * len(now) * len(changed))


EMPTY: Final = LiveView(0, {}, 0)
"""A view that shows nothing of anybody."""


def view_of(position: int, bitmaps: Mapping[Key, BitMap]) -> LiveView:
    """Return the view of these bitmaps."""
    highest = max((bits.max() for bits in bitmaps.values() if bits), default=0)
    # An array of two bytes each, or a bit for each ordinal where that is less.
    size = sum(min(2 * len(bits), highest // 8) for bits in bitmaps.values())
    return LiveView(position, bitmaps, size)


def bitmaps_of(
    frame: pl.DataFrame, sliced: tuple[str, ...], flags: tuple[str, ...]
) -> dict[Key, BitMap]:
    """Return the bitmaps of rows: a column `ordinal`, and one of whole numbers, not below zero, for each field.

    `sliced` are kept by their binary digits, `flags` by digits of which several may be set;
    the other columns by value.
    """
    others = [name for name in frame.columns if name not in (ORDINAL, *sliced, *flags)]
    made: dict[Key, BitMap] = {}
    for name in (*sliced, *others):
        held = frame.select(ORDINAL, name).drop_nulls(name)
        if len(held):
            made[name + ANY, ""] = ordinals_in(held[ORDINAL])
            made |= dict(
                _digits(name + BITS, held, name)
                if name in sliced
                else _values(name, held)
            )
    for name in flags:
        made |= dict(_digits(name, frame.select(ORDINAL, name).drop_nulls(name), name))
    return made


def named_bitmaps(frame: pl.DataFrame) -> dict[Key, BitMap]:
    """Return the bitmaps of rows that each tell one value: columns `ordinal`, a field's name, the value as text.

    A voter may have several values of a field.
    """
    _, name, told = frame.columns
    made: dict[Key, BitMap] = {}
    for (field, value), rows in frame.group_by(name, told):
        made[str(field), str(value)] = ordinals_in(rows[ORDINAL])
    for (field,), rows in frame.group_by(name):
        made[f"{field}{ANY}", ""] = ordinals_in(rows[ORDINAL])
    return made


def ordinals_in(column: pl.Series) -> BitMap:
    """Return the bitmap of a column of ordinals (uint32, none of them null)."""
    held = column.rechunk().to_arrow()
    start = held.offset * _ARRAY_ITEM
    ordinals = array.array("I")
    if len(held):
        data = memoryview(held.buffers()[1])
        ordinals.frombytes(data[start : start + len(held) * _ARRAY_ITEM])
    return BitMap(ordinals)


def _digits(name: str, held: pl.DataFrame, column: str) -> Iterator[tuple[Key, BitMap]]:
    highest = held[column].max()
    digits = int(highest).bit_length() if isinstance(highest, int) else 0
    for digit in range(digits):
        has = held.filter((pl.col(column) & (1 << digit)) != 0)
        if len(has):
            yield (name, str(digit)), ordinals_in(has[ORDINAL])


def _values(name: str, held: pl.DataFrame) -> Iterator[tuple[Key, BitMap]]:
    for (value,), rows in held.group_by(name):
        yield (name, str(value)), ordinals_in(rows[ORDINAL])

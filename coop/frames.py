"""Frames of a number for every voter: too large to be held twice."""

from __future__ import annotations

from typing import Any, Final

import polars as pl

PARTS: Final = 16


def in_order(pieces: list[pl.DataFrame], by: str) -> pl.DataFrame:
    """Return all rows of frames in the order of a column of whole numbers; the frames are used up, and their list is emptied.

    Rows are put in order some at a time, by ranges of what the column holds: a sort of all at once holds them
    three times over. Numbers that are not spread evenly take longer ways to the same end.
    """
    whole = pl.concat(pieces)
    pieces.clear()
    parts = [
        whole.filter(pl.col(by).is_between(low, high)).sort(by)
        for low, high in _ranges(whole[by])
    ]
    names = whole.columns
    empty = whole.clear()
    del whole
    columns = [
        pl.concat(
            [empty[name], *(one.drop_in_place(name) for one in parts)], rechunk=True
        )
        for name in names
    ]
    return pl.DataFrame(columns)


def _ranges(numbers: pl.Series) -> list[tuple[int, int]]:
    """Return the first and last numbers of ranges that hold all of these."""
    lowest: Any = numbers.min()
    highest: Any = numbers.max()
    if lowest is None:
        return []
    width = (highest - lowest) // PARTS + 1
    starts = range(lowest, highest + 1, width)
    return [(start, min(start + width - 1, highest)) for start in starts]

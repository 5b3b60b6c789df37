"""Frames of a number for every voter: too large to be held twice."""

from __future__ import annotations

import polars as pl


def in_order(pieces: list[pl.DataFrame], by: str) -> pl.DataFrame:
    """Return all rows of frames in the order of a column; the frames are used up, and their list is emptied.

    Columns are put in order one after the other and let go before the next: a sort of the
    whole frame holds all of them twice.
    """
    whole = pl.concat(pieces)
    pieces.clear()
    order = whole[by].arg_sort()
    return pl.DataFrame(
        [whole.drop_in_place(name).gather(order) for name in whole.columns]
    )

"""Frames of a number for every voter."""

from __future__ import annotations

import polars as pl
from hypothesis import given, strategies as st

from coop.frames import in_order

PIECES = st.lists(st.lists(st.integers(0, 1 << 40), max_size=30), min_size=1)


@given(PIECES)
def test_pieces_become_one_frame_in_order_and_are_let_go(
    numbers: list[list[int]],
) -> None:
    pieces = [
        pl.DataFrame({"key": one, "twice": [2 * n for n in one]}, schema=SCHEMA)
        for one in numbers
    ]

    found = in_order(pieces, "key")

    every = sorted(n for one in numbers for n in one)
    assert found.schema == SCHEMA
    assert found.rows() == [(n, 2 * n) for n in every]
    assert pieces == []


SCHEMA = pl.Schema({"key": pl.UInt64(), "twice": pl.UInt64()})

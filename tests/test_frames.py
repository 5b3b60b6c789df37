"""Frames of a number for every voter."""

from __future__ import annotations

import polars as pl
from hypothesis import given, strategies as st

from coop.frames import in_order

NUMBERS = st.one_of(
    st.integers(-(1 << 63), (1 << 63) - 1),
    st.integers(-3, 3),
    st.sampled_from([-(1 << 63), (1 << 63) - 1]),
)
PIECES = st.lists(st.lists(NUMBERS, max_size=30), min_size=1)


@given(PIECES)
def test_pieces_become_one_frame_in_order_and_are_let_go(
    numbers: list[list[int]],
) -> None:
    pieces = [
        pl.DataFrame({"key": one, "text": [str(n) for n in one]}, schema=SCHEMA)
        for one in numbers
    ]

    found = in_order(pieces, "key")

    every = sorted(n for one in numbers for n in one)
    assert found.schema == SCHEMA
    assert found.rows() == [(n, str(n)) for n in every]
    assert pieces == []


SCHEMA = pl.Schema({"key": pl.Int64(), "text": pl.String()})

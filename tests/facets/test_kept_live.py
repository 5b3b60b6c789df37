"""Live bitmaps of a place come back as they were packed, whatever their names and whoever is in them."""

from __future__ import annotations

from hypothesis import given, strategies as st
from pyroaring import BitMap

from states.facets.kept_live import packed, unpacked

BITS = st.lists(st.integers(0, 2**32 - 1), max_size=5).map(BitMap)


@given(st.dictionaries(st.tuples(st.text(max_size=8), st.text(max_size=8)), BITS))
def test_what_is_packed_comes_back(bitmaps: dict[tuple[str, str], BitMap]) -> None:
    expected = {key: bits for key, bits in bitmaps.items() if bits}
    assert dict(unpacked(packed(bitmaps))) == expected


def test_what_is_equal_is_written_once() -> None:
    many = BitMap(range(0, 100_000, 3))
    alone = packed({("day#", "1"): many})
    both = packed({("day#", "1"): many, ("day#", "2"): BitMap(many)})
    assert len(both) < len(alone) + 50
    assert dict(unpacked(both)) == {("day#", "1"): many, ("day#", "2"): many}

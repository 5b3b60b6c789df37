"""The quick way through sound blocks: the same rows as line by line, and never taken where a line may be read in two ways."""

from __future__ import annotations

import io
import threading
from collections.abc import Generator
from contextlib import closing

import polars as pl
import pytest
from hypothesis import given, settings, strategies as st

from states.layouts import decode, fl, oh
from states.layouts.ahead import ahead
from states.layouts.decode import Block, Point, blocks
from states.layouts.framed import fields_of
from states.layouts.parse import parse_history, parse_voters
from states.layouts.records import split_by_line
from states.layouts.shape import Shape
from tests.layouts.official import header, line

NAMES = ("one", None, "three")
MARKED = Shape(delimiter=",", quoted=True, names=NAMES, header='"one","two","three"')
PLAIN = Shape(delimiter="\t", quoted=False, names=NAMES)
MAYBE = Shape(delimiter="|", quoted=True, names=NAMES, trailing=True)

fields = st.text(alphabet="a \",\n|\t'é", max_size=4)


def block(text: str) -> Block:
    (whole,) = blocks(io.BytesIO(text.encode()))
    return whole


def same(quick: pl.DataFrame, slow: pl.DataFrame) -> bool:
    return quick.with_columns(pl.col(pl.String).replace("", None)).equals(
        slow.with_columns(pl.col(pl.String).replace("", None)).select(quick.columns)
    )


def agree(text: str, shape: Shape) -> bool:
    """Assert that the quick way gives what the slow one does, or nothing; tell whether it gave anything."""
    whole = block(text)
    quick = fields_of(whole, shape)
    if quick is None:
        return False
    slow, rejects = split_by_line(whole, shape)
    assert rejects == []
    assert same(quick, slow)
    return True


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ('"a","b","c"\n"d","","f"\n', MARKED),
        ('"a, b","c",","\n"","",""\n', MARKED),
        ("a\tb\tc\n\t\t\n", PLAIN),
        ('a"\t"b\tc\n', PLAIN),
        ("a|b|c\n||\n", MAYBE),
        ('"a"|"b"|"c"', MAYBE),
        ('"é","b","c"\n', MARKED),
    ],
)
def test_sound_blocks_go_the_quick_way(text: str, shape: Shape) -> None:
    assert agree(text, shape)


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ('"a","b"\n"a","b","c","d"\n', MARKED),
        ('"a","b","c\n', MARKED),
        ('"a""b","b","c"\n', MARKED),
        ('a,b,"c"\n', MARKED),
        ('"one","two","three"\n', MARKED),
        ('"a","b","c"\n\n"a","b","c"\n', MARKED),
        ('"a","b\0","c"\n', MARKED),
        # As many marks and joints together as sound lines would have.
        ('","x","y","\n"a"b"c""d"\n', MARKED),
        ('"a","b","\n""c","d","e"\n', MARKED),
        ("a\tb\na\tb\tc\td\n", PLAIN),
        ("a\tb\tc\n\na\tb\tc\n", PLAIN),
        ("a|b|c|\n", MAYBE),
        ("", PLAIN),
    ],
)
def test_whatever_may_be_a_fault_goes_line_by_line(text: str, shape: Shape) -> None:
    assert (
        fields_of(Block(1, text.removesuffix("\n"), text.count("\n"), 0), shape) is None
    )


@settings(max_examples=400, deadline=None)
@given(
    lines=st.lists(st.text(alphabet='ab",\t| ', max_size=14), min_size=1, max_size=4),
    shape=st.sampled_from([MARKED, PLAIN, MAYBE]),
)
def test_no_text_at_all_is_read_in_two_ways(lines: list[str], shape: Shape) -> None:
    agree("\n".join(["a", *lines]), shape)


@settings(max_examples=200, deadline=None)
@given(
    rows=st.lists(
        st.tuples(*[st.text(alphabet='ab, "', max_size=3)] * 3), min_size=1, max_size=4
    )
)
def test_no_marked_fields_are_read_in_two_ways(rows: list[tuple[str, ...]]) -> None:
    agree("\n".join(",".join(f'"{one}"' for one in row) for row in rows), MARKED)


def test_reading_goes_on_at_a_point_as_if_it_had_never_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(decode, "BLOCK_BYTES", 4_000)
    voter = [
        line(oh.VOTERS, {"SOS_VOTERID": f"OH{n}", "LAST_NAME": "X" * (n % 50)}, "X")
        for n in range(300)
    ]
    raw = "\r\n".join([header(oh.VOTERS, "GENERAL-11/05/2024"), *voter]).encode()
    batches = list(parse_voters(io.BytesIO(raw), oh.VOTERS, lines=10))
    assert len(batches) > 5
    for number, one in enumerate(batches[:-1], 1):
        resumed = parse_voters(io.BytesIO(raw), oh.VOTERS, lines=10, after=one.point)
        rest = list(resumed)
        assert pl.concat(b.rows for b in rest).equals(
            pl.concat(b.rows for b in batches[number:])
        )
        assert rest[-1].point == batches[-1].point == Point(301, len(raw))


def test_reading_goes_on_in_a_file_without_a_header() -> None:
    variant = fl.HISTORY
    rows = [
        line(variant, {"Voter ID": f"10000{n}", "Election Date": "11/05/2024",
                       "Election Type": "GEN", "History Code": "A"})
        for n in range(4)
    ]  # fmt: skip
    raw = "\n".join(rows).encode()
    whole = list(parse_history(io.BytesIO(raw), variant))
    half = Point(2, len("\n".join(rows[:2])) + 1)
    rest = list(parse_history(io.BytesIO(raw), variant, after=half))
    assert rest[0].rows.equals(whole[0].rows[2:])
    assert rest[0].point == whole[0].point


def test_what_fails_ahead_is_raised_where_it_is_waited_for() -> None:
    def failing() -> Generator[int, None, None]:
        yield 1
        raise ZeroDivisionError

    items = ahead(failing())
    assert next(items) == 1
    with pytest.raises(ZeroDivisionError):
        next(items)


def test_reading_ahead_ends_with_its_reader() -> None:
    closed = threading.Event()

    def endless() -> Generator[int, None, None]:
        try:
            n = 0
            while True:
                yield (n := n + 1)
        finally:
            closed.set()

    before = threading.active_count()
    with closing(ahead(endless())) as items:
        assert [next(items) for _ in range(3)] == [1, 2, 3]
    assert closed.is_set()
    assert threading.active_count() == before

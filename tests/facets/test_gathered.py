"""What the server gathered into one value comes out as the rows that went in."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from django.db import connections
from psycopg import sql

from states.facets.columns import has_twins, numbered
from states.facets.gathered import Column, gathered_as, unpacked
from states.facets.kept import Form

COLUMNS = [
    Column("place", "t.place"),
    Column("voter", "t.voter"),
    Column("party", "upper(t.party)", Form.VALUES),
    Column("day", "(t.day - date '0001-01-01')", Form.SLICED),
    Column("phone", "CASE WHEN t.phone THEN 1 END", Form.KNOWN),
    Column("voted", "t.voted", Form.ELECTIONS),
]
ROWS = """
    (-7, 1, 'd', date '0001-01-03', true, '{5,70000}'::integer[]),
    (70000, 2, NULL, NULL, NULL, '{}'),
    (3, 3, '', date '2020-02-29', NULL, '{1}'),
    (4, 4, 'E 🗳', NULL, true, '{}')
"""


def gathered(rows: str, where: str) -> pl.DataFrame:
    """Return the frame of invented rows, as voters' are read."""
    listed = sql.SQL(", ").join(map(gathered_as, COLUMNS)).as_string()
    words = (
        f"COPY (SELECT {listed} FROM (SELECT place, lpad(voter::text, 32, '0')::uuid AS voter, party, day,"
        f" phone, voted FROM (VALUES {rows}) AS v (place, voter, party, day, phone, voted)) AS t"
        f" WHERE {where}) TO STDOUT (FORMAT binary)"
    )
    with connections["default"].cursor() as cursor, cursor.copy(words) as copy:
        return unpacked(COLUMNS, next(iter(copy.rows())))


@pytest.mark.django_db
def test_values_texts_lists_and_what_is_unknown() -> None:
    found = gathered(ROWS, "true")
    assert found["place"].to_list() == [-7, 70000, 3, 4]
    assert found["party"].to_list() == ["D", None, "", "E 🗳"]
    leap = (dt.date(2020, 2, 29) - dt.date(1, 1, 1)).days
    assert found["day"].to_list() == [2, None, leap, None]
    assert found["phone"].to_list() == [1, None, None, 1]
    assert found["voted"].to_list() == [[5, 70000], [], [1], []]
    assert found.select("voter", "voter_low").n_unique() == 4


@pytest.mark.django_db
def test_nobody_is_a_frame_without_rows() -> None:
    found = gathered(ROWS, "false")
    assert found.is_empty()
    assert found.columns == [
        "place",
        "voter",
        "voter_low",
        "party",
        "day",
        "phone",
        "voted",
    ]


@pytest.mark.parametrize(
    "wanted",
    [[7, -3], [7, 8], [9], [-9], []],
    ids=["found", "one unknown", "above", "below", "none"],
)
def test_voters_get_their_own_ordinals(wanted: list[int]) -> None:
    voters = [-3, 5, 7]
    known = pl.DataFrame({"voter": voters, "ordinal": [10, 20, 30]})
    frame = pl.DataFrame({"voter": wanted}, schema={"voter": pl.Int64})
    ordinals = dict(zip(voters, known["ordinal"], strict=True))
    expected = {one: ordinals[one] for one in wanted if one in ordinals}
    found = numbered(frame, known).select("voter", "ordinal")
    assert dict(found.rows()) == expected


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [([], False), ([1], False), ([-1, 1, 2], False), ([1, 2, 2], True)],
)
def test_twins_are_seen(numbers: list[int], *, expected: bool) -> None:
    assert has_twins(pl.Series(numbers, dtype=pl.Int64)) is expected

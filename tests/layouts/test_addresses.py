"""Street lines in the Postal Service's form: only those that are not, and never guessed."""

import polars as pl
import pytest
from hypothesis import example, given, strategies as st

from states.layouts import addresses
from states.layouts.addresses import DIRECTIONS, SUFFIXES, UNITS, standard
from states.layouts.canonical import with_standard_address

REWRITTEN = {
    "12 North Main Street Apartment 3": "12 N MAIN ST APT 3",
    "12 MAIN STREET, APT. 4": "12 MAIN ST APT 4",
    "7 N. MAIN ST.": "7 N MAIN ST",
    "5 COURT STREET": "5 COURT ST",
    "15 WEST STREET": "15 WEST ST",
    "12 OLD NORTH ROAD": "12 OLD NORTH RD",
    "44 LAKE ROAD NORTH": "44 LAKE RD N",
    "500 NORTH AVENUE WEST": "500 NORTH AVE W",
    "77 PARK PLACE DRIVE SUITE 4B": "77 PARK PLACE DR STE 4B",
    "123 1/2 WEST BROAD STREET": "123 1/2 W BROAD ST",
}
KEPT = (
    "12 ELM ST",
    "12 Elm St",
    "100 NORTH ST",
    "12 AVENUE OF THE STARS",
    "100 COUNTY ROAD 12",
    "PO BOX 5",
    "CORNER OF 5TH AND MAIN STREET",
    "*",
    "",
    None,
)


@pytest.mark.parametrize(("line", "expected"), REWRITTEN.items())
def test_a_line_in_another_form_is_rewritten(line: str, expected: str) -> None:
    assert standard(pl.Series([line])).to_list() == [expected]


def test_clean_lines_and_those_that_cannot_be_read_stay() -> None:
    lines = pl.Series(KEPT, dtype=pl.String)
    assert standard(lines).to_list() == list(KEPT)


def test_the_library_is_not_asked_about_clean_or_plain_lines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def asked(line: str) -> None:
        raise AssertionError(line)

    monkeypatch.setattr(addresses, "_told", asked)
    plain = ["12 ELM ST", "12 NORTH MAIN STREET", "100 COUNTY ROAD 12", "9 OAK LANE"]
    made = standard(pl.Series(plain * 1000))
    assert made[1] == "12 N MAIN ST"


def test_the_states_own_line_is_kept_where_it_differs() -> None:
    filed = pl.DataFrame({"res_address": ["12 ELM STREET", "14 ELM ST", None]})
    made = with_standard_address(filed)
    assert made["res_address"].to_list() == ["12 ELM ST", "14 ELM ST", None]
    assert made["res_address_raw"].to_list() == ["12 ELM STREET", None, None]


WORDS = st.sampled_from(
    [
        *SUFFIXES,
        *SUFFIXES.values(),
        *DIRECTIONS,
        *UNITS,
        "MAIN",
        "OAK",
        "5TH",
        "ST. JAMES,",
    ]
)


@given(st.lists(WORDS, min_size=1, max_size=5), st.integers(1, 9999))
@example(["NORTH", "SOUTH"], 1)
def test_what_was_made_is_made_no_further(words: list[str], number: int) -> None:
    once = standard(pl.Series([" ".join([str(number), *words])]))
    assert standard(once).to_list() == once.to_list()
    assert once[0].startswith(str(number))

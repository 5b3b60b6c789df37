"""Writing people as a state's file and reading it gives the same people."""

import datetime as dt
import io
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings, strategies as st

from states.layouts import fl, nc, oh
from states.layouts.declaration import Variant
from states.layouts.elections import VOTE
from states.layouts.parse import (
    HISTORY_COLUMNS,
    VOTER_COLUMNS,
    parse_history,
    parse_voters,
)
from states.layouts.write import write_file

TODAY = dt.date(2026, 11, 22)
DAYS = st.dates(dt.date(1905, 1, 1), TODAY)
ENCODINGS = st.sampled_from(["utf-8", "cp1252"])

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabz '-.,\"&/0123456789éñüÉ"
TEXTS = (
    st.text(_LETTERS, min_size=1, max_size=12)
    .map(lambda text: " ".join(text.split()))
    .filter(lambda text: text and not set(text) <= {"X", "x"})
)
MAYBE = st.none() | TEXTS
ZIPS = st.integers(501, 99_950).map(lambda number: f"{number:05d}")
ZIP4S = st.none() | st.integers(1, 9_999).map(lambda number: f"{number:04d}")
PHONES = st.none() | st.tuples(
    st.sampled_from(["614", "305", "919"]), st.integers(0, 99)
).map(lambda parts: f"+1{parts[0]}55501{parts[1]:02d}")
EMAILS = st.none() | st.integers(0, 999).map(lambda number: f"v{number}@example.org")
DISTRICTS = st.none() | st.just("AL") | st.integers(1, 120).map(str)


def _coded(table: dict[str, str], blank: str | None = None) -> st.SearchStrategy[Any]:
    known = [(canonical, code) for code, canonical in table.items()]
    return st.sampled_from([*known, (blank, None)])


SHARED = {
    "first_name": MAYBE,
    "middle_name": MAYBE,
    "last_name": MAYBE,
    "name_suffix": MAYBE,
    "registration_date": st.none() | DAYS,
    "precinct_code": MAYBE,
    "school_district": MAYBE,
    "us_house_district": DISTRICTS,
    "state_senate_district": DISTRICTS,
    "state_house_district": DISTRICTS,
    # Lines with a house number may come back in the Postal Service's form.
    "res_address": MAYBE.filter(lambda line: line is None or not line[0].isdigit()),
    "res_city": MAYBE,
    "res_state": st.none() | st.sampled_from(["OH", "NC", "FL"]),
    "mail": st.none() | TEXTS | st.tuples(TEXTS, TEXTS),
    "mail_city": MAYBE,
    "mail_state": MAYBE,
    "mail_zip5": st.none() | ZIPS,
    "res_zip": st.none() | st.tuples(ZIPS, ZIP4S),
}
LOCAL = {"precinct_name": MAYBE, "municipality": MAYBE, "ward": MAYBE}
OWN: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "OH": {
        **LOCAL,
        "county_voter_id": MAYBE,
        "res_address2": MAYBE,
        "mail_country": MAYBE,
        "birth_date": st.none() | DAYS,
        "status+": _coded(oh.STATUSES),
        "party+": _coded(oh.PARTIES, "N"),
        "county": st.sampled_from([None, *oh.COUNTIES.values()]),
    },
    "NC": {
        **LOCAL,
        "county_voter_id": MAYBE,
        "birth_year": st.none() | st.integers(1905, 2026),
        "status+": _coded(nc.STATUSES),
        "party+": _coded(nc.PARTIES),
        "gender+": _coded(nc.GENDERS),
        "race+": _coded(nc.RACES),
        "ethnicity+": _coded(nc.ETHNICITIES),
        "county": st.sampled_from([None, *nc.COUNTIES.values()]),
        "phone": PHONES,
        "confidential": st.booleans(),
    },
    "FL": {
        "res_address2": MAYBE,
        "mail_country": MAYBE,
        "birth_date": st.none() | DAYS,
        "status+": _coded(fl.STATUSES),
        "party+": _coded(fl.PARTIES),
        "gender+": _coded(fl.GENDERS),
        "race+": _coded(fl.RACES),
        "county": st.sampled_from([None, *fl.COUNTIES.values()]),
        "phone": PHONES,
        "email": EMAILS,
        "confidential": st.booleans(),
    },
}
BASIS = {"OH": "last_primary", "NC": "registered", "FL": "registered"}

_VOTES = st.lists(
    st.fixed_dictionaries(
        {
            "election_date": st.dates(dt.date(2000, 1, 1), TODAY),
            "election_type": st.sampled_from(["general", "primary", "special"]),
            "method": st.none(),
            "party": st.sampled_from([None, "D", "R", "L", "G", "C", "O"]),
        }
    ),
    max_size=3,
    unique_by=lambda vote: (vote["election_date"], vote["election_type"]),
)


def _person(state: str, drawn: dict[str, Any], number: int) -> dict[str, Any]:
    """Make a drawn person canonical: every column there, derived ones derived."""
    person: dict[str, Any] = dict.fromkeys(VOTER_COLUMNS)
    person["confidential"] = False
    for name, value in drawn.items():
        if name.endswith("+"):
            person[name[:-1]], person[f"{name[:-1]}_raw"] = value
        elif name == "res_zip":
            person["res_zip5"], person["res_zip4"] = value or (None, None)
        elif name == "mail":
            pair = value if isinstance(value, tuple) else (value, None)
            person["mail_line1"], person["mail_line2"] = pair
        else:
            person[name] = value
    person["state_voter_id"] = f"{state}{number:07d}"
    person["party_basis"] = BASIS[state]
    if person["birth_date"]:
        person["birth_year"] = person["birth_date"].year
    if state == "FL":
        person["ethnicity"] = fl.ETHNICITIES.get(person["race_raw"] or "")
    return person


@st.composite
def people_of(draw: st.DrawFn, state: str) -> list[dict[str, Any]]:
    drawn = draw(
        st.lists(st.fixed_dictionaries(SHARED | OWN[state]), min_size=1, max_size=6)
    )
    people = [_person(state, one, number) for number, one in enumerate(drawn)]
    if state == "OH":
        for person in people:
            order = {"GENERAL": 0, "PRIMARY": 1, "SPECIAL": 2}
            person["history"] = sorted(
                draw(_VOTES),
                key=lambda vote: (
                    vote["election_date"],
                    order[vote["election_type"].upper()],
                ),
            )
    return people


def _frame(people: list[dict[str, Any]]) -> pl.DataFrame:
    schema: dict[str, Any] = {**VOTER_COLUMNS, "confidential": pl.Boolean()}
    if "history" in people[0]:
        schema["history"] = pl.List(VOTE)
    return pl.DataFrame(people, schema=schema)


def _written_and_read(
    people: list[dict[str, Any]], variant: Variant, encoding: str
) -> list[dict[str, Any]]:
    file = io.BytesIO()
    write_file(_frame(people), variant, file, encoding=encoding)
    file.seek(0)
    batches = list(parse_voters(file, variant, as_of=TODAY, lines=2))
    assert [reject for batch in batches for reject in batch.rejects] == []
    assert batches[-1].bytes_read == len(file.getvalue())
    return [row for batch in batches for row in batch.rows.to_dicts()]


@given(people_of("OH"), ENCODINGS)
@settings(deadline=None, max_examples=60)
def test_ohio(people: list[dict[str, Any]], encoding: str) -> None:
    assert _written_and_read(people, oh.VOTERS, encoding) == people


@pytest.mark.parametrize("variant", [nc.VOTERS_2012, nc.VOTERS_2022, nc.VOTERS_2026])
@given(people=people_of("NC"), encoding=ENCODINGS)
@settings(deadline=None, max_examples=30)
def test_north_carolina(
    variant: Variant, people: list[dict[str, Any]], encoding: str
) -> None:
    assert _written_and_read(people, variant, encoding) == people


@given(people_of("FL"), ENCODINGS)
@settings(deadline=None, max_examples=60)
def test_florida(people: list[dict[str, Any]], encoding: str) -> None:
    assert _written_and_read(people, fl.VOTERS, encoding) == people


_NC_NAMES: dict[str, str] = {
    "general": "11/05/2024 GENERAL",
    "primary": "03/05/2024 PRIMARY",
    "municipal": "MUNICIPAL PRIMARY",
    "runoff": "SECOND PRIMARY",
    "special": "CONGRESSIONAL SPECIAL",
    "presidential_primary": "PRESIDENTIAL PREFERENCE PRIMARY",
    "other": "BOND REFERENDUM",
}
_IDS = st.integers(10_000, 99_999).map(str)
NC_VOTES = st.fixed_dictionaries(
    {
        "state_voter_id": _IDS.map(lambda number: f"AA{number}"),
        "election_date": DAYS,
        "election_type": st.sampled_from(list(_NC_NAMES)),
        "method": st.sampled_from([*set(nc.METHODS.values()), "unknown"]),
        "party": st.sampled_from([None, *nc.PARTIES.values()]),
    }
).map(lambda vote: {**vote, "election_name": _NC_NAMES[str(vote["election_type"])]})
FL_VOTES = st.fixed_dictionaries(
    {
        "state_voter_id": _IDS,
        "election_date": DAYS,
        "election_type": st.sampled_from(list(fl.ELECTION_TYPES.values())),
        "method": st.sampled_from(list(fl.METHODS.values())),
        "party": st.none(),
        "election_name": st.none(),
    }
)


@pytest.mark.parametrize(
    ("variant", "votes"),
    [(nc.HISTORY, NC_VOTES), (fl.HISTORY, FL_VOTES)],
    ids=["NC", "FL"],
)
@given(data=st.data())
@settings(deadline=None, max_examples=40)
def test_history_rows(
    variant: Variant, votes: st.SearchStrategy[dict[str, Any]], data: st.DataObject
) -> None:
    cast = data.draw(st.lists(votes, min_size=1, max_size=8))
    file = io.BytesIO()
    write_file(pl.DataFrame(cast, schema=dict(HISTORY_COLUMNS)), variant, file)
    file.seek(0)
    (batch,) = parse_history(file, variant, as_of=TODAY)
    assert batch.rejects == []
    assert batch.rows.to_dicts() == [
        {name: vote[name] for name in HISTORY_COLUMNS} for vote in cast
    ]

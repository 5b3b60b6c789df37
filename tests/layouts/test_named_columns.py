"""What is odd about states whose columns or places name elections, and of headers after a title."""

import io

import pytest

from states.layouts import az, mo, nm, sd, va
from states.layouts.known import LAYOUTS
from states.layouts.parse import parse_voters
from states.layouts.recognize import Recognized, recognize
from tests.layouts.official import (
    BREAK,
    header,
    line,
    of,
    read,
    rows_of,
    told,
    votes_in,
)


def test_arizonas_cells_tell_method_and_ballot_and_its_columns_the_election() -> None:
    variant = of(az, "az-voters")
    values = {"RegistrantID": "1", "County": "Pima"}
    elections = {
        "PRIMARY2024": "E - REP",
        "2024PPE": "a - dem",
        "GENERAL2024": "p",
        "PRIMARY1998": "E - REP",
        "EL1": "E",
    }
    content = BREAK.join(
        (
            header(variant, *elections),
            line(variant, values, *elections.values()),
        )
    )
    (batch,) = parse_voters(io.BytesIO(content.encode()), variant)
    assert batch.rejects == []
    assert told(batch) == [
        ("2024-07-30", "primary", "early", "R"),
        ("2024-03-19", "presidential_primary", "mail", "D"),
        ("2024-11-05", "general", "election_day", None),
    ]
    assert batch.undated == 1  # a primary whose day nobody declared


def test_new_mexicos_columns_are_named_by_day_and_name() -> None:
    variant = of(nm, "nm-voters")
    elections = {
        "11/05/2024-GENERAL": "E-BERNALILLO COUNTY",
        "11/07/2023-REGULAR LOCAL ELECTION": "A-TAOS COUNTY",
        "06/04/2024-PRIMARY": "",
    }
    content = BREAK.join(
        (
            header(variant, *elections),
            line(variant, {"VoterID": "1"}, *elections.values()) + ",",
        )
    )
    (batch,) = parse_voters(io.BytesIO(content.encode()), variant)
    assert batch.rejects == []
    assert told(batch) == [
        ("2024-11-05", "general", "early", None),
        ("2023-11-07", "municipal", "mail", None),
    ]


def test_missouris_places_hold_day_and_name() -> None:
    cast = {
        "Voter ID": "1",
        "Voter History 1": "11/05/2024 General",
        "Voter History 2": "03/02/2024 - Presidential Preference Primary",
        "Voter History 3": "04/04/2023 General Municipal Election",
        "Voter History 4": "08/04/2020",
        "Voter History 5": "General",
    }
    batch = votes_in(of(mo, "mo-voters"), cast)
    assert told(batch) == [
        ("2024-11-05", "general", None, None),
        ("2024-03-02", "presidential_primary", None, None),
        ("2023-04-04", "municipal", None, None),
        ("2020-08-04", "other", None, None),
    ]
    assert batch.undated == 1


def test_virginias_absentee_ballots_may_be_early_votes_in_person() -> None:
    variant = of(va, "va-history")
    votes = {"IDENTIFICATION_NUMBER": "900000001", "ELECTION_DATE": "11/05/2024"}
    lines = [
        line(variant, votes | {"ABSENTEE": "True", "PROVISIONAL": "False"}),
        line(variant, votes | {"ABSENTEE": "True", "PROVISIONAL": "True"}),
        line(variant, votes | {"ABSENTEE": "False", "PROVISIONAL": "False"}),
    ]
    rows = rows_of(read(BREAK.join([header(variant), *lines]), variant))
    assert [row["method"] for row in rows] == ["other", "provisional", "election_day"]


def test_virginias_independent_cities_are_not_the_counties_of_their_name() -> None:
    codes = {"059": 51059, "600": 51600}
    assert {code: va.LOCALITIES[code] for code in codes} == codes


def test_what_oregon_withholds_marks_the_voter_confidential() -> None:
    (variant,) = LAYOUTS["OR"].variants
    people = [
        {"VOTER_ID": "1", "BIRTH_DATE": "ACP", "PARTY_CODE": "ACP"},
        {"VOTER_ID": "2", "BIRTH_DATE": "1970", "PARTY_CODE": "   "},
        {"VOTER_ID": "3", "BIRTH_DATE": "XXXXXXXX", "PARTY_CODE": "NAV"},
        {"VOTER_ID": "4", "CONFIDENTIAL": "Y", "PARTY_CODE": "IND"},
    ]
    lines = [line(variant, one) for one in people]
    rows = rows_of(read(BREAK.join([header(variant), *lines]), variant))
    assert [
        (row["state_voter_id"], row["birth_year"], row["party"], row["confidential"])
        for row in rows
    ] == [
        ("000000001", None, None, True),
        ("000000002", 1970, None, False),
        ("000000003", None, "N", True),
        ("000000004", None, "O", True),
    ]


@pytest.mark.parametrize("title", ["", "Voters\n", "Voters\n2026-11-22,all\n"])
def test_south_dakotas_header_is_found_after_its_title(title: str) -> None:
    variant = of(sd, "sd-voters")
    people = [line(variant, {"Id": str(at), "Last Name": "Reed"}) for at in (1, 2, 3)]
    content = (title + BREAK.join([header(variant), *people])).encode()
    met = recognize("list.csv", content)
    assert isinstance(met, Recognized)
    assert (met.variant, met.differences.sentence()) == (variant, "")
    (whole,) = parse_voters(io.BytesIO(content), variant)
    assert whole.rejects == []
    assert whole.rows["state_voter_id"].to_list() == ["1", "2", "3"]
    # Whoever goes on after a batch needs the header again.
    first, *_ = parse_voters(io.BytesIO(content), variant, lines=3)
    rest = parse_voters(io.BytesIO(content), variant, after=first.point)
    read_on = [row for batch in rest for row in batch.rows["state_voter_id"]]
    assert first.rows["state_voter_id"].to_list() + read_on == ["1", "2", "3"]

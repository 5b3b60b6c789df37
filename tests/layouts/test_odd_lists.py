"""What is odd about lists of which little is published: names told several times, blanks that tell, marks."""

from __future__ import annotations

import pytest

from states.layouts import al, de, ia, id as idaho, la, mt, ut
from states.layouts.recognize import Recognized, recognize
from tests.layouts.official import (
    BREAK,
    header,
    line,
    of,
    read,
    rejects_of,
    rows_of,
    told,
    votes_in,
)

IOWA = {
    "REGN_NUM": "1",
    "CITY": "AMES",
    "CITY (2)": "BOONE",
    "CITY (3)": "AMES CITY",
    "GENERAL_ELECTION_DATE": "11/05/2024",
    "GENERAL_VOTERVOTEMETHOD": "A",
    "PRIMARY_ELECTION_DATE (2)": "06/07/2022",
    "PRIMARY_VOTERVOTEMETHOD (2)": "Z",
    "POLITICAL_PARTY (2)": "REP",
    "CITY/SCHOOL_ELECTION_DATE (5)": "11/07/2023",
}


def iowa_header() -> str:
    return ",".join(ia._HEADER)


def test_iowa_has_names_several_times_and_each_is_its_own() -> None:
    variant = of(ia, "ia-voters")
    content = BREAK.join([iowa_header(), line(variant, IOWA)])
    found = recognize("Part1.csv", content.encode(), state="IA")
    assert isinstance(found, Recognized)
    assert (found.variant.name, found.differences.sentence()) == ("ia-voters", "")
    (row,) = rows_of(read(content, variant))
    assert (row["res_city"], row["mail_city"], row["municipality"]) == (
        "AMES",
        "BOONE",
        "AMES CITY",
    )
    votes = {(str(v["election_date"]), *list(v.values())[1:]) for v in row["history"]}
    assert votes == {
        ("2024-11-05", "general", "mail", None),
        ("2022-06-07", "primary", "other", "R"),
        ("2023-11-07", "municipal", None, None),
    }


def test_iowas_header_may_have_spaces_and_its_lines_ten_commas_too_many() -> None:
    variant = of(ia, "ia-voters")
    rows = [line(variant, {**IOWA, "REGN_NUM": str(n)}) for n in (1, 2, 3)]
    rows = [rows[0], rows[1] + 10 * ",", rows[2] + 11 * ","]
    spaced = iowa_header().replace("_", " ")
    batches = read(BREAK.join([spaced, *rows]), variant)
    assert [row["res_city"] for row in rows_of(batches)] == ["AMES", "AMES"]
    assert rejects_of(batches) == [(4, "columns")]


def test_iowas_other_parts_have_no_header_and_may_repeat_it() -> None:
    part = of(ia, "ia-voters-part")
    lines = [line(part, {**IOWA, "REGN_NUM": str(n)}) for n in (1, 2)]
    found = recognize("Part7.csv", BREAK.join(lines).encode(), state="IA")
    assert isinstance(found, Recognized)
    assert found.variant.name == "ia-voters-part"
    first = of(ia, "ia-voters")
    glued = BREAK.join([iowa_header(), lines[0], iowa_header(), lines[1]])
    assert rejects_of(read(glued, first)) == [(3, "header")]


@pytest.mark.parametrize(
    ("stage", "votes"),
    [
        ("", 1),
        ("Accepted", 1),
        ("Sent", 0),
        ("Rejected", 0),
        ("Undeliverable", 0),
    ],
)
def test_montanas_ballots_are_votes_where_they_were_accepted_or_cast_at_the_polls(
    stage: str, votes: int
) -> None:
    variant = of(mt, "mt-history")
    ballot = {
        "Voter ID": "7",
        "ELECTION_DATE": "11/05/2024",
        "ELECTION_DESCRIPTION": "2024 FEDERAL GENERAL",
        "VVM_ID": "2",
        "BALLOTSTAGE/STATUS": stage,
    }
    (batch,) = read(BREAK.join([header(variant), line(variant, ballot)]), variant)
    assert (len(batch.rows), batch.not_votes) == (votes, 1 - votes)
    assert batch.rejects == []
    if votes:
        (row,) = batch.rows.to_dicts()
        assert (row["election_type"], row["method"]) == ("general", "election_day")


def test_a_stage_that_montana_never_named_is_refused_and_not_guessed() -> None:
    variant = of(mt, "mt-history")
    ballot = {"Voter ID": "7", "BALLOTSTAGE/STATUS": "Pending"}
    content = BREAK.join([header(variant), line(variant, ballot)])
    assert rejects_of(read(content, variant)) == [(2, "code")]


@pytest.mark.parametrize("known", ["RA_STREET_NAME", "MA_ADDR_LINE_1", "DOB", ""])
def test_whom_montana_gives_the_name_alone_of_is_confidential(known: str) -> None:
    variant = of(mt, "mt-voters")
    voter = {"VTRID": "7", "FIRSTNAME": "ADA", "LASTNAME": "EXAMPLE"}
    if known:
        voter[known] = "01/02/1980"
    (row,) = votes_in(variant, voter).rows.to_dicts()
    assert row["confidential"] is (known == "")


def test_utah_names_elections_by_their_day_and_strange_marks_are_counted() -> None:
    variant = of(ut, "ut-voters")
    days = ("11/6/2012", "6/26/2012", "11/5/2024", "6/25/2024")
    content = BREAK.join(
        [
            header(variant, *days),
            line(variant, {"Voter ID": "7"}, "Y", "N", "?", ""),
        ]
    )
    (batch,) = read(content, variant)
    assert told(batch) == [("2012-11-06", "general", None, None)]
    assert (batch.not_votes, batch.unclear) == (1, 1)


@pytest.mark.parametrize(
    ("county", "fips"), [("18", 49035), ("018", 49035), ("Salt Lake", 49035)]
)
def test_utahs_counties_are_numbered_or_named(county: str, fips: int) -> None:
    variant = of(ut, "ut-voters")
    (row,) = votes_in(variant, {"Voter ID": "7", "County ID": county}).rows.to_dicts()
    assert row["county"] == fips


def test_utahs_list_without_births_is_read() -> None:
    variant = of(ut, "ut-voters")
    names = [name for name in variant.columns if name != "DOB"]
    content = ",".join(f'"{name}"' for name in names)
    found = recognize("voters.txt", content.encode(), state="UT")
    assert isinstance(found, Recognized)


def test_idaho_names_every_election_in_every_row_and_marks_who_voted() -> None:
    variant = of(idaho, "id-voters")
    batch = votes_in(
        variant,
        {
            "VOTER ID": "7",
            **_idahos(1, "11/05/2024", "2024 GENERAL ELECTION", "YES", "", "EARLY"),
            **_idahos(2, "05/21/2024", "2024 PRIMARY ELECTION", "NO", "REP", ""),
            **_idahos(3, "05/17/2022", "2022 PRIMARY ELECTION", "", "", ""),
            **_idahos(4, "11/07/2023", "CITY ELECTION", "Y", "", "HELICOPTER"),
        },
    )
    assert told(batch) == [
        ("2024-11-05", "general", "early", None),
        ("2023-11-07", "municipal", "other", None),
    ]
    assert batch.not_votes == 1


def _idahos(at: int, *values: str) -> dict[str, str]:
    return {
        f"{name} {at}": value for name, value in zip(idaho._SLOT, values, strict=True)
    }


def test_idahos_one_legislative_district_is_that_of_both_chambers() -> None:
    variant = of(idaho, "id-voters-fixed")
    values = {"VOTER ID": "7", "STATE LEGISLATIVE DISTRICT": "019"}
    widths = zip(variant.columns, variant.widths, strict=True)
    content = "".join(values.get(name, "").ljust(width) for name, width in widths)
    (row,) = rows_of(read(content, variant))
    assert (row["state_senate_district"], row["state_house_district"]) == ("19", "19")


@pytest.mark.parametrize(
    ("text", "day", "kind"),
    [
        ("11/03/2020 GENERAL", "2020-11-03", "general"),
        ("PRIMARY RUNOFF 7/14/2020", "2020-07-14", "runoff"),
        ("2022 GENERAL ELECTION", "2022-11-08", "general"),
        ("GENERAL ELECTION 2018", "2018-11-06", "general"),
        ("12/12/2017", "2017-12-12", "other"),
    ],
)
def test_alabamas_elections_are_read_where_a_day_can_be_known(
    text: str, day: str, kind: str
) -> None:
    variant = of(al, "al-voters")
    values = {"Registrant ID": "7", "Election 2": text, "Party Code 2": "R"}
    assert told(votes_in(variant, values)) == [(day, kind, None, "R")]


def test_alabamas_primary_without_a_day_is_counted_and_not_kept() -> None:
    variant = of(al, "al-voters")
    batch = votes_in(variant, {"Registrant ID": "7", "Election 2": "2022 PRIMARY"})
    assert (told(batch), batch.undated) == ([], 1)


def test_alabamas_word_for_unknown_races() -> None:
    variant = of(al, "al-voters")
    values = {"Registrant ID": "7", "Race": "UNKNOWN (FEDERALLY-REGISTERED IN AL)"}
    (row,) = votes_in(variant, values).rows.to_dicts()
    assert row["race"] == "unknown"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GENERAL 22", [("2022-11-08", "general", None, None)]),
        ("PRIMARY 18", [("2018-09-06", "primary", None, None)]),
        ("PRES PRIMARY 16", [("2016-04-26", "presidential_primary", None, None)]),
        ("SPECIAL 19", []),
    ],
)
def test_delawares_elections_end_in_a_year(
    text: str, expected: list[tuple[str, str, None, None]]
) -> None:
    variant = of(de, "de-voters")
    batch = votes_in(variant, {"Voter-ID": "7", "Voting History 3": text})
    assert told(batch) == expected
    assert batch.undated == (not expected)


@pytest.mark.parametrize("parish", ["ACADIA", "Acadia Parish"])
def test_louisianas_parishes_and_last_vote(parish: str) -> None:
    variant = of(la, "la-voters-pipe")
    values = {
        "Registration_Number": "7",
        "Jurisdiction_Parish": parish,
        "LastVoted": "11/05/2024",
    }
    batch = votes_in(variant, values)
    assert told(batch) == [("2024-11-05", "general", None, None)]
    assert batch.rows["county"].to_list() == [22001]

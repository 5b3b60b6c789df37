"""What is odd about single states: codes that are no votes, calendars, free texts, ids."""

import datetime as dt
import io

import polars as pl
import pytest

from states.layouts import (
    ak,
    ar,
    co,
    ct,
    ga,
    mi,
    ne,
    nv,
    ny,
    pa,
    sc,
    tx,
    wa,
)
from states.layouts.binding import spans
from states.layouts.calendar import CALENDAR_COLUMNS, CalendarMissing, november_general
from states.layouts.declaration import Variant
from states.layouts.parse import parse_history
from states.layouts.recognize import Recognized, recognize
from states.layouts.records import WITHHELD
from tests.layouts.official import (
    BREAK,
    PEOPLE,
    header,
    line,
    of,
    read,
    rejects_of,
    rows_of,
    told,
    votes_in,
)


def fixed(variant: Variant, values: PEOPLE) -> str:
    """Give one line of a file of fixed width."""
    cells = [
        values.get(name, "").ljust(width) + variant.delimiter * variant.gap
        for name, (_, width) in zip(variant.columns, spans(variant), strict=True)
    ]
    return "".join(cells)


def calendar(*rows: tuple[str | None, str, dt.date, str]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=CALENDAR_COLUMNS, orient="row")


def test_texas_ballots_rejected_or_only_received_are_no_votes() -> None:
    variant = of(tx, "tx-history-685")

    def cast(method: str) -> str:
        return fixed(
            variant,
            {
                "County_Code": "101",
                "VUID": "0000000007",
                "Election_Date": "20241105",
                "Election_Type": "GE",
                "Election_Voting_Method": method,
            },
        )

    methods = ["EV", "ED", "AV", "PB", "AX", "PX", "AB", "ZZ"]
    (batch,) = read(BREAK.join(map(cast, methods)), variant)
    assert batch.rows["method"].to_list() == [
        "early",
        "election_day",
        "mail",
        "provisional",
    ]
    assert batch.rows["state_voter_id"].unique().to_list() == ["0000000007"]
    assert batch.not_votes == 3
    assert rejects_of([batch]) == [(8, "code")]


@pytest.mark.parametrize(
    ("name", "length"),
    [
        ("tx-voters-685", 685),
        ("tx-voters-679", 679),
        ("tx-voters-666", 666),
        ("tx-voters-666-classic", 666),
        ("tx-history-685", 685),
        ("tx-history-679", 679),
    ],
)
def test_texas_lines_are_told_apart_by_length_and_what_stands_where(
    name: str, length: int
) -> None:
    variant = of(tx, name)
    values = {
        "County_Code": "101",
        "VUID": "0000000007",
        "Status_Code": "V",
        "Effective_Date_of_Registration": "20200131",
    }
    if "history" in name:
        values |= {"Election_Date": "20241105", "Election_Voting_Method": "ED"}
    record = fixed(variant, values)
    assert len(record) == length
    found = recognize("HARRIS.txt", (record + BREAK).encode(), state="TX")
    assert isinstance(found, Recognized)
    assert found.variant is variant


def test_pennsylvania_numbers_mean_what_the_countys_own_map_says() -> None:
    known = calendar(
        ("ADAMS", "1", dt.date(2024, 11, 5), "2024 GENERAL ELECTION"),
        ("MCKEAN", "1", dt.date(2024, 4, 23), "2024 GENERAL PRIMARY"),
    )
    voter = {
        "ID Number": "123456789-01",
        "District 3": "USC13",
        "District 7": "sth091",
        "Election 1 Vote Method": "MB",
        "Election 1 Party": "D",
        "Election 2 Vote Method": "AP",
        "Election 3 Vote Method": "XX",
    }
    adams = votes_in(pa.VOTERS, voter | {"County": "ADAMS"}, known)
    mckean = votes_in(pa.VOTERS, voter | {"County": "McKean"}, known)
    assert told(adams) == [("2024-11-05", "general", "mail", "D")]
    assert told(mckean) == [("2024-04-23", "primary", "mail", "D")]
    # The map names no second election, and XX is no method that is known.
    assert (adams.undated, adams.unclear, adams.not_votes) == (1, 1, 0)
    row = adams.rows.to_dicts()[0]
    assert (row["state_voter_id"], row["county_voter_id"]) == (
        "123456789",
        "123456789-01",
    )
    assert (row["us_house_district"], row["state_house_district"]) == ("13", "91")


def test_codes_of_elections_are_not_read_without_their_calendar() -> None:
    with pytest.raises(CalendarMissing, match="lacks the file"):
        votes_in(
            pa.VOTERS, {"ID Number": "123456789-01", "Election 1 Vote Method": "AP"}
        )
    vote = fixed(
        mi.HISTORY_FIXED,
        {"VOTER_IDENTIFICATION_NUMBER": "7", "ELECTION_CODE": "X1"},
    )
    with pytest.raises(CalendarMissing):
        next(parse_history(io.BytesIO(vote.encode()), mi.HISTORY_FIXED))
    known = calendar((None, "X1", dt.date(2016, 11, 8), "2016 GENERAL"))
    stream = io.BytesIO(vote.encode())
    (batch,) = parse_history(stream, mi.HISTORY_FIXED, calendar=known)
    assert batch.rows.row(0)[:4] == (
        "7",
        dt.date(2016, 11, 8),
        "general",
        "2016 GENERAL",
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020 GENERAL ELECTION", ("2020-11-03", "general")),
        ("GE 20", ("2020-11-03", "general")),
        ("20201103 GE", ("2020-11-03", "general")),
        ("General Election 2016", ("2016-11-08", "general")),
        ("2021 PRIMARY ELECTION", ("2021-06-22", "primary")),
        ("PE 20160628", ("2016-06-28", "primary")),
        ("20160419 PP", ("2016-04-19", "presidential_primary")),
        ("2016 PRIMARY ELECTION", None),
        ("VILLAGE OF NOWHERE 2019", None),
        ("20201399 GE", None),
    ],
)
def test_new_york_wordings(text: str, expected: tuple[str, str] | None) -> None:
    voter = {"SBOEID": f"NY{7:018d}", "VoterHistory": f" {text} ;"}
    batch = votes_in(of(ny, "ny-voters"), voter)
    assert [vote[:2] for vote in told(batch)] == ([expected] if expected else [])
    assert batch.undated == (expected is None)


def test_alaskan_codes_give_year_kind_and_method() -> None:
    voter = {
        "ASCENSION #": "7",
        "D/P": "05-130",
        "VH1": "24GENR P",
        "VH2": "24PRIM A",
        "VH3": "98GENR",
        "VH4": "21ANCH E",
    }
    batch = votes_in(ak.VOTERS, voter)
    assert told(batch) == [
        ("2024-11-05", "general", "election_day", None),
        ("2024-08-20", "primary", "mail", None),
        ("1998-11-03", "general", None, None),
    ]
    assert batch.undated == 1
    assert batch.rows["state_house_district"].to_list() == ["5"]


def test_a_private_address_in_alaska_hides_the_voter() -> None:
    voter = {"ASCENSION #": "7", "RESIDENCE ADDRESS": "PRIVATE"}
    row = votes_in(ak.VOTERS, voter).rows.to_dicts()[0]
    assert (row["confidential"], row["res_address"]) == (True, None)


def test_arkansan_groups_of_columns_come_with_each_election() -> None:
    variant = of(ar, "ar-voters")
    groups = [
        name + follower
        for name in ("General2016", "2018General", "Primary2012", "2018GeneralRunoff")
        for follower in ("", "CountyVotedIn", "PartyVoted", "HowVoted")
    ]
    cells = ["General2016 ", "PULASKI", "", "E ", "", "", "", ""]
    cells += ["Primary2012", "", "D", "Y", "2018GeneralRunoff", "", "", "P"]
    content = BREAK.join(
        [header(variant, *groups), line(variant, {"KEY_REGISTRANT": "7"}, *cells)]
    )
    (batch,) = read(content, variant)
    assert told(batch) == [
        ("2016-11-08", "general", "early", None),
        ("2012-05-22", "primary", "provisional", "D"),
    ]
    assert batch.undated == 1
    found = recognize("x.csv", content.encode(), state="AR")
    assert isinstance(found, Recognized)
    assert found.differences.added == ()


def test_connecticut_is_cut_at_its_widths_whatever_commas_its_fields_hold() -> None:
    variant = of(ct, "ct-voters")
    record = fixed(
        variant,
        {
            "TOWN-ID": "064",
            "VTR-ID-VOTER": "000000007",
            "VTR-NM-LAST": "DOE, JR",
            "DT-BIRTH": "01/01/1800",
            "ELECT-DT-1": "11/05/2024",
            "ELECT-TYPE-1": "E",
            "ELECT-ABSTEE-1": "Y",
            "ELECT-DT-2": "05/07/2024",
            "ELECT-TYPE-2": "R",
            "ELECT-ABSTEE-2": "N",
        },
    )
    assert record.endswith(",")
    (batch,) = read(record, variant)
    assert told(batch) == [
        ("2024-11-05", "general", "mail", None),
        ("2024-05-07", "other", "election_day", None),
    ]
    row = batch.rows.to_dicts()[0]
    assert (row["last_name"], row["county"]) == ("DOE, JR", 9003)
    assert (row["birth_date"], row["state_voter_id"]) == (None, "064-000000007")


@pytest.mark.parametrize(
    ("day", "expected"),
    [("20161108", dt.date(2016, 11, 8)), ("11062012", dt.date(2012, 11, 6))],
)
def test_georgian_days_before_and_since_2013(day: str, expected: dt.date) -> None:
    vote = fixed(
        ga.HISTORY_FIXED,
        {
            "Registration Number": "00123",
            "Election Date": day,
            "Election Type": "003",
            "Absentee": "Y",
            "Provisional": "N",
        },
    )
    (row,) = rows_of(read(vote, ga.HISTORY_FIXED))
    assert (row["election_date"], row["method"]) == (expected, "other")
    assert (row["state_voter_id"], row["election_type"]) == ("00000123", "general")


def test_georgian_numbers_that_lost_their_zeros_are_the_same_voter() -> None:
    number = "Voter Registration Number"
    lines = [line(ga.VOTERS, {number: one}) for one in ("00000123", "123", "124")]
    batches = read(BREAK.join([header(ga.VOTERS), *lines]), ga.VOTERS)
    assert [row["state_voter_id"] for row in rows_of(batches)] == [
        "00000123",
        "00000124",
    ]
    assert rejects_of(batches) == [(3, "duplicate")]


@pytest.mark.parametrize("name", ["DeKalb", "DEKALB", "DE KALB", "Dekalb County"])
def test_georgian_counties_however_they_are_spelled(name: str) -> None:
    voter = line(ga.VOTERS, {"Voter Registration Number": "1", "County": name})
    (row,) = rows_of(read(BREAK.join([header(ga.VOTERS), voter]), ga.VOTERS))
    assert row["county"] == 13089


def test_washington_placeholders_are_no_names_and_hide_nobody() -> None:
    voter = {"StateVoterID": "7", "FName": "-VOTER_DID_NOT_PROVIDE_FIRSTNAME"}
    variant = of(wa, "wa-voters")
    (row,) = rows_of(read(BREAK.join([header(variant), line(variant, voter)]), variant))
    assert (row["first_name"], row["confidential"]) == (None, False)


@pytest.mark.parametrize(
    ("text", "number"),
    [("Congressional 7", "7"), ("State House 04", "4"), ("05A", "5A"), ("AL", "AL")],
)
def test_districts_in_words(text: str, number: str) -> None:
    voter = line(co.VOTERS, {"VOTER_ID": "1", "STATE_HOUSE": text})
    (row,) = rows_of(read(BREAK.join([header(co.VOTERS), voter]), co.VOTERS))
    assert row["state_house_district"] == number


def test_a_delimiter_too_many_at_the_end_of_michigans_rows_is_forgiven() -> None:
    vote = {"VOTER_IDENTIFICATION_NUMBER": "7", "ELECTION_DATE": "11/05/2024"}
    rows = [line(mi.HISTORY, vote) + ",", line(mi.HISTORY, vote) + ",,"]
    batches = read(BREAK.join([header(mi.HISTORY), *rows]), mi.HISTORY)
    assert [row["election_type"] for row in rows_of(batches)] == ["general"]
    assert rejects_of(batches) == [(3, "columns")]


def test_nevadan_codes_that_are_new_are_refused() -> None:
    vote = {"VoterID": "7", "Election Date": "11/05/2024"}
    rows = [line(nv.HISTORY, vote | {"Vote Code": code}) for code in ("MB", "QQ")]
    batches = read(BREAK.join(rows), nv.HISTORY)
    assert [row["method"] for row in rows_of(batches)] == ["mail"]
    assert rejects_of(batches) == [(2, "code")]


def test_nebraskan_ids_are_led_by_the_countys_database() -> None:
    variant = of(ne, "ne-voters")
    known = calendar((None, "G24", dt.date(2024, 11, 5), "G24"))
    voter = {
        "db_logid": "Lancaster",
        "text_registrant_id": "7",
        "text_election_code_1": " G24 ",
    }
    batch = votes_in(variant, voter, known)
    assert told(batch) == [("2024-11-05", "general", None, None)]
    row = batch.rows.to_dicts()[0]
    assert (row["state_voter_id"], row["county"]) == ("Lancaster-7", 31109)
    with pytest.raises(CalendarMissing):
        votes_in(variant, voter)


def test_south_carolina_has_the_last_votes_of_each_kind() -> None:
    voter = {
        "VoterRegistrationNumber": "7",
        "GeneralElectionLastVoted": "11/05/2024",
        "GeneralElectionPreviousVoted": "2022-11-08",
        "RepublicanElectionLastVoted": "06/11/2024",
    }
    assert told(votes_in(of(sc, "sc-voters-tab"), voter)) == [
        ("2024-11-05", "general", None, None),
        ("2022-11-08", "general", None, None),
        ("2024-06-11", "primary", None, "R"),
    ]


def test_lines_of_a_file_with_a_license_column_are_not_kept() -> None:
    rows = [header(sc.LAYOUT.variants[0], "DL_NUMBER"), '"", "x"']
    batches = read(BREAK.join(rows), sc.LAYOUT.variants[0])
    assert [reject.raw_line for one in batches for reject in one.rejects] == [WITHHELD]


def test_generals_fall_on_the_tuesday_after_the_first_monday() -> None:
    days = [november_general(year) for year in (2016, 2020, 2022, 2024, 2026)]
    assert [day.day for day in days] == [8, 3, 8, 5, 3]

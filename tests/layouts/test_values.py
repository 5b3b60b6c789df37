"""What becomes of single values: codes, masks, districts, ZIPs, telephones, votes."""

import datetime as dt
from typing import Any

import polars as pl
import pytest

from states.layouts import fl, nc, oh
from states.layouts.normalize import expressions
from states.layouts.phones import e164
from states.layouts.rules import District, Zip
from tests.layouts.official import BREAK, header, line, read, rejects_of, rows_of


def carolinian(**values: str) -> dict[str, Any]:
    content = BREAK.join(
        [header(nc.VOTERS_2022), line(nc.VOTERS_2022, {"ncid": "AA1"} | values)]
    )
    (row,) = rows_of(read(content, nc.VOTERS_2022))
    return row


def floridian(**values: str) -> dict[str, Any]:
    named = {name.replace("_", " "): value for name, value in values.items()}
    (row,) = rows_of(
        read(line(fl.VOTERS, {"Voter ID": "100000001"} | named), fl.VOTERS)
    )
    return row


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("6145550101", "+16145550101"),
        ("614-555-0101", "+16145550101"),
        ("(614) 555.0101", "+16145550101"),
        ("1 614 555 0101", "+16145550101"),
        ("+1 614 555 0101", "+16145550101"),
        ("614-555-0101 x23", "+16145550101"),
        ("+44 20 7946 0018", "+442079460018"),
        ("5550101", None),
        ("0000000000", None),
        ("1145550101", None),
        ("unlisted", None),
        ("", None),
        (None, None),
    ],
)
def test_telephones(number: str | None, expected: str | None) -> None:
    numbers = pl.DataFrame({"number": [number]}, schema={"number": pl.String})
    assert numbers.select(e164(pl.col("number"))).to_series().to_list() == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("43215", ("43215", None)),
        ("432151234", ("43215", "1234")),
        ("43215-1234", ("43215", "1234")),
        ("2134", ("02134", None)),
        ("43215.0", ("43215", None)),
        ("21341234", ("02134", "1234")),
        ("432150000", ("43215", None)),
        ("00000", (None, None)),
        ("4321512", (None, None)),
        ("K1A 0B1", (None, None)),
        (None, (None, None)),
    ],
)
def test_zips(text: str | None, expected: tuple[str | None, str | None]) -> None:
    column = pl.DataFrame({"z": [text]}, schema={"z": pl.String})
    rule = Zip(zip5="zip5", column="z", zip4="zip4")
    assert column.select(expressions(rule)).row(0) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("03", "3"), ("015", "15"), ("al", "AL"), ("0", None), ("00", None), (None, None)],
)
def test_districts(text: str | None, expected: str | None) -> None:
    column = pl.DataFrame({"d": [text]}, schema={"d": pl.String})
    rule = District("us_house_district", "d")
    assert column.select(expressions(rule)).row(0) == (expected,)


@pytest.mark.parametrize("code", ["100", "0", "00"])
def test_yancey_county_has_three_codes(code: str) -> None:
    assert carolinian(county_id=code)["county"] == 37199


@pytest.mark.parametrize(
    ("code", "county"), [("25", 39049), ("1", 39001), ("01", 39001), ("89", None)]
)
def test_ohio_counties_with_and_without_zeros(code: str, county: int | None) -> None:
    voter = line(oh.VOTERS, {"SOS_VOTERID": "OH1", "COUNTY_NUMBER": code})
    (row,) = rows_of(read(BREAK.join([header(oh.VOTERS), voter]), oh.VOTERS))
    assert row["county"] == county


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("A", "active"),
        ("I", "inactive"),
        ("R", "removed"),
        ("D", "other"),
        ("S", "other"),
        ("Q", "other"),
        ("", None),
    ],
)
def test_carolina_statuses_keep_the_raw_code(code: str, status: str | None) -> None:
    row = carolinian(status_cd=code)
    assert (row["status"], row["status_raw"]) == (status, code or None)


@pytest.mark.parametrize(
    ("code", "party"),
    [
        ("DEM", "D"),
        ("REP", "R"),
        ("LIB", "L"),
        ("GRE", "G"),
        ("CST", "C"),
        ("UNA", "N"),
        ("NLB", "O"),
        ("", None),
    ],
)
def test_carolina_parties(code: str, party: str | None) -> None:
    row = carolinian(party_cd=code)
    assert (row["party"], row["party_raw"]) == (party, code or None)


@pytest.mark.parametrize(
    ("code", "race", "ethnicity"),
    [
        ("1", "american_indian", None),
        ("2", "asian_pacific_islander", None),
        ("3", "black", "not_hispanic"),
        ("4", "hispanic", "hispanic"),
        ("5", "white", "not_hispanic"),
        ("6", "other", None),
        ("7", "multiracial", None),
        ("9", "unknown", None),
        ("8", None, None),
    ],
)
def test_florida_asks_race_and_ethnicity_at_once(
    code: str, race: str | None, ethnicity: str | None
) -> None:
    row = floridian(Race=code)
    assert (row["race"], row["ethnicity"], row["race_raw"]) == (race, ethnicity, code)


@pytest.mark.parametrize(
    ("code", "race"),
    [
        ("A", "asian"),
        ("B", "black"),
        ("I", "american_indian"),
        ("M", "multiracial"),
        ("O", "other"),
        ("P", "pacific_islander"),
        ("U", "unknown"),
        ("W", "white"),
    ],
)
def test_carolina_races(code: str, race: str) -> None:
    assert carolinian(race_code=code)["race"] == race


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("IN-PERSON", "election_day"),
        ("ABSENTEE", "mail"),
        ("ABSENTEE ONESTOP", "early"),
        ("ABSENTEE CURBSIDE", "early"),
        ("PROVISIONAL", "provisional"),
        ("TRANSFER", "other"),
        ("BY DRONE", "other"),
        ("", "unknown"),
    ],
)
def test_carolina_methods(method: str, expected: str) -> None:
    vote = line(
        nc.HISTORY,
        {"ncid": "AA1", "election_lbl": "11/05/2024", "voting_method": method},
    )
    (row,) = rows_of(read(BREAK.join([header(nc.HISTORY), vote]), nc.HISTORY))
    assert row["method"] == expected


@pytest.mark.parametrize(
    ("code", "party"),
    [("NPA", "N"), ("DEM", "D"), ("IND", "O"), ("XYZ", "O"), ("", None)],
)
def test_florida_parties(code: str, party: str | None) -> None:
    row = floridian(Party_Affiliation=code)
    assert (row["party"], row["party_raw"]) == (party, code or None)
    assert row["party_basis"] == "registered"


@pytest.mark.parametrize(
    ("code", "party"), [("D", "D"), ("R", "R"), ("N", "O"), ("E", "O"), ("", "N")]
)
def test_ohio_letters_are_ballots_and_a_blank_is_none(code: str, party: str) -> None:
    voter = line(oh.VOTERS, {"SOS_VOTERID": "OH1", "PARTY_AFFILIATION": code})
    (row,) = rows_of(read(BREAK.join([header(oh.VOTERS), voter]), oh.VOTERS))
    assert (row["party"], row["party_raw"]) == (party, code or None)
    assert row["party_basis"] == "last_primary"


def test_flags_and_masks_mark_a_voter_confidential() -> None:
    assert floridian(Requested_public_records_exemption="Y")["confidential"]
    assert not floridian(Requested_public_records_exemption="N")["confidential"]
    masked = floridian(Residence_Zipcode="*", Name_Last="**")
    assert masked["confidential"]
    assert (masked["res_zip5"], masked["last_name"]) == (None, None)
    assert carolinian(confidential_ind="Y")["confidential"]
    assert not carolinian(confidential_ind="N")["confidential"]
    for mask in ("XX-XX-XXXX", "##/##/####"):
        row = carolinian(registr_dt=mask)
        assert (row["confidential"], row["registration_date"]) == (True, None)


def test_padded_values_are_trimmed_and_addresses_closed_up() -> None:
    row = carolinian(res_street_address="12   MAIN  ST   ", last_name="  DE LA  O ")
    assert (row["res_address"], row["last_name"]) == ("12 MAIN ST", "DE LA  O")


def test_mailing_lines_move_up_and_join() -> None:
    row = carolinian(mail_addr2="PO BOX 1", mail_addr3="UNIT 2", mail_addr4="CAMP")
    assert (row["mail_line1"], row["mail_line2"]) == ("PO BOX 1", "UNIT 2, CAMP")


@pytest.mark.parametrize(
    ("address", "expected"),
    [("Ann@Example.org", "ann@example.org"), ("none", None), ("a b@c.d", None)],
)
def test_email(address: str, expected: str | None) -> None:
    assert floridian(Email_address=address)["email"] == expected


def test_ohio_votes_are_letters_and_blanks_are_none() -> None:
    columns = ("PRIMARY-03/19/2024", "GENERAL-11/05/2024", "SPECIAL-08/08/2023")

    def history(*letters: str) -> list[tuple[str, str, str | None]]:
        voter = line(oh.VOTERS, {"SOS_VOTERID": "OH1"}, *letters)
        (row,) = rows_of(
            read(BREAK.join([header(oh.VOTERS, *columns), voter]), oh.VOTERS)
        )
        return [
            (str(vote["election_date"]), vote["election_type"], vote["party"])
            for vote in row["history"]
        ]

    assert history("D", "X", "") == [
        ("2024-03-19", "primary", "D"),
        ("2024-11-05", "general", None),
    ]
    assert history("", "", "") == []
    assert history("Z", " ", "X") == [("2023-08-08", "special", None)]


def test_florida_codes_that_are_no_vote_do_not_count_and_new_ones_are_refused() -> None:
    def cast(code: str) -> str:
        return line(
            fl.HISTORY,
            {
                "County Code": "DAD",
                "Voter ID": "109000001",
                "Election Date": "11/05/2024",
                "Election Type": "GEN",
                "History Code": code,
            },
        )

    (batch,) = read(BREAK.join(map(cast, "AEYBNPQ")), fl.HISTORY)
    assert batch.rows["method"].to_list() == ["mail", "early", "election_day"]
    assert batch.rows["election_date"].unique().to_list() == [dt.date(2024, 11, 5)]
    assert batch.not_votes == 3
    assert rejects_of([batch]) == [(7, "code")]


def test_a_vote_without_a_day_is_set_aside() -> None:
    votes = [
        line(
            nc.HISTORY, {"ncid": "AA1", "election_lbl": day, "election_desc": "GENERAL"}
        )
        for day in ("11/05/2024", "", "11/31/2024")
    ]
    (batch,) = read(BREAK.join([header(nc.HISTORY), *votes]), nc.HISTORY)
    assert len(batch.rows) == 1
    assert rejects_of([batch]) == [(3, "date"), (4, "date")]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("11/05/2024 GENERAL", "general"),
        ("03/05/2024 PRIMARY", "primary"),
        ("09/10/2019 MUNICIPAL PRIMARY", "municipal"),
        ("05/14/2024 SECOND PRIMARY", "runoff"),
        ("BOND REFERENDUM", "other"),
    ],
)
def test_carolina_elections_are_typed_by_name(name: str, kind: str) -> None:
    vote = line(
        nc.HISTORY, {"ncid": "AA1", "election_lbl": "11/05/2024", "election_desc": name}
    )
    (row,) = rows_of(read(BREAK.join([header(nc.HISTORY), vote]), nc.HISTORY))
    assert (row["election_type"], row["election_name"]) == (kind, name)

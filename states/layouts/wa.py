"""Washington: pipes with a header now, tabs before; history in files of its own.

The state registers no party. History gives the day only, no method and no party. A
legislative district elects a senator and the house members alike. One of the history
files came without a header in June 2024.
"""

import re

from states.layouts.counties import named
from states.layouts.declaration import Layout, Role, Territory, Variant, names
from states.layouts.rules import (
    BirthDate,
    BirthYear,
    Code,
    County,
    Date,
    District,
    MailLines,
    Rule,
    Street,
    Text,
    TypeByDay,
    Zip,
)

_NAMES = named("WA")
_LETTERS = names("""
    AD AS BE CH CM CR CU CZ DG FE FR GA GR GY IS JE KI KP KS KT LE LI MA OK PA PE PI SJ
    SK SM SN SP ST TH WK WL WM WT YA
    """)
_COUNTIES = (
    "ADAMS",
    "ASOTIN",
    "BENTON",
    "CHELAN",
    "CLALLAM",
    "CLARK",
    "COLUMBIA",
    "COWLITZ",
    "DOUGLAS",
    "FERRY",
    "FRANKLIN",
    "GARFIELD",
    "GRANT",
    "GRAYS HARBOR",
    "ISLAND",
    "JEFFERSON",
    "KING",
    "KITSAP",
    "KITTITAS",
    "KLICKITAT",
    "LEWIS",
    "LINCOLN",
    "MASON",
    "OKANOGAN",
    "PACIFIC",
    "PEND OREILLE",
    "PIERCE",
    "SAN JUAN",
    "SKAGIT",
    "SKAMANIA",
    "SNOHOMISH",
    "SPOKANE",
    "STEVENS",
    "THURSTON",
    "WAHKIAKUM",
    "WALLA WALLA",
    "WHATCOM",
    "WHITMAN",
    "YAKIMA",
)
COUNTIES = {code: _NAMES[name] for code, name in zip(_LETTERS, _COUNTIES, strict=True)}
STATUSES = {
    "A": "active",
    "I": "inactive",
    "IM": "inactive",
    "P": "pending",
    "PDETH": "pending",
    "PDUPL": "pending",
    "PFELN": "pending",
    "A-DUP": "active",
    "I-DUP": "inactive",
    "IM-DUP": "inactive",
}
GENDERS = {"F": "F", "M": "M", "U": "U", "X": "X"}
_DAYS = ("%m/%d/%Y", "%Y-%m-%d")

COLUMNS = names(
    """
    StateVoterID FName MName LName NameSuffix Birthyear Gender RegStNum RegStFrac
    RegStName RegStType RegUnitType RegStPreDirection RegStPostDirection RegStUnitNum
    RegCity RegState RegZipCode CountyCode PrecinctCode PrecinctPart LegislativeDistrict
    CongressionalDistrict Mail1 Mail2 Mail3 MailCity MailZip MailState MailCountry
    Registrationdate LastVoted StatusCode
    """
)

OLD_COLUMNS = names(
    """
    StateVoterID CountyVoterID Title FName MName LName NameSuffix Birthdate Gender
    RegStNum RegStFrac RegStName RegStType RegUnitType RegStPreDirection
    RegStPostDirection RegUnitNum RegCity RegState RegZipCode CountyCode PrecinctCode
    PrecinctPart LegislativeDistrict CongressionalDistrict Mail1 Mail2 Mail3 Mail4
    MailCity MailZip MailState MailCountry Registrationdate AbsenteeType LastVoted
    StatusCode
    """
)


def _rules(birth: BirthDate | BirthYear, unit: str, mail: int) -> tuple[Rule, ...]:
    return (
        Text("state_voter_id", ("StateVoterID",)),
        Text("first_name", ("FName",)),
        Text("middle_name", ("MName",)),
        Text("last_name", ("LName",)),
        Text("name_suffix", ("NameSuffix",)),
        Code(target="status", column="StatusCode", table=STATUSES, otherwise="other"),
        Date("registration_date", "Registrationdate", _DAYS),
        County("CountyCode", COUNTIES),
        Text("precinct_code", ("PrecinctCode",)),
        District("us_house_district", "CongressionalDistrict"),
        District("state_senate_district", "LegislativeDistrict"),
        District("state_house_district", "LegislativeDistrict"),
        Street(
            target="res_address",
            columns=(
                "RegStNum",
                "RegStFrac",
                "RegStPreDirection",
                "RegStName",
                "RegStType",
                "RegStPostDirection",
            ),
            number="RegStNum",
            name="RegStName",
        ),
        Street(
            target="res_address2",
            columns=("RegUnitType", unit),
            number="RegUnitType",
            name=unit,
        ),
        Text("res_city", ("RegCity",)),
        Text("res_state", ("RegState",)),
        Zip(zip5="res_zip5", column="RegZipCode", zip4="res_zip4"),
        birth,
        Code(target="gender", column="Gender", table=GENDERS),
        MailLines(tuple(f"Mail{number}" for number in range(1, mail + 1))),
        Text("mail_city", ("MailCity",)),
        Text("mail_state", ("MailState",)),
        Zip(zip5="mail_zip5", column="MailZip"),
        Text("mail_country", ("MailCountry",)),
    )


def _voters(
    name: str, delimiter: str, columns: tuple[str, ...], rules: tuple[Rule, ...]
) -> Variant:
    return Variant(
        name=name,
        state="WA",
        role=Role.VOTERS,
        delimiter=delimiter,
        header=True,
        columns=columns,
        key="StateVoterID",
        optional=frozenset({"AbsenteeType"}),
        placeholders=(
            "-VOTER_DID_NOT_PROVIDE_FIRSTNAME",
            "-VOTER_DID_NOT_PROVIDE_LASTNAME",
        ),
        file_name=re.compile(r"\d{8}_VRDB_Extract\.txt", re.IGNORECASE),
        example_name="{date}_VRDB_Extract.txt",
        rules=rules,
    )


_NEW = _rules(BirthYear("Birthyear"), "RegStUnitNum", 3)
_OLD = (
    *_rules(BirthDate("Birthdate", _DAYS), "RegUnitNum", 4),
    Text("county_voter_id", ("CountyVoterID",)),
)


def _history(name: str, columns: tuple[str, ...], *, header: bool) -> Variant:
    return Variant(
        name=name,
        state="WA",
        role=Role.HISTORY,
        delimiter="|",
        header=header,
        columns=columns,
        key="StateVoterID",
        examples={
            "CountyCode": re.compile("(?:" + "|".join(COUNTIES) + ")|"),
            "StateVoterID": re.compile(r"(?:WA)?\d+"),
            "ElectionDate": re.compile(r"\d{1,2}/\d{1,2}/\d{4}|\d{4}-\d{2}-\d{2}"),
        },
        # A byte order mark has spoiled the first name once; it is not read.
        optional=frozenset({"VoterHistoryID", "VotingHistoryID", "CountyCode_Voting"}),
        file_name=re.compile(r"\d{8}_VRDB_History.*\.txt", re.IGNORECASE),
        example_name="{date}_VRDB_History.txt",
        rules=(
            Text("state_voter_id", ("StateVoterID",)),
            Date("election_date", "ElectionDate", _DAYS),
            TypeByDay("ElectionDate", _DAYS),
        ),
    )


_HISTORY_COLUMNS = names(
    """
    VoterHistoryID CountyCode CountyCode_Voting StateVoterID ElectionDate
    """
)

LAYOUT = Layout(
    state="WA",
    source="Washington Secretary of State, voter registration database extract, 2024",
    county_codes=COUNTIES,
    variants=(
        _voters("wa-voters", "|", COLUMNS, _NEW),
        _voters("wa-voters-tab", "\t", COLUMNS, _NEW),
        _voters("wa-voters-2013", "\t", OLD_COLUMNS, _OLD),
        _voters("wa-voters-2013-pipe", "|", OLD_COLUMNS, _OLD),
        _history("wa-history", _HISTORY_COLUMNS, header=True),
        _history("wa-history-headerless", _HISTORY_COLUMNS, header=False),
        _history(
            "wa-history-2015",
            names(
                """
    CountyCode StateVoterID ElectionDate VotingHistoryID
    """
            ),
            header=True,
        ),
    ),
    notes=(
        "History names no election type: only November's general is told, by its day.",
        "The workbook of districts and precincts is not read.",
    ),
    territory=Territory(
        us_house=10,
        state_senate=49,
        state_house=49,
        zips=(98001, 99403),
        area_codes=("206", "253", "360", "509"),
        voter_id="{number:09d}",
        large={53033: 1400, 53053: 560, 53061: 510, 53063: 360},
    ),
)

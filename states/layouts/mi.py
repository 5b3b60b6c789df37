"""Michigan: comma files with a header, and the files of fixed width before them.

The state registers no party, gives the year of birth only, and of a vote only the
day and whether it was absentee. Until about 2019 a vote named its election by a code.
Ward and precinct, one field of six letters in the file of fixed width, are cut in two
here.
"""

import re

from states.layouts.counties import named, numbered
from states.layouts.declaration import CalendarKey, Layout, Role, Territory, Variant
from states.layouts.rules import (
    BirthYear,
    Code,
    County,
    Date,
    District,
    FromCalendar,
    MailLines,
    Rule,
    Street,
    Text,
    TypeByDay,
    Zip,
)

STATUSES = {"A": "active", "V": "inactive", "CH": "other", "C": "removed"}
GENDERS = {"F": "F", "M": "M", "X": "X", "U": "U"}
METHODS = {"Y": "mail", "N": "election_day"}
ELECTION_TYPES = (
    (r"PRESIDENTIAL PRIMARY", "presidential_primary"),
    (r"SPECIAL", "special"),
    (r"PRIMARY", "primary"),
    (r"GENERAL", "general"),
)

_STREET = (
    "STREET_NUMBER_PREFIX",
    "STREET_NUMBER",
    "STREET_NUMBER_SUFFIX",
    "DIRECTION_PREFIX",
    "STREET_NAME",
    "STREET_TYPE",
    "DIRECTION_SUFFIX",
)
_MAIL = tuple(
    f"MAILING_ADDRESS_LINE_{number}"
    for number in ("ONE", "TWO", "THREE", "FOUR", "FIVE")
)

COLUMNS = (
    "LAST_NAME",
    "FIRST_NAME",
    "MIDDLE_NAME",
    "NAME_SUFFIX",
    "YEAR_OF_BIRTH",
    "GENDER",
    "REGISTRATION_DATE",
    *_STREET,
    "EXTENSION",
    "CITY",
    "STATE",
    "ZIP_CODE",
    *_MAIL,
    "VOTER_IDENTIFICATION_NUMBER",
    "COUNTY_CODE",
    "COUNTY_NAME",
    "JURISDICTION_CODE",
    "JURISDICTION_NAME",
    "PRECINCT",
    "WARD",
    "SCHOOL_DISTRICT_CODE",
    "SCHOOL_DISTRICT_NAME",
    "STATE_HOUSE_DISTRICT_CODE",
    "STATE_HOUSE_DISTRICT_NAME",
    "STATE_SENATE_DISTRICT_CODE",
    "STATE_SENATE_DISTRICT_NAME",
    "US_CONGRESS_DISTRICT_CODE",
    "US_CONGRESS_DISTRICT_NAME",
    "COUNTY_COMMISSIONER_DISTRICT_CODE",
    "COUNTY_COMMISSIONER_DISTRICT_NAME",
    "VILLAGE_DISTRICT_CODE",
    "VILLAGE_DISTRICT_NAME",
    "VILLAGE_PRECINCT",
    "SCHOOL_PRECINCT",
    "IS_PERM_AV_BALLOT_VOTER",
    "VOTER_STATUS_TYPE_CODE",
    "UOCAVA_STATUS_CODE",
    "UOCAVA_STATUS_NAME",
    "IS_PERM_AV_APP_VOTER",
)

FIXED = {
    "LAST_NAME": 35,
    "FIRST_NAME": 20,
    "MIDDLE_NAME": 20,
    "NAME_SUFFIX": 3,
    "YEAR_OF_BIRTH": 4,
    "GENDER": 1,
    "REGISTRATION_DATE": 8,
    "STREET_NUMBER_PREFIX": 1,
    "STREET_NUMBER": 7,
    "STREET_NUMBER_SUFFIX": 4,
    "DIRECTION_PREFIX": 2,
    "STREET_NAME": 30,
    "STREET_TYPE": 6,
    "DIRECTION_SUFFIX": 2,
    "EXTENSION": 13,
    "CITY": 35,
    "STATE": 2,
    "ZIP_CODE": 5,
    **dict.fromkeys(_MAIL, 50),
    "VOTER_IDENTIFICATION_NUMBER": 13,
    "COUNTY_CODE": 2,
    "JURISDICTION_CODE": 5,
    "WARD": 2,
    "PRECINCT": 4,
    "SCHOOL_DISTRICT_CODE": 5,
    "STATE_HOUSE_DISTRICT_CODE": 5,
    "STATE_SENATE_DISTRICT_CODE": 5,
    "US_CONGRESS_DISTRICT_CODE": 5,
    "COUNTY_COMMISSIONER_DISTRICT_CODE": 5,
    "VILLAGE_DISTRICT_CODE": 5,
    "VILLAGE_PRECINCT": 6,
    "SCHOOL_PRECINCT": 6,
    "IS_PERMANENT_ABSENTEE_VOTER": 1,
    "VOTER_STATUS_TYPE_CODE": 2,
    "UOCAVA_STATUS_CODE": 1,
}


def _rules(
    *, day: str, county: County, municipality: str, school: str
) -> tuple[Rule, ...]:
    return (
        Text("state_voter_id", ("VOTER_IDENTIFICATION_NUMBER",)),
        Text("first_name", ("FIRST_NAME",)),
        Text("middle_name", ("MIDDLE_NAME",)),
        Text("last_name", ("LAST_NAME",)),
        Text("name_suffix", ("NAME_SUFFIX",)),
        Code(
            target="status",
            column="VOTER_STATUS_TYPE_CODE",
            table=STATUSES,
            otherwise="other",
        ),
        Date("registration_date", "REGISTRATION_DATE", day),
        county,
        Text("precinct_code", ("PRECINCT",)),
        Text("municipality", (municipality,)),
        Text("ward", ("WARD",)),
        Text("school_district", (school,)),
        District("us_house_district", "US_CONGRESS_DISTRICT_CODE"),
        District("state_senate_district", "STATE_SENATE_DISTRICT_CODE"),
        District("state_house_district", "STATE_HOUSE_DISTRICT_CODE"),
        Street(
            target="res_address",
            columns=_STREET,
            number="STREET_NUMBER",
            name="STREET_NAME",
        ),
        Text("res_address2", ("EXTENSION",)),
        Text("res_city", ("CITY",)),
        Text("res_state", ("STATE",)),
        Zip(zip5="res_zip5", column="ZIP_CODE"),
        BirthYear("YEAR_OF_BIRTH"),
        Code(target="gender", column="GENDER", table=GENDERS),
        MailLines(_MAIL),
    )


VOTERS = Variant(
    name="mi-voters",
    state="MI",
    role=Role.VOTERS,
    delimiter=",",
    quoted=True,
    header=True,
    trailing=1,
    columns=COLUMNS,
    key="VOTER_IDENTIFICATION_NUMBER",
    aliases={"IS_PERMANENT_ABSENTEE_VOTER": "IS_PERM_AV_BALLOT_VOTER"},
    optional=frozenset({"IS_PERM_AV_APP_VOTER", "IS_PERM_AV_BALLOT_VOTER"}),
    file_name=re.compile(r"EntireStateVoters.*\.csv", re.IGNORECASE),
    example_name="EntireStateVoters.csv",
    rules=_rules(
        day="%m/%d/%Y",
        county=County("COUNTY_NAME", named("MI")),
        municipality="JURISDICTION_NAME",
        school="SCHOOL_DISTRICT_NAME",
    ),
)

VOTERS_FIXED = Variant(
    name="mi-voters-fixed",
    state="MI",
    role=Role.VOTERS,
    columns=tuple(FIXED),
    widths=tuple(FIXED.values()),
    key="VOTER_IDENTIFICATION_NUMBER",
    optional=frozenset({"UOCAVA_STATUS_CODE"}),
    examples={
        "VOTER_IDENTIFICATION_NUMBER": re.compile(r"\w{1,13}"),
        "COUNTY_CODE": re.compile(r"\d{1,2}"),
        "YEAR_OF_BIRTH": re.compile(r"\d{4}|"),
        "REGISTRATION_DATE": re.compile(r"\d{8}|"),
    },
    file_name=re.compile(r"entire_state_v\.lst", re.IGNORECASE),
    rules=_rules(
        day="%m%d%Y",
        county=County("COUNTY_CODE", numbered("MI", digits=2)),
        municipality="JURISDICTION_CODE",
        school="SCHOOL_DISTRICT_CODE",
    ),
)

_ABSENTEE = Code(
    target="method",
    column="IS_ABSENTEE_VOTER",
    table=METHODS,
    otherwise="other",
    blank="unknown",
    raw=False,
)

HISTORY = Variant(
    name="mi-history",
    state="MI",
    role=Role.HISTORY,
    delimiter=",",
    quoted=True,
    header=True,
    trailing=1,
    columns=(
        "VOTER_IDENTIFICATION_NUMBER",
        "COUNTY_CODE",
        "COUNTY_NAME",
        "JURISDICTION_CODE",
        "JURISDICTION_NAME",
        "SCHOOL_DISTRICT_CODE",
        "SCHOOL_DISTRICT_NAME",
        "ELECTION_DATE",
        "IS_ABSENTEE_VOTER",
    ),
    key="VOTER_IDENTIFICATION_NUMBER",
    file_name=re.compile(r"EntireStateVoterHistory.*\.csv", re.IGNORECASE),
    example_name="EntireStateVoterHistory.csv",
    rules=(
        Text("state_voter_id", ("VOTER_IDENTIFICATION_NUMBER",)),
        Date("election_date", "ELECTION_DATE", "%m/%d/%Y"),
        TypeByDay("ELECTION_DATE", "%m/%d/%Y"),
        _ABSENTEE,
    ),
)

HISTORY_FIXED = Variant(
    name="mi-history-fixed",
    state="MI",
    role=Role.HISTORY,
    columns=(
        "VOTER_IDENTIFICATION_NUMBER",
        "COUNTY_CODE",
        "JURISDICTION_CODE",
        "SCHOOL_DISTRICT_CODE",
        "ELECTION_CODE",
        "IS_ABSENTEE_VOTER",
    ),
    widths=(13, 2, 5, 5, 13, 1),
    key="VOTER_IDENTIFICATION_NUMBER",
    calendar=CalendarKey(code="ELECTION_CODE"),
    examples={
        "VOTER_IDENTIFICATION_NUMBER": re.compile(r"\w{1,13}"),
        "COUNTY_CODE": re.compile(r"\d{1,2}|"),
        "ELECTION_CODE": re.compile(r"\w{1,13}"),
        "IS_ABSENTEE_VOTER": re.compile(r"[YN]|"),
    },
    file_name=re.compile(r"entire_state_h\.lst", re.IGNORECASE),
    rules=(
        Text("state_voter_id", ("VOTER_IDENTIFICATION_NUMBER",)),
        FromCalendar(ELECTION_TYPES, "other"),
        _ABSENTEE,
    ),
)

ELECTIONS = Variant(
    name="mi-elections",
    state="MI",
    role=Role.ELECTIONS,
    columns=("Election_Code", "Date", "Title"),
    widths=(13, 8, 50),
    key="Election_Code",
    examples={
        "Election_Code": re.compile(r"\w{1,13}"),
        "Date": re.compile(r"\d{8}"),
    },
    file_name=re.compile(r"electionscd\.lst", re.IGNORECASE),
    example_name="electionscd.lst",
    rules=(
        Text("code", ("Election_Code",)),
        Date("election_date", "Date", "%m%d%Y"),
        Text("election_name", ("Title",)),
    ),
)

LAYOUT = Layout(
    state="MI",
    source="Michigan Qualified Voter File, comma files and files of fixed width",
    county_codes=named("MI"),
    variants=(VOTERS, VOTERS_FIXED, HISTORY, HISTORY_FIXED, ELECTIONS),
    notes=(
        "County numbers of the file of fixed width are taken to be alphabetical.",
        "Whether early votes in person count as in person is not established.",
        "The comma history names no type: only November's general is told, by its day.",
    ),
    territory=Territory(
        us_house=13,
        state_senate=38,
        state_house=110,
        zips=(48001, 49971),
        area_codes=("313", "248", "616", "517", "734"),
        voter_id="{number:013d}",
        large={26163: 1400, 26125: 1030, 26099: 700, 26081: 510},
    ),
)

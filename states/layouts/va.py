"""Virginia: comma files with a header, history in a file of its own.

The state registers no party. Localities are counties and independent cities, coded by
the county's part of the FIPS code. Absentee is said of ballots by mail and of early
votes in person alike, so it is ``other``. The columns ``PROTECTED`` and
``VOTE_IN_PERSON`` went in August 2023.
"""

import re

from states.layouts.counties import named
from states.layouts.declaration import (
    Flag,
    Layout,
    Role,
    Territory,
    Variant,
    names,
)
from states.layouts.rules import (
    BirthDate,
    ByPattern,
    Code,
    County,
    Date,
    District,
    Flags,
    Identifier,
    MailLines,
    Street,
    Text,
    Zip,
)

LOCALITIES = {f"{fips - 51000:03d}": fips for fips in named("VA").values()}
STATUSES = {"ACTIVE": "active", "INACTIVE": "inactive", "CANCELLED": "removed"}
GENDERS = {"F": "F", "M": "M", "FEMALE": "F", "MALE": "M", "U": "U", "X": "X"}
BALLOTS = {"DEMOCRATIC": "D", "REPUBLICAN": "R"}
ELECTION_TYPES = (
    (r"(?i)PRESIDENTIAL.*PRIMARY", "presidential_primary"),
    (r"(?i)PRIMARY", "primary"),
    (r"(?i)SPECIAL", "special"),
    (r"(?i)GENERAL", "general"),
)
_DAYS = ("%m/%d/%Y", "%Y-%m-%d")

COLUMNS_2023 = names(
    """
    INV_NO IDENTIFICATION_NUMBER LAST_NAME FIRST_NAME MIDDLE_NAME SUFFIX HOUSE_NUMBER
    HOUSENUMBERSUFFIX STREET_NAME STREETTYPECODENAME DIRECTION POST_DIRECTION APT_NUM
    CITY STATE ZIP ADDRESS_LINE_1 ADDRESS_LINE_2 ADDRESS_LINE_3 LOCALITY_CODE
    LOCALITYNAME PRECINCT_CODE_VALUE PRECINCTNAME TOWNNAME_CODE_VALUE TOWNNAME_CODE_NAME
    TOWNPREC_CODE_VALUE TOWNPREC_CODE_NAME CONG_CODE_VALUE STSENATE_CODE_VALUE
    STHOUSE_CODE_VALUE GENDER DOB REGISTRATION_DATE EFFECTIVE_DATE
    MAILING_ADDRESS_LINE_1 MAILING_ADDRESS_LINE_2 MAILING_ADDRESS_LINE_3 MAILING_CITY
    MAILING_STATE MAILING_ZIP SUPERDIST_CODE_VALUE SUPERDIST_CODE_NAME
    MAILING_ADDRESS_USE_RESIDENCE STATUS
    """
)
COLUMNS = (*COLUMNS_2023, "VOTE_IN_PERSON", "PROTECTED")


def _voters(name: str, columns: tuple[str, ...], flag: Flag | None) -> Variant:
    return Variant(
        name=name,
        state="VA",
        role=Role.VOTERS,
        delimiter=",",
        quoted=True,
        header=True,
        columns=columns,
        key="IDENTIFICATION_NUMBER",
        flag=flag,
        file_name=re.compile(r".*registered.*\.(?:csv|txt)", re.IGNORECASE),
        example_name="Registered_Voter_List_{date}.csv",
        rules=(
            Identifier("state_voter_id", ("IDENTIFICATION_NUMBER",), digits=9),
            Text("first_name", ("FIRST_NAME",)),
            Text("middle_name", ("MIDDLE_NAME",)),
            Text("last_name", ("LAST_NAME",)),
            Text("name_suffix", ("SUFFIX",)),
            Code(
                target="status",
                column="STATUS",
                table=STATUSES,
                otherwise="other",
            ),
            Code(target="gender", column="GENDER", table=GENDERS),
            Date("registration_date", "REGISTRATION_DATE", _DAYS),
            County("LOCALITY_CODE", LOCALITIES),
            Text("precinct_code", ("PRECINCT_CODE_VALUE",)),
            Text("precinct_name", ("PRECINCTNAME",)),
            Text("municipality", ("TOWNNAME_CODE_NAME",)),
            District("us_house_district", "CONG_CODE_VALUE"),
            District("state_senate_district", "STSENATE_CODE_VALUE"),
            District("state_house_district", "STHOUSE_CODE_VALUE"),
            Street(
                target="res_address",
                columns=(
                    "HOUSE_NUMBER",
                    "HOUSENUMBERSUFFIX",
                    "DIRECTION",
                    "STREET_NAME",
                    "STREETTYPECODENAME",
                    "POST_DIRECTION",
                ),
                number="HOUSE_NUMBER",
                name="STREET_NAME",
            ),
            Text("res_address2", ("APT_NUM",)),
            Text("res_city", ("CITY",)),
            Text("res_state", ("STATE",)),
            Zip(zip5="res_zip5", column="ZIP", zip4="res_zip4"),
            BirthDate("DOB", _DAYS),
            MailLines(
                (
                    "MAILING_ADDRESS_LINE_1",
                    "MAILING_ADDRESS_LINE_2",
                    "MAILING_ADDRESS_LINE_3",
                )
            ),
            Text("mail_city", ("MAILING_CITY",)),
            Text("mail_state", ("MAILING_STATE",)),
            Zip(zip5="mail_zip5", column="MAILING_ZIP"),
        ),
    )


HISTORY = Variant(
    name="va-history",
    state="VA",
    role=Role.HISTORY,
    delimiter=",",
    quoted=True,
    header=True,
    columns=names(
        """
        IDENTIFICATION_NUMBER ELECTION_DATE ELECTION_NAME ELECTION_YEAR ELECTION_TYPE
        PRIMARY_TYPE_CODE_NAME VOTE_IN_PERSON PROTECTED ABSENTEE PROVISIONAL
        """
    ),
    key="IDENTIFICATION_NUMBER",
    optional=frozenset({"VOTE_IN_PERSON", "PROTECTED"}),
    file_name=re.compile(r".*history.*\.(?:csv|txt)", re.IGNORECASE),
    example_name="Voter_History_List_{date}.csv",
    rules=(
        Identifier("state_voter_id", ("IDENTIFICATION_NUMBER",), digits=9),
        Date("election_date", "ELECTION_DATE", _DAYS),
        Text("election_name", ("ELECTION_NAME",)),
        ByPattern("election_type", "ELECTION_NAME", ELECTION_TYPES, "other"),
        Flags(
            target="method",
            flags=(("PROVISIONAL", "provisional"), ("ABSENTEE", "other")),
            otherwise="election_day",
            yes="TRUE",
        ),
        Code(
            target="party",
            column="PRIMARY_TYPE_CODE_NAME",
            table=BALLOTS,
            raw=False,
        ),
    ),
)

LAYOUT = Layout(
    state="VA",
    source="Virginia Department of Elections, registered voter and history lists, 2023",
    county_codes=LOCALITIES,
    variants=(
        _voters("va-voters", COLUMNS_2023, None),
        _voters(
            "va-voters-2022",
            COLUMNS,
            Flag(column="PROTECTED", values=("True", "TRUE"), no="False"),
        ),
        HISTORY,
    ),
    notes=(
        "Some lists give the year of birth alone: then there is neither day nor year.",
        "Words of PRIMARY_TYPE_CODE_NAME other than the two parties' are not established.",
    ),
    territory=Territory(
        us_house=11,
        state_senate=40,
        state_house=100,
        zips=(20101, 24658),
        area_codes=("703", "804", "757", "540"),
        voter_id="{number:09d}",
        large={51059: 780, 51153: 320, 51810: 330, 51107: 290, 51087: 240, 51041: 270},
    ),
)

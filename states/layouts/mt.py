"""Montana: a tab list of voters, and a comma list of ballots that were sent to them.

The state registers no party. Of protected electors it gives the name alone. A row of
the history is a ballot that may never have come back: only an accepted one is a vote, or
one without a stage, which was cast at the polls.
"""

import re

from states.layouts.counties import named
from states.layouts.declaration import (
    Layout,
    Role,
    Territory,
    Variant,
    VoteCodes,
    names,
)
from states.layouts.rules import (
    BirthDate,
    ByPattern,
    Code,
    County,
    Date,
    District,
    MailLines,
    Phone,
    Street,
    Text,
    Zip,
)

_DAYS = "%m/%d/%Y"
STATUSES = {
    "ACTIVE": "active",
    "INACTIVE": "inactive",
    "PROVISIONAL": "pending",
    "LATE REGISTRATION": "pending",
}
METHODS = {"2": "election_day", "1": "mail", "4": "mail"}
ELECTION_TYPES = (
    (r"RUNOFF", "runoff"),
    (r"PRIMARY", "primary"),
    (r"SPECIAL", "special"),
    (r"MUNICIPAL|CITY", "municipal"),
    (r"GENERAL", "general"),
)

VOTERS = Variant(
    name="mt-voters",
    state="MT",
    role=Role.VOTERS,
    delimiter="\t",
    header=True,
    columns=names(
        """
        VTRID FIRSTNAME MIDDLENAME LASTNAME NAMESUFFIX VOTER_STATUS VOTER_STATUS_REASON
        RA_HS_NUM RA_STREET_NAME RA_STTYPE RA_STDIR_CODE RA_STDIR_CODE_POST RA_UTYP_CODE
        RA_UNIT_NUM RA_CITY RA_STATE RA_ZIP_CODE RESIDENCEADDRESS MA_ADDR_LINE_1 MA_CITY
        MA_STATE MA_ZIP_CODE MA_ZIP_PLUS MAILINGADDRESS PHONE_NO DOB VOTE_ELIGIBLE_DATE
        CURRENT_COUNTY PRECINCT HOUSE_DISTRICT SENATE_DISTRICT PREC_CODE ABSENTEE WARD
        CITY_LIMITS
        """
    ),
    key="VTRID",
    withheld=("RA_STREET_NAME", "MA_ADDR_LINE_1", "DOB"),
    file_name=re.compile(r".*voter_ex.*", re.IGNORECASE),
    example_name="voter_extract_{date}.txt",
    rules=(
        Text("state_voter_id", ("VTRID",)),
        Text("first_name", ("FIRSTNAME",)),
        Text("middle_name", ("MIDDLENAME",)),
        Text("last_name", ("LASTNAME",)),
        Text("name_suffix", ("NAMESUFFIX",)),
        Code(target="status", column="VOTER_STATUS", table=STATUSES, otherwise="other"),
        Date("registration_date", "VOTE_ELIGIBLE_DATE", _DAYS),
        County("CURRENT_COUNTY", named("MT")),
        Text("precinct_code", ("PREC_CODE",)),
        Text("precinct_name", ("PRECINCT",)),
        Text("municipality", ("CITY_LIMITS",)),
        Text("ward", ("WARD",)),
        District("state_senate_district", "SENATE_DISTRICT"),
        District("state_house_district", "HOUSE_DISTRICT"),
        Street(
            target="res_address",
            columns=(
                "RA_HS_NUM",
                "RA_STDIR_CODE",
                "RA_STREET_NAME",
                "RA_STTYPE",
                "RA_STDIR_CODE_POST",
            ),
            number="RA_HS_NUM",
            name="RA_STREET_NAME",
        ),
        Street(
            target="res_address2",
            columns=("RA_UTYP_CODE", "RA_UNIT_NUM"),
            number="RA_UTYP_CODE",
            name="RA_UNIT_NUM",
        ),
        Text("res_city", ("RA_CITY",)),
        Text("res_state", ("RA_STATE",)),
        Zip(zip5="res_zip5", column="RA_ZIP_CODE", zip4="res_zip4"),
        BirthDate("DOB", _DAYS),
        Phone(("PHONE_NO",)),
        MailLines(("MA_ADDR_LINE_1",)),
        Text("mail_city", ("MA_CITY",)),
        Text("mail_state", ("MA_STATE",)),
        Zip(zip5="mail_zip5", column="MA_ZIP_CODE"),
    ),
)

HISTORY = Variant(
    name="mt-history",
    state="MT",
    role=Role.HISTORY,
    delimiter=",",
    quoted=True,
    header=True,
    columns=names(
        """
        Voter ID | ELECTION_TYPE | ELECTION_DATE | ELECTION_DESCRIPTION | JS_CODE |
        VVM_ID | SENT_DATE | RECEIVE_DATE | BALLOTSTAGE/STATUS | BALLOT_STATUS_REASON
        """,
        "|",
    ),
    key="Voter ID",
    file_name=re.compile(r".*voter_his.*", re.IGNORECASE),
    example_name="voter_history_{date}.csv",
    vote_codes=VoteCodes(
        column="BALLOTSTAGE/STATUS",
        votes=frozenset({"Accepted", "ACCEPTED"}),
        not_votes=frozenset(
            {"Rejected", "REJECTED", "Sent", "SENT", "Undeliverable", "UNDELIVERABLE"}
        ),
        blank=True,
    ),
    rules=(
        Text("state_voter_id", ("Voter ID",)),
        Date("election_date", "ELECTION_DATE", _DAYS),
        Text("election_name", ("ELECTION_DESCRIPTION",)),
        ByPattern("election_type", "ELECTION_DESCRIPTION", ELECTION_TYPES, "other"),
        Code(
            target="method",
            column="VVM_ID",
            table=METHODS,
            otherwise="other",
            raw=False,
        ),
    ),
)

LAYOUT = Layout(
    state="MT",
    source="Montana Secretary of State, voter file and history, 2020",
    county_codes=named("MT"),
    variants=(VOTERS, HISTORY),
    notes=(
        "Protected electors: whoever has neither street, mailing address nor birth.",
        "The file names no congressional district.",
        "Codes of ELECTION_TYPE are not established; the description tells the type.",
    ),
    territory=Territory(
        us_house=2,
        state_senate=50,
        state_house=100,
        zips=(59001, 59937),
        area_codes=("406",),
        voter_id="{number}",
        large={30111: 105, 30063: 85, 30031: 85, 30029: 75},
    ),
)

"""Utah: one comma list; a column for every election, named by its day.

Private, withheld and at-risk voters are not supplied. Since the privacy laws of the
2020s births are missing and other columns may be. The marks in the columns of
elections are not established: the usual ones are read, and others counted.
"""

import re

from states.layouts.counties import named, numbered
from states.layouts.declaration import (
    Entries,
    Layout,
    Role,
    Territory,
    Variant,
    VoteCodes,
    names,
)
from states.layouts.rules import (
    BirthDate,
    Code,
    Constant,
    County,
    Date,
    District,
    MailLines,
    Phone,
    Street,
    Text,
    TypeByDay,
    Zip,
)

_DAYS = "%m/%d/%Y"
STATUSES = {"ACTIVE": "active", "INACTIVE": "inactive", "A": "active", "I": "inactive"}
PARTIES = {
    "REPUBLICAN": "R",
    "DEMOCRATIC": "D",
    "LIBERTARIAN": "L",
    "GREEN": "G",
    "CONSTITUTION": "C",
    "UNAFFILIATED": "N",
}
COUNTIES = {**numbered("UT"), **named("UT")}

ENTRIES = Entries(
    parts=("mark", "election"),
    groups=re.compile(r"\d{1,2}/\d{1,2}/\d{4}"),
    vote_codes=VoteCodes(
        column="mark",
        votes=frozenset({"A", "B", "E", "M", "P", "V", "X", "Y", "YES", "1"}),
        not_votes=frozenset({"N", "NO", "0"}),
    ),
    rules=(Date("election_date", "election", _DAYS), TypeByDay("election", _DAYS)),
)

VOTERS = Variant(
    name="ut-voters",
    state="UT",
    role=Role.VOTERS,
    delimiter=",",
    quoted=True,
    header=True,
    columns=(
        *names(
            """
            Voter ID | Last Name | First Name | Middle Name | Name Suffix | Status |
            Absentee | UOCAVA | Registration Date | Original Registration Date | Party |
            Phone | Mailing Address
            """,
            "|",
        ),
        "Mailing city, state  zip",
        *names(
            """
            County ID | Precinct | House Number | House Number Suffix |
            Direction Prefix | Street | Direction Suffix | Street Type | Unit Type |
            Unit Number | City | Zip | DOB | Congressional | State House | State Senate |
            State Schoolboard | Local Schoolboard | County Council | City Council
            """,
            "|",
        ),
    ),
    key="Voter ID",
    optional=frozenset({"Absentee", "UOCAVA", "Phone", "DOB"}),
    entries=ENTRIES,
    file_name=re.compile(r".*voters.*\.(?:csv|txt)", re.IGNORECASE),
    example_name="voters.txt",
    rules=(
        Text("state_voter_id", ("Voter ID",)),
        Text("first_name", ("First Name",)),
        Text("middle_name", ("Middle Name",)),
        Text("last_name", ("Last Name",)),
        Text("name_suffix", ("Name Suffix",)),
        Code(target="status", column="Status", table=STATUSES, otherwise="other"),
        Date("registration_date", "Registration Date", _DAYS),
        Code(target="party", column="Party", table=PARTIES, otherwise="O"),
        Constant("party_basis", "registered"),
        County("County ID", COUNTIES),
        Text("precinct_code", ("Precinct",)),
        Text("ward", ("City Council",)),
        Text("school_district", ("Local Schoolboard",)),
        District("us_house_district", "Congressional"),
        District("state_senate_district", "State Senate"),
        District("state_house_district", "State House"),
        Street(
            target="res_address",
            columns=(
                "House Number",
                "House Number Suffix",
                "Direction Prefix",
                "Street",
                "Direction Suffix",
                "Street Type",
            ),
            number="House Number",
            name="Street",
        ),
        Street(
            target="res_address2",
            columns=("Unit Type", "Unit Number"),
            number="Unit Type",
            name="Unit Number",
        ),
        Text("res_city", ("City",)),
        Zip(zip5="res_zip5", column="Zip", zip4="res_zip4"),
        BirthDate("DOB", _DAYS),
        Phone(("Phone",)),
        # The second line is city, state and ZIP in one, and stays one.
        MailLines(("Mailing Address", "Mailing city, state  zip")),
    ),
)

LAYOUT = Layout(
    state="UT",
    source="Utah Lieutenant Governor, voter list, columns of 2013 and 2019",
    county_codes=COUNTIES,
    variants=(VOTERS,),
    notes=(
        "Columns since the privacy laws of the 2020s are not established.",
        "Which marks are votes is not established; unknown ones are counted as unclear.",
        "Whether counties are numbered or named is not established: both are read.",
    ),
    territory=Territory(
        us_house=4,
        state_senate=29,
        state_house=75,
        zips=(84001, 84791),
        area_codes=("801", "385", "435"),
        voter_id="{number}",
        large={49035: 620, 49049: 330, 49011: 190, 49057: 130},
    ),
)

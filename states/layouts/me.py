"""Maine: pipe files with a header; a history file for each election.

The year of birth is given, never the day. Rows without an identifier occur and are
rejects. Cancelled voters come in a file of their own, which is not read: one person may
stand in both, and the voters' file is the one that counts.
"""

import re

from states.layouts.counties import named
from states.layouts.declaration import Layout, Role, Territory, Variant, names
from states.layouts.rules import (
    BirthYear,
    ByPattern,
    Code,
    Constant,
    County,
    Date,
    District,
    Street,
    Text,
    Zip,
)

COUNTIES = {name[:3]: fips for name, fips in named("ME").items()} | dict(named("ME"))
STATUSES = {"A": "active", "I": "inactive", "C": "removed"}
PARTIES = {"D": "D", "R": "R", "L": "L", "G": "G", "U": "N"}
METHODS = {"ABSENTEE": "mail", "REGULAR": "election_day"}
ELECTION_TYPES = (
    (r"(?i)PRESIDENTIAL PRIMARY", "presidential_primary"),
    (r"(?i)PRIMARY", "primary"),
    (r"(?i)SPECIAL", "special"),
    (r"(?i)MUNICIPAL", "municipal"),
    (r"(?i)GENERAL", "general"),
)

VOTERS = Variant(
    name="me-voters",
    state="ME",
    role=Role.VOTERS,
    delimiter="|",
    header=True,
    columns=names(
        """
        REG TOWN | VOTER ID | STATUS | LAST NAME | FIRST NAME | MIDDLE NAME | SUFF |
        ST NUM | ST NUM A | ST NUM B | ST NAME1 | ST NAME2 | UNIT | CITY | STATE | ZIP |
        ZIP4 | MAIL ST NUM | MAIL ST NUM A | MAIL ST NUM B | MAIL ST NAME1 |
        MAIL ST NAME2 | MAIL UNIT | MAIL CITY | MAIL STATE | MAIL ZIP | MAIL ZIP4 |
        MAIL COUNTRY | ENROLL | DESIGNATE | DT EFFECT | DT ACCEPT | DT STATUS CHG | YOB |
        REASON | DT LAST ACTIVE | WP | CG | SS | SR | Id_Parent_Area | CTY | CC | DA | RD
        | KCB | ACF | DT CHG
        """,
        "|",
    ),
    key="VOTER ID",
    optional=frozenset({"Id_Parent_Area"}),
    file_name=re.compile(r".*voter.*\.(?:txt|csv)", re.IGNORECASE),
    example_name="voter_{date}.txt",
    rules=(
        Text("state_voter_id", ("VOTER ID",)),
        Text("first_name", ("FIRST NAME",)),
        Text("middle_name", ("MIDDLE NAME",)),
        Text("last_name", ("LAST NAME",)),
        Text("name_suffix", ("SUFF",)),
        Code(target="status", column="STATUS", table=STATUSES, otherwise="other"),
        Date("registration_date", "DT ACCEPT", "%m/%d/%Y"),
        Code(target="party", column="ENROLL", table=PARTIES, otherwise="O"),
        Constant("party_basis", "registered"),
        County("CTY", COUNTIES),
        Text("precinct_code", ("WP",)),
        Text("municipality", ("REG TOWN",)),
        District("us_house_district", "CG"),
        District("state_senate_district", "SS"),
        District("state_house_district", "SR"),
        Street(
            target="res_address",
            columns=("ST NUM", "ST NUM A", "ST NUM B", "ST NAME1"),
            number="ST NUM",
            name="ST NAME1",
        ),
        Text("res_address2", ("UNIT", "ST NAME2")),
        Text("res_city", ("CITY",)),
        Text("res_state", ("STATE",)),
        Zip(zip5="res_zip5", column="ZIP", zip4="res_zip4", plus4="ZIP4"),
        BirthYear("YOB"),
        Street(
            target="mail_line1",
            columns=("MAIL ST NUM", "MAIL ST NUM A", "MAIL ST NUM B", "MAIL ST NAME1"),
            number="MAIL ST NUM",
            name="MAIL ST NAME1",
        ),
        Text("mail_line2", ("MAIL UNIT", "MAIL ST NAME2")),
        Text("mail_city", ("MAIL CITY",)),
        Text("mail_state", ("MAIL STATE",)),
        Zip(zip5="mail_zip5", column="MAIL ZIP"),
        Text("mail_country", ("MAIL COUNTRY",)),
    ),
)

HISTORY = Variant(
    name="me-history",
    state="ME",
    role=Role.HISTORY,
    delimiter="|",
    header=True,
    columns=names(
        """
        VOTER ID | ELECTION DATE | ELECTION NAME | ELECTION TYPE | ELECTION CATEGORY |
        TOWN NAME WHERE VOTED | BALLOT TYPE
        """,
        "|",
    ),
    key="VOTER ID",
    file_name=re.compile(r".*hist.*\.(?:txt|csv)", re.IGNORECASE),
    example_name="history_{date}.txt",
    rules=(
        Text("state_voter_id", ("VOTER ID",)),
        Date("election_date", "ELECTION DATE", "%m/%d/%Y"),
        Text("election_name", ("ELECTION NAME",)),
        ByPattern("election_type", "ELECTION NAME", ELECTION_TYPES, "other"),
        Code(
            target="method",
            column="BALLOT TYPE",
            table=METHODS,
            otherwise="other",
            blank="unknown",
            raw=False,
        ),
    ),
)

LAYOUT = Layout(
    state="ME",
    source="Maine Bureau of Elections, central voter registration extract, 2024",
    county_codes=COUNTIES,
    variants=(VOTERS, HISTORY),
    notes=(
        "County codes are not established: names and their first three letters are read.",
        "The file of cancelled voters has another header and is not declared.",
    ),
    territory=Territory(
        us_house=2,
        state_senate=35,
        state_house=151,
        zips=(3901, 4992),
        area_codes=("207",),
        large={23005: 230, 23031: 160, 23019: 115},
    ),
)

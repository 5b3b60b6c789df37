"""Nevada: comma files without a header, history in a file of its own.

Whoever orders the list chooses its shape; this is the state's own. People with a
fictitious address are left out altogether. 1900-01-01 is no day of registration.
"""

import re

from states.layouts.counties import named
from states.layouts.declaration import Layout, Role, Territory, Variant, VoteCodes
from states.layouts.rules import (
    BirthDate,
    Code,
    Constant,
    County,
    Date,
    District,
    Phone,
    Text,
    TypeByDay,
    Zip,
)

STATUSES = {"ACTIVE": "active", "INACTIVE": "inactive"}
PARTIES = {
    "DEMOCRAT": "D",
    "DEMOCRATIC": "D",
    "DEMOCRATIC PARTY": "D",
    "REPUBLICAN": "R",
    "REPUBLICAN PARTY": "R",
    "LIBERTARIAN": "L",
    "LIBERTARIAN PARTY": "L",
    "LIBERTARIAN PARTY OF NEVADA": "L",
    "GREEN": "G",
    "GREEN PARTY": "G",
    "NON-PARTISAN": "N",
    "NONPARTISAN": "N",
}
METHODS = {
    "PP": "election_day",
    "EV": "early",
    "MB": "mail",
    "PV": "provisional",
    "FW": "other",
}
_DAY = re.compile(r"\d{1,2}/\d{1,2}/\d{4}|")
_COUNTIES = "|".join(map(re.escape, named("NV")))

VOTERS = Variant(
    name="nv-voters",
    state="NV",
    role=Role.VOTERS,
    delimiter=",",
    quoted=True,
    columns=(
        "VoterID",
        "County",
        "First Name",
        "Middle Name",
        "Last Name",
        "Suffix",
        "Birth Date",
        "Registration Date",
        "Address 1",
        "Address 2",
        "City",
        "State",
        "Zip",
        "Phone",
        "Party",
        "Congressional District",
        "Senate District",
        "Assembly District",
        "Education District",
        "Regent District",
        "Registered Precinct",
        "County Status",
        "County Voter ID",
        "ID Required",
    ),
    key="VoterID",
    examples={
        "VoterID": re.compile(r"\d+"),
        "County": re.compile(rf"(?:{_COUNTIES})(?: COUNTY)?", re.IGNORECASE),
        "Birth Date": _DAY,
        "Registration Date": _DAY,
    },
    file_name=re.compile(r"VoterList\.ElgbVtr\..*\.csv", re.IGNORECASE),
    example_name="VoterList.ElgbVtr.1.{date}.csv",
    rules=(
        Text("state_voter_id", ("VoterID",)),
        Text("county_voter_id", ("County Voter ID",)),
        Text("first_name", ("First Name",)),
        Text("middle_name", ("Middle Name",)),
        Text("last_name", ("Last Name",)),
        Text("name_suffix", ("Suffix",)),
        Code(
            target="status",
            column="County Status",
            table=STATUSES,
            otherwise="other",
        ),
        Date("registration_date", "Registration Date", "%m/%d/%Y"),
        Code(target="party", column="Party", table=PARTIES, otherwise="O"),
        Constant("party_basis", "registered"),
        County("County", named("NV")),
        Text("precinct_code", ("Registered Precinct",)),
        District("us_house_district", "Congressional District"),
        District("state_senate_district", "Senate District"),
        District("state_house_district", "Assembly District"),
        Text("res_address", ("Address 1",)),
        Text("res_address2", ("Address 2",)),
        Text("res_city", ("City",)),
        Text("res_state", ("State",)),
        Zip(zip5="res_zip5", column="Zip", zip4="res_zip4"),
        BirthDate("Birth Date", "%m/%d/%Y"),
        Phone(("Phone",)),
    ),
)

HISTORY = Variant(
    name="nv-history",
    state="NV",
    role=Role.HISTORY,
    delimiter=",",
    quoted=True,
    columns=(
        "VotingHistoryID",
        "VoterID",
        "Election Date",
        "Vote Code",
    ),
    key="VoterID",
    examples={
        "VotingHistoryID": re.compile(r"\d*"),
        "VoterID": re.compile(r"\d+"),
        "Election Date": re.compile(r"\d{1,2}/\d{1,2}/\d{4}"),
        "Vote Code": re.compile(r"[A-Z]{2}|"),
    },
    vote_codes=VoteCodes(column="Vote Code", votes=frozenset(METHODS)),
    file_name=re.compile(r"VoterList\.VtHst\..*\.csv", re.IGNORECASE),
    example_name="VoterList.VtHst.1.{date}.csv",
    rules=(
        Text("state_voter_id", ("VoterID",)),
        Date("election_date", "Election Date", "%m/%d/%Y"),
        TypeByDay("Election Date", "%m/%d/%Y"),
        Code(target="method", column="Vote Code", table=METHODS, raw=False),
    ),
)

LAYOUT = Layout(
    state="NV",
    source="Nevada Secretary of State, eligible voter and vote history lists, 2019",
    county_codes=named("NV"),
    variants=(VOTERS, HISTORY),
    notes=(
        "Identifiers may collide between counties: the second use in a file is a reject.",
        "History names no election type: only November's general is told, by its day.",
    ),
    territory=Territory(
        us_house=4,
        state_senate=21,
        state_house=42,
        zips=(88901, 89883),
        area_codes=("702", "775", "725"),
        large={32003: 1400, 32031: 310},
    ),
)

"""South Dakota: comma files; two lines may stand before the voters' header.

The year of birth is given, never the day. Statuses and ways to vote are not coded
anywhere: the usual words are read. Independents are in no party.
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
    Email,
    MailLines,
    Phone,
    Street,
    Text,
    Zip,
)

STATUSES = {"ACTIVE": "active", "INACTIVE": "inactive"}
PARTIES = {"DEM": "D", "REP": "R", "LIB": "L", "NPA": "N", "IND": "N", "OTH": "O"}
ELECTION_TYPES = (
    (r"(?i)RUNOFF", "runoff"),
    (r"(?i)PRIMARY", "primary"),
    (r"(?i)SPECIAL", "special"),
    (r"(?i)MUNICIPAL|CITY", "municipal"),
    (r"(?i)GENERAL", "general"),
)
_TYPE_NAMES = {
    "general": "General",
    "primary": "Primary",
    "runoff": "Runoff",
    "special": "Special",
    "municipal": "Municipal",
    "other": "Other",
}
_DAYS = ("%m/%d/%Y", "%Y-%m-%d")

VOTERS = Variant(
    name="sd-voters",
    state="SD",
    role=Role.VOTERS,
    delimiter=",",
    quoted=True,
    header=True,
    preamble=2,
    columns=names(
        """
        Id | Last Name | First Name | Middle Name | Suffix | DOB | Residential Address |
        Residential City | Residential State | Residential Zip | Status | Party |
        Other Party | Phone Number | Email | Precinct Name | City | Ward | School |
        School Board Representation Area | Senate District | House District |
        Commissioner District | Fire District | Original Registration Date |
        Last Registration Date | Last Updated Date | Date Last Voted | Mailing Address |
        Mailing City | Mailing State | Mailing Zip | County | Mailing Country |
        House Number | Pre Street Dir | Street Name | Street Type | Post Street Dir
        """,
        "|",
    ),
    key="Id",
    file_name=re.compile(r".*voter.*\.(?:csv|txt)", re.IGNORECASE),
    example_name="Statewide_Voter_List_{date}.csv",
    rules=(
        Text("state_voter_id", ("Id",)),
        Text("first_name", ("First Name",)),
        Text("middle_name", ("Middle Name",)),
        Text("last_name", ("Last Name",)),
        Text("name_suffix", ("Suffix",)),
        Code(target="status", column="Status", table=STATUSES, otherwise="other"),
        Date("registration_date", "Last Registration Date", "%m/%d/%Y"),
        Code(target="party", column="Party", table=PARTIES, otherwise="O"),
        Constant("party_basis", "registered"),
        County("County", named("SD")),
        Text("precinct_name", ("Precinct Name",)),
        Text("municipality", ("City",)),
        Text("ward", ("Ward",)),
        Text("school_district", ("School",)),
        District("state_senate_district", "Senate District"),
        District("state_house_district", "House District"),
        Street(
            target="res_address",
            columns=(
                "House Number",
                "Pre Street Dir",
                "Street Name",
                "Street Type",
                "Post Street Dir",
            ),
            number="House Number",
            name="Street Name",
        ),
        Text("res_city", ("Residential City",)),
        Text("res_state", ("Residential State",)),
        Zip(zip5="res_zip5", column="Residential Zip", zip4="res_zip4"),
        BirthYear("DOB"),
        Phone(("Phone Number",)),
        Email("Email"),
        MailLines(("Mailing Address",)),
        Text("mail_city", ("Mailing City",)),
        Text("mail_state", ("Mailing State",)),
        Zip(zip5="mail_zip5", column="Mailing Zip"),
        Text("mail_country", ("Mailing Country",)),
    ),
)

HISTORY = Variant(
    name="sd-history",
    state="SD",
    role=Role.HISTORY,
    delimiter=",",
    quoted=True,
    header=True,
    columns=("VoterID", "ElectionDate", "ElectionType", "vhVoteType"),
    key="VoterID",
    file_name=re.compile(r".*history.*\.(?:csv|txt)", re.IGNORECASE),
    example_name="Voter_History_{date}.csv",
    rules=(
        Text("state_voter_id", ("VoterID",)),
        Date("election_date", "ElectionDate", _DAYS),
        ByPattern(
            "election_type", "ElectionType", ELECTION_TYPES, "other", _TYPE_NAMES
        ),
    ),
)

LAYOUT = Layout(
    state="SD",
    source="South Dakota Secretary of State, statewide voter list and history, 2020",
    county_codes=named("SD"),
    variants=(VOTERS, HISTORY),
    notes=(
        "Codes of status, of election types and of ways to vote are not established.",
        "The format of days in the history is not established: two are tried.",
        "The state has one seat in the House: no congressional district is given.",
    ),
    territory=Territory(
        us_house=1,
        state_senate=35,
        state_house=35,
        zips=(57001, 57799),
        area_codes=("605",),
        large={46099: 120, 46103: 75, 46083: 45},
    ),
)

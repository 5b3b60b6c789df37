"""Wyoming: one comma file of voters; a file for each election, whose header differs.

Voters have no birth, no status and no congressional district: there is but one. The
history's columns are known under all names that they have had.
"""

import re

from states.layouts.counties import named
from states.layouts.declaration import Layout, Role, Territory, Variant, names
from states.layouts.rules import (
    Code,
    Constant,
    County,
    Date,
    District,
    MailLines,
    Text,
    TypeByDay,
    Zip,
)

PARTIES = {
    "DEMOCRATIC": "D",
    "REPUBLICAN": "R",
    "LIBERTARIAN": "L",
    "CONSTITUTION": "C",
    "UNAFFILIATED": "N",
}
_DAYS = ("%m/%d/%Y", "%Y-%m-%d")

VOTERS = Variant(
    name="wy-voters",
    state="WY",
    role=Role.VOTERS,
    delimiter=",",
    quoted=True,
    header=True,
    columns=names(
        """
        Voter ID | Last Name | First Name | Middle Name | Name Suffix | Details (RA) |
        City (RA) | Zip (RA) | Split | Precinct | County | Details (MA) | City (MA) |
        State (MA) | ZIP (MA) | Country (MA) | Registration Date | Political Party |
        House | Senate
        """,
        "|",
    ),
    key="Voter ID",
    file_name=re.compile(r".*voter.*\.(?:csv|txt)", re.IGNORECASE),
    example_name="Statewide_Voters_{date}.csv",
    rules=(
        Text("state_voter_id", ("Voter ID",)),
        Text("first_name", ("First Name",)),
        Text("middle_name", ("Middle Name",)),
        Text("last_name", ("Last Name",)),
        Text("name_suffix", ("Name Suffix",)),
        Date("registration_date", "Registration Date", "%m/%d/%Y"),
        Code(target="party", column="Political Party", table=PARTIES, otherwise="O"),
        Constant("party_basis", "registered"),
        County("County", named("WY")),
        Text("precinct_code", ("Precinct",)),
        District("state_senate_district", "Senate"),
        District("state_house_district", "House"),
        Text("res_address", ("Details (RA)",)),
        Text("res_city", ("City (RA)",)),
        Constant("res_state", "WY"),
        Zip(zip5="res_zip5", column="Zip (RA)", zip4="res_zip4"),
        MailLines(("Details (MA)",)),
        Text("mail_city", ("City (MA)",)),
        Text("mail_state", ("State (MA)",)),
        Zip(zip5="mail_zip5", column="ZIP (MA)"),
        Text("mail_country", ("Country (MA)",)),
    ),
)


def _history(name: str, delimiter: str) -> Variant:
    return Variant(
        name=name,
        state="WY",
        role=Role.HISTORY,
        delimiter=delimiter,
        quoted=delimiter == ",",
        header=True,
        columns=(
            "Voter ID",
            "Political Party",
            "Election Date",
            "Vote Method",
            "Precinct",
        ),
        key="Voter ID",
        aliases={
            "VOTER_ID": "Voter ID",
            "PARTY": "Political Party",
            "REGISTERED_PARTY": "Political Party",
            "PRIMARY_ELECTION_DATE": "Election Date",
            "VOTE_METHOD": "Vote Method",
            "Voter Method": "Vote Method",
        },
        optional=frozenset({"Political Party", "Vote Method", "Precinct"}),
        file_name=re.compile(r".*(?:history|election).*\.(?:csv|txt)", re.IGNORECASE),
        example_name="Election_History_{date}.csv",
        rules=(
            Text("state_voter_id", ("Voter ID",)),
            Date("election_date", "Election Date", _DAYS),
            TypeByDay("Election Date", _DAYS),
        ),
    )


LAYOUT = Layout(
    state="WY",
    source="Wyoming Secretary of State, statewide voters and election files, 2020",
    county_codes=named("WY"),
    variants=(VOTERS, _history("wy-history", ","), _history("wy-history-tab", "\t")),
    notes=(
        "Codes of the vote method are not established: votes carry none.",
        "The party in the history is that of the registration: votes carry none.",
        "History names no election type: only November's general is told, by its day.",
    ),
    territory=Territory(
        us_house=1,
        state_senate=31,
        state_house=62,
        zips=(82001, 83128),
        area_codes=("307",),
        large={56021: 50, 56025: 40, 56005: 23},
    ),
)

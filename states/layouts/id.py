"""Idaho: one list with eight elections, which whoever orders it chooses, five columns each.

The layout of 2018 gives names and greatest lengths of the columns and not how they are
parted: by a sign, or at fixed places. The list has ages, which are no births. The
words for parties and for ways to vote are not established: the usual ones are read.
"""

import re

from states.layouts.counties import named
from states.layouts.declaration import (
    Entries,
    Layout,
    Place,
    Role,
    Territory,
    Variant,
    VoteCodes,
    names,
)
from states.layouts.rules import (
    ByPattern,
    Code,
    Constant,
    County,
    Date,
    District,
    Phone,
    Rule,
    Street,
    Text,
    Zip,
)

PARTIES = {
    "REP": "R",
    "DEM": "D",
    "LIB": "L",
    "CON": "C",
    "UNA": "N",
    "REPUBLICAN": "R",
    "DEMOCRATIC": "D",
    "LIBERTARIAN": "L",
    "CONSTITUTION": "C",
    "UNAFFILIATED": "N",
}
GENDERS = {"F": "F", "M": "M", "U": "U"}
METHODS = {
    "POLLS": "election_day",
    "EARLY": "early",
    "ABSENTEE": "mail",
    "MAIL": "mail",
    "PROVISIONAL": "provisional",
}
ELECTION_TYPES = (
    (r"RUNOFF", "runoff"),
    (r"PRESIDENTIAL PRIMARY", "presidential_primary"),
    (r"PRIMARY", "primary"),
    (r"SPECIAL", "special"),
    (r"CITY|MUNICIPAL", "municipal"),
    (r"GENERAL", "general"),
)
_TYPE_NAMES = {
    "general": "GENERAL ELECTION",
    "primary": "PRIMARY ELECTION",
    "presidential_primary": "PRESIDENTIAL PRIMARY",
    "runoff": "RUNOFF ELECTION",
    "special": "SPECIAL ELECTION",
    "municipal": "CITY ELECTION",
    "other": "OTHER",
}
_SLOT = ("ELECTION DATE", "ELECTION NAME", "VOTED", "PARTY VOTED", "BALLOT TYPE")

ENTRIES = Entries(
    parts=("day", "name", "voted", "party", "how"),
    places=tuple(Place(tuple(f"{name} {at}" for name in _SLOT)) for at in range(1, 9)),
    # The elections stand in every row; who voted has a mark.
    present="voted",
    vote_codes=VoteCodes(
        column="voted",
        votes=frozenset({"Y", "YES", "X", "TRUE", "1"}),
        not_votes=frozenset({"N", "NO", "FALSE", "0"}),
    ),
    rules=(
        Date("election_date", "day", "%m/%d/%Y"),
        ByPattern("election_type", "name", ELECTION_TYPES, "other", _TYPE_NAMES),
        Code(target="party", column="party", table=PARTIES, raw=False),
        Code(
            target="method", column="how", table=METHODS, otherwise="other", raw=False
        ),
    ),
)

_OWN = names(
    """
    VOTER ID | LAST NAME | FIRST NAME | MIDDLE NAME | SUFFIX | STREET NUMBER |
    STREET NAME | UNIT | STREET NAME 2 | STREET NAME 3 | CITY | STATE | ZIP CODE |
    ZIP4 CODE | MAILING STREET NUMBER | MAILING STREET NAME1 | MAILING UNIT |
    MAILING STREET NAME2 | MAILING STREET NAME3 | MAILING CITY | MAILING STATE |
    MAILING ZIP CODE | MAILING ZIP4 CODE | MAILING COUNTRY | GENDER | AGE |
    REGISTRATION DATE | TELEPHONE NUMBER | COUNTY NAME | COUNTY PRECINCT |
    STATE LEGISLATIVE DISTRICT | CONGRESSIONAL DISTRICT | PARTY
    """,
    "|",
)
COLUMNS = (*_OWN, *(name for place in ENTRIES.places for name in place.columns))
WIDTHS = (
    *(9, 40, 30, 30, 5, 10, 50, 8, 50, 50, 30, 2, 5, 4, 10, 50, 8, 50, 50, 30, 2, 5, 4),
    *(30, 1, 3, 10, 10, 30, 10, 15, 15, 15),
    *(8 * (10, 40, 10, 15, 15)),
)

RULES: tuple[Rule, ...] = (
    Text("state_voter_id", ("VOTER ID",)),
    Text("first_name", ("FIRST NAME",)),
    Text("middle_name", ("MIDDLE NAME",)),
    Text("last_name", ("LAST NAME",)),
    Text("name_suffix", ("SUFFIX",)),
    Date("registration_date", "REGISTRATION DATE", "%m/%d/%Y"),
    Code(target="party", column="PARTY", table=PARTIES, otherwise="O"),
    Constant("party_basis", "registered"),
    County("COUNTY NAME", named("ID")),
    Text("precinct_code", ("COUNTY PRECINCT",)),
    District("us_house_district", "CONGRESSIONAL DISTRICT"),
    # One district elects a senator and two representatives.
    District("state_senate_district", "STATE LEGISLATIVE DISTRICT"),
    District("state_house_district", "STATE LEGISLATIVE DISTRICT"),
    Street(
        target="res_address",
        columns=("STREET NUMBER", "STREET NAME"),
        number="STREET NUMBER",
        name="STREET NAME",
    ),
    Text("res_address2", ("UNIT",)),
    Text("res_city", ("CITY",)),
    Text("res_state", ("STATE",)),
    Zip(zip5="res_zip5", column="ZIP CODE", zip4="res_zip4", plus4="ZIP4 CODE"),
    Code(target="gender", column="GENDER", table=GENDERS),
    Phone(("TELEPHONE NUMBER",)),
    Street(
        target="mail_line1",
        columns=("MAILING STREET NUMBER", "MAILING STREET NAME1"),
        number="MAILING STREET NUMBER",
        name="MAILING STREET NAME1",
    ),
    Text("mail_line2", ("MAILING UNIT", "MAILING STREET NAME2")),
    Text("mail_city", ("MAILING CITY",)),
    Text("mail_state", ("MAILING STATE",)),
    Zip(zip5="mail_zip5", column="MAILING ZIP CODE"),
    Text("mail_country", ("MAILING COUNTRY",)),
)


def _voters(name: str, delimiter: str) -> Variant:
    return Variant(
        name=name,
        state="ID",
        role=Role.VOTERS,
        delimiter=delimiter,
        quoted=bool(delimiter),
        header=bool(delimiter),
        widths=() if delimiter else WIDTHS,
        examples={}
        if delimiter
        else {
            "VOTER ID": re.compile(r"\d{1,9}"),
            "REGISTRATION DATE": re.compile(r"(?:\d{2}/\d{2}/\d{4})?"),
        },
        columns=COLUMNS,
        key="VOTER ID",
        entries=ENTRIES,
        file_name=re.compile(r".*voter.*\.(?:csv|txt)", re.IGNORECASE),
        example_name="VoterData.txt",
        rules=RULES,
    )


LAYOUT = Layout(
    state="ID",
    source="Idaho Secretary of State, voter data record layout, December 2018",
    county_codes=named("ID"),
    variants=(
        _voters("id-voters", ","),
        _voters("id-voters-tab", "\t"),
        _voters("id-voters-pipe", "|"),
        _voters("id-voters-fixed", ""),
    ),
    notes=(
        "Whether a sign parts the columns is not established: fixed places are read too.",
        "Words for parties, ways to vote and who voted are not established.",
        "No status is given, and ages instead of births.",
    ),
    territory=Territory(
        us_house=2,
        state_senate=35,
        state_house=35,
        zips=(83201, 83877),
        area_codes=("208", "986"),
        voter_id="{number}",
        large={16001: 320, 16027: 130, 16055: 110, 16019: 65},
    ),
)

"""Iowa: about twelve comma parts, of which the first alone has a header.

The header has names several times, in places with spaces for underlines. Five elections
of each of six kinds stand in the row, a day and a way to vote each, a primary with
the party of the ballot. Lines may end in up to ten delimiters too many.
"""

import re
from collections import Counter

from states.layouts.counties import named
from states.layouts.declaration import (
    Entries,
    Layout,
    Place,
    Role,
    Territory,
    Variant,
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
    Zip,
)

_DAYS = "%m/%d/%Y"
STATUSES = {
    "ACTIVE": "active",
    "INACTIVE": "inactive",
    "PENDING": "pending",
    "PRE-REGISTERED": "preregistered",
}
PARTIES = {"DEM": "D", "REP": "R", "LIB": "L", "NP": "N"}
GENDERS = {"F": "F", "M": "M", "U": "U", "FEMALE": "F", "MALE": "M"}
METHODS = {"P": "election_day", "A": "mail"}
_KINDS = {
    "GENERAL": "general",
    "PRIMARY": "primary",
    "SCHOOL": "municipal",
    "CITY": "municipal",
    "SPECIAL": "special",
    "CITY/SCHOOL": "municipal",
}
_EACH = 5


def _group(kind: str) -> tuple[str, ...]:
    own = (f"{kind}_ELECTION_DATE", f"{kind}_VOTERVOTEMETHOD")
    ballot = ("POLITICAL_PARTY", "POLITICAL_ORGANIZATION")
    return own + ballot if kind == "PRIMARY" else own


def _numbered(listed: tuple[str, ...]) -> tuple[str, ...]:
    """Tell apart the columns of one name: the first has it, the others have a number too."""
    met: Counter[str] = Counter()
    told = []
    for name in listed:
        met[name] += 1
        told.append(name if met[name] == 1 else f"{name} ({met[name]})")
    return tuple(told)


_HEADER = (
    *names(
        """
        REGN_NUM FIRST_NAME MIDDLE_NAME LAST_NAME NAME_SUFFIX EFF_REGN_DATE
        LAST_UPDATED_DATE OLD_ID PHONENO HOUSE_NUM HOUSE_SUFFIX PRE_DIR STREET_NAME
        STREET_TYPE POST_DIR UNIT_TYPE UNIT_NUM ADDRESS_NON_STD CITY STATE ZIP_CODE
        ZIP_PLUS MAILING_ADDRESS CITY STATE ZIP_CODE ZIP_PLUS VOTERSTATUS PARTY
        POLITICAL_ORGANIZATION GENDER BIRTHDATE COUNTY FEDERAL CONGRESSIONAL STATEWIDE
        STATE_SENATE STATE_HOUSE JUDICIAL PRECINCT COUNTY_SUPERVISOR COUNTYWIDE TOWNSHIP
        CITY_COUNCIL_WARD CITY COMMUNITY_COLLEGE_DIRECTOR COMMUNITY_COLLEGE
        SCHOOL_DIRECTOR SCHOOL SANITARY AGRICULTURAL_EXTENSION SOIL_AND_WATER WATER FIRE
        LAND LAKE
        """
    ),
    "LOSST - CONTIGUOUS CITIES",
    *names("RECREATIONAL RURAL_IMPROVEMENT_ZONE SEWER LIGHT MISCELLANEOUS"),
    *(name for kind in _KINDS for _ in range(_EACH) for name in _group(kind)),
)
COLUMNS = _numbered(_HEADER)


def _places() -> tuple[Place, ...]:
    """Give the places of elections: those of the primaries have the ballot's party."""
    found, at = [], COLUMNS.index("GENERAL_ELECTION_DATE")
    for kind in _KINDS:
        size = len(_group(kind))
        for start in range(at, at + _EACH * size, size):
            party = COLUMNS[start + 2] if size > 2 else ""
            found.append(Place((*COLUMNS[start : start + 2], party), (kind,)))
        at += _EACH * size
    return tuple(found)


ENTRIES = Entries(
    parts=("day", "how", "party", "kind"),
    places=_places(),
    rules=(
        Date("election_date", "day", _DAYS),
        Code(target="election_type", column="kind", table=_KINDS, raw=False),
        Code(
            target="method", column="how", table=METHODS, otherwise="other", raw=False
        ),
        Code(target="party", column="party", table=PARTIES, raw=False),
    ),
)


def _voters(name: str, *, header: bool) -> Variant:
    return Variant(
        name=name,
        state="IA",
        role=Role.VOTERS,
        delimiter=",",
        quoted=True,
        header=header,
        trailing=10,
        columns=COLUMNS,
        key="REGN_NUM",
        aliases={one.replace("_", " "): one for one in COLUMNS if "_" in one},
        examples={
            "REGN_NUM": re.compile(r"\d{1,12}"),
            "EFF_REGN_DATE": re.compile(r"(?:\d{1,2}/\d{1,2}/\d{4}.*)?"),
            "STATE": re.compile(r"(?:IA)?"),
        },
        entries=ENTRIES,
        file_name=re.compile(r".*part.*\.(?:csv|txt)", re.IGNORECASE),
        example_name="IA_Voters_{date}_Part1.csv",
        rules=(
            Text("state_voter_id", ("REGN_NUM",)),
            Text("first_name", ("FIRST_NAME",)),
            Text("middle_name", ("MIDDLE_NAME",)),
            Text("last_name", ("LAST_NAME",)),
            Text("name_suffix", ("NAME_SUFFIX",)),
            Code(
                target="status",
                column="VOTERSTATUS",
                table=STATUSES,
                otherwise="other",
            ),
            Date("registration_date", "EFF_REGN_DATE", _DAYS),
            Code(target="party", column="PARTY", table=PARTIES, otherwise="O"),
            Constant("party_basis", "registered"),
            County("COUNTY", named("IA")),
            Text("precinct_code", ("PRECINCT",)),
            Text("municipality", ("CITY (3)", "TOWNSHIP")),
            Text("ward", ("CITY_COUNCIL_WARD",)),
            Text("school_district", ("SCHOOL",)),
            District("us_house_district", "CONGRESSIONAL"),
            District("state_senate_district", "STATE_SENATE"),
            District("state_house_district", "STATE_HOUSE"),
            Street(
                target="res_address",
                columns=(
                    "HOUSE_NUM",
                    "HOUSE_SUFFIX",
                    "PRE_DIR",
                    "STREET_NAME",
                    "STREET_TYPE",
                    "POST_DIR",
                ),
                number="HOUSE_NUM",
                name="STREET_NAME",
            ),
            Street(
                target="res_address2",
                columns=("UNIT_TYPE", "UNIT_NUM"),
                number="UNIT_TYPE",
                name="UNIT_NUM",
            ),
            Text("res_city", ("CITY",)),
            Text("res_state", ("STATE",)),
            Zip(zip5="res_zip5", column="ZIP_CODE", zip4="res_zip4", plus4="ZIP_PLUS"),
            BirthDate("BIRTHDATE", _DAYS),
            Code(target="gender", column="GENDER", table=GENDERS),
            Phone(("PHONENO",)),
            MailLines(("MAILING_ADDRESS",)),
            Text("mail_city", ("CITY (2)",)),
            Text("mail_state", ("STATE (2)",)),
            Zip(zip5="mail_zip5", column="ZIP_CODE (2)"),
        ),
    )


LAYOUT = Layout(
    state="IA",
    source="Iowa Secretary of State, voter list with history, 2026",
    county_codes=named("IA"),
    variants=(
        _voters("ia-voters", header=True),
        _voters("ia-voters-part", header=False),
    ),
    notes=(
        "The order of the groups of elections is to be verified on a file.",
        "Ways to vote but absentee, and words for statuses, are not established.",
        "School elections are municipal: the co-op knows no kind of their own.",
    ),
    territory=Territory(
        us_house=4,
        state_senate=50,
        state_house=100,
        zips=(50001, 52809),
        area_codes=("319", "515", "563", "641", "712"),
        voter_id="{number:09d}",
        large={19153: 330, 19113: 150, 19163: 120, 19103: 105},
    ),
)

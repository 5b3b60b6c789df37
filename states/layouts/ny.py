"""New York: one comma file without a header; its votes are one free text.

The text lists elections parted by semicolons, worded differently in each county. Where
a wording gives no day, a general election's follows from its year; that of a primary
does so only where the state held a single one. CON is the Conservative party and IND
the Independence party, both O; BLK is no party. Confidential records are left out.
"""

import datetime as dt
import re

from states.layouts.counties import numbered
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
    NamedElection,
    Street,
    Text,
    Zip,
)

COUNTIES = numbered(
    "NY",
    "SARATOGA",
    "SCHENECTADY",
    "SCHOHARIE",
    "SCHUYLER",
    "SENECA",
    "ST. LAWRENCE",
)
STATUSES = {
    "A": "active",
    "AM": "active",
    "AF": "active",
    "AP": "active",
    "AU": "active",
    "I": "inactive",
    "P": "removed",
    "17": "preregistered",
    "ACTIVE": "active",
    "INACTIVE": "inactive",
    "PURGED": "removed",
    "PREREG": "preregistered",
}
PARTIES = {
    "DEM": "D",
    "REP": "R",
    "CON": "O",
    "WOR": "O",
    "IND": "O",
    "GRE": "G",
    "REF": "O",
    "WEP": "O",
    "SAM": "O",
    "OTH": "O",
    "BLK": "N",
}
GENDERS = {"F": "F", "M": "M", "X": "X", "U": "U"}

_TYPES = {
    "GENERAL ELECTION": "general",
    "GENERAL": "general",
    "GE": "general",
    "PRIMARY ELECTION": "primary",
    "PRIMARY": "primary",
    "PE": "primary",
    "PRESIDENTIAL PRIMARY": "presidential_primary",
    "PRESIDENTIAL PRIMARY ELECTION": "presidential_primary",
    "PP": "presidential_primary",
    "SPECIAL ELECTION": "special",
    "SPECIAL": "special",
    "SE": "special",
}
_WORD = "(?P<type>" + "|".join(sorted(_TYPES, key=len, reverse=True)) + ")"
_YEAR = r"(?P<year>\d{4}|\d{2})"
# Years with one primary for all offices but the president's (public calendar).
_PRIMARIES = {
    2019: dt.date(2019, 6, 25),
    2020: dt.date(2020, 6, 23),
    2021: dt.date(2021, 6, 22),
    2023: dt.date(2023, 6, 27),
    2024: dt.date(2024, 6, 25),
    2025: dt.date(2025, 6, 24),
}

ENTRIES = Entries(
    parts=("entry",),
    places=(Place(("VoterHistory",)),),
    separator=";",
    rules=(
        NamedElection(
            column="entry",
            patterns=(
                re.compile(rf"(?P<date>\d{{8}}) {_WORD}"),
                re.compile(rf"{_WORD} (?P<date>\d{{8}})"),
                re.compile(rf"{_YEAR} {_WORD}"),
                re.compile(rf"{_WORD} {_YEAR}"),
            ),
            types=_TYPES,
            names={
                "general": "{year} GENERAL ELECTION",
                "primary": "{date} PE",
                "presidential_primary": "{date} PP",
                "special": "{date} SE",
            },
            days={("primary", year): day for year, day in _PRIMARIES.items()},
        ),
    ),
)

COLUMNS = names(
    """
    LASTNAME FIRSTNAME MIDDLENAME NAMESUFFIX RADDNUMBER RHALFCODE RPREDIRECTION
    RSTREETNAME RPOSTDIRECTION RAPARTMENTTYPE RAPARTMENT RADDRNONSTD RCITY RZIP5 RZIP4
    MAILADD1 MAILADD2 MAILADD3 MAILADD4 DOB GENDER ENROLLMENT OTHERPARTY COUNTYCODE ED
    LD TOWNCITY WARD CD SD AD LASTVOTEDDATE PREVYEARVOTED PREVCOUNTY PREVADDRESS
    PREVNAME COUNTYVRNUMBER REGDATE VRSOURCE IDREQUIRED IDMET STATUS REASONCODE
    INACT_DATE PURGE_DATE SBOEID VoterHistory
    """
)

OLD_COLUMNS = names(
    """
    LASTNAME FIRSTNAME MIDDLENAME NAMESUFFIX RADDNUMBER RHALFCODE RAPARTMENT
    RPREDIRECTION RSTREETNAME RPOSTDIRECTION RCITY RZIP5 RZIP4 MAILADD1 MAILADD2
    MAILADD3 MAILADD4 DOB GENDER ENROLLMENT OTHERPARTY COUNTYCODE ED LD TOWNCITY WARD CD
    SD AD LASTVOTEDDATE PREVYEARVOTED PREVCOUNTY PREVADDRESS PREVNAME COUNTYVRNUMBER
    REGDATE VRSOURCE IDREQUIRED IDMET STATUS REASONCODE INACT_DATE PURGE_DATE SBOEID
    VoterHistory
    """
)

_DAY = re.compile(r"\d{8}|")


def _voters(name: str, columns: tuple[str, ...], unit: tuple[str, ...]) -> Variant:
    return Variant(
        name=name,
        state="NY",
        role=Role.VOTERS,
        delimiter=",",
        quoted=True,
        columns=columns,
        key="SBOEID",
        examples={
            "SBOEID": re.compile(r"NY\d{18}"),
            "DOB": _DAY,
            "REGDATE": _DAY,
            "COUNTYCODE": re.compile(r"\d{1,2}|"),
        },
        entries=ENTRIES,
        file_name=re.compile(r"AllNYSVoters.*\.(?:txt|csv)", re.IGNORECASE),
        example_name="AllNYSVoters_{date}.txt",
        rules=(
            Text("state_voter_id", ("SBOEID",)),
            Text("county_voter_id", ("COUNTYVRNUMBER",)),
            Text("first_name", ("FIRSTNAME",)),
            Text("middle_name", ("MIDDLENAME",)),
            Text("last_name", ("LASTNAME",)),
            Text("name_suffix", ("NAMESUFFIX",)),
            Code(target="status", column="STATUS", table=STATUSES, otherwise="other"),
            Date("registration_date", "REGDATE", "%Y%m%d"),
            Code(target="party", column="ENROLLMENT", table=PARTIES, otherwise="O"),
            Constant("party_basis", "registered"),
            County("COUNTYCODE", COUNTIES),
            Text("precinct_code", ("ED",)),
            Text("municipality", ("TOWNCITY",)),
            Text("ward", ("WARD",)),
            District("us_house_district", "CD"),
            District("state_senate_district", "SD"),
            District("state_house_district", "AD"),
            Street(
                target="res_address",
                columns=(
                    "RADDNUMBER",
                    "RHALFCODE",
                    "RPREDIRECTION",
                    "RSTREETNAME",
                    "RPOSTDIRECTION",
                ),
                number="RADDNUMBER",
                name="RSTREETNAME",
            ),
            Street(target="res_address2", columns=unit, number=unit[0], name=unit[-1]),
            Text("res_city", ("RCITY",)),
            Constant("res_state", "NY"),
            Zip(zip5="res_zip5", column="RZIP5", zip4="res_zip4", plus4="RZIP4"),
            BirthDate("DOB", "%Y%m%d"),
            Code(target="gender", column="GENDER", table=GENDERS),
            MailLines(("MAILADD1", "MAILADD2", "MAILADD3", "MAILADD4")),
        ),
    )


_UNIT = ("RAPARTMENTTYPE", "RAPARTMENT")

LAYOUT = Layout(
    state="NY",
    source="New York State Board of Elections, voter file layouts of 2021 and before",
    county_codes=COUNTIES,
    variants=(
        _voters("ny-voters", COLUMNS, _UNIT),
        _voters("ny-voters-49", (*COLUMNS, "UNNAMED 1", "UNNAMED 2"), _UNIT),
        _voters("ny-voters-45", OLD_COLUMNS, ("RAPARTMENT",)),
    ),
    notes=(
        "What the two further columns of 49 hold is not established: they are not read.",
        "Votes in local wordings, and in years with several primaries, have no day.",
    ),
    territory=Territory(
        us_house=26,
        state_senate=63,
        state_house=150,
        zips=(10001, 14925),
        area_codes=("212", "718", "516", "585"),
        voter_id="NY{number:018d}",
        large={36047: 1600, 36081: 1300, 36061: 1150, 36103: 1090, 36059: 1050},
    ),
)

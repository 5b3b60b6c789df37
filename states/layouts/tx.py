"""Texas: lines of three fixed lengths mixed in one delivery, comma files since 2025.

The state registers no party. A file of votes has the voter's record with an election's
19 letters behind it, one line a vote. Offsets follow from the widths: the published
start positions are one too high after the precinct. A line of 666 letters has status
and effective date in either order, told by what stands there. Rejected ballots (AX, PX)
and those only received (AB) are no votes. The registration's effective day is taken as
its day.
"""

import re

from states.layouts.counties import numbered
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
    Code,
    Constant,
    County,
    Date,
    MailLines,
    Rule,
    Street,
    Text,
    Zip,
)

COUNTIES = numbered("TX", digits=3)
STATUSES = {"V": "active", "S": "inactive", "C": "removed"}
GENDERS = {"F": "F", "M": "M", "U": "U"}
ELECTION_TYPES = {
    "GE": "general",
    "CP": "primary",
    "RU": "runoff",
    "SE": "special",
    "LO": "municipal",
    "PO": "primary",
    "LR": "runoff",
}
PARTIES = {"D": "D", "R": "R", "L": "L", "G": "G", "DEM": "D", "REP": "R"}
METHODS = {"EV": "early", "ED": "election_day", "AV": "mail", "PB": "provisional"}

_TAIL = {
    "Election_Date": 8,
    "Election_Type": 2,
    "Election_Party": 3,
    "Election_Voting_Method": 6,
}
FULL = {
    "County_Code": 3,
    "Precinct": 10,
    "VUID": 10,
    "Last_Name": 50,
    "First_Name": 50,
    "Middle_Name": 50,
    "Former_Last_Name": 50,
    "Suffix": 4,
    "Gender": 1,
    "Date_of_Birth": 8,
    "Permanent_House_Number": 9,
    "Permanent_Designator": 12,
    "Permanent_Directional_Prefix": 2,
    "Permanent_Street_Name": 50,
    "Permanent_Street_Type": 12,
    "Permanent_Directional_Suffix": 2,
    "Permanent_Unit_Number": 12,
    "Permanent_Unit_Type": 12,
    "Permanent_City": 50,
    "Permanent_Zipcode": 9,
    "Mailing_Address_1": 110,
    "Mailing_Address_2": 50,
    "Mailing_City": 50,
    "Mailing_State": 20,
    "Mailing_Zipcode": 20,
    "Effective_Date_of_Registration": 8,
    "Status_Code": 1,
    "Hispanic_Surname_Flag": 1,
    "Election_Date": 8,
    "Election_Type": 2,
    "Election_Party": 3,
    "Election_Voting_Method": 6,
}
CLASSIC = {name: width for name, width in FULL.items() if name not in _TAIL}
STATUS_FIRST = {
    "County_Code": 3,
    "Precinct": 10,
    "VUID": 10,
    "Last_Name": 50,
    "First_Name": 50,
    "Middle_Name": 50,
    "Former_Last_Name": 50,
    "Suffix": 4,
    "Gender": 1,
    "Date_of_Birth": 8,
    "Permanent_House_Number": 9,
    "Permanent_Designator": 12,
    "Permanent_Directional_Prefix": 2,
    "Permanent_Street_Name": 50,
    "Permanent_Street_Type": 12,
    "Permanent_Directional_Suffix": 2,
    "Permanent_Unit_Number": 12,
    "Permanent_Unit_Type": 12,
    "Permanent_City": 50,
    "Permanent_Zipcode": 9,
    "Mailing_Address_1": 110,
    "Mailing_Address_2": 50,
    "Mailing_City": 50,
    "Mailing_State": 20,
    "Mailing_Zipcode": 20,
    "Status_Code": 1,
    "Effective_Date_of_Registration": 8,
    "Hispanic_Surname_Flag": 1,
}
NARROW = {**FULL, "Precinct": 4}

_STREET = (
    "Permanent_House_Number",
    "Permanent_Designator",
    "Permanent_Directional_Prefix",
    "Permanent_Street_Name",
    "Permanent_Street_Type",
    "Permanent_Directional_Suffix",
)

_RULES: tuple[Rule, ...] = (
    Text("state_voter_id", ("VUID",)),
    Text("first_name", ("First_Name",)),
    Text("middle_name", ("Middle_Name",)),
    Text("last_name", ("Last_Name",)),
    Text("name_suffix", ("Suffix",)),
    Code(target="status", column="Status_Code", table=STATUSES, otherwise="other"),
    Date("registration_date", "Effective_Date_of_Registration", "%Y%m%d"),
    County("County_Code", COUNTIES),
    Text("precinct_code", ("Precinct",)),
    Street(
        target="res_address",
        columns=_STREET,
        number="Permanent_House_Number",
        name="Permanent_Street_Name",
    ),
    Street(
        target="res_address2",
        columns=("Permanent_Unit_Type", "Permanent_Unit_Number"),
        number="Permanent_Unit_Type",
        name="Permanent_Unit_Number",
    ),
    Text("res_city", ("Permanent_City",)),
    Constant("res_state", "TX"),
    Zip(zip5="res_zip5", column="Permanent_Zipcode", zip4="res_zip4"),
    BirthDate("Date_of_Birth", "%Y%m%d"),
    Code(target="gender", column="Gender", table=GENDERS),
    MailLines(("Mailing_Address_1", "Mailing_Address_2")),
    Text("mail_city", ("Mailing_City",)),
    Text("mail_state", ("Mailing_State",)),
    Zip(zip5="mail_zip5", column="Mailing_Zipcode"),
)
_VOTE_RULES: tuple[Rule, ...] = (
    Text("state_voter_id", ("VUID",)),
    Date("election_date", "Election_Date", "%Y%m%d"),
    Code(
        target="election_type",
        column="Election_Type",
        table=ELECTION_TYPES,
        otherwise="other",
        blank="other",
        raw=False,
    ),
    Code(target="party", column="Election_Party", table=PARTIES, raw=False),
    Code(target="method", column="Election_Voting_Method", table=METHODS, raw=False),
)

_BLANK, _DAY = re.compile(r""), re.compile(r"\d{8}")
_IDENTITY = {
    "County_Code": re.compile(r"\d{1,3}|"),
    "VUID": re.compile(r"\d{10}"),
    "Status_Code": re.compile(r"[A-Z]?"),
    "Effective_Date_of_Registration": re.compile(r"\d{8}|"),
}


def _voters(name: str, widths: dict[str, int]) -> Variant:
    tail = {"Election_Date": _BLANK} if "Election_Date" in widths else {}
    return Variant(
        name=name,
        state="TX",
        role=Role.VOTERS,
        columns=tuple(widths),
        widths=tuple(widths.values()),
        key="VUID",
        examples=_IDENTITY | tail,
        file_name=re.compile(r"[\w. -]+\.txt", re.IGNORECASE),
        example_name="{county}_{date}_V.txt",
        rules=_RULES,
    )


def _history(name: str, widths: dict[str, int]) -> Variant:
    return Variant(
        name=name,
        state="TX",
        role=Role.HISTORY,
        columns=tuple(widths),
        widths=tuple(widths.values()),
        key="VUID",
        examples={
            "County_Code": re.compile(r"\d{1,3}|"),
            "VUID": re.compile(r"\d{10}"),
            "Election_Date": _DAY,
            "Election_Voting_Method": re.compile(r"[A-Z]{0,6}"),
        },
        vote_codes=VoteCodes(
            column="Election_Voting_Method",
            votes=frozenset(METHODS),
            not_votes=frozenset({"AX", "PX", "AB"}),
        ),
        file_name=re.compile(r"[\w. -]+\.txt", re.IGNORECASE),
        example_name="{county}_{date}_VH.txt",
        rules=_VOTE_RULES,
    )


_DAYS = ("%Y%m%d", "%Y-%m-%d")

VOTERS_CSV = Variant(
    name="tx-voters-2025",
    state="TX",
    role=Role.VOTERS,
    delimiter=",",
    quoted=True,
    header=True,
    columns=names(
        """
    county_code precinct vuid last_name first_name mid_name former_last suff gender dob
    residential_address mailing_address cd_status dt_effective_registration
    hispanic_surname
    """
    ),
    key="vuid",
    aliases={"edr": "dt_effective_registration"},
    optional=frozenset({"hispanic_surname", "former_last", "suff"}),
    file_name=re.compile(r"[\w. -]+\.(?:csv|txt)", re.IGNORECASE),
    rules=(
        Text("state_voter_id", ("vuid",)),
        Text("first_name", ("first_name",)),
        Text("middle_name", ("mid_name",)),
        Text("last_name", ("last_name",)),
        Text("name_suffix", ("suff",)),
        Code(target="status", column="cd_status", table=STATUSES, otherwise="other"),
        Date("registration_date", "dt_effective_registration", _DAYS),
        County("county_code", COUNTIES),
        Text("precinct_code", ("precinct",)),
        Text("res_address", ("residential_address",)),
        Constant("res_state", "TX"),
        BirthDate("dob", _DAYS),
        Code(target="gender", column="gender", table=GENDERS),
        MailLines(("mailing_address",)),
    ),
)

LAYOUT = Layout(
    state="TX",
    source="Texas Secretary of State, voter and voter history layouts, 2018 to 2025",
    county_codes=COUNTIES,
    variants=(
        _voters("tx-voters-685", FULL),
        _voters("tx-voters-679", NARROW),
        _voters("tx-voters-666", STATUS_FIRST),
        _voters("tx-voters-666-classic", CLASSIC),
        VOTERS_CSV,
        _history("tx-history-685", FULL),
        _history("tx-history-679", NARROW),
    ),
    notes=(
        "Order and days of the comma files are not established: found by name, both read.",
        "Their addresses are one text each, whose ZIP and city are not taken out of it.",
        "No district is given in any of the files.",
        "Codes of the party of a ballot beside R and D are not established.",
    ),
    territory=Territory(
        us_house=38,
        state_senate=31,
        state_house=150,
        zips=(75001, 79999),
        area_codes=("713", "214", "512", "210", "817"),
        voter_id="{number:010d}",
        large={48201: 2600, 48113: 1450, 48439: 1280, 48029: 1260, 48453: 890},
    ),
)

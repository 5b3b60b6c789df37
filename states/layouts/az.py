"""Arizona: one comma file, or one for each county; a column for every election.

A cell says how, and in a primary with which party's ballot, the vote was cast: ``E - DEM``.
Headers are spaced and worded differently from file to file. The year of birth stands
where the day was. A legislative district elects a senator and two members of the house.
"""

import datetime as dt
import re

from states.layouts.counties import named
from states.layouts.declaration import Entries, Layout, Role, Territory, Variant, names
from states.layouts.rules import (
    BirthDate,
    BirthYear,
    Code,
    Constant,
    County,
    Date,
    District,
    MailLines,
    NamedElection,
    Phone,
    Street,
    Text,
    Zip,
)

STATUSES = {
    "ACTIVE": "active",
    "INACTIVE": "inactive",
    "CANCELED": "removed",
    "CANCELLED": "removed",
}
PARTIES = {
    "DEM": "D",
    "REP": "R",
    "LBT": "L",
    "GRN": "G",
    "IND": "N",
    "PND": "N",
    "OTH": "O",
    "LIB": "O",
}
BALLOTS = {"DEM": "D", "REP": "R", "LBT": "L", "GRN": "G"}
METHODS = {"E": "early", "A": "mail", "P": "election_day", "PV": "provisional"}
_TYPES = {
    "PRIMARY": "primary",
    "GENERAL": "general",
    "PPE": "presidential_primary",
    "PRESIDENTIALPREFERENCE": "presidential_primary",
}
# Days that the columns' names do not tell (public calendar).
_DAYS = {
    ("primary", 2018): dt.date(2018, 8, 28),
    ("primary", 2020): dt.date(2020, 8, 4),
    ("primary", 2022): dt.date(2022, 8, 2),
    ("primary", 2024): dt.date(2024, 7, 30),
    ("presidential_primary", 2020): dt.date(2020, 3, 17),
    ("presidential_primary", 2024): dt.date(2024, 3, 19),
}
_WORD = "(?P<type>" + "|".join(_TYPES) + ")"
_GROUP = re.compile(
    rf"{_WORD}\d{{4}}|\d{{4}}{_WORD.replace('<type>', '<later>')}", re.IGNORECASE
)

ENTRIES = Entries(
    parts=("how", "party", "election"),
    joint=" - ",
    groups=_GROUP,
    rules=(
        NamedElection(
            column="election",
            patterns=(
                re.compile(rf"{_WORD}(?P<year>\d{{4}})"),
                re.compile(rf"(?P<year>\d{{4}}){_WORD}"),
            ),
            types=_TYPES,
            names={
                "general": "GENERAL{year}",
                "primary": "PRIMARY{year}",
                "presidential_primary": "{year}PRESIDENTIALPREFERENCE",
            },
            days=_DAYS,
        ),
        Code(
            target="method", column="how", table=METHODS, otherwise="other", raw=False
        ),
        Code(target="party", column="party", table=BALLOTS, raw=False),
    ),
)

COLUMNS = names(
    """
    RegistrantID RegistrationDate EffectiveDateofChange DOB LastName FirstName
    MiddleName Suffix Status StatusReason County HouseNumber StreetPrefix StreetName
    StreetType StreetSuffix UnitType UnitNumber ResidenceAddress ResidenceCity
    ResidenceState ResidenceZip MailingAddress MailingAddress2 MailingCity MailingState
    MailingZip MailingCountry Party PEVL Phone Occupation PrecinctPart Congressional
    BoardofSupervisors Legislative Municipal Precinct VRAZVoterID FedIDOnly FedNoID
    """
)
_DATES = ("%Y-%m-%d", "%m/%d/%Y")


def _voters(
    name: str, columns: tuple[str, ...], birth: BirthDate | BirthYear
) -> Variant:
    return Variant(
        name=name,
        state="AZ",
        role=Role.VOTERS,
        delimiter=",",
        quoted=True,
        header=True,
        columns=columns,
        key="RegistrantID",
        aliases={
            "Id": "RegistrantID",
            "NameSuffix": "Suffix",
            "MailingAddressLine2": "MailingAddress2",
            "AEVL": "PEVL",
            "RegistrantCounty": "County",
        },
        optional=frozenset({"Occupation", "FedIDOnly", "FedNoID", "VRAZVoterID"}),
        entries=ENTRIES,
        file_name=re.compile(r".*\.(?:csv|txt)", re.IGNORECASE),
        example_name="VoterFile_{date}.csv",
        rules=(
            Text("state_voter_id", ("RegistrantID",)),
            Text("first_name", ("FirstName",)),
            Text("middle_name", ("MiddleName",)),
            Text("last_name", ("LastName",)),
            Text("name_suffix", ("Suffix",)),
            Code(target="status", column="Status", table=STATUSES, otherwise="other"),
            Date("registration_date", "RegistrationDate", _DATES),
            Code(target="party", column="Party", table=PARTIES, otherwise="O"),
            Constant("party_basis", "registered"),
            County("County", named("AZ")),
            Text("precinct_code", ("Precinct",)),
            Text("municipality", ("Municipal",)),
            District("us_house_district", "Congressional"),
            District("state_senate_district", "Legislative"),
            District("state_house_district", "Legislative"),
            Street(
                target="res_address",
                columns=(
                    "HouseNumber",
                    "StreetPrefix",
                    "StreetName",
                    "StreetType",
                    "StreetSuffix",
                ),
                number="HouseNumber",
                name="StreetName",
            ),
            Street(
                target="res_address2",
                columns=("UnitType", "UnitNumber"),
                number="UnitType",
                name="UnitNumber",
            ),
            Text("res_city", ("ResidenceCity",)),
            Text("res_state", ("ResidenceState",)),
            Zip(zip5="res_zip5", column="ResidenceZip", zip4="res_zip4"),
            birth,
            Phone(("Phone",)),
            MailLines(("MailingAddress", "MailingAddress2")),
            Text("mail_city", ("MailingCity",)),
            Text("mail_state", ("MailingState",)),
            Zip(zip5="mail_zip5", column="MailingZip"),
        ),
    )


_YEAR = {"DOB": "DOB(Restricted)"}

LAYOUT = Layout(
    state="AZ",
    source="Arizona Secretary of State, statewide voter file, layouts to April 2026",
    county_codes=named("AZ"),
    variants=(
        _voters(
            "az-voters",
            tuple(_YEAR.get(name, name) for name in COLUMNS),
            BirthYear("DOB(Restricted)"),
        ),
        _voters("az-voters-2023", COLUMNS, BirthDate("DOB", _DATES)),
    ),
    notes=(
        "Exports of spring 2025 name elections EL1 to EL5: such columns are not read.",
        "Rows with the identifier 0 have been seen: the second of them is a reject.",
        "Counties' own files, and the layout from before 2020, which came as xlsx, are not declared.",
    ),
    territory=Territory(
        us_house=9,
        state_senate=30,
        state_house=30,
        zips=(85001, 86556),
        area_codes=("602", "480", "520", "928"),
        large={4013: 2500, 4019: 620, 4021: 260},
    ),
)

"""Arkansas: one comma file; four columns are appended for every election.

The group's first column repeats the election's name, or is blank: no vote. Codes are
padded with spaces. The database's key is the identifier, and the voter's visible one is
kept as the county's. Party is an optional question: O is no answer, like a blank.
"""

import datetime as dt
import re

from states.layouts.counties import named
from states.layouts.declaration import Entries, Layout, Role, Territory, Variant
from states.layouts.registrants import person_rules
from states.layouts.rules import (
    BirthDate,
    Code,
    Constant,
    County,
    Date,
    District,
    NamedElection,
    Text,
)

STATUSES = {
    "A": "active",
    "I": "inactive",
    "N": "other",
    "R": "removed",
    "S": "pending",
    "NR": "removed",
}
PARTIES = {
    "D": "D",
    "R": "R",
    "L": "L",
    "G": "G",
    "O": "N",
    "I": "N",
    "NON": "N",
    "RF": "O",
    "NP": "O",
    "S": "O",
    "U": "O",
    "IM": "O",
    "Y": "O",
}
BALLOTS = {"D": "D", "R": "R", "L": "L", "G": "G"}
METHODS = {
    "P": "election_day",
    "A": "mail",
    "E": "early",
    "V": "provisional",
    "B": "provisional",
    "Y": "provisional",
    "F": "other",
}
# Days that the columns' names do not tell (public calendar).
_DAYS = {
    ("presidential_primary", 2008): dt.date(2008, 2, 5),
    ("primary", 2010): dt.date(2010, 5, 18),
    ("primary", 2012): dt.date(2012, 5, 22),
    ("primary", 2014): dt.date(2014, 5, 20),
    ("primary", 2016): dt.date(2016, 3, 1),
    ("primary", 2018): dt.date(2018, 5, 22),
    ("primary", 2020): dt.date(2020, 3, 3),
    ("primary", 2022): dt.date(2022, 5, 24),
    ("primary", 2024): dt.date(2024, 3, 5),
}
_TYPES = {
    "PRESPRIMARY": "presidential_primary",
    "PRIMARYRUNOFF": "runoff",
    "PRIMARY": "primary",
    "GENERALRUNOFF": "runoff",
    "GENERAL": "general",
    "SPECIAL": "special",
}
_WORD = "(?P<type>" + "|".join(_TYPES) + ")"
_GROUP = re.compile(
    rf"(?:{_WORD}\d{{4}}|\d{{4}}{_WORD.replace('<type>', '<later>')})", re.IGNORECASE
)

ENTRIES = Entries(
    parts=("key", "county", "party", "how", "election"),
    present="key",
    groups=_GROUP,
    followers=("CountyVotedIn", "PartyVoted", "HowVoted"),
    rules=(
        NamedElection(
            column="election",
            patterns=(
                re.compile(rf"{_WORD}(?P<year>\d{{4}})"),
                re.compile(rf"(?P<year>\d{{4}}){_WORD}"),
            ),
            types=_TYPES,
            names={"general": "General{year}", "primary": "Primary{year}"},
            days=_DAYS,
        ),
        Code(target="method", column="how", table=METHODS, raw=False),
        Code(target="party", column="party", table=BALLOTS, raw=False),
    ),
)

_OTHER_NAMES = {
    "text_res_address_nbr": "TEXT_REGISTRANT_ADDRESS_NBR",
    "cde_street_type": "DESC_STREET_TYPE",
    "cde_res_unit_type": "DESC_UNIT_TYPE",
    "text_res_unit_nbr": "TEXT_RES_UNIT_NUBR",
}


def _spelled(column: str) -> str:
    return _OTHER_NAMES.get(column, column.upper())


COLUMNS = (
    "County",
    "Voter ID",
    "KEY_REGISTRANT",
    "CDE_REGISTRANT_STATUS",
    "CDE_REGISTRANT_REASON",
    "date_of_birth",
    "date_of_registration",
    "CDE_NAME_TITLE",
    "TEXT_NAME_LAST",
    "TEXT_NAME_FIRST",
    "TEXT_NAME_MIDDLE",
    "CDE_NAME_SUFFIX",
    "TEXT_REGISTRANT_ADDRESS_NBR",
    "TEXT_RES_ADDRESS_NBR_SUFFIX",
    "CDE_STREET_DIR_PREFIX",
    "TEXT_STREET_NAME",
    "DESC_STREET_TYPE",
    "CDE_STREET_DIR_SUFFIX",
    "DESC_UNIT_TYPE",
    "TEXT_RES_UNIT_NUBR",
    "TEXT_RES_CITY",
    "CDE_RES_STATE",
    "TEXT_RES_ZIP5",
    "TEXT_RES_ZIP4",
    "IND_MAIL",
    "TEXT_MAIL_ADDRESS1",
    "TEXT_MAIL_ADDRESS2",
    "TEXT_MAIL_ADDRESS3",
    "TEXT_MAIL_ADDRESS4",
    "TEXT_MAIL_CITY",
    "CDE_MAIL_STATE",
    "TEXT_MAIL_ZIP5",
    "TEXT_MAIL_ZIP4",
    "PrecinctName",
    "PrecinctDesignationCode",
    "PrecinctPartName",
    "PrecinctPartDesignationCode",
    "CDE_PARTY",
    "date_of_party_affiliation",
    "TEXT_PHONE_AREA_CODE",
    "TEXT_PHONE_EXCHANGE",
    "TEXT_PHONE_LAST_FOUR",
    "TEXT_RES_PHYSICAL_ADDRESS",
    "WaterBoardDistrict",
    "CongressionalDistrict",
    "StateSenateDistrict",
    "StateRepresentativeDistrict",
    "CourtOfAppealsDistrict",
    "JudicialDistrict",
    "JudicialDistrictSubdivision",
    "DistrictCourtDistrict",
    "TownshipDistrict",
    "JusticeOfThePeaceDistrict",
    "SchoolDistrict",
    "SchoolDistrictZone",
    "MunicipalityDistrict",
    "WardDistrict",
    "LeveeDistrict",
    "SuburbanImprovementDistrict",
    "SubordinateServicesDistrict",
    "SolidWasteDistrict",
    "TechnicalSchoolDistrict",
    "VolunteerFireDistrict",
    "DateLastVoted",
)


def _voters(name: str, *, header: bool) -> Variant:
    return Variant(
        name=name,
        state="AR",
        role=Role.VOTERS,
        delimiter=",",
        quoted=True,
        header=header,
        columns=COLUMNS,
        key="KEY_REGISTRANT",
        examples={
            "KEY_REGISTRANT": re.compile(r"\d+"),
            "CDE_REGISTRANT_STATUS": re.compile(r"[A-Z]{0,2}"),
            "date_of_registration": re.compile(r"\d{1,2}/\d{1,2}/\d{4}|"),
            "County": re.compile(
                "(?:" + "|".join(map(re.escape, named("AR"))) + ")(?: COUNTY)?",
                re.IGNORECASE,
            ),
        },
        entries=ENTRIES if header else None,
        file_name=re.compile(r".*\.(?:csv|txt)", re.IGNORECASE),
        example_name="VR_{date}.csv",
        rules=(
            Text("state_voter_id", ("KEY_REGISTRANT",)),
            Text("county_voter_id", ("Voter ID",)),
            Code(
                target="status",
                column="CDE_REGISTRANT_STATUS",
                table=STATUSES,
                otherwise="other",
            ),
            Date("registration_date", "date_of_registration", "%m/%d/%Y"),
            Code(
                target="party",
                column="CDE_PARTY",
                table=PARTIES,
                otherwise="O",
                blank="N",
            ),
            Constant("party_basis", "registered"),
            County("County", named("AR")),
            Text("precinct_code", ("PrecinctDesignationCode",)),
            Text("precinct_name", ("PrecinctName",)),
            Text("municipality", ("MunicipalityDistrict", "TownshipDistrict")),
            Text("ward", ("WardDistrict",)),
            Text("school_district", ("SchoolDistrict",)),
            District("us_house_district", "CongressionalDistrict"),
            District("state_senate_district", "StateSenateDistrict"),
            District("state_house_district", "StateRepresentativeDistrict"),
            BirthDate("date_of_birth", "%m/%d/%Y"),
            *person_rules(_spelled),
        ),
    )


LAYOUT = Layout(
    state="AR",
    source="Arkansas Secretary of State, voter registration file layout, 2020",
    county_codes=named("AR"),
    variants=(
        _voters("ar-voters", header=True),
        _voters("ar-voters-headerless", header=False),
    ),
    notes=(
        "Whether the file has a header is not established; without one it has no votes.",
        "Runoffs and special elections have no day: such votes are counted, not kept.",
    ),
    territory=Territory(
        us_house=4,
        state_senate=35,
        state_house=100,
        zips=(71601, 72959),
        area_codes=("501", "479", "870"),
        large={5119: 250, 5007: 170, 5143: 140},
    ),
)

"""New Jersey: comma files with a header, one for each county; history apart.

The format of days varies between counties and is told from each value. Since September
2024 only the year of birth is given. A legislative district elects a senator and two
members of the assembly, so it is both chambers'. Sex is told by the history alone.
"""

import re

from states.layouts.counties import named
from states.layouts.declaration import Layout, Role, Territory, Variant, names
from states.layouts.rules import (
    BirthDate,
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

STATUSES = {
    "ACTIVE": "active",
    "ACTIVE NEED ID": "active",
    "ACTIVE-FEDERAL ELECTION ONLY": "active",
    "INACTIVE": "inactive",
    "PENDING": "pending",
}
PARTIES = {
    "DEMOCRATIC": "D",
    "REPUBLICAN": "R",
    "UNAFFILIATED": "N",
    "LIBERTARIAN": "L",
    "LIBERTARIAN PARTY": "L",
    "GREEN": "G",
    "GREEN PARTY": "G",
    "CONSTITUTION": "C",
    "CONSTITUTION PARTY": "C",
}
METHODS = {
    "MACHINE": "election_day",
    "MAIL IN": "mail",
    "PROVISIONAL": "provisional",
    "EMERGENCY": "other",
}
ELECTION_TYPES = (
    (r"(?i)PRESIDENTIAL PRIMARY", "presidential_primary"),
    (r"(?i)PRIMARY", "primary"),
    (r"(?i)SPECIAL", "special"),
    (r"(?i)MUNICIPAL", "municipal"),
    (r"(?i)GENERAL", "general"),
)
_DAYS = ("%m/%d/%Y", "%Y-%m-%d")
_BIRTHS = {"dob": "dob_year"}

COLUMNS = names(
    """
    displayId leg_id party status last first middle suffix dob street_num street_pre
    street_post street_base street_suff street_name apt_unit city zip county
    municipality ward district congressional legislative freeholder school fire reg_date
    """
)
COLUMNS_YEAR = tuple(_BIRTHS.get(name, name) for name in COLUMNS)
COLUMNS_2019 = names(
    """
    county voter_id legacy_id last_name first_name middle_name suffix street_number
    suff_a suff_b street_name apt_no city municipality zip dob party_code ward district
    status congressional legislative freeholder school regional_school fire
    """
)


def _voters(
    name: str, columns: tuple[str, ...], birth: BirthDate | BirthYear
) -> Variant:
    return Variant(
        name=name,
        state="NJ",
        role=Role.VOTERS,
        delimiter=",",
        quoted=True,
        header=True,
        columns=columns,
        key="displayId",
        optional=frozenset({"reg_date"}),
        file_name=re.compile(r".*vlist.*\.(?:csv|txt)", re.IGNORECASE),
        example_name="{county}_vlist_{date}.csv",
        rules=(
            Text("state_voter_id", ("displayId",)),
            Text("first_name", ("first",)),
            Text("middle_name", ("middle",)),
            Text("last_name", ("last",)),
            Text("name_suffix", ("suffix",)),
            Code(target="status", column="status", table=STATUSES, otherwise="other"),
            Date("registration_date", "reg_date", _DAYS),
            Code(target="party", column="party", table=PARTIES, otherwise="O"),
            Constant("party_basis", "registered"),
            County("county", named("NJ")),
            Text("precinct_code", ("district",)),
            Text("municipality", ("municipality",)),
            Text("ward", ("ward",)),
            Text("school_district", ("school",)),
            District("us_house_district", "congressional"),
            District("state_senate_district", "legislative"),
            District("state_house_district", "legislative"),
            Street(
                target="res_address",
                columns=("street_num", "street_pre", "street_name", "street_post"),
                number="street_num",
                name="street_name",
            ),
            Text("res_address2", ("apt_unit",)),
            Text("res_city", ("city",)),
            Constant("res_state", "NJ"),
            Zip(zip5="res_zip5", column="zip", zip4="res_zip4"),
            birth,
        ),
    )


VOTERS_2019 = Variant(
    name="nj-voters-2019",
    state="NJ",
    role=Role.VOTERS,
    delimiter=",",
    quoted=True,
    header=True,
    columns=COLUMNS_2019,
    key="voter_id",
    file_name=re.compile(r".*\.(?:csv|txt)", re.IGNORECASE),
    example_name="{county}_alpha_{date}.csv",
    rules=(
        Text("state_voter_id", ("voter_id",)),
        Text("first_name", ("first_name",)),
        Text("middle_name", ("middle_name",)),
        Text("last_name", ("last_name",)),
        Text("name_suffix", ("suffix",)),
        Code(target="status", column="status", table=STATUSES, otherwise="other"),
        Code(target="party", column="party_code", table=PARTIES, otherwise="O"),
        Constant("party_basis", "registered"),
        County("county", named("NJ")),
        Text("precinct_code", ("district",)),
        Text("municipality", ("municipality",)),
        Text("ward", ("ward",)),
        Text("school_district", ("school", "regional_school")),
        District("us_house_district", "congressional"),
        District("state_senate_district", "legislative"),
        District("state_house_district", "legislative"),
        Street(
            target="res_address",
            columns=("street_number", "suff_a", "suff_b", "street_name"),
            number="street_number",
            name="street_name",
        ),
        Text("res_address2", ("apt_no",)),
        Text("res_city", ("city",)),
        Constant("res_state", "NJ"),
        Zip(zip5="res_zip5", column="zip", zip4="res_zip4"),
        BirthDate("dob", "%m/%d/%Y"),
    ),
)

HISTORY = Variant(
    name="nj-history",
    state="NJ",
    role=Role.HISTORY,
    delimiter=",",
    quoted=True,
    header=True,
    columns=names(
        """
        voter_id election_date election_name voter_party voter_sex
        voter_registrationDate ballot_type
        """
    ),
    key="voter_id",
    file_name=re.compile(r".*ehist.*\.(?:csv|txt)", re.IGNORECASE),
    example_name="{county}_ehist_{date}.csv",
    rules=(
        Text("state_voter_id", ("voter_id",)),
        Date("election_date", "election_date", _DAYS),
        Text("election_name", ("election_name",)),
        ByPattern("election_type", "election_name", ELECTION_TYPES, "other"),
        Code(
            target="method",
            column="ballot_type",
            table=METHODS,
            otherwise="other",
            blank="unknown",
            raw=False,
        ),
    ),
)

LAYOUT = Layout(
    state="NJ",
    source="New Jersey Division of Elections, voter list and election history, 2024",
    county_codes=named("NJ"),
    variants=(
        _voters("nj-voters", COLUMNS_YEAR, BirthYear("dob_year")),
        _voters("nj-voters-2021", COLUMNS, BirthDate("dob", _DAYS)),
        VOTERS_2019,
        HISTORY,
    ),
    notes=(
        "The history's column order and further columns are not established.",
        "Its voter_party is today's, not the ballot's: votes carry no party.",
        "One delivery of September 2024 had neither day nor year of birth: map the column.",
        "The 43-column history from before 2020 repeats the voter and is not declared.",
    ),
    territory=Territory(
        us_house=12,
        state_senate=40,
        state_house=40,
        zips=(7001, 8989),
        area_codes=("201", "609", "732", "973"),
        large={34003: 690, 34023: 590, 34013: 560, 34025: 500, 34029: 470, 34031: 340},
    ),
)

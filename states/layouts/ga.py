"""Georgia: comma files with a header since 2023, before them pipes and fixed widths.

The state registers no party: the party is that of the last primary's ballot. History
says absentee both of ballots by mail and of early votes in person, so it is ``other``.
Registration numbers have eight digits, the first of which are often lost on the way.
"""

import re

from states.layouts.counties import named, numbered
from states.layouts.declaration import Layout, Role, Territory, Variant, names
from states.layouts.rules import (
    BirthYear,
    ByPattern,
    Code,
    Constant,
    County,
    Date,
    District,
    Flags,
    Identifier,
    Street,
    Text,
    Zip,
)

NUMBERED = numbered("GA", "MACON", "MADISON", "MARION", "MCDUFFIE", "MCINTOSH")
STATUSES = {"ACTIVE": "active", "INACTIVE": "inactive"}
OLD_STATUSES = {"A": "active", "I": "inactive"}
GENDERS = {"F": "F", "M": "M", "X": "X", "U": "U", "FEMALE": "F", "MALE": "M"}
RACES = {
    "WHITE": "white",
    "BLACK": "black",
    "HISPANIC/LATINO": "hispanic",
    "ASIAN/PACIFIC ISLANDER": "asian_pacific_islander",
    "AMERICAN INDIAN": "american_indian",
    "ALASKAN NATIVE": "american_indian",
    "MULTI-RACIAL": "multiracial",
    "OTHER": "other",
    "REFUSED": "unknown",
    "UNKNOWN": "unknown",
}
OLD_RACES = {
    "WH": "white",
    "BH": "black",
    "HP": "hispanic",
    "AP": "asian_pacific_islander",
    "AI": "american_indian",
    "OT": "other",
    "U": "unknown",
}
# A ballot without party (NP) is no party's.
PARTIES = {
    "D": "D",
    "R": "R",
    "NP": "N",
    "DEMOCRATIC": "D",
    "DEMOCRAT": "D",
    "REPUBLICAN": "R",
    "NON-PARTISAN": "N",
}
BALLOTS = {"D": "D", "R": "R", "DEMOCRATIC": "D", "DEMOCRAT": "D", "REPUBLICAN": "R"}
ELECTION_TYPES = (
    (r"RUNOFF", "runoff"),
    (r"PRESIDENTIAL PREFERENCE", "presidential_primary"),
    (r"SPECIAL", "special"),
    (r"PRIMARY", "primary"),
    (r"GENERAL", "general"),
)
OLD_ELECTION_TYPES = {
    "001": "primary",
    "002": "runoff",
    "003": "general",
    "004": "runoff",
    "005": "special",
    "006": "runoff",
    "007": "other",
    "008": "special",
    "009": "other",
    "010": "presidential_primary",
}

COLUMNS = names(
    """
    County | Voter Registration Number | Status | Status Reason | Last Name | First Name
    | Middle Name | Suffix | Birth Year | Residence Street Number |
    Residence Pre Direction | Residence Street Name | Residence Street Type |
    Residence Post Direction | Residence Apt Unit Number | Residence City |
    Residence Zipcode | County Precinct | County Precinct Description |
    Municipal Precinct | Municipal Precinct Description | Congressional District |
    State Senate District | State House District | Judicial District |
    County Commission District | School Board District | City Council District |
    Municipal School Board District | Water Board District | Super Council District |
    Super Commissioner District | Super School Board District | Fire District |
    Municipality | Combo | Land Lot | Land District | Registration Date | Race | Gender
    | Last Modified Date | Date of Last Contact | Last Party Voted | Last Vote Date |
    Voter Created Date | Mailing Street Number | Mailing Street Name |
    Mailing Apt Unit Number | Mailing City | Mailing Zipcode | Mailing State |
    Mailing Country
    """,
    "|",
)

OLD_COLUMNS = names(
    """
    County_code | Registration_Number | Voter_status | Last_name | First_name |
    Middle_maiden_name | Name_suffix | Name_title | Residence_house_number |
    Residence_street_name | Residence_street_suffix | Residence_apt_unit_nbr |
    Residence_city | Residence_zipcode | Year_of_Birth | Registration_date | Race |
    Gender | Land_district | Land_lot | Status_reason | County_precinct_id |
    City_precinct_id | Congressional_district | Senate_district | House_district |
    Judicial_district | Commission_district | School_district | County_district_a_name |
    County_district_a_value | County_district_b_name | County_district_b_value |
    Municipal_name | Municipal_code | Ward_city_council_name | Ward city council_code |
    City_school_district_name | City_school_district_value | City_dista_name |
    City_dista_value | City_distb_name | City_distb_value | City_distc_name |
    City_distc_value | City_distd_name | City_distd_value | Date_last_voted |
    Party_last_voted | Date_added | Date_changed | District_combo | Race_desc |
    Last_contact_date | Mail_house_nbr | Mail_street_name | Mail_apt_unit_nbr |
    Mail_city | Mail_state | Mail_zip_code | Mail_address_2 | Mail_address_3 |
    Mail_country
    """,
    "|",
)

_ALIASES = dict(
    pair.split(" = ")
    for pair in names(
        """
        Voter Registration # = Voter Registration Number |
        Voter Registration = Voter Registration Number |
        Apt/Unit = Residence Apt Unit Number | Street # = Residence Street Number |
        Street Name = Residence Street Name | Apt # = Residence Apt Unit Number |
        City = Residence City | Zip Code = Residence Zipcode | CNG = Congressional District
        | SEN = State Senate District | HSE = State House District | JUD = Judicial District
        | COM = County Commission District | SCH = School Board District |
        County School Board District = School Board District |
        MUNIB = Municipal School Board District | Combo# = Combo | Combo Number = Combo |
        Last Voted Date = Last Vote Date | Land Districts = Land District |
        Mailing Street # = Mailing Street Number |
        Mailing Street Name 1/PO Box = Mailing Street Name |
        Mailing Apt#/Lot#/Unit# = Mailing Apt Unit Number |
        Mailing State/FPO/APO = Mailing State | Mailing Zip Code = Mailing Zipcode
        """,
        "|",
    )
)


def _party(column: str) -> Code:
    return Code(target="party", column=column, table=PARTIES, otherwise="O", blank="N")


_METHOD = Flags(
    target="method",
    flags=(("Provisional", "provisional"), ("Absentee", "other")),
    otherwise="election_day",
)

VOTERS = Variant(
    name="ga-voters",
    state="GA",
    role=Role.VOTERS,
    delimiter=",",
    quoted=True,
    header=True,
    columns=COLUMNS,
    key="Voter Registration Number",
    aliases=_ALIASES,
    file_name=re.compile(r".*voter.*\.csv|[A-Z]+\.csv", re.IGNORECASE),
    example_name="StatewideVoterList_{date}.csv",
    rules=(
        Identifier("state_voter_id", ("Voter Registration Number",), 8),
        Text("first_name", ("First Name",)),
        Text("middle_name", ("Middle Name",)),
        Text("last_name", ("Last Name",)),
        Text("name_suffix", ("Suffix",)),
        Code(target="status", column="Status", table=STATUSES, otherwise="other"),
        Date("registration_date", "Registration Date", "%m/%d/%Y"),
        _party("Last Party Voted"),
        Constant("party_basis", "last_primary"),
        County("County", named("GA")),
        Text("precinct_code", ("County Precinct",)),
        Text("precinct_name", ("County Precinct Description",)),
        Text("municipality", ("Municipality",)),
        Text("ward", ("City Council District",)),
        Text("school_district", ("School Board District",)),
        District("us_house_district", "Congressional District"),
        District("state_senate_district", "State Senate District"),
        District("state_house_district", "State House District"),
        Street(
            target="res_address",
            columns=(
                "Residence Street Number",
                "Residence Pre Direction",
                "Residence Street Name",
                "Residence Street Type",
                "Residence Post Direction",
            ),
            number="Residence Street Number",
            name="Residence Street Name",
        ),
        Text("res_address2", ("Residence Apt Unit Number",)),
        Text("res_city", ("Residence City",)),
        Constant("res_state", "GA"),
        Zip(zip5="res_zip5", column="Residence Zipcode", zip4="res_zip4"),
        BirthYear("Birth Year"),
        Code(target="gender", column="Gender", table=GENDERS),
        Code(target="race", column="Race", table=RACES),
        Street(
            target="mail_line1",
            columns=("Mailing Street Number", "Mailing Street Name"),
            number="Mailing Street Number",
            name="Mailing Street Name",
        ),
        Text("mail_line2", ("Mailing Apt Unit Number",)),
        Text("mail_city", ("Mailing City",)),
        Text("mail_state", ("Mailing State",)),
        Zip(zip5="mail_zip5", column="Mailing Zipcode"),
        Text("mail_country", ("Mailing Country",)),
    ),
)


def _old(name: str, *, header: bool) -> Variant:
    return Variant(
        name=name,
        state="GA",
        role=Role.VOTERS,
        delimiter="|",
        header=header,
        columns=OLD_COLUMNS,
        key="Registration_Number",
        aliases={"BIRTHDATE": "Year_of_Birth"},
        examples={
            "County_code": re.compile(r"\d{1,3}"),
            "Registration_Number": re.compile(r"\d{1,8}"),
            "Voter_status": re.compile(r"[A-Z]|"),
            "Registration_date": re.compile(r"\d{8}|"),
        },
        file_name=re.compile(r".*voter.*\.txt|[A-Z]+\.txt", re.IGNORECASE),
        rules=(
            Identifier("state_voter_id", ("Registration_Number",), 8),
            Text("first_name", ("First_name",)),
            Text("middle_name", ("Middle_maiden_name",)),
            Text("last_name", ("Last_name",)),
            Text("name_suffix", ("Name_suffix",)),
            Code(
                target="status",
                column="Voter_status",
                table=OLD_STATUSES,
                otherwise="other",
            ),
            Date("registration_date", "Registration_date", "%Y%m%d"),
            _party("Party_last_voted"),
            Constant("party_basis", "last_primary"),
            County("County_code", NUMBERED),
            Text("precinct_code", ("County_precinct_id",)),
            Text("municipality", ("Municipal_name",)),
            Text("ward", ("Ward city council_code",)),
            Text("school_district", ("School_district",)),
            District("us_house_district", "Congressional_district"),
            District("state_senate_district", "Senate_district"),
            District("state_house_district", "House_district"),
            Street(
                target="res_address",
                columns=(
                    "Residence_house_number",
                    "Residence_street_name",
                    "Residence_street_suffix",
                ),
                number="Residence_house_number",
                name="Residence_street_name",
            ),
            Text("res_address2", ("Residence_apt_unit_nbr",)),
            Text("res_city", ("Residence_city",)),
            Constant("res_state", "GA"),
            Zip(zip5="res_zip5", column="Residence_zipcode", zip4="res_zip4"),
            BirthYear("Year_of_Birth"),
            Code(target="gender", column="Gender", table=GENDERS),
            Code(target="race", column="Race", table=OLD_RACES),
            Street(
                target="mail_line1",
                columns=("Mail_house_nbr", "Mail_street_name", "Mail_apt_unit_nbr"),
                number="Mail_house_nbr",
                name="Mail_street_name",
            ),
            Text("mail_line2", ("Mail_address_2",)),
            Text("mail_city", ("Mail_city",)),
            Text("mail_state", ("Mail_state",)),
            Zip(zip5="mail_zip5", column="Mail_zip_code"),
            Text("mail_country", ("Mail_country",)),
        ),
    )


HISTORY = Variant(
    name="ga-history",
    state="GA",
    role=Role.HISTORY,
    delimiter=",",
    quoted=True,
    header=True,
    columns=names(
        """
        County Name | Voter Registration Number | Election Date | Election Type | Party
        | Ballot Style | Absentee | Provisional | Supplemental
        """,
        "|",
    ),
    key="Voter Registration Number",
    optional=frozenset({"Ballot Style", "County Name"}),
    file_name=re.compile(r".*history.*\.csv|\d{4}\.csv", re.IGNORECASE),
    example_name="VoterHistory_{date}.csv",
    rules=(
        Identifier("state_voter_id", ("Voter Registration Number",), 8),
        Date("election_date", "Election Date", "%m/%d/%Y"),
        ByPattern(
            "election_type",
            "Election Type",
            ELECTION_TYPES,
            "other",
            names={
                "general": "GENERAL",
                "primary": "GENERAL PRIMARY",
                "runoff": "GENERAL PRIMARY RUNOFF",
                "special": "SPECIAL",
                "presidential_primary": "PRESIDENTIAL PREFERENCE PRIMARY",
                "other": "RECALL",
            },
        ),
        Code(target="party", column="Party", table=BALLOTS, raw=False),
        _METHOD,
    ),
)

HISTORY_FIXED = Variant(
    name="ga-history-fixed",
    state="GA",
    role=Role.HISTORY,
    columns=names(
        """
        County Number | Registration Number | Election Date | Election Type | Party
        | Absentee | Provisional | Supplemental
        """,
        "|",
    ),
    widths=(3, 8, 8, 3, 2, 1, 1, 1),
    key="Registration Number",
    examples={
        "County Number": re.compile(r"\d{1,3}|"),
        "Registration Number": re.compile(r"\d{1,8}"),
        "Election Date": re.compile(r"\d{8}"),
        "Election Type": re.compile(r"\d{3}"),
        "Absentee": re.compile(r"[YN]|"),
    },
    file_name=re.compile(r"\d{4}\.txt|.*history.*\.txt", re.IGNORECASE),
    rules=(
        Identifier("state_voter_id", ("Registration Number",), 8),
        # Before 2013 month and day came first.
        Date("election_date", "Election Date", ("%Y%m%d", "%m%d%Y")),
        Code(
            target="election_type",
            column="Election Type",
            table=OLD_ELECTION_TYPES,
            otherwise="other",
            raw=False,
        ),
        Code(target="party", column="Party", table=BALLOTS, raw=False),
        _METHOD,
    ),
)

LAYOUT = Layout(
    state="GA",
    source="Georgia Secretary of State, voter list and history layouts, 2013 to 2025",
    county_codes=named("GA"),
    variants=(
        VOTERS,
        _old("ga-voters-2013", header=True),
        _old("ga-voters-2013-headerless", header=False),
        HISTORY,
        HISTORY_FIXED,
    ),
    notes=(
        "Codes of gender in the newer files are not established.",
        "Absentee holds early votes in person too, so that it is kept as other.",
        "A still older history layout (a party of one letter) is not declared.",
    ),
    territory=Territory(
        us_house=14,
        state_senate=56,
        state_house=180,
        zips=(30002, 31999),
        area_codes=("404", "770", "912", "706"),
        voter_id="{number:08d}",
        large={13121: 810, 13135: 620, 13067: 540, 13089: 540},
    ),
)

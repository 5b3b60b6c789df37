"""Ohio: comma files by county range, a column appended for every election.

The state registers no party: the letter is the party of the last primary
ballot taken, and a blank means that no primary ballot is on record. The county
number is alphabetical, as the FIPS codes are.
"""

import re

from states.layouts.declaration import ElectionColumns, Layout, Role, Variant
from states.layouts.rules import (
    Address,
    BirthDate,
    Code,
    Constant,
    County,
    Date,
    District,
    MailLines,
    Text,
    Zip,
)

COUNTIES = {f"{number:02d}": 39000 + 2 * number - 1 for number in range(1, 89)}

STATUSES = {"ACTIVE": "active", "CONFIRMATION": "inactive"}

# E Reform, N Natural Law and S Socialist have no letter of their own here.
PARTIES = {
    "D": "D",
    "R": "R",
    "L": "L",
    "G": "G",
    "C": "C",
    "E": "O",
    "N": "O",
    "S": "O",
}

COLUMNS = (
    "SOS_VOTERID",
    "COUNTY_NUMBER",
    "COUNTY_ID",
    "LAST_NAME",
    "FIRST_NAME",
    "MIDDLE_NAME",
    "SUFFIX",
    "DATE_OF_BIRTH",
    "REGISTRATION_DATE",
    "VOTER_STATUS",
    "PARTY_AFFILIATION",
    "RESIDENTIAL_ADDRESS1",
    "RESIDENTIAL_SECONDARY_ADDR",
    "RESIDENTIAL_CITY",
    "RESIDENTIAL_STATE",
    "RESIDENTIAL_ZIP",
    "RESIDENTIAL_ZIP_PLUS4",
    "RESIDENTIAL_COUNTRY",
    "RESIDENTIAL_POSTALCODE",
    "MAILING_ADDRESS1",
    "MAILING_SECONDARY_ADDRESS",
    "MAILING_CITY",
    "MAILING_STATE",
    "MAILING_ZIP",
    "MAILING_ZIP_PLUS4",
    "MAILING_COUNTRY",
    "MAILING_POSTAL_CODE",
    "CAREER_CENTER",
    "CITY",
    "CITY_SCHOOL_DISTRICT",
    "COUNTY_COURT_DISTRICT",
    "CONGRESSIONAL_DISTRICT",
    "COURT_OF_APPEALS",
    "EDU_SERVICE_CENTER_DISTRICT",
    "EXEMPTED_VILL_SCHOOL_DISTRICT",
    "LIBRARY",
    "LOCAL_SCHOOL_DISTRICT",
    "MUNICIPAL_COURT_DISTRICT",
    "PRECINCT_NAME",
    "PRECINCT_CODE",
    "STATE_BOARD_OF_EDUCATION",
    "STATE_REPRESENTATIVE_DISTRICT",
    "STATE_SENATE_DISTRICT",
    "TOWNSHIP",
    "VILLAGE",
    "WARD",
)

ELECTIONS = ElectionColumns(
    pattern=re.compile(
        r"(?P<type>PRIMARY|GENERAL|SPECIAL)-(?P<date>\d{2}/\d{2}/\d{4})"
    ),
    date_format="%m/%d/%Y",
    types={"PRIMARY": "primary", "GENERAL": "general", "SPECIAL": "special"},
    votes={**PARTIES, "X": None},
)

VOTERS = Variant(
    name="oh-voters",
    state="OH",
    role=Role.VOTERS,
    delimiter=",",
    quoted=True,
    header=True,
    columns=COLUMNS,
    key="SOS_VOTERID",
    aliases={"RESIDENTIAL_POSTCODE": "RESIDENTIAL_POSTALCODE"},
    optional=frozenset(
        {"RESIDENTIAL_COUNTRY", "RESIDENTIAL_POSTALCODE", "CAREER_CENTER"}
    ),
    file_name=re.compile(r"SWVF_\d+_\d+\.txt|[A-Z]+\.txt", re.IGNORECASE),
    elections=ELECTIONS,
    rules=(
        Text("state_voter_id", ("SOS_VOTERID",)),
        Text("county_voter_id", ("COUNTY_ID",)),
        Text("first_name", ("FIRST_NAME",)),
        Text("middle_name", ("MIDDLE_NAME",)),
        Text("last_name", ("LAST_NAME",)),
        Text("name_suffix", ("SUFFIX",)),
        Code(
            target="status",
            column="VOTER_STATUS",
            table=STATUSES,
            otherwise="other",
        ),
        Date("registration_date", "REGISTRATION_DATE", "%Y-%m-%d"),
        Code(
            target="party",
            column="PARTY_AFFILIATION",
            table=PARTIES,
            otherwise="O",
            blank="N",
        ),
        Constant("party_basis", "last_primary"),
        County("COUNTY_NUMBER", COUNTIES),
        Text("precinct_code", ("PRECINCT_CODE",)),
        Text("precinct_name", ("PRECINCT_NAME",)),
        Text("municipality", ("CITY", "VILLAGE", "TOWNSHIP")),
        Text("ward", ("WARD",)),
        Text(
            "school_district",
            (
                "LOCAL_SCHOOL_DISTRICT",
                "CITY_SCHOOL_DISTRICT",
                "EXEMPTED_VILL_SCHOOL_DISTRICT",
            ),
        ),
        District("us_house_district", "CONGRESSIONAL_DISTRICT"),
        District("state_senate_district", "STATE_SENATE_DISTRICT"),
        District("state_house_district", "STATE_REPRESENTATIVE_DISTRICT"),
        Address("res_address", "RESIDENTIAL_ADDRESS1"),
        Address("res_address2", "RESIDENTIAL_SECONDARY_ADDR"),
        Text("res_city", ("RESIDENTIAL_CITY",)),
        Text("res_state", ("RESIDENTIAL_STATE",)),
        Zip(
            zip5="res_zip5",
            column="RESIDENTIAL_ZIP",
            zip4="res_zip4",
            plus4="RESIDENTIAL_ZIP_PLUS4",
        ),
        BirthDate("DATE_OF_BIRTH", "%Y-%m-%d"),
        MailLines(("MAILING_ADDRESS1", "MAILING_SECONDARY_ADDRESS")),
        Text("mail_city", ("MAILING_CITY",)),
        Text("mail_state", ("MAILING_STATE",)),
        Zip(zip5="mail_zip5", column="MAILING_ZIP"),
        Text("mail_country", ("MAILING_COUNTRY",)),
    ),
)

LAYOUT = Layout(
    state="OH",
    source="Ohio Secretary of State, statewide voter file layout, 2018",
    county_codes=COUNTIES,
    variants=(VOTERS,),
)

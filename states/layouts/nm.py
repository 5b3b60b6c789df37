"""New Mexico: comma files with a header and a delimiter too many; a column for every election.

The columns of elections differ between the files of one delivery, and are named by day
and name. A cell says how and in which county the vote was cast: ``E-BERNALILLO COUNTY``.
"""

import re

from states.layouts.counties import named
from states.layouts.declaration import Entries, Layout, Role, Territory, Variant, names
from states.layouts.rules import (
    BirthDate,
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

STATUSES = {"ACTIVE": "active", "INACTIVE": "inactive"}
PARTIES = {
    "DEM": "D",
    "REP": "R",
    "LIB": "L",
    "GRN": "G",
    "WFP": "O",
    "OTH": "O",
    "DTS": "N",
}
GENDERS = {"F": "F", "M": "M", "U": "U", "X": "X"}
METHODS = {"E": "early", "A": "mail", "P": "election_day"}
_DAY = r"(?P<date>\d{2}/\d{2}/\d{4})"

ENTRIES = Entries(
    parts=("how", "county", "election"),
    joint="-",
    groups=re.compile(r"\d{2}/\d{2}/\d{4}-.+"),
    rules=(
        NamedElection(
            column="election",
            patterns=(
                re.compile(rf"{_DAY}-.*(?P<type>SPECIAL|LOCAL|MUNICIPAL).*"),
                re.compile(rf"{_DAY}-.*(?P<type>GENERAL|PRIMARY).*"),
                re.compile(rf"{_DAY}-.+"),
            ),
            types={
                "GENERAL": "general",
                "PRIMARY": "primary",
                "SPECIAL": "special",
                "LOCAL": "municipal",
                "MUNICIPAL": "municipal",
            },
            names={
                "general": "{date}-GENERAL",
                "primary": "{date}-PRIMARY",
                "special": "{date}-SPECIAL",
                "municipal": "{date}-REGULAR LOCAL",
            },
            date_format="%m/%d/%Y",
        ),
        Code(
            target="method", column="how", table=METHODS, otherwise="other", raw=False
        ),
    ),
)

VOTERS = Variant(
    name="nm-voters",
    state="NM",
    role=Role.VOTERS,
    delimiter=",",
    quoted=True,
    header=True,
    trailing=1,
    columns=names(
        """
        VoterID RegDate DOB LastName FirstName MiddleName Suffix Gender Status County
        RegType HouseNumber StreetPrefix StreetName StreetType StreetSuffix UnitType
        UnitNumber Address Address2 City State Zip MailingAddress MailingAddress2
        MailingCity MailingState MailingZip Party PrecinctPart Congressional
        CountyCommissioner DistrictAttorneyJudicialDistrict EducationCommission
        JudicialDistrict Legislative Magistrate Municipal Councilor Senate TelephoneNum
        """
    ),
    key="VoterID",
    entries=ENTRIES,
    file_name=re.compile(r".*\.(?:csv|txt)", re.IGNORECASE),
    example_name="NM_Voters_{date}.csv",
    rules=(
        Text("state_voter_id", ("VoterID",)),
        Text("first_name", ("FirstName",)),
        Text("middle_name", ("MiddleName",)),
        Text("last_name", ("LastName",)),
        Text("name_suffix", ("Suffix",)),
        Code(target="gender", column="Gender", table=GENDERS),
        Code(target="status", column="Status", table=STATUSES, otherwise="other"),
        Date("registration_date", "RegDate", "%m/%d/%Y"),
        Code(target="party", column="Party", table=PARTIES, otherwise="O"),
        Constant("party_basis", "registered"),
        County("County", named("NM")),
        Text("precinct_code", ("PrecinctPart",)),
        Text("municipality", ("Municipal",)),
        District("us_house_district", "Congressional"),
        District("state_senate_district", "Senate"),
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
        Text("res_city", ("City",)),
        Text("res_state", ("State",)),
        Zip(zip5="res_zip5", column="Zip", zip4="res_zip4"),
        BirthDate("DOB", "%m/%d/%Y"),
        Phone(("TelephoneNum",)),
        MailLines(("MailingAddress", "MailingAddress2")),
        Text("mail_city", ("MailingCity",)),
        Text("mail_state", ("MailingState",)),
        Zip(zip5="mail_zip5", column="MailingZip"),
    ),
)

LAYOUT = Layout(
    state="NM",
    source="New Mexico Secretary of State, voter data file, 2026",
    county_codes=named("NM"),
    variants=(VOTERS,),
    notes=(
        "The words that name elections are not established beyond general and primary.",
        "Codes of gender are not established; those of other states are understood.",
    ),
    territory=Territory(
        us_house=3,
        state_senate=42,
        state_house=70,
        zips=(87001, 88439),
        area_codes=("505", "575"),
        large={35001: 440, 35013: 130, 35043: 100, 35049: 110},
    ),
)

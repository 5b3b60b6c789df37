"""Louisiana: one list with the day on which each voter last voted, and nothing older.

Histories are sold apart; their layout is not established. The list has ages, which are
no births. The delimiter, the format of days and the codes are not established: each
is told from the file.
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
    names,
)
from states.layouts.rules import (
    Code,
    Constant,
    County,
    Date,
    District,
    MailLines,
    Phone,
    Street,
    Text,
    TypeByDay,
    Zip,
)

_DAYS = ("%m/%d/%Y", "%Y-%m-%d", "%Y%m%d")
STATUSES = {"A": "active", "I": "inactive", "ACTIVE": "active", "INACTIVE": "inactive"}
PARTIES = {
    "DEM": "D",
    "REP": "R",
    "LBT": "L",
    "GRN": "G",
    "NOPTY": "N",
    "IND": "O",
    "OTHER": "O",
}
GENDERS = {"F": "F", "M": "M", "U": "U", "FEMALE": "F", "MALE": "M"}
RACES = {
    "W": "white",
    "B": "black",
    "A": "asian",
    "H": "hispanic",
    "I": "american_indian",
    "O": "other",
    "WHITE": "white",
    "BLACK": "black",
    "ASIAN": "asian",
    "HISPANIC": "hispanic",
    "AMERICAN INDIAN": "american_indian",
    "OTHER": "other",
}

ENTRIES = Entries(
    parts=("day",),
    places=(Place(("LastVoted",)),),
    rules=(Date("election_date", "day", _DAYS), TypeByDay("day", _DAYS)),
)

COLUMNS = names(
    """
    Jurisdiction_Parish Jurisdiction_Ward Jurisdiction_Precinct Personal_NamePrefix
    Personal_FirstName Personal_MiddleName Personal_LastName Personal_NameSuffix
    Residence_HouseNumber Residence_HouseFraction Residence_StreetDirection
    Residence_StreetName Residence_ApartmentNumber Residence_City Residence_State
    Residence_ZipCode5 Residence_ZipCode4 Mail_Address1 Mail_Address2 Mail_City
    Mail_State Mail_ZipCode5 Mail_ZipCode4 Mail_Country
    Jurisdiction_District_AppealsCourt Jurisdiction_District_BESE
    Jurisdiction_District_City Jurisdiction_District_Congressional
    Jurisdiction_District_DistrictCourt Jurisdiction_District_JusticeOfThePeace
    Jurisdiction_District_PoliceJury Jurisdiction_District_PublicService
    Jurisdiction_District_Representative Jurisdiction_District_SchoolBoard
    Jurisdiction_District_Senate Jurisdiction_District_SupremeCourt
    Jurisdiction_District_TaxWard Personal_Sex Personal_Race
    Registration_PoliticalPartyCode Personal_Age Registration_VoterStatus
    Registration_Date Registration_Number Personal_Phone LastVoted
    Residence_WalkListOrder Personal_NameOrder Jurisdiction_District_SpecialsList
    """
)


def _voters(name: str, delimiter: str) -> Variant:
    return Variant(
        name=name,
        state="LA",
        role=Role.VOTERS,
        delimiter=delimiter,
        quoted=True,
        header=True,
        columns=COLUMNS,
        key="Registration_Number",
        entries=ENTRIES,
        file_name=re.compile(r".*\.(?:csv|txt)", re.IGNORECASE),
        example_name="LA_Voters_{date}.csv",
        rules=(
            Text("state_voter_id", ("Registration_Number",)),
            Text("first_name", ("Personal_FirstName",)),
            Text("middle_name", ("Personal_MiddleName",)),
            Text("last_name", ("Personal_LastName",)),
            Text("name_suffix", ("Personal_NameSuffix",)),
            Code(
                target="status",
                column="Registration_VoterStatus",
                table=STATUSES,
                otherwise="other",
            ),
            Date("registration_date", "Registration_Date", _DAYS),
            Code(
                target="party",
                column="Registration_PoliticalPartyCode",
                table=PARTIES,
                otherwise="O",
            ),
            Constant("party_basis", "registered"),
            County("Jurisdiction_Parish", named("LA")),
            Text("precinct_code", ("Jurisdiction_Precinct",)),
            Text("municipality", ("Jurisdiction_District_City",)),
            Text("ward", ("Jurisdiction_Ward",)),
            Text("school_district", ("Jurisdiction_District_SchoolBoard",)),
            District("us_house_district", "Jurisdiction_District_Congressional"),
            District("state_senate_district", "Jurisdiction_District_Senate"),
            District("state_house_district", "Jurisdiction_District_Representative"),
            Street(
                target="res_address",
                columns=(
                    "Residence_HouseNumber",
                    "Residence_HouseFraction",
                    "Residence_StreetDirection",
                    "Residence_StreetName",
                ),
                number="Residence_HouseNumber",
                name="Residence_StreetName",
            ),
            Text("res_address2", ("Residence_ApartmentNumber",)),
            Text("res_city", ("Residence_City",)),
            Text("res_state", ("Residence_State",)),
            Zip(
                zip5="res_zip5",
                column="Residence_ZipCode5",
                zip4="res_zip4",
                plus4="Residence_ZipCode4",
            ),
            Code(target="gender", column="Personal_Sex", table=GENDERS),
            Code(target="race", column="Personal_Race", table=RACES),
            Phone(("Personal_Phone",)),
            MailLines(("Mail_Address1", "Mail_Address2")),
            Text("mail_city", ("Mail_City",)),
            Text("mail_state", ("Mail_State",)),
            Zip(zip5="mail_zip5", column="Mail_ZipCode5"),
            Text("mail_country", ("Mail_Country",)),
        ),
    )


LAYOUT = Layout(
    state="LA",
    source="Louisiana list of registered voters, columns as seen in 2021",
    county_codes=named("LA"),
    variants=(
        _voters("la-voters", ","),
        _voters("la-voters-tab", "\t"),
        _voters("la-voters-pipe", "|"),
    ),
    notes=(
        "Delimiter, encoding, days and codes are not established: told from the file.",
        "Of votes the list has the last day alone; histories are sold apart.",
        "The list has ages and no births.",
    ),
    territory=Territory(
        us_house=6,
        state_senate=39,
        state_house=105,
        zips=(70001, 71497),
        area_codes=("504", "225", "318", "337", "985"),
        voter_id="{number}",
        large={22033: 280, 22051: 260, 22071: 260, 22103: 180},
    ),
)

"""Colorado: comma files in parts, history in files of its own.

The list EX-002 has 51 columns; the master list EX-003, of before May 2023, has one
for each kind of special district. A delimiter at the end of a row is forgiven.
"""

import re

from states.layouts.counties import named
from states.layouts.declaration import Layout, Role, Territory, Variant, names
from states.layouts.rules import (
    BirthYear,
    ByPattern,
    Code,
    Constant,
    County,
    Date,
    District,
    MailLines,
    Phone,
    Rule,
    Text,
    Zip,
)

STATUSES = {"ACTIVE": "active", "INACTIVE": "inactive"}
PARTIES = {
    "DEM": "D",
    "REP": "R",
    "UAF": "N",
    "LBR": "L",
    "GRN": "G",
    "ACN": "C",
    "UNI": "O",
    "APV": "O",
}
GENDERS = {"MALE": "M", "FEMALE": "F", "UNKNOWN": "U", "M": "M", "F": "F", "U": "U"}
ELECTION_TYPES = (
    (r"PRESIDENTIAL PRIMARY", "presidential_primary"),
    (r"MUNICIPAL", "municipal"),
    (r"SPECIAL|RECALL", "special"),
    (r"PRIMARY", "primary"),
    (r"GENERAL", "general"),
)
METHODS = (
    (r"MAIL", "mail"),
    (r"EARLY", "early"),
    (r"PROVISIONAL", "provisional"),
    (r"PERSON|POLL", "election_day"),
)

COLUMNS = names(
    """
    VOTER_ID COUNTY_CODE COUNTY LAST_NAME FIRST_NAME MIDDLE_NAME NAME_SUFFIX VOTER_NAME
    STATUS_CODE PRECINCT_NAME ADDRESS_LIBRARY_ID HOUSE_NUM HOUSE_SUFFIX PRE_DIR
    STREET_NAME STREET_TYPE POST_DIR UNIT_TYPE UNIT_NUM ADDRESS_NON_STD
    RESIDENTIAL_ADDRESS RESIDENTIAL_CITY RESIDENTIAL_STATE RESIDENTIAL_ZIP_CODE
    RESIDENTIAL_ZIP_PLUS EFFECTIVE_DATE REGISTRATION_DATE STATUS STATUS_REASON
    BIRTH_YEAR GENDER PRECINCT SPLIT VOTER_STATUS_ID PARTY PARTY_AFFILIATION_DATE
    PHONE_NUM MAILING_ADDRESS_1 MAILING_ADDRESS_2 MAILING_ADDRESS_3 MAILING_CITY
    MAILING_STATE MAILING_ZIP_CODE MAILING_ZIP_PLUS MAILING_COUNTRY SPL_ID
    PERMANENT_MAIL_IN_VOTER CONGRESSIONAL STATE_SENATE STATE_HOUSE ID_REQUIRED
    """
)

MASTER_COLUMNS = names(
    """
    VOTER_ID COUNTY FIRST_NAME MIDDLE_NAME LAST_NAME NAME_SUFFIX REGISTRATION_DATE
    EFFECTIVE_DATE LAST_UPDATED_DATE OLD_VOTER_ID PHONE_NUM HOUSE_NUM HOUSE_SUFFIX
    PRE_DIR STREET_NAME STREET_TYPE POST_DIR UNIT_TYPE UNIT_NUM RESIDENTIAL_ADDRESS
    RESIDENTIAL_CITY RESIDENTIAL_STATE RESIDENTIAL_ZIP_CODE RESIDENTIAL_ZIP_PLUS
    MAILING_ADDRESS_1 MAILING_ADDRESS_2 MAILING_ADDRESS_3 MAILING_CITY MAILING_STATE
    MAILING_ZIP_CODE MAILING_ZIP_PLUS MAILING_COUNTRY VOTER_STATUS STATUS_REASON PARTY
    GENDER BIRTH_YEAR PRECINCT_CODE PRECINCT_NAME FEDERAL CONGRESSIONAL STATEWIDE
    STATE_BOARD_OF_EDUCATION_-_AT_LARGE STATE_BOARD_OF_EDUCATION
    UNIVERSITY_OF_COLORADO_REGENTS_-_AT_LARGE UNIVERSITY_OF_COLORADO_REGENTS
    STATE_SENATE STATE_HOUSE JUDICIAL REGIONAL_TRANSPORTATION
    CONSOLIDATED_REGIONAL_TRANSPORTATION COUNTY_COMMISSIONER COUNTYWIDE MUNICIPALITY
    CITY_2 CITY_WARD_AND_PRECINCT CITY_SUB COUNCIL CITY_WARD/DISTRICT SCHOOL
    SCHOOL_PRECINCT COMMUNITY_COLLEGE/JUNIOR_COLLEGE_2 COMMUNITY_COLLEGE/JUNIOR_COLLEGE
    AIRPORT_AUTHORITY AMBULANCE AMBULANCE_2 ANNEXATION BOND_DEBT_AND_DEBT_SERVICE
    BOND_DEBT_AND_DEBT_SERVICE_2 BUSINESS_IMPROVEMENT CEMETERY_2 CEMETERY CONSERVATION
    CONSERVATION_2 CONSERVATION_3 COUNTY_HOUSING_AUTHORITY COUNTY_ROAD DC_-_CAP_RESERVE
    DC_-_DEBT_SERVICE DC_-_INSURANCE_RESERVE DEVELOPMENT_AUTHORITY
    DOWNTOWN_DEVELOPMENT_AUTHORITY DRAINAGE DRAINAGE_AND_FLOOD_CONTROL
    DRAINAGE_AND_FLOOD_CONTROL_2 EMERGENCY_TELEPHONE_SERVICE_AUTHORITY FIRE_PROTECTION
    FIRE_PROTECTION_2 FIRE_PROTECTION_3 FIRE_PROTECTION_SUB FOOTBALL_STADIUM
    GENERAL_IMPROVEMENT GROUNDWATER_MANAGEMENT GROUNDWATER_MANAGEMENT_2
    HEALTH_SERVICE/HOSPITAL_AUTHORITY HIGHWAY_AUTHORITY HOSPITAL_AUTHORITY
    HOSPITAL_AUTHORITY_2 HOUSING_AUTHORITY IMPROVEMENT_2 IRRIGATION
    LAW_ENFORCEMENT_AUTHORITY LIBRARY LIBRARY_SUB LOCAL_IMPROVEMENT LOCAL_MARKETING
    MAJOR_LEAGUE_BASEBALL_STADIUM METROPOLITAN METROPOLITAN_2 METROPOLITAN_3
    METROPOLITAN_SUB MISCELLANEOUS_GENERAL_IMPROVEMENT MISCELLANEOUS_OTHER
    PARK_AND_RECREATION PARK_AND_RECREATION_2 PARK_AND_RECREATION_3
    PARK_AND_RECREATION_4 PARK_AND_RECREATION_5 PARK_AND_RECREATION_SUB PROPOSED
    PROPOSED_2 PUBLIC_IMPROVEMENT PUBLIC_IMPROVEMENT_2 RECREATION/TRANSLATOR
    REGIONAL_HOUSING_AUTHORITY REGIONAL_SERVICE_AUTHORITY RIVER_POWER_AUTHORITY
    ROAD_AND_BRIDGE SANITATION SANITATION_2 SCIENTIFIC_CULTURAL_FACILITIES
    SCIENTIFIC_CULTURAL_FACILITIES_SUB SEWER_IMPROVEMENT SOIL_CONSERVATION_TAX_AREA
    SPECIAL_IMPROVEMENT SPECIAL_IMPROVEMENT_MAINTENANCE TAX_AREA
    TRANSPORTATION_AUTHORITY_2 TRANSPORTATION_AUTHORITY UNINCORPORATED UNINCORPORATED_2
    URBAN_RENEWAL/REINVESTMENT_AUTHORITY WATER_AND_SANITATION WATER_AND_SANITATION_2
    WATER_AND_SANITATION_3 WATER_CONSERVANCY WATER_CONSERVANCY_2 WATER_CONSERVANCY_3
    WATER_CONSERVATION WATER_CONSERVATION_2 WATER WATER_2 WATER_SUB
    WATER_QUALITY_AUTHORITY WEED_AND_PEST_CONTROL
    """
)


def _rules(
    *, status: str, precinct: str, municipality: tuple[str, ...]
) -> tuple[Rule, ...]:
    local: tuple[Rule, ...] = ()
    if municipality:
        local = (
            Text("municipality", municipality),
            Text("ward", ("CITY_WARD/DISTRICT", "COUNCIL")),
            Text("school_district", ("SCHOOL",)),
        )
    return (
        Text("state_voter_id", ("VOTER_ID",)),
        Text("first_name", ("FIRST_NAME",)),
        Text("middle_name", ("MIDDLE_NAME",)),
        Text("last_name", ("LAST_NAME",)),
        Text("name_suffix", ("NAME_SUFFIX",)),
        Code(target="status", column=status, table=STATUSES, otherwise="other"),
        Date("registration_date", "REGISTRATION_DATE", "%m/%d/%Y"),
        Code(target="party", column="PARTY", table=PARTIES, otherwise="O"),
        Constant("party_basis", "registered"),
        County("COUNTY", named("CO")),
        Text("precinct_code", (precinct,)),
        Text("precinct_name", ("PRECINCT_NAME",)),
        *local,
        District("us_house_district", "CONGRESSIONAL"),
        District("state_senate_district", "STATE_SENATE"),
        District("state_house_district", "STATE_HOUSE"),
        Text("res_address", ("RESIDENTIAL_ADDRESS",)),
        Text("res_city", ("RESIDENTIAL_CITY",)),
        Text("res_state", ("RESIDENTIAL_STATE",)),
        Zip(
            zip5="res_zip5",
            column="RESIDENTIAL_ZIP_CODE",
            zip4="res_zip4",
            plus4="RESIDENTIAL_ZIP_PLUS",
        ),
        BirthYear("BIRTH_YEAR"),
        Code(target="gender", column="GENDER", table=GENDERS),
        Phone(("PHONE_NUM",)),
        MailLines(("MAILING_ADDRESS_1", "MAILING_ADDRESS_2", "MAILING_ADDRESS_3")),
        Text("mail_city", ("MAILING_CITY",)),
        Text("mail_state", ("MAILING_STATE",)),
        Zip(zip5="mail_zip5", column="MAILING_ZIP_CODE"),
        Text("mail_country", ("MAILING_COUNTRY",)),
    )


def _voters(
    name: str,
    columns: tuple[str, ...],
    rules: tuple[Rule, ...],
    file_name: str,
    example: str,
) -> Variant:
    return Variant(
        name=name,
        state="CO",
        role=Role.VOTERS,
        delimiter=",",
        quoted=True,
        header=True,
        trailing=1,
        columns=columns,
        key="VOTER_ID",
        aliases={
            "MAIL_ADDR1": "MAILING_ADDRESS_1",
            "MAIL_ADDR2": "MAILING_ADDRESS_2",
            "MAIL_ADDR3": "MAILING_ADDRESS_3",
        },
        optional=frozenset({"PHONE_NUM"}),
        file_name=re.compile(file_name, re.IGNORECASE),
        example_name=example,
        rules=rules,
    )


VOTERS = _voters(
    "co-voters",
    COLUMNS,
    _rules(status="STATUS", precinct="PRECINCT", municipality=()),
    r"EX-002.*Registered_Voters_List.*\.(?:txt|csv)",
    "EX-002_Public_Registered_Voters_List_{date}_Part1.txt",
)
MASTER = _voters(
    "co-voters-master",
    MASTER_COLUMNS,
    _rules(
        status="VOTER_STATUS",
        precinct="PRECINCT_CODE",
        municipality=("MUNICIPALITY",),
    ),
    r"EX-003.*Master_Voter_List.*\.(?:txt|csv)",
    "EX-003_Master_Voter_List_{date}.txt",
)

HISTORY = Variant(
    name="co-history",
    state="CO",
    role=Role.HISTORY,
    delimiter=",",
    quoted=True,
    header=True,
    trailing=1,
    columns=names(
        """
    VOTER_ID ELECTION_TYPE ELECTION_DATE ELECTION_DESCRIPTION VOTING_METHOD PARTY
    COUNTY_NAME
    """
    ),
    key="VOTER_ID",
    file_name=re.compile(r".*Voting_History_List.*\.(?:txt|csv)", re.IGNORECASE),
    example_name="EX-004_Public_Voting_History_List_Part1_{date}.txt",
    rules=(
        Text("state_voter_id", ("VOTER_ID",)),
        Date("election_date", "ELECTION_DATE", "%m/%d/%Y"),
        ByPattern(
            "election_type",
            "ELECTION_TYPE",
            ELECTION_TYPES,
            "other",
            names={
                "general": "General",
                "primary": "Primary",
                "presidential_primary": "Presidential Primary",
                "municipal": "Municipal",
                "special": "Special",
                "other": "Coordinated",
            },
        ),
        Text("election_name", ("ELECTION_DESCRIPTION",)),
        ByPattern(
            "method",
            "VOTING_METHOD",
            METHODS,
            "other",
            names={
                "mail": "Mail Ballot",
                "early": "Early",
                "election_day": "In Person",
                "provisional": "Provisional",
                "other": "Other",
            },
        ),
        Code(target="party", column="PARTY", table=PARTIES, otherwise="O", raw=False),
    ),
)

LAYOUT = Layout(
    state="CO",
    source="Colorado Secretary of State, EX-002, EX-003 and voting history lists, 2024",
    county_codes=named("CO"),
    variants=(VOTERS, MASTER, HISTORY),
    notes=(
        "The master list has other columns since May 2023, which are not established.",
        "Words of the history's types and methods are told by patterns.",
    ),
    territory=Territory(
        us_house=8,
        state_senate=35,
        state_house=65,
        zips=(80001, 81658),
        area_codes=("303", "719", "970"),
        large={8031: 500, 8041: 480, 8059: 440, 8005: 430},
    ),
)

"""North Carolina: tab files with a header, vote history in a second file.

Columns are found by name: the order changed in February 2022, and in February
2026 three columns came in, one of them named ``ssn``, which is never read. A
status of D (denied) was never a registration and S (military and overseas
visitors) is none of the usual ones: both are ``other``.
"""

import re

from states.layouts.declaration import Flag, Layout, Role, Variant
from states.layouts.rules import (
    Address,
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

_OUT_OF_ORDER = {56: 37113, 57: 37115, 58: 37117, 59: 37111}
COUNTIES = {
    str(number): _OUT_OF_ORDER.get(number, 37000 + 2 * number - 1)
    for number in range(1, 101)
} | {"0": 37199}

STATUSES = {"A": "active", "I": "inactive", "R": "removed", "D": "other", "S": "other"}
PARTIES = {"DEM": "D", "REP": "R", "LIB": "L", "GRE": "G", "CST": "C", "UNA": "N"}
GENDERS = {"F": "F", "M": "M", "U": "U", "X": "X"}
RACES = {
    "A": "asian",
    "B": "black",
    "I": "american_indian",
    "M": "multiracial",
    "O": "other",
    "P": "pacific_islander",
    "U": "unknown",
    "W": "white",
}
ETHNICITIES = {"HL": "hispanic", "NL": "not_hispanic", "UN": "unknown"}
METHODS = {
    "IN-PERSON": "election_day",
    "CURBSIDE": "election_day",
    "ABSENTEE": "mail",
    "ABSENTEE BY MAIL": "mail",
    "ABSENTEE ONESTOP": "early",
    "ABSENTEE CURBSIDE": "early",
    "PROVISIONAL": "provisional",
    "TRANSFER": "other",
}
# Read in this order: a municipal primary is municipal, a second primary a runoff.
ELECTION_TYPES = (
    (r"MUNICIPAL", "municipal"),
    (r"RUNOFF|SECOND PRIMARY", "runoff"),
    (r"PRESIDENTIAL PREFERENCE", "presidential_primary"),
    (r"SPECIAL", "special"),
    (r"PRIMARY", "primary"),
    (r"GENERAL", "general"),
)

COLUMNS_2022 = (
    "county_id",
    "county_desc",
    "voter_reg_num",
    "ncid",
    "last_name",
    "first_name",
    "middle_name",
    "name_suffix_lbl",
    "status_cd",
    "voter_status_desc",
    "reason_cd",
    "voter_status_reason_desc",
    "res_street_address",
    "res_city_desc",
    "state_cd",
    "zip_code",
    "mail_addr1",
    "mail_addr2",
    "mail_addr3",
    "mail_addr4",
    "mail_city",
    "mail_state",
    "mail_zipcode",
    "full_phone_number",
    "confidential_ind",
    "registr_dt",
    "race_code",
    "ethnic_code",
    "party_cd",
    "gender_code",
    "birth_year",
    "age_at_year_end",
    "birth_state",
    "drivers_lic",
    "precinct_abbrv",
    "precinct_desc",
    "municipality_abbrv",
    "municipality_desc",
    "ward_abbrv",
    "ward_desc",
    "cong_dist_abbrv",
    "super_court_abbrv",
    "judic_dist_abbrv",
    "nc_senate_abbrv",
    "nc_house_abbrv",
    "county_commiss_abbrv",
    "county_commiss_desc",
    "township_abbrv",
    "township_desc",
    "school_dist_abbrv",
    "school_dist_desc",
    "fire_dist_abbrv",
    "fire_dist_desc",
    "water_dist_abbrv",
    "water_dist_desc",
    "sewer_dist_abbrv",
    "sewer_dist_desc",
    "sanit_dist_abbrv",
    "sanit_dist_desc",
    "rescue_dist_abbrv",
    "rescue_dist_desc",
    "munic_dist_abbrv",
    "munic_dist_desc",
    "dist_1_abbrv",
    "dist_1_desc",
    "vtd_abbrv",
    "vtd_desc",
)

COLUMNS_2026 = (*COLUMNS_2022, "ssn", "no_dl_ssn_chkbx", "hava_id_req")

COLUMNS_2012 = (
    "county_id",
    "county_desc",
    "voter_reg_num",
    "status_cd",
    "voter_status_desc",
    "reason_cd",
    "voter_status_reason_desc",
    "absent_ind",
    "name_prefx_cd",
    "last_name",
    "first_name",
    "midl_name",
    "name_sufx_cd",
    "res_street_address",
    "res_city_desc",
    "state_cd",
    "zip_code",
    "mail_addr1",
    "mail_addr2",
    "mail_addr3",
    "mail_addr4",
    "mail_city",
    "mail_state",
    "mail_zipcode",
    "full_phone_number",
    "race_code",
    "ethnic_code",
    "party_cd",
    "gender_code",
    "birth_age",
    "birth_place",
    "drivers_lic",
    "registr_dt",
    "precinct_abbrv",
    "precinct_desc",
    "municipality_abbrv",
    "municipality_desc",
    "ward_abbrv",
    "ward_desc",
    "cong_dist_abbrv",
    "super_court_abbrv",
    "judic_dist_abbrv",
    "nc_senate_abbrv",
    "nc_house_abbrv",
    "county_commiss_abbrv",
    "county_commiss_desc",
    "township_abbrv",
    "township_desc",
    "school_dist_abbrv",
    "school_dist_desc",
    "fire_dist_abbrv",
    "fire_dist_desc",
    "water_dist_abbrv",
    "water_dist_desc",
    "sewer_dist_abbrv",
    "sewer_dist_desc",
    "sanit_dist_abbrv",
    "sanit_dist_desc",
    "rescue_dist_abbrv",
    "rescue_dist_desc",
    "munic_dist_abbrv",
    "munic_dist_desc",
    "dist_1_abbrv",
    "dist_1_desc",
    "dist_2_abbrv",
    "dist_2_desc",
    "Confidential_ind",
    "birth_year",
    "ncid",
    "vtd_abbrv",
    "vtd_desc",
)

HISTORY_COLUMNS = (
    "county_id",
    "county_desc",
    "voter_reg_num",
    "election_lbl",
    "election_desc",
    "voting_method",
    "voted_party_cd",
    "voted_party_desc",
    "pct_label",
    "pct_description",
    "ncid",
    "voted_county_id",
    "voted_county_desc",
    "vtd_label",
    "vtd_description",
)


def _rules(*, middle_name: str, suffix: str) -> tuple[Rule, ...]:
    return (
        Text("state_voter_id", ("ncid",)),
        Text("county_voter_id", ("voter_reg_num",)),
        Text("first_name", ("first_name",)),
        Text("middle_name", (middle_name,)),
        Text("last_name", ("last_name",)),
        Text("name_suffix", (suffix,)),
        Code(target="status", column="status_cd", table=STATUSES, otherwise="other"),
        Date("registration_date", "registr_dt", "%m/%d/%Y"),
        Code(target="party", column="party_cd", table=PARTIES, otherwise="O"),
        Constant("party_basis", "registered"),
        County("county_id", COUNTIES),
        Text("precinct_code", ("precinct_abbrv",)),
        Text("precinct_name", ("precinct_desc",)),
        Text("municipality", ("municipality_desc",)),
        Text("ward", ("ward_abbrv",)),
        Text("school_district", ("school_dist_desc",)),
        District("us_house_district", "cong_dist_abbrv"),
        District("state_senate_district", "nc_senate_abbrv"),
        District("state_house_district", "nc_house_abbrv"),
        Address("res_address", "res_street_address"),
        Text("res_city", ("res_city_desc",)),
        Text("res_state", ("state_cd",)),
        Zip(zip5="res_zip5", column="zip_code", zip4="res_zip4"),
        BirthYear("birth_year"),
        Code(target="gender", column="gender_code", table=GENDERS),
        Code(target="race", column="race_code", table=RACES),
        Code(target="ethnicity", column="ethnic_code", table=ETHNICITIES),
        Phone(("full_phone_number",)),
        MailLines(("mail_addr1", "mail_addr2", "mail_addr3", "mail_addr4")),
        Text("mail_city", ("mail_city",)),
        Text("mail_state", ("mail_state",)),
        Zip(zip5="mail_zip5", column="mail_zipcode"),
    )


def _voters(
    name: str, columns: tuple[str, ...], rules: tuple[Rule, ...], flag: str
) -> Variant:
    return Variant(
        name=name,
        state="NC",
        role=Role.VOTERS,
        delimiter="\t",
        quoted=True,
        header=True,
        columns=columns,
        key="ncid",
        rules=rules,
        flag=Flag(column=flag, values=("Y",)),
        never_read=frozenset({"ssn", "no_dl_ssn_chkbx", "hava_id_req"}),
        file_name=re.compile(r"ncvoter(\d{1,3}|_Statewide)\.txt", re.IGNORECASE),
    )


_CURRENT = _rules(middle_name="middle_name", suffix="name_suffix_lbl")
VOTERS_2026 = _voters("nc-voters-2026", COLUMNS_2026, _CURRENT, "confidential_ind")
VOTERS_2022 = _voters("nc-voters-2022", COLUMNS_2022, _CURRENT, "confidential_ind")
VOTERS_2012 = _voters(
    "nc-voters-2012",
    COLUMNS_2012,
    _rules(middle_name="midl_name", suffix="name_sufx_cd"),
    "Confidential_ind",
)

HISTORY = Variant(
    name="nc-history",
    state="NC",
    role=Role.HISTORY,
    delimiter="\t",
    quoted=True,
    header=True,
    columns=HISTORY_COLUMNS,
    key="ncid",
    file_name=re.compile(r"ncvhis(\d{1,3}|_Statewide)\.txt", re.IGNORECASE),
    rules=(
        Text("state_voter_id", ("ncid",)),
        Date("election_date", "election_lbl", "%m/%d/%Y"),
        ByPattern("election_type", "election_desc", ELECTION_TYPES, "other"),
        Text("election_name", ("election_desc",)),
        Code(
            target="method",
            column="voting_method",
            table=METHODS,
            otherwise="other",
            blank="unknown",
            raw=False,
        ),
        Code(
            target="party",
            column="voted_party_cd",
            table=PARTIES,
            otherwise="O",
            raw=False,
        ),
    ),
)

LAYOUT = Layout(
    state="NC",
    source="North Carolina State Board of Elections, layouts of 2012, 2022 and 2026",
    county_codes=COUNTIES,
    variants=(VOTERS_2026, VOTERS_2022, VOTERS_2012, HISTORY),
)

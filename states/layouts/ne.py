"""Nebraska: one tab file; ten places hold election codes, explained in another file.

Columns were renamed in October 2025 and March 2026. Identifiers may be a county
database's own, so the database leads them. Nebraska has one chamber: its legislative
district is kept as the state senate's.
"""

import re

from states.layouts.counties import named
from states.layouts.declaration import (
    CalendarKey,
    Entries,
    Layout,
    Place,
    Role,
    Territory,
    Variant,
    names,
)
from states.layouts.registrants import person_rules
from states.layouts.rules import (
    BirthDate,
    BirthYear,
    Code,
    Constant,
    County,
    Date,
    District,
    FromCalendar,
    Identifier,
    Text,
)

STATUSES = {"A": "active", "I": "inactive"}
PARTIES = {
    "DEMOCRATIC": "D",
    "REPUBLICAN": "R",
    "LIBERTARIAN": "L",
    "NONPARTISAN": "N",
    "LEGAL MARIJUANA NOW": "O",
}
ELECTION_TYPES = (
    (r"SPECIAL", "special"),
    (r"PRIMARY", "primary"),
    (r"GENERAL", "general"),
)

ENTRIES = Entries(
    parts=("code",),
    places=tuple(Place((f"text_election_code_{at}",)) for at in range(1, 11)),
    calendar=CalendarKey(code="code"),
    rules=(FromCalendar(ELECTION_TYPES, "other", by_day=True),),
)

COLUMNS = names(
    """
    db_logid cde_registrant_status cde_name_title text_name_first text_name_middle
    text_name_last cde_name_suffix text_registrant_id text_res_address_nbr
    text_res_address_nbr_suffix cde_street_dir_prefix text_street_name cde_street_type
    cde_street_dir_suffix cde_res_unit_type text_res_unit_nbr text_res_city
    cde_res_state text_res_zip5 text_res_zip4 text_res_carrier_rte ind_res_military
    text_mail_address1 text_mail_address2 text_mail_address3 text_mail_address4
    text_mail_city cde_mail_state text_mail_zip5 text_mail_zip4 text_mail_carrier_rte
    ind_mail_military ind_mail_foreign desc_party precinct_part_text_name
    precinct_part_text_designation precinct_text_name precinct_text_designation
    date_of_birth date_of_registration text_phone_area_code text_phone_exchange
    text_phone_last_four text_election_code_1 text_election_code_2 text_election_code_3
    text_election_code_4 text_election_code_5 text_election_code_6 text_election_code_7
    text_election_code_8 text_election_code_9 text_election_code_10
    text_res_physical_address polling_place_text_name polling_place_text_address1
    polling_place_text_address2 polling_place_text_address3 polling_place_text_address4
    polling_place_text_city polling_place_cde_state polling_place_text_zip5
    polling_place_text_zip4 district_ta district_aa district_as district_cc district_cd
    district_cg district_ci district_co district_ed district_es district_fd district_ho
    district_ja district_jc district_jd district_jj district_js district_lc district_ld
    district_ma district_nr district_pp district_ps district_rd district_rg district_ri
    district_sb district_sd district_se district_tw district_ud district_vi district_wa
    district_we
    """
)
_BORN = {"date_of_birth": "birth_year"}
COLUMNS_YEAR = tuple(_BORN.get(name, name) for name in COLUMNS)


def _voters(
    name: str, columns: tuple[str, ...], birth: BirthDate | BirthYear
) -> Variant:
    return Variant(
        name=name,
        state="NE",
        role=Role.VOTERS,
        delimiter="\t",
        header=True,
        columns=columns,
        key="text_registrant_id",
        aliases={
            "cde_voter_status": "cde_registrant_status",
            "text_voter_id": "text_registrant_id",
            "text_voterno": "text_registrant_id",
            "splitprecinct_text_name": "precinct_part_text_name",
            "splitprecinct_text_designation": "precinct_part_text_designation",
            "date_of_reg": "date_of_registration",
            "location_text_name": "polling_place_text_name",
            **{
                f"location_text_address{at}": f"polling_place_text_address{at}"
                for at in range(1, 5)
            },
            "location_text_city": "polling_place_text_city",
            "location_cde_state": "polling_place_cde_state",
            "location_text_zip5": "polling_place_text_zip5",
            "location_text_zip4": "polling_place_text_zip4",
        },
        entries=ENTRIES,
        file_name=re.compile(r"PSR.*\.txt", re.IGNORECASE),
        example_name="PSR_{date}.txt",
        rules=(
            Identifier("state_voter_id", ("db_logid", "text_registrant_id")),
            Code(
                target="status",
                column="cde_registrant_status",
                table=STATUSES,
                otherwise="other",
            ),
            Date("registration_date", "date_of_registration", "%m/%d/%Y"),
            Code(target="party", column="desc_party", table=PARTIES, otherwise="O"),
            Constant("party_basis", "registered"),
            County("db_logid", named("NE")),
            Text("precinct_code", ("precinct_text_designation",)),
            Text("precinct_name", ("precinct_text_name",)),
            District("us_house_district", "district_cg"),
            District("state_senate_district", "district_ld"),
            birth,
            *person_rules(),
        ),
    )


ELECTIONS = Variant(
    name="ne-elections",
    state="NE",
    role=Role.ELECTIONS,
    delimiter=",",
    quoted=True,
    header=True,
    columns=("text_election_code", "date_election"),
    key="text_election_code",
    file_name=re.compile(r".*history code.*\.csv", re.IGNORECASE),
    example_name="history code {date}.csv",
    rules=(
        Text("code", ("text_election_code",)),
        Date("election_date", "date_election", "%m/%d/%Y"),
    ),
)

LAYOUT = Layout(
    state="NE",
    source="Nebraska Secretary of State, PSR list, layouts to March 2026",
    county_codes=named("NE"),
    variants=(
        _voters("ne-voters", COLUMNS_YEAR, BirthYear("birth_year")),
        _voters("ne-voters-2025", COLUMNS, BirthDate("date_of_birth", "%m/%d/%Y")),
        ELECTIONS,
    ),
    notes=(
        "Other columns of the election code table are not established, nor is its xlsx.",
        "What codes look like is not established: only November's general is told, by its day.",
    ),
    territory=Territory(
        us_house=3,
        state_senate=49,
        state_house=49,
        zips=(68001, 69367),
        area_codes=("402", "308"),
        voter_id="{county}-{number}",
        large={31055: 360, 31109: 200, 31153: 120},
    ),
)

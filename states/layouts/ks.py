"""Kansas: one tab file; ten places hold election codes that no published file explains.

So votes are not read. Identifiers may be a county database's own: the database, named
after the county, leads them. In November 2024 the columns came in another order.
"""

import re

from states.layouts.counties import named
from states.layouts.declaration import Layout, Role, Territory, Variant, names
from states.layouts.registrants import person_rules
from states.layouts.rules import (
    BirthDate,
    Code,
    Constant,
    County,
    Date,
    District,
    Identifier,
    Text,
)

STATUSES = {"A": "active", "I": "inactive", "S": "pending"}
PARTIES = {
    "DEMOCRATIC": "D",
    "REPUBLICAN": "R",
    "LIBERTARIAN": "L",
    "UNAFFILIATED": "N",
}
GENDERS = {"F": "F", "M": "M", "U": "U"}

COLUMNS_72 = names(
    """
    db_logid cde_registrant_status cde_name_title text_name_first text_name_middle
    text_name_last cde_name_suffix cde_gender text_registrant_id text_res_address_nbr
    text_res_address_nbr_suffix cde_street_dir_prefix text_street_name cde_street_type
    cde_street_dir_suffix cde_res_unit_type text_res_unit_nbr text_res_city
    cde_res_state text_res_zip5 text_res_zip4 text_res_carrier_rte ind_res_military
    text_mail_address1 text_mail_address2 text_mail_address3 text_mail_address4
    text_mail_city cde_mail_state text_mail_zip5 text_mail_zip4 text_mail_carrier_rte
    ind_mail_military ind_mail_foreign desc_party precinct_text_name
    precinct_text_designation date_of_birth date_of_registration text_phone_area_code
    text_phone_exchange text_phone_last_four text_election_code_1 text_election_code_2
    text_election_code_3 text_election_code_4 text_election_code_5 text_election_code_6
    text_election_code_7 text_election_code_8 text_election_code_9 text_election_code_10
    cde_party ind_qualified text_res_physical_address polling_place_text_name
    polling_place_text_address1 polling_place_text_address2 polling_place_text_address3
    polling_place_text_address4 polling_place_text_city polling_place_cde_state
    polling_place_text_zip5 polling_place_text_zip4 district_cc district_cg district_jd
    district_kr district_ks district_sb district_pt district_sd
    """
)
COLUMNS = tuple(
    name for name in COLUMNS_72 if name not in {"cde_party", "ind_qualified"}
)


def _voters(name: str, columns: tuple[str, ...]) -> Variant:
    return Variant(
        name=name,
        state="KS",
        role=Role.VOTERS,
        delimiter="\t",
        header=True,
        columns=columns,
        key="text_registrant_id",
        file_name=re.compile(r".*\.(?:txt|tab|tsv)", re.IGNORECASE),
        example_name="KS_voters_{date}.txt",
        rules=(
            Identifier("state_voter_id", ("db_logid", "text_registrant_id")),
            Code(target="gender", column="cde_gender", table=GENDERS),
            Code(
                target="status",
                column="cde_registrant_status",
                table=STATUSES,
                otherwise="other",
            ),
            Date("registration_date", "date_of_registration", "%m/%d/%Y"),
            Code(target="party", column="desc_party", table=PARTIES, otherwise="O"),
            Constant("party_basis", "registered"),
            County("db_logid", named("KS")),
            Text("precinct_code", ("precinct_text_designation",)),
            Text("precinct_name", ("precinct_text_name",)),
            District("us_house_district", "district_cg"),
            District("state_senate_district", "district_ks"),
            District("state_house_district", "district_kr"),
            BirthDate("date_of_birth", "%m/%d/%Y"),
            *person_rules(),
        ),
    )


LAYOUT = Layout(
    state="KS",
    source="Kansas Secretary of State, voter registration list, 2025",
    county_codes=named("KS"),
    variants=(_voters("ks-voters", COLUMNS), _voters("ks-voters-2023", COLUMNS_72)),
    notes=(
        "No file tells what the election codes stand for: votes are not read.",
        "Whether identifiers are the state's or a county database's is not established.",
    ),
    territory=Territory(
        us_house=4,
        state_senate=40,
        state_house=125,
        zips=(66002, 67954),
        area_codes=("316", "785", "913", "620"),
        voter_id="{county}-{number}",
        large={20091: 460, 20173: 320, 20177: 120, 20209: 95},
    ),
)

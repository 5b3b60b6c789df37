"""Oregon: one tab file with a header, which ends in a column X that is empty.

The history is sold apart and not declared. About 1,700 protected voters are not listed
at all; for others ``ACP`` stands where a value is withheld. IND is the Independent
Party, NAV is no party. The year of birth is given, never the day.
"""

# ruff: noqa: N999  # a state is named by its letters

import re

from states.layouts.counties import named
from states.layouts.declaration import (
    Flag,
    Layout,
    Role,
    Territory,
    Variant,
    names,
)
from states.layouts.rules import (
    BirthYear,
    Code,
    Constant,
    County,
    Date,
    Identifier,
    MailLines,
    Phone,
    Street,
    Text,
    Zip,
)

STATUSES = {"A": "active", "I": "inactive"}
PARTIES = {
    "DEM": "D",
    "REP": "R",
    "CON": "C",
    "LBT": "L",
    "PGP": "G",
    "NAV": "N",
    "IND": "O",
    "OTH": "O",
    "PRO": "O",
    "WFP": "O",
}

VOTERS = Variant(
    name="or-voters",
    state="OR",
    role=Role.VOTERS,
    delimiter="\t",
    header=True,
    trailing=1,
    columns=names(
        """
        VOTER_ID FIRST_NAME MIDDLE_NAME LAST_NAME NAME_SUFFIX BIRTH_DATE CONFIDENTIAL
        EFF_REGN_DATE STATUS PARTY_CODE PHONE_NUM UNLISTED COUNTY RES_ADDRESS_1
        RES_ADDRESS_2 HOUSE_NUM HOUSE_SUFFIX PRE_DIRECTION STREET_NAME STREET_TYPE
        POST_DIRECTION UNIT_TYPE UNIT_NUM ADDR_NON_STD CITY STATE ZIP_CODE ZIP_PLUS_FOUR
        EFF_ADDRESS_1 EFF_ADDRESS_2 EFF_ADDRESS_3 EFF_ADDRESS_4 EFF_CITY EFF_STATE
        EFF_ZIP_CODE EFF_ZIP_PLUS_FOUR ABSENTEE_TYPE PRECINCT_NAME PRECINCT SPLIT X
        """
    ),
    key="VOTER_ID",
    optional=frozenset({"X"}),
    masks=("ACP",),
    flag=Flag(column="CONFIDENTIAL", values=("Confidential", "Y", "YES", "Yes"), no=""),
    file_name=re.compile(r"Ex-RegisteredVoters.*\.txt", re.IGNORECASE),
    example_name="Ex-RegisteredVoters-{date}.txt",
    rules=(
        Identifier("state_voter_id", ("VOTER_ID",), digits=9),
        Text("first_name", ("FIRST_NAME",)),
        Text("middle_name", ("MIDDLE_NAME",)),
        Text("last_name", ("LAST_NAME",)),
        Text("name_suffix", ("NAME_SUFFIX",)),
        Code(target="status", column="STATUS", table=STATUSES, otherwise="other"),
        Date("registration_date", "EFF_REGN_DATE", ("%m-%d-%Y", "%m/%d/%Y")),
        Code(target="party", column="PARTY_CODE", table=PARTIES, otherwise="O"),
        Constant("party_basis", "registered"),
        County("COUNTY", named("OR")),
        Text("precinct_code", ("PRECINCT",)),
        Text("precinct_name", ("PRECINCT_NAME",)),
        Street(
            target="res_address",
            columns=(
                "HOUSE_NUM",
                "HOUSE_SUFFIX",
                "PRE_DIRECTION",
                "STREET_NAME",
                "STREET_TYPE",
                "POST_DIRECTION",
            ),
            number="HOUSE_NUM",
            name="STREET_NAME",
        ),
        Street(
            target="res_address2",
            columns=("UNIT_TYPE", "UNIT_NUM"),
            number="UNIT_TYPE",
            name="UNIT_NUM",
        ),
        Text("res_city", ("CITY",)),
        Text("res_state", ("STATE",)),
        Zip(
            zip5="res_zip5",
            column="ZIP_CODE",
            zip4="res_zip4",
            plus4="ZIP_PLUS_FOUR",
        ),
        BirthYear("BIRTH_DATE"),
        Phone(("PHONE_NUM",)),
        MailLines(tuple(f"EFF_ADDRESS_{number}" for number in range(1, 5))),
        Text("mail_city", ("EFF_CITY",)),
        Text("mail_state", ("EFF_STATE",)),
        Zip(zip5="mail_zip5", column="EFF_ZIP_CODE"),
    ),
)

LAYOUT = Layout(
    state="OR",
    source="Oregon Secretary of State, registered voters list, 2019 to 2025",
    county_codes=named("OR"),
    variants=(VOTERS,),
    notes=(
        "What stands in CONFIDENTIAL is not established; a withheld value marks a voter too.",
        "The layout of the history, which is sold apart, is not established.",
        "No districts are given: they follow from the precinct.",
    ),
    territory=Territory(
        us_house=6,
        state_senate=30,
        state_house=60,
        zips=(97001, 97920),
        area_codes=("503", "541"),
        voter_id="{number:09d}",
        large={41051: 560, 41067: 380, 41005: 310, 41039: 270, 41047: 210},
    ),
)

"""Delaware: one list with a header; ten places hold the names of elections.

A name ends in a year of two digits. A general's day follows from the year, a primary's
from the public calendar. The list of 2013 to 2017 has other names and an order that is
not established: its columns are found by name, and its codes of elections are not read.
"""

import datetime as dt
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
    BirthYear,
    Code,
    Constant,
    County,
    Date,
    District,
    MailLines,
    NamedElection,
    Street,
    Text,
    Zip,
)

STATUSES = {"A": "active", "I": "inactive"}
PARTIES = {
    "DEMOCRATIC": "D",
    "REPUBLICAN": "R",
    "LIBERTARIAN": "L",
    "GREEN": "G",
    "NO PARTY": "N",
    "IND PTY OF DE": "O",
    "D": "D",
    "R": "R",
}
PRIMARIES = {
    ("primary", 2012): dt.date(2012, 9, 11),
    ("primary", 2014): dt.date(2014, 9, 9),
    ("primary", 2016): dt.date(2016, 9, 13),
    ("primary", 2018): dt.date(2018, 9, 6),
    ("primary", 2020): dt.date(2020, 9, 15),
    ("primary", 2022): dt.date(2022, 9, 13),
    ("primary", 2024): dt.date(2024, 9, 10),
    ("presidential_primary", 2016): dt.date(2016, 4, 26),
    ("presidential_primary", 2020): dt.date(2020, 7, 7),
}

ENTRIES = Entries(
    parts=("entry",),
    places=tuple(Place((f"Voting History {at}",)) for at in range(1, 11)),
    rules=(
        NamedElection(
            column="entry",
            patterns=(
                re.compile(r".*?\b(?P<type>PP|PRES)[A-Z]*\b.*?(?P<year>\d{2})"),
                re.compile(r".*?\b(?P<type>SP|GE|PR)[A-Z]*\b.*?(?P<year>\d{2})"),
            ),
            types={
                "PP": "presidential_primary",
                "PRES": "presidential_primary",
                "SP": "special",
                "GE": "general",
                "PR": "primary",
            },
            names={
                "general": "GENERAL {short}",
                "primary": "PRIMARY {short}",
                "presidential_primary": "PRESIDENTIAL PRIMARY {short}",
            },
            days=PRIMARIES,
        ),
    ),
)

VOTERS = Variant(
    name="de-voters",
    state="DE",
    role=Role.VOTERS,
    delimiter="\t",
    header=True,
    columns=names(
        """
        County | Status | Title | Name-First | Name-Middle | Name-Last | Name-Suffix |
        Voter-ID | District-Municipality | Res-Addr-Development Name |
        Res-Addr-House No | Res-Addr-House No Suffix | Res-Addr-Street Direction Prefix |
        Res-Addr-Street Name | Res-Addr-Street Type | Res-Addr-Street Direction Suffix |
        Res-Addr-Unit Type | Res-Addr-Unit Number | Res-Addr-City | Res-Addr-State |
        Res-Addr-Zip Code | Res-Addr-Zip 4 | Res-Addr-Carrier Route |
        Res-Addr-Military Ind | Mail-Addr-Line1 | Mail-Addr-Line2 | Mail-Addr-Line3 |
        Mail-Addr-Line4 | Mail-Addr-City | Mail-Addr-State | Mail-Addr-Zip Code |
        Mail-Addr-Zip 4 | Mail-Addr-Carrier Route | Mail-Addr-Military Ind |
        Mail-Addr-Foreign Ind | Political Party | Precinct (RDED) | Year of Birth |
        Registration Date | Party Affiliation Date | Res Addr-Non-Standard |
        Last Registration Update Date | District-Congressional |
        District-City Council (Wilmington Only) |
        District-County Council (New Castle and Sussex Only) | District-Election |
        District-Levy Court (Kent Only) | District-Representative | District-School |
        District-Senate | Voting History 1 | Voting History 2 | Voting History 3 |
        Voting History 4 | Voting History 5 | Voting History 6 | Voting History 7 |
        Voting History 8 | Voting History 9 | Voting History 10
        """,
        "|",
    ),
    key="Voter-ID",
    entries=ENTRIES,
    file_name=re.compile(r".*\.(?:txt|tsv|tab)", re.IGNORECASE),
    example_name="DE_Voters_{date}.txt",
    rules=(
        Text("state_voter_id", ("Voter-ID",)),
        Text("first_name", ("Name-First",)),
        Text("middle_name", ("Name-Middle",)),
        Text("last_name", ("Name-Last",)),
        Text("name_suffix", ("Name-Suffix",)),
        Code(target="status", column="Status", table=STATUSES, otherwise="other"),
        Date("registration_date", "Registration Date", "%m/%d/%Y"),
        Code(target="party", column="Political Party", table=PARTIES, otherwise="O"),
        Constant("party_basis", "registered"),
        County("County", named("DE")),
        Text("precinct_code", ("Precinct (RDED)",)),
        Text("municipality", ("District-Municipality",)),
        Text("ward", ("District-City Council (Wilmington Only)",)),
        Text("school_district", ("District-School",)),
        District("us_house_district", "District-Congressional"),
        District("state_senate_district", "District-Senate"),
        District("state_house_district", "District-Representative"),
        Street(
            target="res_address",
            columns=(
                "Res-Addr-House No",
                "Res-Addr-House No Suffix",
                "Res-Addr-Street Direction Prefix",
                "Res-Addr-Street Name",
                "Res-Addr-Street Type",
                "Res-Addr-Street Direction Suffix",
            ),
            number="Res-Addr-House No",
            name="Res-Addr-Street Name",
        ),
        Street(
            target="res_address2",
            columns=("Res-Addr-Unit Type", "Res-Addr-Unit Number"),
            number="Res-Addr-Unit Type",
            name="Res-Addr-Unit Number",
        ),
        Text("res_city", ("Res-Addr-City",)),
        Text("res_state", ("Res-Addr-State",)),
        Zip(
            zip5="res_zip5",
            column="Res-Addr-Zip Code",
            zip4="res_zip4",
            plus4="Res-Addr-Zip 4",
        ),
        BirthYear("Year of Birth"),
        MailLines(tuple(f"Mail-Addr-Line{number}" for number in range(1, 5))),
        Text("mail_city", ("Mail-Addr-City",)),
        Text("mail_state", ("Mail-Addr-State",)),
        Zip(zip5="mail_zip5", column="Mail-Addr-Zip Code"),
    ),
)

VOTERS_2017 = Variant(
    name="de-voters-2017",
    state="DE",
    role=Role.VOTERS,
    delimiter=",",
    quoted=True,
    header=True,
    columns=names(
        """
        UNIQUE-ID LAST-NAME FIRST-NAME MID-INIT SUFFIX YEAR-OF-BIRTH HOME-NO HOME-APT
        HOME-STREET HOME-DEV HOME-CITY HOME-ZIPCODE MAIL-NO MAIL-APT MAIL-STR MAIL-CITY
        MAIL-STATE MAIL-ZIP PARTY STATUS DATE-REG DATE-LAST-CHG CODE-CHANGE
        CODE-HOME-CITY COUNTY SD RD ED WILM CNLEVY SCH-DIST PR-HIST-1 PR-HIST-2
        GEN-HIST-1 GEN-HIST-2 GEN-HIST-3 GEN-HIST-4 GEN-HIST-5 PP-HIST-1 PP-HIST-2
        """
    ),
    key="UNIQUE-ID",
    file_name=re.compile(r".*\.(?:csv|txt)", re.IGNORECASE),
    example_name="DE_Voters_{date}.csv",
    rules=(
        Text("state_voter_id", ("UNIQUE-ID",)),
        Text("first_name", ("FIRST-NAME",)),
        Text("middle_name", ("MID-INIT",)),
        Text("last_name", ("LAST-NAME",)),
        Text("name_suffix", ("SUFFIX",)),
        Code(target="status", column="STATUS", table=STATUSES, otherwise="other"),
        Date("registration_date", "DATE-REG", "%Y%m%d"),
        Code(target="party", column="PARTY", table=PARTIES, otherwise="O"),
        Constant("party_basis", "registered"),
        County("COUNTY", {**named("DE"), "K": 10001, "N": 10003, "S": 10005}),
        Text("precinct_code", ("ED",)),
        Text("municipality", ("CODE-HOME-CITY",)),
        Text("ward", ("WILM",)),
        Text("school_district", ("SCH-DIST",)),
        District("state_senate_district", "SD"),
        District("state_house_district", "RD"),
        Street(
            target="res_address",
            columns=("HOME-NO", "HOME-STREET"),
            number="HOME-NO",
            name="HOME-STREET",
        ),
        Text("res_address2", ("HOME-APT",)),
        Text("res_city", ("HOME-CITY",)),
        Zip(zip5="res_zip5", column="HOME-ZIPCODE", zip4="res_zip4"),
        BirthYear("YEAR-OF-BIRTH"),
        Street(
            target="mail_line1",
            columns=("MAIL-NO", "MAIL-STR"),
            number="MAIL-NO",
            name="MAIL-STR",
        ),
        Text("mail_line2", ("MAIL-APT",)),
        Text("mail_city", ("MAIL-CITY",)),
        Text("mail_state", ("MAIL-STATE",)),
        Zip(zip5="mail_zip5", column="MAIL-ZIP"),
    ),
)

LAYOUT = Layout(
    state="DE",
    source="Delaware Department of Elections, voter list, 2020, and its header of 2013-2017",
    county_codes=named("DE"),
    variants=(VOTERS, VOTERS_2017),
    notes=(
        "How elections are named is not established beyond the year at the end.",
        "Days of primaries before 2012, and of special elections, are not declared.",
        "The codes of elections in the list of 2013 to 2017 are not read.",
    ),
    territory=Territory(
        us_house=1,
        state_senate=21,
        state_house=41,
        zips=(19701, 19980),
        area_codes=("302",),
        voter_id="{number:07d}",
        large={10003: 420, 10005: 190, 10001: 140},
    ),
)

"""Alabama: one list with the last ten elections a voter took part in, in pairs of columns.

The state registers no party; the party of a ballot stands beside its election. The list
has ages, which are no births. The delimiter, the format of days, the codes and how
elections are named are not established: each is told from the file.
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

_DAYS = ("%m/%d/%Y", "%Y-%m-%d", "%Y%m%d")
_DAY = r"(?<!\d)(?P<date>\d{1,2}/\d{1,2}/\d{4})"
STATUSES = {"ACTIVE": "active", "INACTIVE": "inactive", "A": "active", "I": "inactive"}
GENDERS = {"F": "F", "M": "M", "U": "U", "FEMALE": "F", "MALE": "M"}
RACES = {
    "WHITE": "white",
    "BLACK": "black",
    "HISPANIC": "hispanic",
    "ASIAN": "asian",
    "AMERICAN INDIAN": "american_indian",
    "OTHER": "other",
    "UNKNOWN": "unknown",
    "UNKNOWN (FEDERALLY-REGISTERED IN AL)": "unknown",
}
PARTIES = {"D": "D", "R": "R", "DEM": "D", "REP": "R"}

ENTRIES = Entries(
    parts=("entry", "party"),
    places=(
        Place(("Last Election Voted", "Last Election Party Code")),
        *(Place((f"Election {at}", f"Party Code {at}")) for at in range(2, 11)),
    ),
    rules=(
        NamedElection(
            column="entry",
            patterns=(
                re.compile(rf"(?=.*{_DAY})(?=.*(?P<type>RUNOFF|SPECIAL|MUNICIPAL)).*"),
                re.compile(rf"(?=.*{_DAY})(?=.*(?P<type>GENERAL|PRIMARY)).*"),
                re.compile(rf".*{_DAY}.*"),
                re.compile(r"(?=.*(?P<year>\d{4}))(?=.*(?P<type>GENERAL)).*"),
            ),
            types={
                "RUNOFF": "runoff",
                "SPECIAL": "special",
                "MUNICIPAL": "municipal",
                "GENERAL": "general",
                "PRIMARY": "primary",
            },
            names={
                "general": "{date} GENERAL",
                "primary": "{date} PRIMARY",
                "runoff": "{date} RUNOFF",
                "special": "{date} SPECIAL",
                "municipal": "{date} MUNICIPAL",
            },
            date_format="%m/%d/%Y",
        ),
        Code(target="party", column="party", table=PARTIES, raw=False),
    ),
)

COLUMNS = names(
    """
    County | Registrant Status | Name Title | First Name | Middle Name | Last Name |
    Name Suffix | Race | Gender | Registrant ID | Residential Address Number |
    Residential Address Number Suffix | Residential Address Direction |
    Residential Address Name | Residential Address Type |
    Residential Address Direction Suffix | Residential Unit Type |
    Residential Unit Number | Residential City | Residential State | Residential Zip |
    Residential Zip Segment | Mailing Address 1 | Mailing Address 2 |
    Mailing Address 3 | Mailing Address 4 | Mailing City | Mailing State | Mailing Zip |
    Mailing Zip Segment | Precinct Part Name | Precinct Part Designation |
    Precinct Name | Precinct Designation | Age | Date of Registration |
    Non-Standard Physical Address | County Commission | County School |
    Jefferson County District | Municipality | City District | Senate District |
    Congressional District | State School District | House District |
    Phone - Area Code | Phone Number - Exchange | Phone Number - Last Four Digits |
    Last Election Voted | Last Election Party Code | Election 2 | Party Code 2 |
    Election 3 | Party Code 3 | Election 4 | Party Code 4 | Election 5 | Party Code 5 |
    Election 6 | Party Code 6 | Election 7 | Party Code 7 | Election 8 | Party Code 8 |
    Election 9 | Party Code 9 | Election 10 | Party Code 10
    """,
    "|",
)


def _voters(name: str, delimiter: str) -> Variant:
    return Variant(
        name=name,
        state="AL",
        role=Role.VOTERS,
        delimiter=delimiter,
        quoted=True,
        header=True,
        columns=COLUMNS,
        key="Registrant ID",
        entries=ENTRIES,
        file_name=re.compile(r".*\.(?:csv|txt)", re.IGNORECASE),
        example_name="AL_Voters_{date}.csv",
        rules=(
            Text("state_voter_id", ("Registrant ID",)),
            Text("first_name", ("First Name",)),
            Text("middle_name", ("Middle Name",)),
            Text("last_name", ("Last Name",)),
            Text("name_suffix", ("Name Suffix",)),
            Code(
                target="status",
                column="Registrant Status",
                table=STATUSES,
                otherwise="other",
            ),
            Date("registration_date", "Date of Registration", _DAYS),
            County("County", named("AL")),
            Text("precinct_code", ("Precinct Designation",)),
            Text("precinct_name", ("Precinct Name",)),
            Text("municipality", ("Municipality",)),
            Text("ward", ("City District",)),
            Text("school_district", ("County School",)),
            District("us_house_district", "Congressional District"),
            District("state_senate_district", "Senate District"),
            District("state_house_district", "House District"),
            Street(
                target="res_address",
                columns=(
                    "Residential Address Number",
                    "Residential Address Number Suffix",
                    "Residential Address Direction",
                    "Residential Address Name",
                    "Residential Address Type",
                    "Residential Address Direction Suffix",
                ),
                number="Residential Address Number",
                name="Residential Address Name",
            ),
            Street(
                target="res_address2",
                columns=("Residential Unit Type", "Residential Unit Number"),
                number="Residential Unit Type",
                name="Residential Unit Number",
            ),
            Text("res_city", ("Residential City",)),
            Text("res_state", ("Residential State",)),
            Zip(
                zip5="res_zip5",
                column="Residential Zip",
                zip4="res_zip4",
                plus4="Residential Zip Segment",
            ),
            Code(target="gender", column="Gender", table=GENDERS),
            Code(target="race", column="Race", table=RACES),
            Phone(
                (
                    "Phone - Area Code",
                    "Phone Number - Exchange",
                    "Phone Number - Last Four Digits",
                )
            ),
            MailLines(tuple(f"Mailing Address {number}" for number in range(1, 5))),
            Text("mail_city", ("Mailing City",)),
            Text("mail_state", ("Mailing State",)),
            Zip(zip5="mail_zip5", column="Mailing Zip"),
        ),
    )


LAYOUT = Layout(
    state="AL",
    source="Alabama list of registered voters, columns as seen in 2021",
    county_codes=named("AL"),
    variants=(
        _voters("al-voters", ","),
        _voters("al-voters-tab", "\t"),
        _voters("al-voters-pipe", "|"),
    ),
    notes=(
        "Delimiter, encoding, days and codes are not established: told from the file.",
        "How elections are named is not established: a day or a general's year is read.",
        "The list has ages and no births.",
    ),
    territory=Territory(
        us_house=7,
        state_senate=35,
        state_house=105,
        zips=(35004, 36925),
        area_codes=("205", "251", "256", "334"),
        voter_id="{number:010d}",
        large={1073: 480, 1097: 290, 1089: 280, 1101: 160},
    ),
)

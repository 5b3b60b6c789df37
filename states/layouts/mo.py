"""Missouri: one tab file with a header; twenty places hold an election's day and name.

The extract gives no party, and no longer a status. The columns of districts are named
by the decade; those of the decade before may stand beside them and are not read.
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
    BirthDate,
    County,
    Date,
    District,
    MailLines,
    NamedElection,
    Street,
    Text,
    Zip,
)

_DAY = r"(?P<date>\d{1,2}/\d{1,2}/\d{4})"

ENTRIES = Entries(
    parts=("entry",),
    places=tuple(Place((f"Voter History {at}",)) for at in range(1, 21)),
    rules=(
        NamedElection(
            column="entry",
            patterns=(
                re.compile(rf"{_DAY}\W*(?P<type>PRESIDENTIAL PREFERENCE).*"),
                re.compile(rf"{_DAY}.*\b(?P<type>SPECIAL|MUNICIPAL)\b.*"),
                re.compile(rf"{_DAY}.*\b(?P<type>GENERAL|PRIMARY)\b.*"),
                re.compile(rf"{_DAY}.*"),
            ),
            types={
                "PRESIDENTIAL PREFERENCE": "presidential_primary",
                "SPECIAL": "special",
                "MUNICIPAL": "municipal",
                "GENERAL": "general",
                "PRIMARY": "primary",
            },
            names={
                "general": "{date} General",
                "primary": "{date} Primary",
                "presidential_primary": "{date} Presidential Preference",
                "special": "{date} Special",
                "municipal": "{date} General Municipal",
            },
            date_format="%m/%d/%Y",
        ),
    ),
)

VOTERS = Variant(
    name="mo-voters",
    state="MO",
    role=Role.VOTERS,
    delimiter="\t",
    header=True,
    columns=names(
        """
        County | Voter ID | First Name | Middle Name | Last Name | Suffix | House Number |
        House Suffix | Pre Direction | Street Name | Street Type | Post Direction |
        Unit Type | Unit Number | Non Standard Address | Residential City |
        Residential State | Residential ZipCode | Mailing Address | Mailing City |
        Mailing State | Mailing ZipCode | Birthdate | Registration Date | Precinct |
        Precinct Name | Split | Township | Ward | Congressional- New | Legislative- New |
        State Senate- New | Voter History 1 | Voter History 2 | Voter History 3 |
        Voter History 4 | Voter History 5 | Voter History 6 | Voter History 7 |
        Voter History 8 | Voter History 9 | Voter History 10 | Voter History 11 |
        Voter History 12 | Voter History 13 | Voter History 14 | Voter History 15 |
        Voter History 16 | Voter History 17 | Voter History 18 | Voter History 19 |
        Voter History 20
        """,
        "|",
    ),
    key="Voter ID",
    aliases={
        "CONGRESSIONAL DISTRICT 20": "Congressional- New",
        "LEGISLATIVE DISTRICT 20": "Legislative- New",
        "SENATE DISTRICT 20": "State Senate- New",
    },
    entries=ENTRIES,
    file_name=re.compile(r"PSR_VotersList.*\.txt", re.IGNORECASE),
    example_name="PSR_VotersList_{date}.txt",
    rules=(
        Text("state_voter_id", ("Voter ID",)),
        Text("first_name", ("First Name",)),
        Text("middle_name", ("Middle Name",)),
        Text("last_name", ("Last Name",)),
        Text("name_suffix", ("Suffix",)),
        Date("registration_date", "Registration Date", "%m/%d/%Y"),
        County("County", named("MO")),
        Text("precinct_code", ("Precinct",)),
        Text("precinct_name", ("Precinct Name",)),
        Text("municipality", ("Township",)),
        Text("ward", ("Ward",)),
        District("us_house_district", "Congressional- New"),
        District("state_senate_district", "State Senate- New"),
        District("state_house_district", "Legislative- New"),
        Street(
            target="res_address",
            columns=(
                "House Number",
                "House Suffix",
                "Pre Direction",
                "Street Name",
                "Street Type",
                "Post Direction",
            ),
            number="House Number",
            name="Street Name",
        ),
        Street(
            target="res_address2",
            columns=("Unit Type", "Unit Number"),
            number="Unit Type",
            name="Unit Number",
        ),
        Text("res_city", ("Residential City",)),
        Text("res_state", ("Residential State",)),
        Zip(zip5="res_zip5", column="Residential ZipCode", zip4="res_zip4"),
        BirthDate("Birthdate", "%m/%d/%Y"),
        MailLines(("Mailing Address",)),
        Text("mail_city", ("Mailing City",)),
        Text("mail_state", ("Mailing State",)),
        Zip(zip5="mail_zip5", column="Mailing ZipCode"),
    ),
)

LAYOUT = Layout(
    state="MO",
    source="Missouri Secretary of State, statewide voter list, 2024",
    county_codes=named("MO"),
    variants=(VOTERS,),
    notes=(
        "No status is given. Older files had one; its codes are not established.",
        "How Kansas City, an election authority of its own, is named is not established.",
        "The words that name elections are not established beyond the usual ones.",
    ),
    territory=Territory(
        us_house=8,
        state_senate=34,
        state_house=163,
        zips=(63001, 65899),
        area_codes=("314", "816", "417", "573"),
        large={29189: 740, 29095: 480, 29183: 300, 29510: 210, 29077: 200},
    ),
)

"""Pennsylvania: four tab files for each of 67 counties, none with a header.

Votes stand in forty numbered places, and which election a number means is told by the
county's own Election Map of the same export. The identifier ends in the county, so
that it changes with a move: its nine leading digits are the person's, and the whole is
kept as the county's. District codes mean what the county's zone files say; those of
the legislatures are told by their usual prefixes.
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
    VoteCodes,
)
from states.layouts.rules import (
    BirthDate,
    ByPrefix,
    Code,
    Constant,
    County,
    Date,
    FromCalendar,
    MailLines,
    Match,
    Phone,
    Street,
    Text,
    Zip,
)

STATUSES = {"A": "active", "I": "inactive"}
PARTIES = {"D": "D", "R": "R", "NF": "N"}
GENDERS = {"F": "F", "M": "M", "U": "U"}
METHODS = {"AP": "election_day", "AB": "mail", "MB": "mail", "P": "provisional"}
ELECTION_TYPES = (
    (r"SPECIAL", "special"),
    (r"PRIMARY", "primary"),
    (r"GENERAL|MUNICIPAL ELECTION", "general"),
)
DISTRICTS = tuple(f"District {number}" for number in range(1, 41))

COLUMNS = (
    "ID Number",
    "Title",
    "Last Name",
    "First Name",
    "Middle Name",
    "Suffix",
    "Gender",
    "DOB",
    "Registration Date",
    "Voter Status",
    "Status Change Date",
    "Party Code",
    "House Number",
    "House Number Suffix",
    "Street Name",
    "Apartment Number",
    "Address Line 2",
    "City",
    "State",
    "Zip",
    "Mail Address 1",
    "Mail Address 2",
    "Mail City",
    "Mail State",
    "Mail Zip",
    "Last Vote Date",
    "Precinct Code",
    "Precinct Split ID",
    "Date Last Changed",
    "Custom Data 1",
    *DISTRICTS,
    *(
        f"Election {number} {what}"
        for number in range(1, 41)
        for what in ("Vote Method", "Party")
    ),
    "Home Phone",
    "County",
    "Mail Country",
)

ENTRIES = Entries(
    parts=("method", "party", "county", "number"),
    places=tuple(
        Place(
            (f"Election {number} Vote Method", f"Election {number} Party", "County"),
            (str(number),),
        )
        for number in range(1, 41)
    ),
    calendar=CalendarKey(code="number", scope="county"),
    vote_codes=VoteCodes(column="method", votes=frozenset(METHODS)),
    rules=(
        FromCalendar(ELECTION_TYPES, "other"),
        Code(target="method", column="method", table=METHODS, raw=False),
        Code(target="party", column="party", table=PARTIES, otherwise="O", raw=False),
    ),
)

_IDENTITY = {
    "ID Number": re.compile(r"\d{9}-\d{2}"),
    "DOB": re.compile(r"\d{1,2}/\d{1,2}/\d{4}|"),
    "Voter Status": re.compile(r"[A-Z]?"),
}


def _voters(name: str, columns: tuple[str, ...]) -> Variant:
    return Variant(
        name=name,
        state="PA",
        role=Role.VOTERS,
        delimiter="\t",
        quoted=True,
        columns=columns,
        key="ID Number",
        examples=_IDENTITY,
        entries=ENTRIES,
        file_name=re.compile(r"[A-Z ]+ FVE \d{8}\.txt", re.IGNORECASE),
        example_name="{county} FVE {date}.txt",
        rules=(
            Text("county_voter_id", ("ID Number",)),
            Match(
                target="state_voter_id",
                column="ID Number",
                pattern=r"^(\d{9})-\d{2}$",
                otherwise_whole=True,
            ),
            Text("first_name", ("First Name",)),
            Text("middle_name", ("Middle Name",)),
            Text("last_name", ("Last Name",)),
            Text("name_suffix", ("Suffix",)),
            Code(
                target="status",
                column="Voter Status",
                table=STATUSES,
                otherwise="other",
            ),
            Date("registration_date", "Registration Date", "%m/%d/%Y"),
            Code(target="party", column="Party Code", table=PARTIES, otherwise="O"),
            Constant("party_basis", "registered"),
            County("County", named("PA")),
            Text("precinct_code", ("Precinct Code",)),
            ByPrefix("us_house_district", DISTRICTS, "USC"),
            ByPrefix("state_senate_district", DISTRICTS, "STS"),
            ByPrefix("state_house_district", DISTRICTS, "STH"),
            Street(
                target="res_address",
                columns=("House Number", "House Number Suffix", "Street Name"),
                number="House Number",
                name="Street Name",
            ),
            Text("res_address2", ("Apartment Number", "Address Line 2")),
            Text("res_city", ("City",)),
            Text("res_state", ("State",)),
            Zip(zip5="res_zip5", column="Zip", zip4="res_zip4"),
            BirthDate("DOB", "%m/%d/%Y"),
            Code(target="gender", column="Gender", table=GENDERS),
            Phone(("Home Phone",)),
            MailLines(("Mail Address 1", "Mail Address 2")),
            Text("mail_city", ("Mail City",)),
            Text("mail_state", ("Mail State",)),
            Zip(zip5="mail_zip5", column="Mail Zip"),
            Text("mail_country", ("Mail Country",)),
        ),
    )


VOTERS = _voters("pa-voters", (*COLUMNS, "Registration Method"))
VOTERS_153 = _voters("pa-voters-153", COLUMNS)

_NAMED = {"county": re.compile("|".join(map(re.escape, named("PA"))), re.IGNORECASE)}
_SLOT = re.compile(r"[1-9]|[1-3]\d|40")

ELECTIONS = Variant(
    name="pa-elections",
    state="PA",
    role=Role.ELECTIONS,
    delimiter="\t",
    quoted=True,
    columns=("county", "number", "title", "date"),
    key="number",
    examples={
        **_NAMED,
        "number": _SLOT,
        "date": re.compile(r"\d{1,2}/\d{1,2}/\d{4}"),
    },
    file_name=re.compile(r"[A-Z ]+ Election Map \d{8}\.txt", re.IGNORECASE),
    example_name="{county} Election Map {date}.txt",
    rules=(
        Text("scope", ("county",)),
        Text("code", ("number",)),
        Date("election_date", "date", "%m/%d/%Y"),
        Text("election_name", ("title",)),
    ),
)


def _zones(name: str, kind: str, columns: tuple[str, ...], code: str) -> Variant:
    return Variant(
        name=name,
        state="PA",
        role=Role.DISTRICTS,
        delimiter="\t",
        quoted=True,
        columns=columns,
        key="zone_number",
        examples={**_NAMED, "zone_number": _SLOT, columns[2]: re.compile(code)},
        file_name=re.compile(rf"[A-Z ]+ {kind} \d{{8}}\.txt", re.IGNORECASE),
        rules=(),
    )


ZONE_CODES = _zones(
    "pa-zone-codes",
    "Zone Codes",
    ("county", "zone_number", "zone_code", "zone_description"),
    r".*\d.*",
)
ZONE_TYPES = _zones(
    "pa-zone-types",
    "Zone Types",
    ("county", "zone_number", "zone_short_name", "zone_long_name"),
    r"\D+",
)

LAYOUT = Layout(
    state="PA",
    source="Pennsylvania Department of State, full voter export, 2024",
    county_codes=named("PA"),
    variants=(VOTERS, VOTERS_153, ELECTIONS, ZONE_CODES, ZONE_TYPES),
    notes=(
        "District codes of the legislatures are told by the prefixes USC, STS and STH.",
        "Zone files are recognized and not read.",
        "Status D is seen and not explained: other.",
        "Local party codes are many: all but D, R and NF are O.",
        "That the identifier is nine digits, a hyphen and the county is not documented.",
    ),
    territory=Territory(
        us_house=17,
        state_senate=50,
        state_house=203,
        zips=(15001, 19640),
        area_codes=("215", "412", "717", "610"),
        voter_id="{number:09d}",
        county_voter_id="{number:09d}-01",
        large={42101: 1080, 42003: 920, 42091: 600, 42029: 390},
    ),
)

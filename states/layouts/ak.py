"""Alaska: one comma file; sixteen places hold the newest votes as short codes.

A code is the year's last two digits and four letters (PRIM, GENR, SPEC, or a place's),
then a space and a letter for the method. No county is given: house districts do not
follow boroughs. An address may read "private", which hides the voter. The letters of
parties are the state's own: A is Alaskan Independence, U undeclared, N nonpartisan.
"""

import datetime as dt
import re

from states.layouts.declaration import Entries, Layout, Place, Role, Territory, Variant
from states.layouts.rules import (
    Code,
    Constant,
    Date,
    MailLines,
    Match,
    NamedElection,
    Text,
    Zip,
)

PARTIES = {
    "D": "D",
    "R": "R",
    "L": "L",
    "G": "G",
    "C": "C",
    "N": "N",
    "U": "N",
    "A": "O",
    "K": "O",
    "E": "O",
    "H": "O",
    "P": "O",
    "O": "O",
    "W": "O",
    "V": "O",
}
GENDERS = {"F": "F", "M": "M", "U": "U"}
METHODS = {"P": "election_day", "E": "early", "A": "mail", "Q": "provisional"}
# The third Tuesday of August (public calendar).
_PRIMARIES = (
    dt.date(2014, 8, 19),
    dt.date(2016, 8, 16),
    dt.date(2018, 8, 21),
    dt.date(2020, 8, 18),
    dt.date(2022, 8, 16),
    dt.date(2024, 8, 20),
)

ENTRIES = Entries(
    parts=("election", "method"),
    joint=" ",
    places=tuple(Place((f"VH{at}",)) for at in range(1, 17)),
    rules=(
        NamedElection(
            column="election",
            patterns=(re.compile(r"(?P<year>\d{2})(?P<type>[A-Z0-9]+)"),),
            types={"GENR": "general", "PRIM": "primary", "SPEC": "special"},
            names={"general": "{short}GENR", "primary": "{short}PRIM"},
            days={("primary", day.year): day for day in _PRIMARIES},
        ),
        Code(target="method", column="method", table=METHODS, raw=False),
    ),
)

VOTERS = Variant(
    name="ak-voters",
    state="AK",
    role=Role.VOTERS,
    delimiter=",",
    quoted=True,
    header=True,
    columns=(
        "UN",
        "PARTY",
        "D/P",
        "LAST NAME",
        "FIRST NAME",
        "MIDDLE NAME",
        "SUFFIX NAME",
        "ASCENSION #",
        "REG DATE",
        "ORG REG DATE",
        "DIST DATE",
        "RESIDENCE ADDRESS",
        "RESIDENCE CITY",
        "RESIDENCE ZIP",
        "MAILING ADDRESS1",
        "MAILING ADDRESS2",
        "MAILING ADDRESS3",
        "MAILING CITY",
        "MAILING STATE",
        "MAILING ZIP",
        "MAILING COUNTRY",
        "GENDER",
        "VH1",
        "VH2",
        "VH3",
        "VH4",
        "VH5",
        "VH6",
        "VH7",
        "VH8",
        "VH9",
        "VH10",
        "VH11",
        "VH12",
        "VH13",
        "VH14",
        "VH15",
        "VH16",
    ),
    key="ASCENSION #",
    masks=("private",),
    entries=ENTRIES,
    file_name=re.compile(r".*(?:voter|VRF).*\.(?:csv|txt)", re.IGNORECASE),
    example_name="Public Voter List {date}.csv",
    rules=(
        Text("state_voter_id", ("ASCENSION #",)),
        Text("first_name", ("FIRST NAME",)),
        Text("middle_name", ("MIDDLE NAME",)),
        Text("last_name", ("LAST NAME",)),
        Text("name_suffix", ("SUFFIX NAME",)),
        Date("registration_date", "REG DATE", "%m/%d/%Y"),
        Code(target="party", column="PARTY", table=PARTIES, otherwise="O"),
        Constant("party_basis", "registered"),
        Text("precinct_code", ("D/P",)),
        Match(
            target="state_house_district",
            column="D/P",
            pattern=r"^0*([1-9]\d?)-",
        ),
        Text("res_address", ("RESIDENCE ADDRESS",)),
        Text("res_city", ("RESIDENCE CITY",)),
        Constant("res_state", "AK"),
        Zip(zip5="res_zip5", column="RESIDENCE ZIP", zip4="res_zip4"),
        Code(target="gender", column="GENDER", table=GENDERS),
        MailLines(("MAILING ADDRESS1", "MAILING ADDRESS2", "MAILING ADDRESS3")),
        Text("mail_city", ("MAILING CITY",)),
        Text("mail_state", ("MAILING STATE",)),
        Zip(zip5="mail_zip5", column="MAILING ZIP"),
        Text("mail_country", ("MAILING COUNTRY",)),
    ),
)

LAYOUT = Layout(
    state="AK",
    source="Alaska Division of Elections, voter list and history layouts, 2023",
    county_codes={},
    variants=(VOTERS,),
    notes=(
        "No county, status or age is given; the list is of registered voters.",
        "Special, regional and local elections have no day: such votes are not kept.",
    ),
    territory=Territory(
        us_house=1,
        state_senate=20,
        state_house=40,
        zips=(99501, 99950),
        area_codes=("907",),
        voter_id="{number:08d}",
    ),
)

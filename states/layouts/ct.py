"""Connecticut: fields of fixed width that are parted by commas too, no header.

The files are by town; a town's county is the one it lies in. Twenty places hold the
newest votes. Special status A hides the address. 1800-01-01 is no day of birth. Where
the identifier is the town's or the state's is not documented, so the town leads it.
"""

import re

from states.layouts.counties import named
from states.layouts.declaration import (
    Entries,
    Flag,
    Layout,
    Place,
    Role,
    Territory,
    Variant,
)
from states.layouts.rules import (
    BirthDate,
    Code,
    Constant,
    County,
    Date,
    District,
    Identifier,
    Phone,
    Street,
    Text,
    Zip,
)

# F Fairfield, H Hartford, L Litchfield, M Middlesex, N New Haven, O New London,
# T Tolland, W Windham: the county of each town from 1 on, in alphabetical order.
_COUNTY_OF_TOWNS = (
    "TNWHLNHNFL HTONFLHFWH LWHWNMMOLT LTMFFMNMWH MMHNOFHTHM FHOHLHFOON "
    "MNWHHLTLWM OOOLONHTHN NMMNFOLNHF FLNHOLFLNL NOFOOMNNWH LWMONWFFHL "
    "OLWNLFFHTN HHOTFWOFHL WTLFTTONLL NOLMHNFFHT FLWHHNNLW "
)
_COUNTIES = {
    "F": "FAIRFIELD",
    "H": "HARTFORD",
    "L": "LITCHFIELD",
    "M": "MIDDLESEX",
    "N": "NEW HAVEN",
    "O": "NEW LONDON",
    "T": "TOLLAND",
    "W": "WINDHAM",
}
TOWNS = {
    f"{number:03d}": named("CT")[_COUNTIES[letter]]
    for number, letter in enumerate(_COUNTY_OF_TOWNS.replace(" ", ""), start=1)
}
STATUSES = {"A": "active", "I": "inactive", "O": "removed"}
PARTIES = {"D": "D", "R": "R", "U": "N"}
GENDERS = {"F": "F", "M": "M", "U": "U", "X": "X"}
ELECTION_TYPES = {
    "E": "general",
    "P": "primary",
    "S": "special",
    "R": "other",
    "D": "other",
    "T": "other",
}
METHODS = {"Y": "mail", "N": "election_day"}

FIXED = {
    "TOWN-ID": 3,
    "VTR-ID-VOTER": 9,
    "VTR-NM-LAST": 35,
    "VTR-NM-FIRST": 20,
    "VTR-NM-MID": 15,
    "VTR-NM-PREFIX": 5,
    "VTR-NM-SUFF": 5,
    "VTR-CD-STATUS": 1,
    "CD-SPEC-STATUS": 1,
    "CD-OFF-REASON": 1,
    "VTR-DIST": 3,
    "VTR-PREC": 2,
    "CONGRESS": 3,
    "SENATE": 3,
    "ASSEMBLY": 3,
    "POLL-PL-NAME": 40,
    "LOC-VTR-DIST": 3,
    "LOC-VTR-PREC": 2,
    "SPC-VTR-DIST": 3,
    "SPC-VTR-PREC": 2,
    "VTR-AD-NUM": 6,
    "VTR-AD-UNIT": 8,
    "NM-STREET": 40,
    "TOWN-NAME": 18,
    "ST": 2,
    "ZIP5": 5,
    "ZIP4": 4,
    "CARRIER": 4,
    "MAIL-NUM": 6,
    "MAIL-UNIT": 8,
    "MAIL-STR1": 40,
    "MAIL-STR2": 20,
    "MAIL-CITY": 30,
    "MAIL-ST": 2,
    "MAIL-COUNTRY": 20,
    "MAIL-ZIP": 10,
    "MAIL-CARRIER": 4,
    "DT-BIRTH": 10,
    "PHONE": 10,
    "CD-PARTY": 5,
    "CD-PARTY-UNQUAL": 5,
    "CD-SEX": 1,
    "DT-ACCEPT": 10,
    "ELECT-DT-1": 10,
    "ELECT-TYPE-1": 1,
    "ELECT-ABSTEE-1": 1,
    "ELECT-DT-2": 10,
    "ELECT-TYPE-2": 1,
    "ELECT-ABSTEE-2": 1,
    "ELECT-DT-3": 10,
    "ELECT-TYPE-3": 1,
    "ELECT-ABSTEE-3": 1,
    "ELECT-DT-4": 10,
    "ELECT-TYPE-4": 1,
    "ELECT-ABSTEE-4": 1,
    "ELECT-DT-5": 10,
    "ELECT-TYPE-5": 1,
    "ELECT-ABSTEE-5": 1,
    "ELECT-DT-6": 10,
    "ELECT-TYPE-6": 1,
    "ELECT-ABSTEE-6": 1,
    "ELECT-DT-7": 10,
    "ELECT-TYPE-7": 1,
    "ELECT-ABSTEE-7": 1,
    "ELECT-DT-8": 10,
    "ELECT-TYPE-8": 1,
    "ELECT-ABSTEE-8": 1,
    "ELECT-DT-9": 10,
    "ELECT-TYPE-9": 1,
    "ELECT-ABSTEE-9": 1,
    "ELECT-DT-10": 10,
    "ELECT-TYPE-10": 1,
    "ELECT-ABSTEE-10": 1,
    "ELECT-DT-11": 10,
    "ELECT-TYPE-11": 1,
    "ELECT-ABSTEE-11": 1,
    "ELECT-DT-12": 10,
    "ELECT-TYPE-12": 1,
    "ELECT-ABSTEE-12": 1,
    "ELECT-DT-13": 10,
    "ELECT-TYPE-13": 1,
    "ELECT-ABSTEE-13": 1,
    "ELECT-DT-14": 10,
    "ELECT-TYPE-14": 1,
    "ELECT-ABSTEE-14": 1,
    "ELECT-DT-15": 10,
    "ELECT-TYPE-15": 1,
    "ELECT-ABSTEE-15": 1,
    "ELECT-DT-16": 10,
    "ELECT-TYPE-16": 1,
    "ELECT-ABSTEE-16": 1,
    "ELECT-DT-17": 10,
    "ELECT-TYPE-17": 1,
    "ELECT-ABSTEE-17": 1,
    "ELECT-DT-18": 10,
    "ELECT-TYPE-18": 1,
    "ELECT-ABSTEE-18": 1,
    "ELECT-DT-19": 10,
    "ELECT-TYPE-19": 1,
    "ELECT-ABSTEE-19": 1,
    "ELECT-DT-20": 10,
    "ELECT-TYPE-20": 1,
    "ELECT-ABSTEE-20": 1,
}

ENTRIES = Entries(
    parts=("day", "type", "absentee"),
    places=tuple(
        Place((f"ELECT-DT-{at}", f"ELECT-TYPE-{at}", f"ELECT-ABSTEE-{at}"))
        for at in range(1, 21)
    ),
    rules=(
        Date("election_date", "day", "%m/%d/%Y"),
        Code(
            target="election_type",
            column="type",
            table=ELECTION_TYPES,
            otherwise="other",
            raw=False,
        ),
        Code(target="method", column="absentee", table=METHODS, raw=False),
    ),
)


def _voters(name: str, *, fixed: bool) -> Variant:
    return Variant(
        name=name,
        state="CT",
        role=Role.VOTERS,
        delimiter=",",
        columns=tuple(FIXED),
        widths=tuple(FIXED.values()) if fixed else (),
        gap=1 if fixed else 0,
        trailing=0 if fixed else 1,
        key="VTR-ID-VOTER",
        examples={
            "TOWN-ID": re.compile(r"\d{1,3}"),
            "VTR-ID-VOTER": re.compile(r"\w{1,9}"),
            "VTR-CD-STATUS": re.compile(r"[AIO]|"),
            "DT-BIRTH": re.compile(r"\d{1,2}/\d{1,2}/\d{4}|"),
        },
        flag=Flag(column="CD-SPEC-STATUS", values=("A",), no=""),
        entries=ENTRIES,
        file_name=re.compile(r".*ELCT.*", re.IGNORECASE),
        example_name="ELCT_{date}.txt",
        rules=(
            Identifier("state_voter_id", ("TOWN-ID", "VTR-ID-VOTER")),
            Text("first_name", ("VTR-NM-FIRST",)),
            Text("middle_name", ("VTR-NM-MID",)),
            Text("last_name", ("VTR-NM-LAST",)),
            Text("name_suffix", ("VTR-NM-SUFF",)),
            Code(
                target="status",
                column="VTR-CD-STATUS",
                table=STATUSES,
                otherwise="other",
            ),
            Date("registration_date", "DT-ACCEPT", "%m/%d/%Y"),
            Code(target="party", column="CD-PARTY", table=PARTIES, otherwise="O"),
            Constant("party_basis", "registered"),
            County("TOWN-ID", TOWNS),
            Text("precinct_code", ("VTR-DIST",)),
            Text("municipality", ("TOWN-NAME",)),
            District("us_house_district", "CONGRESS"),
            District("state_senate_district", "SENATE"),
            District("state_house_district", "ASSEMBLY"),
            Street(
                target="res_address",
                columns=("VTR-AD-NUM", "NM-STREET"),
                number="VTR-AD-NUM",
                name="NM-STREET",
            ),
            Text("res_address2", ("VTR-AD-UNIT",)),
            Text("res_state", ("ST",)),
            Zip(zip5="res_zip5", column="ZIP5", zip4="res_zip4", plus4="ZIP4"),
            BirthDate("DT-BIRTH", "%m/%d/%Y"),
            Code(target="gender", column="CD-SEX", table=GENDERS),
            Phone(("PHONE",)),
            Street(
                target="mail_line1",
                columns=("MAIL-NUM", "MAIL-STR1", "MAIL-UNIT"),
                number="MAIL-NUM",
                name="MAIL-STR1",
            ),
            Text("mail_line2", ("MAIL-STR2",)),
            Text("mail_city", ("MAIL-CITY",)),
            Text("mail_state", ("MAIL-ST",)),
            Zip(zip5="mail_zip5", column="MAIL-ZIP"),
            Text("mail_country", ("MAIL-COUNTRY",)),
        ),
    )


LAYOUT = Layout(
    state="CT",
    source="Connecticut Secretary of the State, voter file layout, 2019 to 2026",
    county_codes=TOWNS,
    variants=(
        _voters("ct-voters", fixed=True),
        _voters("ct-voters-trimmed", fixed=False),
    ),
    notes=(
        "Counties are those of before 2022, of which the list of counties is.",
        "Whether identifiers are unique in the state is not established.",
        "Of the many party codes only D, R and U are taken; all others are O.",
    ),
    territory=Territory(
        us_house=5,
        state_senate=36,
        state_house=151,
        zips=(6001, 6928),
        area_codes=("203", "860"),
        voter_id="{code}-{number:09d}",
    ),
)

"""Minnesota: comma files by congressional district, history beside them.

The state registers no party, gives the year of birth only and no status: whoever is in
the list may be taken as registered, which is no status of the canonical ones.
"""

import re

from states.layouts.counties import named, numbered
from states.layouts.declaration import Layout, Role, Territory, Variant, names
from states.layouts.rules import (
    BirthYear,
    ByPattern,
    Code,
    County,
    Date,
    District,
    MailLines,
    Phone,
    Street,
    Text,
    Zip,
)

_LAST_OUT_OF_ORDER = ("MAHNOMEN", "MARSHALL", "MARTIN", "MCLEOD")
_LAKES = ("LAKE OF THE WOODS", "LAKE")
COUNTIES = {
    **numbered("MN", *_LAKES),
    **{str(at): named("MN")[name] for at, name in enumerate(_LAST_OUT_OF_ORDER, 43)},
}
METHODS = {"A": "mail", "P": "election_day", "M": "mail"}
ELECTION_TYPES = (
    (r"PRESIDENTIAL", "presidential_primary"),
    (r"SPECIAL", "special"),
    (r"PRIMARY", "primary"),
    (r"GENERAL", "general"),
)

VOTERS = Variant(
    name="mn-voters",
    state="MN",
    role=Role.VOTERS,
    delimiter=",",
    quoted=True,
    header=True,
    columns=names(
        """
    VoterId CountyCode FirstName MiddleName LastName NameSuffix HouseNumber StreetName
    UnitType UnitNumber Address2 City State ZipCode MailAddress MailCity MailState
    MailZipCode PhoneNumber RegistrationDate DOBYear StateMcdCode McdName PrecinctCode
    PrecinctName WardCode School SchSub Judicial Legislative StateSen Congressional
    Commissioner Park SoilWater Hospital LegacyId PermanentAbsentee
    """
    ),
    key="VoterId",
    file_name=re.compile(r"Voter\d{2}\.txt", re.IGNORECASE),
    example_name="Voter01.txt",
    rules=(
        Text("state_voter_id", ("VoterId",)),
        Text("first_name", ("FirstName",)),
        Text("middle_name", ("MiddleName",)),
        Text("last_name", ("LastName",)),
        Text("name_suffix", ("NameSuffix",)),
        Date("registration_date", "RegistrationDate", "%m/%d/%Y"),
        County("CountyCode", COUNTIES),
        Text("precinct_code", ("PrecinctCode",)),
        Text("precinct_name", ("PrecinctName",)),
        Text("municipality", ("McdName",)),
        Text("ward", ("WardCode",)),
        Text("school_district", ("School",)),
        District("us_house_district", "Congressional"),
        District("state_senate_district", "StateSen"),
        District("state_house_district", "Legislative"),
        Street(
            target="res_address",
            columns=("HouseNumber", "StreetName"),
            number="HouseNumber",
            name="StreetName",
        ),
        # A unit or, if there is none, the second line.
        Text("res_address2", ("Address2",)),
        Text("res_city", ("City",)),
        Text("res_state", ("State",)),
        Zip(zip5="res_zip5", column="ZipCode", zip4="res_zip4"),
        BirthYear("DOBYear"),
        Phone(("PhoneNumber",)),
        MailLines(("MailAddress",)),
        Text("mail_city", ("MailCity",)),
        Text("mail_state", ("MailState",)),
        Zip(zip5="mail_zip5", column="MailZipCode"),
    ),
)

HISTORY = Variant(
    name="mn-history",
    state="MN",
    role=Role.HISTORY,
    delimiter=",",
    quoted=True,
    header=True,
    columns=names(
        """
    VoterId ElectionDate ElectionDescription VotingMethod
    """
    ),
    key="VoterId",
    file_name=re.compile(r"Election\d{2}\.txt", re.IGNORECASE),
    example_name="Election01.txt",
    rules=(
        Text("state_voter_id", ("VoterId",)),
        Date("election_date", "ElectionDate", "%m/%d/%Y"),
        ByPattern("election_type", "ElectionDescription", ELECTION_TYPES, "other"),
        Text("election_name", ("ElectionDescription",)),
        Code(
            target="method",
            column="VotingMethod",
            table=METHODS,
            otherwise="other",
            blank="unknown",
            raw=False,
        ),
    ),
)

LAYOUT = Layout(
    state="MN",
    source="Minnesota Secretary of State, public registered voter list, 2025",
    county_codes=COUNTIES,
    variants=(VOTERS, HISTORY),
    notes=(
        "County numbers 38, 39 and 43 to 46 rest on one source: compare them before use.",
        "No status is given.",
    ),
    territory=Territory(
        us_house=8,
        state_senate=67,
        state_house=134,
        zips=(55001, 56763),
        area_codes=("612", "651", "218", "507"),
        large={27053: 850, 27123: 340, 27037: 300, 27003: 240},
    ),
)

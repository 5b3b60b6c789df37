"""California: tab files with a header for voters and votes; districts in a third file.

Districts lie by precinct in that third file, which is recognized and not read, so
voters have none. Counties are numbered in alphabetical order. No preference is no party.
"""

import re

from states.layouts.counties import numbered
from states.layouts.declaration import Layout, Role, Territory, Variant, names
from states.layouts.rules import (
    BirthDate,
    ByPattern,
    Code,
    Constant,
    County,
    Date,
    Email,
    MailLines,
    Phone,
    Street,
    Text,
    Zip,
)

COUNTIES = numbered("CA")
STATUSES = {"A": "active", "I": "inactive"}
PARTIES = {
    "DEM": "D",
    "REP": "R",
    "GRN": "G",
    "LIB": "L",
    "NPP": "N",
    "AI": "O",
    "PF": "O",
}
GENDERS = {"F": "F", "M": "M", "X": "X", "U": "U"}
METHODS = {"VBM": "mail", "CVR": "provisional"}
ELECTION_TYPES = (
    (r"(?i)PRESIDENTIAL PRIMARY", "presidential_primary"),
    (r"(?i)PRIMARY", "primary"),
    (r"(?i)SPECIAL|RECALL", "special"),
    (r"(?i)MUNICIPAL", "municipal"),
    (r"(?i)GENERAL", "general"),
)
_DAYS = ("%Y-%m-%d", "%m/%d/%Y")

VOTERS = Variant(
    name="ca-voters",
    state="CA",
    role=Role.VOTERS,
    delimiter="\t",
    header=True,
    columns=names(
        """
        CountyCode RegistrantID ExtractDate LastName FirstName MiddleName Suffix
        AddressNumber HouseFractionNumber AddressNumberSuffix StreetDirPrefix StreetName
        StreetType StreetDirSuffix UnitType UnitNumber City State Zip Phone1Area
        Phone1Exchange Phone1NumberPart Phone2Area Phone2Exchange Phone2NumberPart
        Phone3Area Phone3Exchange Phone3NumberPart Phone4Area Phone4Exchange
        Phone4NumberPart Email MailingAddressLine1 MailingAddressLine2
        MailingAddressLine3 MailingCity MailingState MailingZip5 MailingCountry Language
        DOB Gender PartyCode Status RegistrationDate Precinct PrecinctNumber
        RegistrationMethodCode PlaceOfBirth NamePrefix NonStandardAddress
        VoterStatusReasonCodeDesc AssistanceRequestFlag VbmVoterType EmsVoterId
        PrecinctId
        """
    ),
    key="RegistrantID",
    file_name=re.compile(r".*-vrd.*\.txt", re.IGNORECASE),
    example_name="VoterFile-vrd-{date}.TXT",
    rules=(
        Text("state_voter_id", ("RegistrantID",)),
        Text("county_voter_id", ("EmsVoterId",)),
        Text("first_name", ("FirstName",)),
        Text("middle_name", ("MiddleName",)),
        Text("last_name", ("LastName",)),
        Text("name_suffix", ("Suffix",)),
        Code(target="gender", column="Gender", table=GENDERS),
        Code(target="status", column="Status", table=STATUSES, otherwise="other"),
        Date("registration_date", "RegistrationDate", _DAYS),
        Code(target="party", column="PartyCode", table=PARTIES, otherwise="O"),
        Constant("party_basis", "registered"),
        County("CountyCode", COUNTIES),
        Text("precinct_code", ("PrecinctId",)),
        Text("precinct_name", ("Precinct",)),
        Street(
            target="res_address",
            columns=(
                "AddressNumber",
                "HouseFractionNumber",
                "AddressNumberSuffix",
                "StreetDirPrefix",
                "StreetName",
                "StreetType",
                "StreetDirSuffix",
            ),
            number="AddressNumber",
            name="StreetName",
        ),
        Street(
            target="res_address2",
            columns=("UnitType", "UnitNumber"),
            number="UnitType",
            name="UnitNumber",
        ),
        Text("res_city", ("City",)),
        Text("res_state", ("State",)),
        Zip(zip5="res_zip5", column="Zip", zip4="res_zip4"),
        BirthDate("DOB", _DAYS),
        Phone(("Phone1Area", "Phone1Exchange", "Phone1NumberPart")),
        Email("Email"),
        MailLines(
            ("MailingAddressLine1", "MailingAddressLine2", "MailingAddressLine3")
        ),
        Text("mail_city", ("MailingCity",)),
        Text("mail_state", ("MailingState",)),
        Zip(zip5="mail_zip5", column="MailingZip5"),
        Text("mail_country", ("MailingCountry",)),
    ),
)

HISTORY = Variant(
    name="ca-history",
    state="CA",
    role=Role.HISTORY,
    delimiter="\t",
    header=True,
    columns=names(
        """
        CountyCode RegistrantID ExtractDate ElectionType ElectionTypeDesc ElectionDate
        ElectionName Method
        """
    ),
    key="RegistrantID",
    file_name=re.compile(r".*-vph.*\.txt", re.IGNORECASE),
    example_name="VoterFile-vph-{date}.TXT",
    rules=(
        Text("state_voter_id", ("RegistrantID",)),
        Date("election_date", "ElectionDate", _DAYS),
        Text("election_name", ("ElectionName",)),
        ByPattern("election_type", "ElectionName", ELECTION_TYPES, "other"),
        Code(
            target="method",
            column="Method",
            table=METHODS,
            otherwise="other",
            blank="unknown",
            raw=False,
        ),
    ),
)

DISTRICTS = Variant(
    name="ca-districts",
    state="CA",
    role=Role.DISTRICTS,
    delimiter="\t",
    header=True,
    columns=("PrecinctId", "DistrictTypeCode", "DistrictName"),
    key="PrecinctId",
    file_name=re.compile(r".*-pd.*\.txt", re.IGNORECASE),
    example_name="VoterFile-pd-{date}.TXT",
    rules=(),
)

LAYOUT = Layout(
    state="CA",
    source="California Secretary of State, statewide voter file, 2023",
    county_codes=COUNTIES,
    variants=(VOTERS, HISTORY, DISTRICTS),
    notes=(
        "Further columns of the districts' file, and their order, are not established.",
        "Codes of votes other than VBM and CVR are kept as another method.",
        "The first of four telephones is read. Counties' own files are not declared.",
    ),
    territory=Territory(
        us_house=52,
        state_senate=40,
        state_house=80,
        zips=(90001, 96161),
        area_codes=("213", "415", "619", "916"),
        large={6037: 5700, 6059: 1800, 6073: 1950, 6065: 1350, 6071: 1200, 6085: 1000},
    ),
)

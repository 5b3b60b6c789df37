"""South Carolina: one list whose votes are six last ones, in a column each.

The state registers no party. Of votes the list has the last two generals and the last
two primaries of each party, by day. The delimiter, the format of days and the codes
of gender, race and status are not established: each is told from the file.
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
    Code,
    County,
    Date,
    District,
    Street,
    Text,
    Zip,
)

_DAYS = ("%m/%d/%Y", "%Y-%m-%d", "%Y%m%d")
STATUSES = {
    "ACTIVE": "active",
    "INACTIVE": "inactive",
    "A": "active",
    "I": "inactive",
}
GENDERS = {"F": "F", "M": "M", "U": "U", "FEMALE": "F", "MALE": "M"}
RACES = {
    "WHITE": "white",
    "BLACK": "black",
    "HISPANIC": "hispanic",
    "ASIAN": "asian",
    "OTHER": "other",
    "UNKNOWN": "unknown",
}

ENTRIES = Entries(
    parts=("day", "type", "party"),
    places=(
        Place(("GeneralElectionLastVoted",), ("GENERAL", "")),
        Place(("GeneralElectionPreviousVoted",), ("GENERAL", "")),
        Place(("DemocraticElectionLastVoted",), ("PRIMARY", "D")),
        Place(("DemocraticElectionPreviousVoted",), ("PRIMARY", "D")),
        Place(("RepublicanElectionLastVoted",), ("PRIMARY", "R")),
        Place(("RepublicanElectionPreviousVoted",), ("PRIMARY", "R")),
    ),
    rules=(
        Date("election_date", "day", _DAYS),
        Code(
            target="election_type",
            column="type",
            table={"GENERAL": "general", "PRIMARY": "primary"},
            raw=False,
        ),
        Code(target="party", column="party", table={"D": "D", "R": "R"}, raw=False),
    ),
)

COLUMNS = names(
    """
    County VoterRegistrationNumber FirstName MiddleName LastName Suffix
    ResidenceLineNumber ResidenceLineName ResidenceLineSuite ResidenceCity
    ResidenceZipCode MailingLineNumber MailingLineName MailingCity MailingState
    MailingZipCode Gender Race RegistrationDate DateOfBirth DateLastVoted
    GeneralElectionLastVoted GeneralElectionPreviousVoted DemocraticElectionLastVoted
    DemocraticElectionPreviousVoted RepublicanElectionLastVoted
    RepublicanElectionPreviousVoted WatershedDistrict PrecinctCode PrecinctName Township
    HouseDistrict SenateDistrict CntyCouncilDistrict SchoolDistrict CityCouncilDistrict
    CongressionalDistrict VoterStatus MunicipalityCode MunicipalityName
    """
)


def _voters(name: str, delimiter: str) -> Variant:
    return Variant(
        name=name,
        state="SC",
        role=Role.VOTERS,
        delimiter=delimiter,
        quoted=True,
        header=True,
        columns=COLUMNS,
        key="VoterRegistrationNumber",
        entries=ENTRIES,
        file_name=re.compile(r".*\.(?:csv|txt)", re.IGNORECASE),
        example_name="VoterList_{date}.csv",
        rules=(
            Text("state_voter_id", ("VoterRegistrationNumber",)),
            Text("first_name", ("FirstName",)),
            Text("middle_name", ("MiddleName",)),
            Text("last_name", ("LastName",)),
            Text("name_suffix", ("Suffix",)),
            Code(
                target="status",
                column="VoterStatus",
                table=STATUSES,
                otherwise="other",
            ),
            Date("registration_date", "RegistrationDate", _DAYS),
            County("County", named("SC")),
            Text("precinct_code", ("PrecinctCode",)),
            Text("precinct_name", ("PrecinctName",)),
            Text("municipality", ("MunicipalityName", "Township")),
            Text("ward", ("CityCouncilDistrict",)),
            Text("school_district", ("SchoolDistrict",)),
            District("us_house_district", "CongressionalDistrict"),
            District("state_senate_district", "SenateDistrict"),
            District("state_house_district", "HouseDistrict"),
            Street(
                target="res_address",
                columns=("ResidenceLineNumber", "ResidenceLineName"),
                number="ResidenceLineNumber",
                name="ResidenceLineName",
            ),
            Text("res_address2", ("ResidenceLineSuite",)),
            Text("res_city", ("ResidenceCity",)),
            Zip(zip5="res_zip5", column="ResidenceZipCode", zip4="res_zip4"),
            BirthDate("DateOfBirth", _DAYS),
            Code(target="gender", column="Gender", table=GENDERS),
            Code(target="race", column="Race", table=RACES),
            Street(
                target="mail_line1",
                columns=("MailingLineNumber", "MailingLineName"),
                number="MailingLineNumber",
                name="MailingLineName",
            ),
            Text("mail_city", ("MailingCity",)),
            Text("mail_state", ("MailingState",)),
            Zip(zip5="mail_zip5", column="MailingZipCode"),
        ),
    )


LAYOUT = Layout(
    state="SC",
    source="South Carolina list of registered voters, columns as seen in 2021",
    county_codes=named("SC"),
    variants=(
        _voters("sc-voters", ","),
        _voters("sc-voters-tab", "\t"),
        _voters("sc-voters-pipe", "|"),
    ),
    notes=(
        "Delimiter, encoding, days and codes are not established: told from the file.",
        "Older votes than the last two of a kind are not in the list.",
    ),
    territory=Territory(
        us_house=7,
        state_senate=46,
        state_house=124,
        zips=(29001, 29945),
        area_codes=("803", "843", "864"),
        voter_id="{number:09d}",
        large={45045: 350, 45079: 270, 45019: 300, 45051: 290},
    ),
)

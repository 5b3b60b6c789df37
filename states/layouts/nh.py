"""New Hampshire: comma files with a header, renamed in April 2025; history apart.

The checklist has no birth, no day of registration and no status. Undeclared voters are
in no party until they take a party's ballot. History holds rows twice; they count once.
"""

import re

from states.layouts.counties import named
from states.layouts.declaration import Layout, Role, Territory, Variant, names
from states.layouts.rules import (
    ByPattern,
    Code,
    Constant,
    County,
    Date,
    Street,
    Text,
    Zip,
)

PARTIES = {"DEM": "D", "REP": "R", "UND": "N"}
BALLOTS = {"DEM": "D", "REP": "R"}
ELECTION_TYPES = (
    (r"(?i)PRESIDENTIAL PRIMARY", "presidential_primary"),
    (r"(?i)PRIMARY", "primary"),
    (r"(?i)SPECIAL", "special"),
    (r"(?i)TOWN|MUNICIPAL|CITY", "municipal"),
    (r"(?i)GENERAL", "general"),
)
_ALIASES = dict(
    pair.split(" = ")
    for pair in names(
        """
        Voter ID = id_voter | Last Name = nm_last | First Name = nm_first |
        Middle Name = nm_mid | Suffix = nm_suff | Party = cd_party |
        Street Number = ad_num | Address Suffix = ad_num_suffix_a |
        House Fraction Number = ad_num_suffix_b | Street Name = ad_str1 |
        Apartment / Unit Number = ad_unit | Apartment/Unit Number = ad_unit |
        Address Line 2 = ad_str2 | Address Line 3 = ad_str3 |
        Domicile City/Town = ad_city | Postal City/Town = ad_mail_city | State = ad_st |
        Zip 5 = ad_zip5 | Zip +4 = ad_zip4 | Mailing Street Number = mail_num |
        Mailing Address Suffix = mail_num_suffix_a |
        Mailing House Fraction Number = mail_num_suffix_b |
        Mailing Street Name = mail_str1 | Mailing Apartment / Unit Number = mail_unit |
        Mailing Apartment/Unit Number = mail_unit | Mailing Address Line 2 = mail_str2 |
        Mailing Address Line 3 = mail_str3 | Mailing Postal City/Town = mail_city |
        Mailing State = mail_st | Mailing Zip 5 = mail_zip5 | Mailing Zip +4 = mail_zip4 |
        Ward/District = ward
        """,
        "|",
    )
)

VOTERS = Variant(
    name="nh-voters",
    state="NH",
    role=Role.VOTERS,
    delimiter=",",
    quoted=True,
    header=True,
    columns=names(
        """
        id_voter nm_last nm_first nm_mid nm_suff cd_party ad_num ad_num_suffix_a
        ad_num_suffix_b ad_str1 ad_unit ad_str2 ad_str3 ad_city ad_mail_city ad_st
        ad_zip5 ad_zip4 mail_num mail_num_suffix_a mail_num_suffix_b mail_str1 mail_unit
        mail_str2 mail_str3 mail_city mail_st mail_zip5 mail_zip4 ward County
        """
    ),
    key="id_voter",
    aliases=_ALIASES,
    optional=frozenset({"ad_zip4", "mail_zip4"}),
    file_name=re.compile(r".*checklist.*\.(?:csv|txt)", re.IGNORECASE),
    example_name="statewide_checklist_{date}.csv",
    rules=(
        Text("state_voter_id", ("id_voter",)),
        Text("first_name", ("nm_first",)),
        Text("middle_name", ("nm_mid",)),
        Text("last_name", ("nm_last",)),
        Text("name_suffix", ("nm_suff",)),
        Code(target="party", column="cd_party", table=PARTIES, otherwise="O"),
        Constant("party_basis", "registered"),
        County("County", named("NH")),
        Text("municipality", ("ad_city",)),
        Text("ward", ("ward",)),
        Street(
            target="res_address",
            columns=("ad_num", "ad_num_suffix_a", "ad_num_suffix_b", "ad_str1"),
            number="ad_num",
            name="ad_str1",
        ),
        Text("res_address2", ("ad_unit", "ad_str2", "ad_str3")),
        Text("res_city", ("ad_mail_city",)),
        Text("res_state", ("ad_st",)),
        Zip(zip5="res_zip5", column="ad_zip5", zip4="res_zip4", plus4="ad_zip4"),
        Street(
            target="mail_line1",
            columns=("mail_num", "mail_num_suffix_a", "mail_num_suffix_b", "mail_str1"),
            number="mail_num",
            name="mail_str1",
        ),
        Text("mail_line2", ("mail_unit", "mail_str2", "mail_str3")),
        Text("mail_city", ("mail_city",)),
        Text("mail_state", ("mail_st",)),
        Zip(zip5="mail_zip5", column="mail_zip5"),
    ),
)

_DAYS = ("%m/%d/%Y", "%Y-%m-%d")

HISTORY = Variant(
    name="nh-history",
    state="NH",
    role=Role.HISTORY,
    delimiter=",",
    quoted=True,
    header=True,
    columns=names(
        """
        id_voter election_date election_name election_type election_category ballot_type
        cd_part_voted town
        """
    ),
    key="id_voter",
    aliases={
        "Voter ID": "id_voter",
        "Election Date": "election_date",
        "Election Name": "election_name",
        "Election Type": "election_type",
        "Election Category": "election_category",
        "Ballot Type": "ballot_type",
        "Party Voted": "cd_part_voted",
        "City/Town": "town",
    },
    file_name=re.compile(r".*history.*\.(?:csv|txt)", re.IGNORECASE),
    example_name="voter_history_{date}.csv",
    rules=(
        Text("state_voter_id", ("id_voter",)),
        Date("election_date", "election_date", _DAYS),
        Text("election_name", ("election_name",)),
        ByPattern("election_type", "election_name", ELECTION_TYPES, "other"),
        Code(target="party", column="cd_part_voted", table=BALLOTS, raw=False),
    ),
)

LAYOUT = Layout(
    state="NH",
    source="New Hampshire Secretary of State, statewide checklist and history, 2025",
    county_codes=named("NH"),
    variants=(VOTERS, HISTORY),
    notes=(
        "The format of days in the history is not established: two are tried.",
        "Codes of ballot types are not established: votes carry no method.",
        "Some deliveries of 2025 are xlsx, and an mdb copy comes along: neither is read.",
    ),
    territory=Territory(
        us_house=2,
        state_senate=24,
        state_house=400,
        zips=(3031, 3897),
        area_codes=("603",),
        large={33011: 310, 33015: 250, 33013: 115},
    ),
)

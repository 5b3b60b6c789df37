"""Florida: tab files by county without header or quoting, history beside them.

An exempt voter's names, address, districts and contact details are blank or
``*``; participants in address confidentiality are absent altogether. Race and
ethnicity are one question. History codes B, N and P are not votes.
"""

import re

from states.layouts.declaration import Flag, Layout, Role, Variant, VoteCodes
from states.layouts.rules import (
    Address,
    BirthDate,
    Code,
    Constant,
    County,
    Date,
    District,
    Email,
    MailLines,
    Phone,
    Text,
    Zip,
)

COUNTIES = {
    "ALA": 12001,  # Alachua
    "BAK": 12003,  # Baker
    "BAY": 12005,  # Bay
    "BRA": 12007,  # Bradford
    "BRE": 12009,  # Brevard
    "BRO": 12011,  # Broward
    "CAL": 12013,  # Calhoun
    "CHA": 12015,  # Charlotte
    "CIT": 12017,  # Citrus
    "CLA": 12019,  # Clay
    "CLL": 12021,  # Collier
    "CLM": 12023,  # Columbia
    "DAD": 12086,  # Miami-Dade
    "DES": 12027,  # Desoto
    "DIX": 12029,  # Dixie
    "DUV": 12031,  # Duval
    "ESC": 12033,  # Escambia
    "FLA": 12035,  # Flagler
    "FRA": 12037,  # Franklin
    "GAD": 12039,  # Gadsden
    "GIL": 12041,  # Gilchrist
    "GLA": 12043,  # Glades
    "GUL": 12045,  # Gulf
    "HAM": 12047,  # Hamilton
    "HAR": 12049,  # Hardee
    "HEN": 12051,  # Hendry
    "HER": 12053,  # Hernando
    "HIG": 12055,  # Highlands
    "HIL": 12057,  # Hillsborough
    "HOL": 12059,  # Holmes
    "IND": 12061,  # Indian River
    "JAC": 12063,  # Jackson
    "JEF": 12065,  # Jefferson
    "LAF": 12067,  # Lafayette
    "LAK": 12069,  # Lake
    "LEE": 12071,  # Lee
    "LEO": 12073,  # Leon
    "LEV": 12075,  # Levy
    "LIB": 12077,  # Liberty
    "MAD": 12079,  # Madison
    "MAN": 12081,  # Manatee
    "MON": 12087,  # Monroe
    "MRN": 12083,  # Marion
    "MRT": 12085,  # Martin
    "NAS": 12089,  # Nassau
    "OKA": 12091,  # Okaloosa
    "OKE": 12093,  # Okeechobee
    "ORA": 12095,  # Orange
    "OSC": 12097,  # Osceola
    "PAL": 12099,  # Palm Beach
    "PAS": 12101,  # Pasco
    "PIN": 12103,  # Pinellas
    "POL": 12105,  # Polk
    "PUT": 12107,  # Putnam
    "SAN": 12113,  # Santa Rosa
    "SAR": 12115,  # Sarasota
    "SEM": 12117,  # Seminole
    "STJ": 12109,  # St. Johns
    "STL": 12111,  # St. Lucie
    "SUM": 12119,  # Sumter
    "SUW": 12121,  # Suwannee
    "TAY": 12123,  # Taylor
    "UNI": 12125,  # Union
    "VOL": 12127,  # Volusia
    "WAK": 12129,  # Wakulla
    "WAL": 12131,  # Walton
    "WAS": 12133,  # Washington
}

STATUSES = {"ACT": "active", "INA": "inactive", "PRE": "preregistered"}
PARTIES = {"DEM": "D", "REP": "R", "LPF": "L", "GRE": "G", "CPF": "C", "NPA": "N"}
GENDERS = {"F": "F", "M": "M", "U": "U", "X": "X"}
RACES = {
    "1": "american_indian",
    "2": "asian_pacific_islander",
    "3": "black",
    "4": "hispanic",
    "5": "white",
    "6": "other",
    "7": "multiracial",
    "9": "unknown",
}
# "Black, not Hispanic" and "White, not Hispanic" answer; the others do not say.
ETHNICITIES = {"3": "not_hispanic", "4": "hispanic", "5": "not_hispanic"}
ELECTION_TYPES = {
    "PPP": "presidential_primary",
    "PRI": "primary",
    "RUN": "runoff",
    "GEN": "general",
    "OTH": "other",
}
METHODS = {"A": "mail", "E": "early", "Y": "election_day"}

COLUMNS = (
    "County Code",
    "Voter ID",
    "Name Last",
    "Name Suffix",
    "Name First",
    "Name Middle",
    "Requested public records exemption",
    "Residence Address Line 1",
    "Residence Address Line 2",
    "Residence City (USPS)",
    "Residence State",
    "Residence Zipcode",
    "Mailing Address Line 1",
    "Mailing Address Line 2",
    "Mailing Address Line 3",
    "Mailing City",
    "Mailing State",
    "Mailing Zipcode",
    "Mailing Country",
    "Gender",
    "Race",
    "Birth Date",
    "Registration Date",
    "Party Affiliation",
    "Precinct",
    "Precinct Group",
    "Precinct Split",
    "Precinct Suffix",
    "Voter Status",
    "Congressional District",
    "House District",
    "Senate District",
    "County Commission District",
    "School Board District",
    "Daytime Area Code",
    "Daytime Phone Number",
    "Daytime Phone Extension",
    "Email address",
)

HISTORY_COLUMNS = (
    "County Code",
    "Voter ID",
    "Election Date",
    "Election Type",
    "History Code",
)

_IDENTITY = {
    "County Code": re.compile("|".join(COUNTIES)),
    "Voter ID": re.compile(r"\d{5,10}"),
}

VOTERS = Variant(
    name="fl-voters",
    state="FL",
    role=Role.VOTERS,
    delimiter="\t",
    quoted=False,
    header=False,
    columns=COLUMNS,
    key="Voter ID",
    flag=Flag(column="Requested public records exemption", values=("Y",)),
    file_name=re.compile(r"[A-Z]{3}_\d{8}\.txt", re.IGNORECASE),
    examples=_IDENTITY,
    rules=(
        Text("state_voter_id", ("Voter ID",)),
        Text("first_name", ("Name First",)),
        Text("middle_name", ("Name Middle",)),
        Text("last_name", ("Name Last",)),
        Text("name_suffix", ("Name Suffix",)),
        Code(target="status", column="Voter Status", table=STATUSES, otherwise="other"),
        Date("registration_date", "Registration Date", "%m/%d/%Y"),
        Code(target="party", column="Party Affiliation", table=PARTIES, otherwise="O"),
        Constant("party_basis", "registered"),
        County("County Code", COUNTIES),
        Text("precinct_code", ("Precinct",)),
        Text("school_district", ("School Board District",)),
        District("us_house_district", "Congressional District"),
        District("state_senate_district", "Senate District"),
        District("state_house_district", "House District"),
        Address("res_address", "Residence Address Line 1"),
        Address("res_address2", "Residence Address Line 2"),
        Text("res_city", ("Residence City (USPS)",)),
        Text("res_state", ("Residence State",)),
        Zip(zip5="res_zip5", column="Residence Zipcode", zip4="res_zip4"),
        BirthDate("Birth Date", "%m/%d/%Y"),
        Code(target="gender", column="Gender", table=GENDERS),
        Code(target="race", column="Race", table=RACES),
        Code(target="ethnicity", column="Race", table=ETHNICITIES, raw=False),
        Phone(("Daytime Area Code", "Daytime Phone Number")),
        Email("Email address"),
        MailLines(
            (
                "Mailing Address Line 1",
                "Mailing Address Line 2",
                "Mailing Address Line 3",
            )
        ),
        Text("mail_city", ("Mailing City",)),
        Text("mail_state", ("Mailing State",)),
        Zip(zip5="mail_zip5", column="Mailing Zipcode"),
        Text("mail_country", ("Mailing Country",)),
    ),
)

HISTORY = Variant(
    name="fl-history",
    state="FL",
    role=Role.HISTORY,
    delimiter="\t",
    quoted=False,
    header=False,
    columns=HISTORY_COLUMNS,
    key="Voter ID",
    file_name=re.compile(r"[A-Z]{3}_H_\d{8}\.txt", re.IGNORECASE),
    examples={
        **_IDENTITY,
        "Election Date": re.compile(r"\d{2}/\d{2}/\d{4}"),
    },
    vote_codes=VoteCodes(
        column="History Code",
        votes=frozenset(METHODS),
        not_votes=frozenset({"B", "N", "P"}),
    ),
    rules=(
        Text("state_voter_id", ("Voter ID",)),
        Date("election_date", "Election Date", "%m/%d/%Y"),
        Code(
            target="election_type",
            column="Election Type",
            table=ELECTION_TYPES,
            otherwise="other",
            blank="other",
            raw=False,
        ),
        Code(target="method", column="History Code", table=METHODS, raw=False),
    ),
)

LAYOUT = Layout(
    state="FL",
    source="Florida Division of Elections, voter extract disk file layout, 2018",
    county_codes=COUNTIES,
    variants=(VOTERS, HISTORY),
)

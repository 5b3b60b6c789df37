"""Exports of commercial vendors: recognized, and read only for a party that states that its license lets it.

They are of any state, so their layouts are made for one. What they add of their own (scores,
models, households, commercial data) is not read. Votes are not read either: their columns
name a year and a class of election, and no day; a delivery without any keeps the published ones.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache

from states.layouts.counties import named
from states.layouts.declaration import Role, Variant
from states.layouts.known import LAYOUTS
from states.layouts.rules import (
    BirthDate,
    Code,
    County,
    Date,
    District,
    Email,
    MailLines,
    Phone,
    Rule,
    Text,
    Zip,
)

L2 = "L2"
TARGETSMART = "TargetSmart"
VAN = "VAN"
NATIONBUILDER = "NationBuilder"
CATALIST = "Catalist"

# By which column of its header each vendor's file is known, whatever state it is of.
MARKS: Mapping[str, re.Pattern[str]] = {
    L2: re.compile(r"lalvoterid|voters_fips|parties_description"),
    TARGETSMART: re.compile(r"vb[._]voterbase_id|ts[._]tsmart_.*|voterbase_id"),
    VAN: re.compile(r"voter file vanid|mycampaign id|vanid|statefileid"),
    NATIONBUILDER: re.compile(
        r"nbec_guid|nationbuilder_id|state_file_id|vh\d\dpp?\d|vh\d\d[gs]\d"
    ),
    CATALIST: re.compile(r"dwid|dw_id"),
}

_DAYS = ("%Y-%m-%d", "%m/%d/%Y")
_PARTIES = {
    "D": "D",
    "DEM": "D",
    "DEMOCRAT": "D",
    "DEMOCRATIC": "D",
    "R": "R",
    "REP": "R",
    "REPUBLICAN": "R",
    "L": "L",
    "LIB": "L",
    "LIBERTARIAN": "L",
    "G": "G",
    "GRN": "G",
    "GREEN": "G",
    "C": "C",
    "CONSTITUTION": "C",
    "N": "N",
    "U": "N",
    "NPA": "N",
    "NON-PARTISAN": "N",
    "NONPARTISAN": "N",
    "NO PARTY": "N",
    "UNAFFILIATED": "N",
    "UNENROLLED": "N",
}
_GENDERS = {"M": "M", "F": "F", "X": "X", "U": "U", "MALE": "M", "FEMALE": "F"}
_STATUSES = {
    "A": "active",
    "ACTIVE": "active",
    "TRUE": "active",
    "T": "active",
    "I": "inactive",
    "INACTIVE": "inactive",
    "FALSE": "inactive",
    "F": "inactive",
}


def vendor_of(names: set[str]) -> str | None:
    """Give the vendor whose file a header's names, in lower case, tell of; None if none's."""
    for vendor, mark in MARKS.items():
        if any(mark.fullmatch(name) for name in names):
            return vendor
    return None


@cache
def vendor_variants(state: str) -> Mapping[str, Variant]:
    """Give the layouts of vendors' files for one state, by vendor; Catalist's is not known."""
    return {vendor: make(state) for vendor, make in _MAKERS.items()}


def variants_of(state: str) -> tuple[Variant, ...]:
    """Give every layout that a state's files may be read in, those of vendors last."""
    declared = LAYOUTS[state].variants if state in LAYOUTS else ()
    return (*declared, *vendor_variants(state).values())


def _l2(state: str) -> Variant:
    residence, mail = "Residence_Addresses_", "Mailing_Addresses_"
    return _variant(
        f"l2-{state.lower()}",
        state,
        key="Voters_StateVoterID",
        delimiter="\t",
        rules=(
            Text("state_voter_id", ("Voters_StateVoterID",)),
            Text("county_voter_id", ("Voters_CountyVoterID",)),
            *_names(
                "Voters_FirstName Voters_MiddleName Voters_LastName Voters_NameSuffix"
            ),
            _status("Voters_Active"),
            Date("registration_date", "Voters_OfficialRegDate", _DAYS),
            # Its party is registered in some states and a model's guess in others: not read.
            County("Voters_FIPS", _fips(state)),
            Text("precinct_code", ("Precinct",)),
            *_districts(
                "US_Congressional_District State_Senate_District State_House_District"
            ),
            Text("res_address", (f"{residence}AddressLine",)),
            Text("res_address2", (f"{residence}ExtraAddressLine",)),
            Text("res_city", (f"{residence}City",)),
            Text("res_state", (f"{residence}State",)),
            Zip(
                zip5="res_zip5",
                column=f"{residence}Zip",
                zip4="res_zip4",
                plus4=f"{residence}ZipPlus4",
            ),
            _gender("Voters_Gender"),
            Phone(("VoterTelephones_CellPhoneFormatted",)),
            MailLines((f"{mail}AddressLine",)),
            Text("mail_city", (f"{mail}City",)),
            Text("mail_state", (f"{mail}State",)),
            Zip(zip5="mail_zip5", column=f"{mail}Zip"),
        ),
        known_by="LALVOTERID",
    )


def _targetsmart(state: str) -> Variant:
    return _variant(
        f"targetsmart-{state.lower()}",
        state,
        key="vb.voterid",
        delimiter="\t",
        rules=(
            # People who are not registered have none, and are no voters.
            Text("state_voter_id", ("vb.voterid",)),
            *_names(
                "vb.tsmart_first_name vb.tsmart_middle_name"
                " vb.tsmart_last_name vb.tsmart_name_suffix"
            ),
            _status("vb.vf_voter_status"),
            Date("registration_date", "vb.vf_registration_date", ("%Y%m%d", *_DAYS)),
            *_party(state, "vb.vf_party"),
            County("vb.vf_county_name", named(state)),
            Text("precinct_code", ("vb.vf_precinct_id",)),
            *_districts("vb.vf_cd vb.vf_sd"),
            Text("res_address", ("vb.vf_reg_address_1",)),
            Text("res_address2", ("vb.vf_reg_address_2",)),
            Text("res_city", ("vb.vf_reg_city",)),
            Text("res_state", ("vb.vf_reg_state",)),
            Zip(
                zip5="res_zip5",
                column="vb.vf_reg_zip",
                zip4="res_zip4",
                plus4="vb.vf_reg_zip4",
            ),
            BirthDate("vb.voterbase_dob", "%Y%m%d"),
            _gender("vb.voterbase_gender"),
            Phone(("vb.voterbase_phone",)),
            Email("vb.voterbase_email"),
        ),
        known_by="vb.voterbase_id",
    )


def _van(state: str) -> Variant:
    return _variant(
        f"van-{state.lower()}",
        state,
        key="StateFileID",
        delimiter="\t",
        rules=(
            Text("state_voter_id", ("StateFileID",)),
            Text("county_voter_id", ("CountyFileID",)),
            *_names("FirstName MiddleName LastName Suffix"),
            Date("registration_date", "DateReg", _DAYS[::-1]),
            *_party(state, "Party"),
            County("County", named(state)),
            Text("precinct_name", ("PrecinctName",)),
            *_districts("CD SD HD"),
            Text("res_address", ("vAddress", "Address")),
            Text("res_city", ("City",)),
            Text("res_state", ("State",)),
            Zip(zip5="res_zip5", column="Zip5", zip4="res_zip4", plus4="Zip4"),
            BirthDate("DOB", _DAYS[::-1]),
            _gender("Sex"),
            Phone(("Preferred Phone",)),
            Email("PreferredEmail"),
            MailLines(("mAddress",)),
        ),
        known_by="Voter File VANID",
        aliases={
            "ZipCode": "Zip5",
            "VoterVANID": "Voter File VANID",
            "VanID": "Voter File VANID",
        },
    )


def _nationbuilder(state: str) -> Variant:
    return _variant(
        f"nationbuilder-{state.lower()}",
        state,
        key="state_file_id",
        delimiter=",",
        rules=(
            Text("state_voter_id", ("state_file_id",)),
            Text("county_voter_id", ("county_file_id",)),
            *_names("first_name middle_name last_name suffix"),
            _status("is_active_voter"),
            Date("registration_date", "registered_at", _DAYS),
            *_party(state, "party"),
            County("county", named(state)),
            Text("precinct_code", ("precinct_code",)),
            Text("precinct_name", ("precinct_name",)),
            Text("ward", ("city_district",)),
            *_districts("federal_district state_upper_district state_lower_district"),
        ),
        known_by="nbec_guid",
    )


_MAKERS: Mapping[str, Callable[[str], Variant]] = {
    L2: _l2,
    TARGETSMART: _targetsmart,
    VAN: _van,
    NATIONBUILDER: _nationbuilder,
}


VENDORS = tuple(_MAKERS)
"""Vendors whose files can be read."""


def _variant(  # a declaration reads better flat
    name: str,
    state: str,
    *,
    key: str,
    delimiter: str,
    rules: tuple[Rule, ...],
    known_by: str,
    aliases: Mapping[str, str] | None = None,
) -> Variant:
    """Give a layout whose users choose their columns: all but the key may be missing."""
    made = Variant(
        name=name,
        state=state,
        role=Role.VOTERS,
        delimiter=delimiter,
        quoted=True,
        header=True,
        columns=(),
        key=key,
        rules=rules,
        file_name=re.compile(r".*"),
    )
    columns = tuple(dict.fromkeys((known_by, *made.sources)))
    prefixed = {
        one.replace("vb.", "vb_", 1): one for one in columns if one.startswith("vb.")
    }
    return replace(
        made,
        columns=columns,
        aliases={**prefixed, **(aliases or {})},
        optional=frozenset(columns) - {key},
    )


def _names(columns: str) -> tuple[Rule, ...]:
    targets = ("first_name", "middle_name", "last_name", "name_suffix")
    pairs = zip(targets, columns.split(), strict=True)
    return tuple(Text(target, (column,)) for target, column in pairs)


def _districts(columns: str) -> tuple[Rule, ...]:
    kinds = ("us_house_district", "state_senate_district", "state_house_district")
    return tuple(
        District(kind, column)
        for kind, column in zip(kinds, columns.split(), strict=False)
    )


def _status(column: str) -> Rule:
    return Code(
        target="status",
        column=column,
        table=_STATUSES,
        otherwise="other",
        blank="active",
    )


def _gender(column: str) -> Rule:
    return Code(target="gender", column=column, table=_GENDERS, otherwise="U")


def _party(state: str, column: str) -> tuple[Rule, ...]:
    """Give the rule of the party, where the state's own file tells one: elsewhere it is a model's guess."""
    rules = (
        [rule for one in LAYOUTS[state].variants for rule in one.rules]
        if state in LAYOUTS
        else []
    )
    if any(getattr(rule, "target", "") == "party" for rule in rules):
        return (Code(target="party", column=column, table=_PARTIES, otherwise="O"),)
    return ()


def _fips(state: str) -> Mapping[str, int]:
    counties = named(state).values()
    return {
        code: fips for fips in counties for code in (f"{fips % 1000:03d}", str(fips))
    }

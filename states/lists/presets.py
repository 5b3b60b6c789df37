"""Column presets of exports: what a walk, a phone bank or a mailing takes, and VAN-style headers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from states.fields.definition import Field
from states.fields.registry import field as standard_field
from states.targeting.licensing import License, check_fields

_NAMES: Final = ("first_name", "middle_name", "last_name", "name_suffix")
_HOME: Final = ("res_address", "res_address2", "res_city", "res_state", "res_zip5")
_MAIL: Final = (
    "mail_line1",
    "mail_line2",
    "mail_city",
    "mail_state",
    "mail_zip5",
    "mail_country",
)
# The names under which the voter file tools of campaigns take these columns in.
_VAN: Final[Mapping[str, str]] = {
    "state_voter_id": "StateFileID",
    "county_voter_id": "CountyFileID",
    "first_name": "FirstName",
    "middle_name": "MiddleName",
    "last_name": "LastName",
    "name_suffix": "Suffix",
    "gender": "Sex",
    "birth_date": "DOB",
    "age": "Age",
    "party": "Party",
    "registration_date": "DateReg",
    "res_address": "Address",
    "res_address2": "AddressLine2",
    "res_city": "City",
    "res_state": "State",
    "res_zip5": "Zip5",
    "res_zip4": "Zip4",
    "mail_line1": "mAddress",
    "mail_line2": "mAddressLine2",
    "mail_city": "mCity",
    "mail_state": "mState",
    "mail_zip5": "mZip5",
    "phone": "Phone",
    "email": "Email",
    "precinct_name": "PrecinctName",
    "us_house_district": "CD",
    "state_senate_district": "SD",
    "state_house_district": "HD",
}


@dataclass(frozen=True, slots=True)
class Preset:
    """Columns in order, those without which it is of no use, and the titles of some."""

    columns: tuple[str, ...]
    needs: tuple[str, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)


PRESETS: Final[Mapping[str, Preset]] = {
    "walk_list": Preset(
        (
            *_HOME,
            *_NAMES,
            "age",
            "gender",
            "party",
            "precinct_code",
            "support",
            "last_contact",
            "suppressions",
        ),
        ("res_address",),
    ),
    "phone_bank": Preset(
        (
            "phone",
            *_NAMES,
            "age",
            "gender",
            "party",
            "res_city",
            "support",
            "last_contact",
            "last_result",
            "suppressions",
        ),
        ("phone",),
    ),
    "mail_house": Preset((*_NAMES, *_MAIL, *_HOME, "res_zip4"), ("res_address",)),
    "van": Preset(tuple(_VAN), ("state_voter_id",), _VAN),
}
"""Preset → its columns. Without a preset every licensed column is sent."""


def columns_of(preset: Preset, licensed: Sequence[License]) -> tuple[str, ...]:
    """Return the columns of a preset that every state licenses.

    Raises `Denied` naming the grant that is missing where one that it needs is not licensed.
    """
    for license_ in licensed:
        check_fields(preset.needs, license_, pointer="/preset")
    groups = frozenset.intersection(*(one.groups for one in licensed))
    return tuple(
        name for name in preset.columns if standard_field(name).group in groups
    )


def titles_of(name: str, columns: Sequence[Field]) -> list[str]:
    """Return the title of each column under a preset, by its name; "" is none."""
    preset = PRESETS.get(name)
    titles = preset.titles if preset else {}
    return [titles.get(one.name, one.name) for one in columns]

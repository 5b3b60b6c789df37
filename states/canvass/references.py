"""Whom a contact is about: by an id, by a phone or an address of e-mail, or by a description."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final
from uuid import UUID

from coop.errors import FieldFault, Invalid
from states.voters.ids import parse_voter_id

STATE: Final = re.compile(r"[A-Z]{2}")
PHONE: Final = re.compile(r"\+[1-9][0-9]{6,14}")
ZIP: Final = re.compile(r"[0-9]{5}(?:-?[0-9]{4})?")
EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
COUNTY: Final = re.compile(r"[0-9]{5}")
LONGEST: Final = 120
NUMBER_LONGEST: Final = 60


@dataclass(frozen=True, slots=True)
class Description:
    """What is known of a person; each member as it was sent, None where it was not."""

    first_name: str | None = None
    middle_name: str | None = None
    last_name: str | None = None
    suffix: str | None = None
    birth_date: str | None = None
    birth_year: int | None = None
    address: str | None = None
    zip5: str | None = None
    phone: str | None = None
    email: str | None = None

    @property
    def is_named(self) -> bool:
        """Tell whether there is a name to compare, and not a number alone."""
        return self.last_name is not None

    @property
    def is_enough(self) -> bool:
        """Tell whether anybody could be told from others by it."""
        if self.phone or self.email:
            return True
        more = self.birth_date or self.birth_year or self.address
        return bool(self.first_name and self.last_name and more)


@dataclass(frozen=True, slots=True)
class VoterReference:
    """Who a contact is about: by the co-op's id, the state's, the county's, or described."""

    state: str
    voter: UUID | None = None
    state_voter_id: str | None = None
    county: int | None = None
    county_voter_id: str | None = None
    described: Description | None = None


IDS: Final = (
    frozenset({"state", "state_voter_id"}),
    frozenset({"state", "county", "county_voter_id"}),
)
DESCRIBED: Final = frozenset(one.name for one in fields(Description))


def read_reference(given: object) -> VoterReference:
    """Read the `voter` member of a contact. Raises `Invalid` with its faults."""
    if isinstance(given, str):
        return _by_public_id(given)
    if isinstance(given, Mapping) and isinstance(given.get("state"), str):
        named = set(given)
        if not STATE.fullmatch(given["state"]):
            raise _required()
        if named in IDS:
            return _by_number(given)
        if named > {"state"} and named <= DESCRIBED | {"state"}:
            return _by_description(given)
    raise _required()


def _by_public_id(given: str) -> VoterReference:
    try:
        state, voter = parse_voter_id(given)
    except Invalid as error:
        raise _invalid("", error.code, error.detail) from error
    return VoterReference(state, voter=voter)


def _by_number(given: Mapping[str, Any]) -> VoterReference:
    state, county = given["state"], given.get("county")
    name = "state_voter_id" if county is None else "county_voter_id"
    number = given[name]
    if not isinstance(number, str) or not 0 < len(number) <= NUMBER_LONGEST:
        raise _required()
    if not number.isprintable():
        raise _required()
    if county is None:
        return VoterReference(state, state_voter_id=number)
    if not isinstance(county, str) or not COUNTY.fullmatch(county):
        raise _invalid("/county", "county_unknown", "Give its five-digit FIPS code.")
    return VoterReference(state, county=int(county), county_voter_id=number)


def _by_description(given: Mapping[str, Any]) -> VoterReference:
    faults = [
        FieldFault(f"/voter/{name}", "description_invalid", _FORMS[name])
        for name, value in given.items()
        if name != "state" and not _fits(name, value)
    ]
    if faults:
        raise Invalid("item_invalid", "The description is not valid.", faults)
    told = {name: value for name, value in given.items() if name != "state"}
    described = Description(**told)
    if not described.is_enough:
        sentence = (
            "Describe the voter by phone or email, or by first_name and last_name"
            " with birth_date, birth_year or address."
        )
        raise _invalid("", "description_insufficient", sentence)
    return VoterReference(given["state"], described=described)


def _fits(name: str, value: object) -> bool:
    if name == "birth_year":
        whole = isinstance(value, int) and not isinstance(value, bool)
        return whole and 1890 <= int(str(value)) <= dt.date.max.year
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST:
        return False
    if not value.isprintable() or value.isspace():
        return False
    if name == "birth_date":
        return _is_day(value)
    pattern = {"phone": PHONE, "zip5": ZIP, "email": EMAIL}.get(name)
    return pattern is None or pattern.fullmatch(value) is not None


def _is_day(value: str) -> bool:
    try:
        return len(value) == 10 and dt.date.fromisoformat(value).year >= 1890
    except ValueError:
        return False


_TEXT: Final = f"This must be 1 to {LONGEST} printable characters."
_FORMS: Final = dict.fromkeys(DESCRIBED, _TEXT) | {
    "birth_date": "This must be a day, YYYY-MM-DD.",
    "birth_year": "This must be a year, as a number.",
    "phone": "This must be in E.164: +16145550100.",
    "zip5": "This must be five digits.",
    "email": "This must be an address of e-mail.",
}


def _required() -> Invalid:
    sentence = (
        "Name the voter by id, by state and state_voter_id, by state, county and"
        " county_voter_id, or describe the person."
    )
    return _invalid("", "voter_required", sentence)


def _invalid(pointer: str, code: str, detail: str) -> Invalid:
    return Invalid(code, detail, [FieldFault(f"/voter{pointer}", code, detail)])

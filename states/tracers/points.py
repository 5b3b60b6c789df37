"""The points at which a party can be reached through its tracers, and how many tracers an export gets."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from coop.errors import FieldFault, Invalid

_PHONE: Final = re.compile(r"\+1[2-9][0-9]{9}", re.ASCII)
_EMAIL: Final = re.compile(r"[a-z0-9._-]*@[a-z0-9-]+(\.[a-z0-9-]+)+", re.ASCII)
_ZIP: Final = re.compile(r"[0-9]{5}", re.ASCII)
MOST_SHARE: Final = 0.02
ONE_IN: Final = 10
"""However few voters an export has, at most one line in so many beside them is a tracer."""


@dataclass(frozen=True, slots=True)
class Address:
    """A mailing address where the party's own people take the mail.

    `county` is a FIPS code: tracers beside that county's voters get it first. `units` are the boxes or
    apartments at it that are the party's.
    """

    line1: str
    city: str
    zip5: str
    county: int | None = None
    units: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Points:
    """A party's set-up: where tracers live, their phones (E.164) and mailboxes, and their number.

    A mailbox is `box@example.org` (tracers get `box+name@…`) or a whole domain, `@example.org`. An export gets
    `share` of its voters, at least `least` and at most `most`.
    """

    addresses: tuple[Address, ...]
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    share: float = 0.001
    least: int = 8
    most: int = 400
    walk_voters: int | None = None

    def number_for(self, voters: int) -> int:
        """Return how many tracers an export of so many voters gets; none where it has none."""
        wanted = max(self.least, min(self.most, math.ceil(voters * self.share)))
        return min(wanted, math.ceil(voters / ONE_IN))


_NUMBERS: Final = ("share", "least", "most", "walk_voters")


def points_from(raw: Mapping[str, Any]) -> Points:
    """Return the set-up that was written down by `as_plain`, or sent in that form."""
    addresses = tuple(
        Address(
            one["line1"],
            one["city"],
            one["zip5"],
            one.get("county"),
            tuple(one.get("units", ())),
        )
        for one in raw["addresses"]
    )
    chosen = {name: raw[name] for name in _NUMBERS if name in raw}
    phones, emails = tuple(raw.get("phones", ())), tuple(raw.get("emails", ()))
    return Points(addresses, phones, emails, **chosen)


def as_plain(points: Points) -> dict[str, Any]:
    """Return a set-up as values of JSON."""
    return asdict(points)


def check_points(points: Points) -> None:
    """Raise `Invalid` (`tracers_invalid`) naming each point that is none, or a number that cannot be."""
    faults = [
        *_faults("/phones", points.phones, _PHONE, "A phone is +1 and ten digits."),
        *_faults(
            "/emails", points.emails, _EMAIL, "A mailbox, or a domain after an @."
        ),
        *_faults(
            "/addresses",
            [one.zip5 for one in points.addresses],
            _ZIP,
            "A ZIP has five digits.",
        ),
    ]
    if not points.addresses:
        faults.append(_wrong("/addresses", "Tracers need an address of yours."))
    if not 0 <= points.share <= MOST_SHARE:
        faults.append(_wrong("/share", f"A share from 0 to {MOST_SHARE}."))
    if not 1 <= points.least <= points.most:
        faults.append(_wrong("/least", "At least one, and no more than at most."))
    if points.walk_voters is not None and points.walk_voters < 1:
        faults.append(_wrong("/walk_voters", "At least one voter, or none named."))
    if faults:
        raise Invalid("tracers_invalid", faults[0].detail, faults)


def _faults(
    pointer: str, values: Sequence[str], form: re.Pattern[str], detail: str
) -> list[FieldFault]:
    return [
        _wrong(f"{pointer}/{number}", detail)
        for number, value in enumerate(values)
        if form.fullmatch(value) is None
    ]


def _wrong(pointer: str, detail: str) -> FieldFault:
    return FieldFault(pointer, "tracers_invalid", detail)

"""Who a tracer is: an invented person at the party's own points, drawn from the secret for one voter.

The same secret, voter and layer always give the same person, so that two licensees who compare
their copies find it alike in both.
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from states.tracers.codes import derived
from states.tracers.names import FAMILY, given_names_like
from states.tracers.points import Address, Points

# A tracer's id lies behind its voter's by less than a quarter of all ids: its line is sent after
# its voter's was read, and stands anywhere in that quarter.
_REACH: Final = 1 << 62
_TOP: Final = 1 << 64
PLACED_SHARE: Final = 7 / 8
"""Of evenly spread voters, the share beside whom a tracer finds a place."""
# The four bits of an id's version, in its upper half.
_VERSION: Final = 0xF000
_VARIANT: Final = 0b11 << 62
_CHANGED_DIGITS: Final = 6
TRIES: Final = 6


@dataclass(frozen=True, slots=True)
class Host:
    """The voter beside whom a tracer is made: what of its registration the tracer must fit."""

    voter: UUID
    county: int | None
    first_name: str | None
    state_voter_id: str | None
    county_voter_id: str | None


@dataclass(frozen=True, slots=True)
class Tracer:
    """An invented person. `phone` and `email` are None where the party named none."""

    id: UUID
    first: str
    middle: str
    last: str
    address: Address
    unit: str | None
    phone: str | None
    email: str | None
    days: int
    """By how many days its dates differ from its voter's, within the month."""


def tracer_id(key: bytes, voter: UUID) -> UUID | None:
    """Return the id of the tracer beside a voter; None where it would lie behind all ids.

    It has the form of the voter's own, version and variant included, and comes after it.
    """
    upper, lower = voter.int >> 64, voter.int & (_TOP - 1)
    placed = upper + int.from_bytes(key[:8]) % _REACH
    if placed >= _TOP:
        return None
    placed = (placed & ~_VERSION) | (upper & _VERSION)
    drawn = (int.from_bytes(key[8:16]) & ~_VARIANT) | (lower & _VARIANT)
    made = UUID(int=(placed << 64) | drawn)
    return made if made.int > voter.int else None


def tracer_at(key: bytes, made: UUID, host: Host, points: Points) -> Tracer:
    """Return the person of that id, by a key of its own (64 bytes, of which 16 made the id)."""
    names = given_names_like(host.first_name, key[16])
    first = names[_drawn(key, 17) % len(names)]
    last = FAMILY[_drawn(key, 21) % len(FAMILY)]
    near = [one for one in points.addresses if one.county == host.county]
    choice = near or list(points.addresses)
    address = choice[_drawn(key, 25) % len(choice)]
    units, phones = address.units, points.phones
    return Tracer(
        made,
        first,
        string.ascii_uppercase[_drawn(key, 29) % 26],
        last,
        address,
        units[_drawn(key, 33) % len(units)] if units else None,
        phones[_drawn(key, 37) % len(phones)] if phones else None,
        _email(key, first, last, points.emails),
        1 + _drawn(key, 53) % 26,
    )


def invented_ids(secret: bytes, made: UUID, real: str | None) -> list[str]:
    """Return ids of a register in the form of a real one, to be tried in turn until no voter has it.

    Digits at the end are others; the first figure that is not zero, all before it, and what is no
    digit stay, so that the id lies where the register's do.
    """
    if not real:
        return []
    places = [place for place, sign in enumerate(real) if sign in string.digits]
    leading = next((n for n, place in enumerate(places) if real[place] != "0"), 0)
    changed = places[leading + 1 :][-_CHANGED_DIGITS:]
    drawn = derived(secret, "register", made.bytes, real.encode())
    found = []
    for number in range(TRIES):
        digits = str(_drawn(drawn, number * 8)).zfill(_CHANGED_DIGITS)
        text = list(real)
        for place, digit in zip(reversed(changed), reversed(digits), strict=False):
            text[place] = digit
        found.append("".join(text))
    return [one for one in found if one != real]


def _email(key: bytes, first: str, last: str, boxes: tuple[str, ...]) -> str | None:
    if not boxes:
        return None
    box, _, domain = boxes[_drawn(key, 41) % len(boxes)].partition("@")
    named = f"{first}.{last}{_drawn(key, 45) % 9000 + 1000}".lower()
    return f"{box}+{named}@{domain}" if box else f"{named}@{domain}"


def _drawn(key: bytes, start: int) -> int:
    return int.from_bytes(key[start : start + 4])

"""How much two descriptions speak for one person: Fellegi and Sunter's weights, level by level.

A level's weight is log2(m / u): how much more often two records of one person (m) reach it
than those of two people (u). The shape is that of splink's published defaults
(`comparison_level.py` of splink 3: an exact match holds 95 % of m and weighs +10 bits, levels
between run from -5 to +3); where a field is known to tell more or less than that, it says
so: a day of birth is shared by one in 25,000, a year by one in 65, and people move.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler
from rapidfuzz.fuzz import token_sort_ratio

from states.canvass.nicknames import NICKNAMES, plain_address, plain_name

Record = Mapping[str, Any]
"""A person's members by the names of `Description`; absent or None is unknown."""

PRIOR_BITS: Final = math.log2(1e-4)
"""splink's default chance that two records out of a block are of one person."""


@dataclass(frozen=True, slots=True)
class Reason:
    """What one comparison found, and its weight in bits."""

    field: str
    level: str
    bits: float


@dataclass(frozen=True, slots=True)
class Likeness:
    """What speaks for and against one person, together."""

    reasons: tuple[Reason, ...]

    @property
    def bits(self) -> float:
        """Return the weight, the prior included."""
        return PRIOR_BITS + sum(one.bits for one in self.reasons)

    @property
    def probability(self) -> float:
        """Return the chance that both are one person, from 0 to 1."""
        return 1 / (1 + 2 ** -max(-60.0, min(60.0, self.bits)))


LEVELS: Final[Mapping[str, Mapping[str, tuple[float, float]]]] = {
    "last_name": {
        "exact": (0.90, 0.001),
        "close": (0.06, 0.002),
        "similar": (0.02, 0.01),
        "different": (0.02, 0.987),
    },
    "first_name": {
        "exact": (0.80, 0.01),
        "nickname": (0.12, 0.004),
        "close": (0.05, 0.008),
        "initial": (0.02, 0.03),
        "different": (0.01, 0.948),
    },
    "middle_name": {
        "exact": (0.75, 0.03),
        "initial": (0.20, 0.06),
        "different": (0.05, 0.91),
    },
    "suffix": {"exact": (0.98, 0.4), "different": (0.01, 0.6), "missing": (0.2, 0.5)},
    "birth": {
        "exact": (0.93, 0.00004),
        "close": (0.04, 0.002),
        "year": (0.97, 0.015),
        "different": (0.02, 0.98),
    },
    "residence": {
        "exact": (0.75, 0.0005),
        "similar": (0.08, 0.0005),
        "zip": (0.06, 0.004),
        "different": (0.11, 0.995),
    },
    "phone": {"exact": (0.65, 0.0005), "different": (0.35, 0.9995)},
    "email": {"exact": (0.70, 0.0001), "different": (0.30, 0.9999)},
}
"""Comparison → level → (m, u)."""


def likeness(told: Record, known: Record) -> Likeness:
    """Compare what is told of a person with what is known of a voter."""
    reasons = []
    for field, compare in _COMPARISONS.items():
        level = compare(told, known)
        if level is not None:
            m, u = LEVELS[field][level]
            reasons.append(Reason(field, level, round(math.log2(m / u), 2)))
    return Likeness(tuple(reasons))


def _both(told: Record, known: Record, name: str) -> tuple[str, str] | None:
    mine, theirs = plain_name(told.get(name)), plain_name(known.get(name))
    return (mine, theirs) if mine and theirs else None


def _last_name(told: Record, known: Record) -> str | None:
    names = _both(told, known, "last_name")
    if names is None:
        return None
    if names[0] == names[1]:
        return "exact"
    alike = JaroWinkler.similarity(*names)
    apart = DamerauLevenshtein.distance(*names)
    if alike >= 0.92 and apart <= 2:
        return "close"
    return "similar" if alike >= 0.85 else "different"


def _first_name(told: Record, known: Record) -> str | None:
    names = _both(told, known, "first_name")
    if names is None:
        return None
    mine, theirs = names
    if mine == theirs:
        return "exact"
    if theirs in NICKNAMES.get(mine, ()):
        return "nickname"
    if 1 in {len(mine), len(theirs)}:
        return "initial" if mine[0] == theirs[0] else "different"
    apart = DamerauLevenshtein.distance(mine, theirs)
    alike = JaroWinkler.similarity(mine, theirs)
    near = apart <= 1 or (apart == 2 and min(len(mine), len(theirs)) > 5)
    return "close" if near and alike >= 0.8 else "different"


def _middle_name(told: Record, known: Record) -> str | None:
    names = _both(told, known, "middle_name")
    if names is None:
        return None
    if names[0] == names[1]:
        return "exact"
    short = 1 in {len(names[0]), len(names[1])}
    return "initial" if short and names[0][0] == names[1][0] else "different"


def _suffix(told: Record, known: Record) -> str | None:
    """Tell juniors from seniors; who is told without a suffix may be either."""
    mine, theirs = plain_name(told.get("suffix")), plain_name(known.get("suffix"))
    if not mine:
        return None
    if not theirs:
        return "missing"
    return "exact" if mine == theirs else "different"


def _birth(told: Record, known: Record) -> str | None:
    mine, theirs = told.get("birth_date"), known.get("birth_date")
    if mine and theirs:
        return _days(str(mine), str(theirs))
    years = [_year(told), _year(known)]
    if None in years:
        return None
    return "year" if years[0] == years[1] else "different"


def _days(mine: str, theirs: str) -> str:
    """Compare days YYYY-MM-DD: one slip of a finger, or month and day in the other order, is close."""
    if mine == theirs:
        return "exact"
    turned = f"{mine[:5]}{mine[8:]}-{mine[5:7]}"
    if turned == theirs or DamerauLevenshtein.distance(mine, theirs) == 1:
        return "close"
    return "different"


def _year(record: Record) -> int | None:
    if record.get("birth_date"):
        return int(str(record["birth_date"])[:4])
    year = record.get("birth_year")
    return None if year is None else int(year)


def _residence(told: Record, known: Record) -> str | None:
    zips = [str(record.get("zip5") or "")[:5] for record in (told, known)]
    same_zip = zips[0] == zips[1] != ""
    if not (told.get("address") and known.get("address")):
        return _zip_alone(zips, same=same_zip)
    mine, theirs = plain_address(told["address"]), plain_address(known["address"])
    if mine == theirs:
        apart = all(zips) and not same_zip
        return "similar" if apart else "exact"
    same_house = mine.split(" ")[0] == theirs.split(" ")[0]
    if same_house and token_sort_ratio(mine, theirs) >= 80:
        return "similar"
    return "zip" if same_zip else "different"


def _zip_alone(zips: list[str], *, same: bool) -> str | None:
    if not all(zips):
        return None
    return "zip" if same else "different"


def _equal(name: str) -> Callable[[Record, Record], str | None]:
    def compare(told: Record, known: Record) -> str | None:
        mine, theirs = told.get(name), known.get(name)
        if not (mine and theirs):
            return None
        same = str(mine).casefold() == str(theirs).casefold()
        return "exact" if same else "different"

    return compare


_COMPARISONS: Final[Mapping[str, Callable[[Record, Record], str | None]]] = {
    "last_name": _last_name,
    "first_name": _first_name,
    "middle_name": _middle_name,
    "suffix": _suffix,
    "birth": _birth,
    "residence": _residence,
    "phone": _equal("phone"),
    "email": _equal("email"),
}

"""What a grant says: its terms as plain values, and how they are read from input."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, Final

from django.utils import timezone

from coop.errors import FieldFault, Invalid
from coop.grants.models import Grant, Pool
from coop.jurisdictions.models import Purpose


class FieldGroup(StrEnum):
    """What a grant can name; each is one walled table, or a set of them."""

    REGISTRATION = "registration"
    DEMOGRAPHICS = "demographics"
    CONTACT_DETAILS = "contact_details"
    VOTE_HISTORY = "vote_history"
    BALLOTS = "ballots"
    CONTACTS = "contacts"


ACTIONS: Final = ("count", "read", "export", "contribute")
DISTRICT_KINDS: Final = ("us_house", "state_senate", "state_house")
RECORDED_TERMS: Final = ("price", "metering")
"""Members of `terms` that are written down and settled between the two sides."""
LATER_TERMS: Final = ("embargo", "blind_exchange", "sublicensing")
"""Members of `terms` whose place is kept: refused until the co-op can keep such a promise."""
LONGEST_AGREEMENT: Final = 200_000
LARGEST_CAP: Final = 2_147_483_647

_DISTRICT: Final = re.compile(r"[1-9A-Z][0-9A-Z .,'&-]{0,39}")
_US_HOUSE: Final = re.compile(r"AL|[1-9][0-9]?")


@dataclass(frozen=True, slots=True)
class Geography:
    """Where a grant holds: the whole state, or the union of the named counties and districts.

    Counties are FIPS codes; districts are the state's own numbers, without leading zeros.
    """

    whole_state: bool = False
    counties: tuple[int, ...] = ()
    us_house_districts: tuple[str, ...] = ()
    state_senate_districts: tuple[str, ...] = ()
    state_house_districts: tuple[str, ...] = ()

    @property
    def kinds(self) -> frozenset[str]:
        """Return the kinds of place that are named, as a state's `place_kinds` names them."""
        kinds = {f"{kind}_district" for kind in DISTRICT_KINDS if self.districts(kind)}
        return frozenset(kinds | ({"county"} if self.counties else set()))

    def districts(self, kind: str) -> tuple[str, ...]:
        """Return the districts of a kind: `us_house`, `state_senate` or `state_house`."""
        named: tuple[str, ...] = getattr(self, f"{kind}_districts")
        return named


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The terms of one grant, checked for sense; `rules` checks them against the state.

    Times are aware; `cap_voters_month` counts distinct voters in a calendar month (UTC),
    None is no cap; `pool` is stated where `contribute` is, and only there.
    """

    groups: tuple[str, ...]
    actions: tuple[str, ...]
    geography: Geography
    purpose: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    cap_voters_month: int | None = None
    pool: str | None = None
    agreement: str = ""
    terms: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raise `Invalid`, naming every fault, for terms that make no sense."""
        faults = [fault for check in _CHECKS for fault in check(self)]
        if faults:
            raise Invalid("terms_invalid", "These terms cannot be granted.", faults)

    @property
    def agreement_hash(self) -> str:
        """Return SHA-256 of the agreement's UTF-8 text in hexadecimal, '' without a text."""
        if not self.agreement:
            return ""
        return hashlib.sha256(self.agreement.encode()).hexdigest()

    def columns(self) -> dict[str, Any]:
        """Return the values of a grant's columns that hold terms."""
        places = {
            one.name: value if isinstance(value, bool) else list(value)
            for one in fields(Geography)
            if (value := getattr(self.geography, one.name)) is not None
        }
        return places | {
            "groups": list(self.groups),
            "actions": list(self.actions),
            "purpose": self.purpose,
            "starts_at": self.starts_at,
            "ends_at": self.ends_at,
            "cap_voters_month": self.cap_voters_month,
            "pool": self.pool,
            "agreement": self.agreement,
            "agreement_hash": self.agreement_hash,
            "terms": dict(self.terms),
        }


def district_number(text: str) -> str:
    """Return a district's number as the layouts write it: upper case, no leading zeros."""
    return text.strip().upper().lstrip("0")


def terms_of(grant: Grant) -> Terms:
    """Return the terms that a grant holds; raises `Invalid` where they make no sense today."""
    return Terms(
        groups=tuple(grant.groups),
        actions=tuple(grant.actions),
        geography=Geography(
            whole_state=grant.whole_state,
            counties=tuple(grant.counties),
            us_house_districts=tuple(grant.us_house_districts),
            state_senate_districts=tuple(grant.state_senate_districts),
            state_house_districts=tuple(grant.state_house_districts),
        ),
        purpose=grant.purpose,
        starts_at=grant.starts_at,
        ends_at=grant.ends_at,
        cap_voters_month=grant.cap_voters_month,
        pool=grant.pool,
        agreement=grant.agreement,
        terms=grant.terms,
    )


def _check_words(terms: Terms) -> Iterable[FieldFault]:
    for name, given, known in (
        ("groups", terms.groups, tuple(FieldGroup)),
        ("actions", terms.actions, ACTIONS),
    ):
        if not given:
            yield FieldFault(f"/{name}", "required", "Name at least one.")
        if len(set(given)) < len(given):
            yield FieldFault(f"/{name}", "repeated", "Name each once.")
        for at, word in enumerate(given):
            if word == "sublicense":
                yield _later(f"/{name}/{at}", word)
            elif word not in known:
                yield _unknown(f"/{name}/{at}", known)
    if terms.purpose not in Purpose.values:
        yield _unknown("/purpose", Purpose.values)


def _check_pool(terms: Terms) -> Iterable[FieldFault]:
    contributes = "contribute" in terms.actions
    if contributes and "contacts" not in terms.groups:
        yield FieldFault(
            "/groups", "contacts_needed", "Who contributes needs `contacts`."
        )
    if contributes and terms.pool is None:
        yield FieldFault(
            "/pool",
            "required",
            "Say whether contributed contacts are held or pooled at once: there is no default.",
        )
    if not contributes and terms.pool is not None:
        yield FieldFault(
            "/pool", "not_applicable", "Only who contributes has a pool term."
        )
    if terms.pool is not None and terms.pool not in Pool.values:
        yield _unknown("/pool", Pool.values)


def _check_geography(terms: Terms) -> Iterable[FieldFault]:
    where = terms.geography
    if where.whole_state == bool(where.kinds):
        yield FieldFault(
            "/geography",
            "whole_or_parts",
            "Either the whole state, or at least one county or district.",
        )
    for kind in DISTRICT_KINDS:
        pattern = _US_HOUSE if kind == "us_house" else _DISTRICT
        for at, text in enumerate(where.districts(kind)):
            if not pattern.fullmatch(text):
                yield FieldFault(
                    f"/geography/{kind}_districts/{at}",
                    "not_a_district",
                    "A district's number as the state's file has it, without leading zeros.",
                )


def _check_time(terms: Terms) -> Iterable[FieldFault]:
    if terms.ends_at <= terms.starts_at:
        yield FieldFault("/ends_at", "before_start", "It must end after it starts.")
    elif terms.ends_at <= timezone.now():
        yield FieldFault("/ends_at", "in_the_past", "It must end in the future.")


def _check_amounts(terms: Terms) -> Iterable[FieldFault]:
    cap = terms.cap_voters_month
    if cap is not None and not 0 < cap <= LARGEST_CAP:
        yield FieldFault(
            "/cap_voters_month", "out_of_range", f"1 to {LARGEST_CAP}, or null."
        )
    if len(terms.agreement) > LONGEST_AGREEMENT or "\0" in terms.agreement:
        yield FieldFault(
            "/agreement", "too_long", f"At most {LONGEST_AGREEMENT} characters, no NUL."
        )


def _check_further(terms: Terms) -> Iterable[FieldFault]:
    for name, value in terms.terms.items():
        if name in LATER_TERMS:
            yield _later(f"/terms/{name}", name)
        elif name not in RECORDED_TERMS:
            yield FieldFault(
                f"/terms/{name[:40]}", "unknown_term", f"Known: {_known_terms()}."
            )
        elif not isinstance(value, str) or len(value) > 2_000 or "\0" in value:
            yield FieldFault(f"/terms/{name}", "not_a_text", "At most 2000 characters.")


def _known_terms() -> str:
    return ", ".join(RECORDED_TERMS)


def _later(pointer: str, name: str) -> FieldFault:
    return FieldFault(
        pointer,
        "term_not_supported",
        f"The co-op cannot enforce {name} yet, so nobody can agree to it.",
    )


def _unknown(pointer: str, known: Iterable[str]) -> FieldFault:
    return FieldFault(pointer, "unknown_choice", f"Known: {', '.join(known)}.")


_CHECKS: Final[tuple[Callable[[Terms], Iterable[FieldFault]], ...]] = (
    _check_words,
    _check_pool,
    _check_geography,
    _check_time,
    _check_amounts,
    _check_further,
)

"""Which fields are kept as bitmaps, and how: everything else is answered by SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from states.fields.definition import Facet, Field, Group, Kind
from states.fields.registry import FIELDS

ALL: Final = ""
"""The field under which each group keeps all voters of a place."""
ANY: Final = "?"
"""After a field's name: the voters of whom any value is known."""
BITS: Final = "#"
"""After a field's name: a bitmap for each binary digit of the value, the value being its place."""


class Form(StrEnum):
    """How a field is kept: a bitmap a value, bits of a number, one per election, or only whether it is known."""

    VALUES = "values"
    SLICED = "sliced"
    ELECTIONS = "elections"
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a group's bitmaps come from: a voters' table, and the SQL of each field over its row `t`."""

    table: str
    columns: Mapping[str, str]


_TABLES: Final[Mapping[Group, str]] = {
    Group.REGISTRATION: "voters_registration",
    Group.DEMOGRAPHICS: "voters_demographics",
    Group.CONTACT_DETAILS: "voters_contactdetails",
    Group.VOTE_HISTORY: "voters_votehistory",
}
GROUPS: Final = (*_TABLES, Group.CONTACTS)
"""The field groups with tables of facets; that of `contacts` holds places alone."""
_KNOWN_ONLY: Final = ("phone", "email")
_NOT_STORED: Final = ("age", "party_basis")
"""Age follows from birth_date and birth_year; the basis is one for a state."""


def form_of(field: Field) -> Form | None:
    """Return how a field's bitmaps are kept; None where it has none of its own."""
    if field.group not in _TABLES or field.name in _NOT_STORED:
        return None
    if field.name == "birth_date" or field.facet is Facet.ORDERED:
        return Form.SLICED
    if field.name in _KNOWN_ONLY:
        return Form.KNOWN
    return {Facet.VALUE: Form.VALUES, Facet.HISTORY: Form.ELECTIONS}.get(
        field.facet or Facet.LIVE
    )


def kept_fields(group: Group) -> dict[str, Form]:
    """Return a group's fields that are kept as bitmaps, and how."""
    named = {one.name: form_of(one) for one in FIELDS.values() if one.group is group}
    return {name: form for name, form in named.items() if form}


def source_of(group: Group) -> Source:
    """Return where the bitmaps of a group are made from."""
    kept = kept_fields(group)
    return Source(_TABLES[group], {name: _expression(FIELDS[name]) for name in kept})


def _expression(field: Field) -> str:
    """Return the SQL of what is kept of a row: text, a number that is not below zero, or elections."""
    if field.name == "times_voted":
        return "cardinality(t.elections)"
    if field.name == "voted":
        return "t.elections"
    name = f"t.{field.column or field.name}"
    if field.name in _KNOWN_ONLY:
        return f"CASE WHEN {name} IS NOT NULL THEN 1 END"
    if field.kind is Kind.DATE:
        return f"({name} - date '0001-01-01')"
    # Texts are compared without regard to case.
    return f"upper({name})" if field.kind is Kind.TEXT else name

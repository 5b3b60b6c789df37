"""What a field is: its group, kind, operators, facet and sensitivity.

Only the vocabulary lives here; the fields themselves are in the modules beside
this one, one for each kind of owner of the facts, and ``registry`` joins them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Group(StrEnum):
    """What a grant can name: one walled table, or set of tables, each."""

    REGISTRATION = "registration"
    DEMOGRAPHICS = "demographics"
    CONTACT_DETAILS = "contact_details"
    VOTE_HISTORY = "vote_history"
    BALLOTS = "ballots"
    CONTACTS = "contacts"
    SCORES = "scores"
    """Never granted: each set is its uploader's, and shared by it."""


class Kind(StrEnum):
    """What a field's values are, and so how they are written in JSON.

    ``code`` is a text from a code table (``Field.values``, or an open list such
    as district numbers when that is None); ``number`` may have decimals; ``date`` is ISO 8601; ``phone`` is
    E.164; ``elections`` holds no value of its own and is only asked about.
    """

    TEXT = "text"
    CODE = "code"
    INTEGER = "integer"
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"
    PHONE = "phone"
    EMAIL = "email"
    ELECTIONS = "elections"


class Operator(StrEnum):
    """A comparison that criteria can make.

    ``known`` takes a boolean; ``in`` a list; ``between`` two bounds, both
    included; ``within_days`` a number of days up to today; ``has`` and
    ``has_not`` a list of codes of a field that may hold several; ``any`` and
    ``none`` a list of elections; ``at_least`` a number of ``times`` out of the
    elections ``of_last`` of one ``type``.
    """

    EQ = "eq"
    IN = "in"
    PREFIX = "prefix"
    LT = "lt"
    LTE = "lte"
    GT = "gt"
    GTE = "gte"
    BETWEEN = "between"
    WITHIN_DAYS = "within_days"
    KNOWN = "known"
    HAS = "has"
    HAS_NOT = "has_not"
    VOTED_ANY = "any"
    VOTED_NONE = "none"
    VOTED_AT_LEAST = "at_least"


class Facet(StrEnum):
    """How a field is kept for counting: bitmaps per value, bit slices, or live."""

    VALUE = "value"
    ORDERED = "ordered"
    HISTORY = "history"
    LIVE = "live"


EXACT = (Operator.EQ, Operator.IN, Operator.KNOWN)
TEXT = (Operator.EQ, Operator.IN, Operator.PREFIX, Operator.KNOWN)
RANGE = (
    Operator.EQ,
    Operator.IN,
    Operator.LT,
    Operator.LTE,
    Operator.GT,
    Operator.GTE,
    Operator.BETWEEN,
    Operator.KNOWN,
)
OPERATORS: Mapping[Kind, tuple[Operator, ...]] = MappingProxyType(
    {
        Kind.TEXT: TEXT,
        Kind.CODE: EXACT,
        Kind.INTEGER: RANGE,
        Kind.NUMBER: RANGE,
        Kind.DATE: RANGE,
        Kind.BOOLEAN: (Operator.EQ, Operator.KNOWN),
        Kind.PHONE: EXACT,
        Kind.EMAIL: EXACT,
        Kind.ELECTIONS: (
            Operator.VOTED_ANY,
            Operator.VOTED_NONE,
            Operator.VOTED_AT_LEAST,
        ),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One published standard field.

    ``column`` is the column in the group's table, None if the value is derived
    or kept elsewhere (live values). ``identifying`` fields name or find one
    person: a count-only grant may not ask about them. ``values`` are the
    canonical codes, None if the list is open.
    """

    name: str
    group: Group
    kind: Kind
    label: str
    description: str
    column: str | None
    operators: tuple[Operator, ...]
    identifying: bool
    exportable: bool
    values: tuple[str, ...] | None
    facet: Facet | None


_FROM_NAME = "="


def declare(  # noqa: PLR0913  # a declaration reads better flat
    group: Group,
    kind: Kind,
    name: str,
    label: str,
    description: str,
    *,
    column: str | None = _FROM_NAME,
    operators: tuple[Operator, ...] | None = None,
    identifying: bool = False,
    exportable: bool = True,
    values: tuple[str, ...] | None = None,
    facet: Facet | None = None,
) -> Field:
    """Make a field with its kind's operators and a column of its own name."""
    return Field(
        name=name,
        group=group,
        kind=kind,
        label=label,
        description=description,
        column=name if column == _FROM_NAME else column,
        operators=OPERATORS[kind] if operators is None else operators,
        identifying=identifying,
        exportable=exportable,
        values=values,
        facet=facet,
    )

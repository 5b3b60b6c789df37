"""Rules: which canonical fields come from which of the file's columns.

The same rule is read forward by ``normalize`` and backward by ``write``.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Text:
    """Trimmed text: the first of the columns that is not blank."""

    target: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Address:
    """Text in which runs of spaces (column padding) become one space."""

    target: str
    column: str


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier, zeros restored to ``digits``; of several columns, joined by ``-``.

    Without all of its columns there is none.
    """

    target: str
    columns: tuple[str, ...]
    digits: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The first group of a pattern; where it does not fit, null, or the whole text."""

    target: str
    column: str
    pattern: str
    otherwise_whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Street:
    """A line in parts: those that are not blank, joined by spaces.

    ``number`` and ``name`` are the two of the columns that a line is written to.
    """

    target: str
    columns: tuple[str, ...]
    number: str
    name: str


@dataclass(frozen=True, slots=True)
class MailLines:
    """Mailing lines: the first that is not blank, and the others joined by commas."""

    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A code table: ``target`` gets the canonical code, ``target_raw`` the state's.

    ``otherwise`` is given for a code outside the table, ``blank`` for none at
    all. ``raw`` is off where another rule keeps the same column's raw code.
    """

    target: str
    column: str
    table: Mapping[str, str]
    otherwise: str | None = None
    blank: str | None = None
    raw: bool = True


Formats = str | tuple[str, ...]


def formats(declared: Formats) -> tuple[str, ...]:
    """Give the formats of days to try, in order; days are written in the first."""
    return (declared,) if isinstance(declared, str) else declared


@dataclass(frozen=True, slots=True)
class Date:
    """A day in the first format that fits; placeholders and future days become null."""

    target: str
    column: str
    format: Formats


@dataclass(frozen=True, slots=True)
class BirthDate:
    """The exact day of birth, and the year from it."""

    column: str
    format: Formats


@dataclass(frozen=True, slots=True)
class BirthYear:
    """A year of birth where the state gives no day."""

    column: str


@dataclass(frozen=True, slots=True)
class District:
    """A district's number without leading zeros, or AL."""

    target: str
    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Zip:
    """A ZIP of five or nine digits; ``plus4`` is the column of the last four, if any."""

    zip5: str
    column: str
    zip4: str | None = None
    plus4: str | None = None


@dataclass(frozen=True, slots=True)
class Phone:
    """A telephone, possibly in parts (area code, then number), to E.164."""

    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Email:
    """An e-mail address, lower case; what is not one becomes null."""

    column: str


@dataclass(frozen=True, slots=True)
class County:
    """The state's own county code to the five-digit FIPS integer."""

    column: str
    codes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Constant:
    """The same value for every row."""

    target: str
    value: str


@dataclass(frozen=True, slots=True)
class ByPattern:
    """The canonical code of the first pattern that the text contains.

    ``names`` say how each code is written, where the text has no other rule.
    """

    target: str
    column: str
    patterns: tuple[tuple[str, str], ...]
    otherwise: str
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ByPrefix:
    """The district of the first column whose code begins with a prefix: STH012 is 12."""

    target: str
    columns: tuple[str, ...]
    prefix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """The code of the first column that holds ``yes``, or ``otherwise``."""

    target: str
    flags: tuple[tuple[str, str], ...]
    otherwise: str
    yes: str = "Y"


@dataclass(frozen=True, slots=True)
class TypeByDay:
    """The election's type where only its day is given.

    ``general`` on the Tuesday after the first Monday of November, else ``other``.
    """

    column: str
    format: Formats


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedElection:
    """An election told by a text: gives ``election_type`` and ``election_date``.

    ``patterns`` are tried in order; their groups are ``type`` and ``year`` (of two
    or four digits), or ``type`` and ``date``. Where only the year is told, a general
    election's day follows from it, and that of others from ``days`` by type and
    year. ``names`` say how each type is written: ``{year}``, ``{short}``, ``{date}``.
    """

    column: str
    patterns: tuple[re.Pattern[str], ...]
    types: Mapping[str, str]
    names: Mapping[str, str]
    otherwise: str = "other"
    date_format: str = "%Y%m%d"
    days: Mapping[tuple[str, int], dt.date] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FromCalendar:
    """Day, name and (by patterns in its name) type of the election in the calendar.

    With ``by_day`` what no pattern tells is ``general`` on November's election day.
    """

    patterns: tuple[tuple[str, str], ...]
    otherwise: str
    by_day: bool = False


Rule = (
    Text
    | Identifier
    | Match
    | Street
    | Address
    | MailLines
    | Code
    | Date
    | BirthDate
    | BirthYear
    | District
    | Zip
    | Phone
    | Email
    | County
    | Constant
    | ByPattern
    | ByPrefix
    | Flags
    | TypeByDay
    | NamedElection
    | FromCalendar
)


def columns_of(rule: Rule) -> tuple[str, ...]:
    """Give the file's columns that a rule reads."""
    match rule:
        case Constant() | FromCalendar():
            return ()
        case Text() | MailLines() | Phone() | Identifier() | Street() | ByPrefix():
            return rule.columns
        case Flags(flags=flags):
            return tuple(column for column, _ in flags)
        case Zip(column=column, plus4=plus4):
            return (column, plus4) if plus4 else (column,)
        case _:
            return (rule.column,)

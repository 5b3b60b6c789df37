"""What a state declares about its files; a new state is one module of these.

A *rule* says which canonical fields come from which of the file's columns. The
same rule is read forward by ``normalize`` and backward by ``write``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What one file of a delivery holds."""

    VOTERS = "voters"
    HISTORY = "history"


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


@dataclass(frozen=True, slots=True)
class Date:
    """A day in the given format; placeholders and future days become null."""

    target: str
    column: str
    format: str


@dataclass(frozen=True, slots=True)
class BirthDate:
    """The exact day of birth, and the year from it."""

    column: str
    format: str


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
    """The canonical code of the first pattern that the text contains."""

    target: str
    column: str
    patterns: tuple[tuple[str, str], ...]
    otherwise: str


Rule = (
    Text
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
)


def columns_of(rule: Rule) -> tuple[str, ...]:
    """Give the file's columns that a rule reads."""
    match rule:
        case Constant():
            return ()
        case Text() | MailLines() | Phone():
            return rule.columns
        case Zip(column=column, plus4=plus4):
            return (column, plus4) if plus4 else (column,)
        case _:
            return (rule.column,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """The column, and its values, by which the state marks a voter confidential."""

    column: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectionColumns:
    """A column per election, whose name carries type and date.

    ``pattern`` has the groups ``type`` and ``date``; a value in ``votes`` is a
    vote, with the party of the ballot taken (None: no party's ballot); any
    other value is none.
    """

    pattern: re.Pattern[str]
    date_format: str
    types: Mapping[str, str]
    votes: Mapping[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteCodes:
    """Which codes of a history row's column are votes, and which are not.

    A code in neither is refused, so that a new code is seen and not guessed.
    Without a declaration of these, every row is a vote.
    """

    column: str
    votes: frozenset[str]
    not_votes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One shape that one of a state's files has had.

    ``columns`` are all columns in the file's order. With ``header`` they are
    found by name (case and surrounding space ignored, ``aliases`` honored),
    else by position. Columns in ``optional`` may be missing; those in
    ``never_read`` are dropped before anything is kept of the row.
    """

    name: str
    state: str
    role: Role
    delimiter: str
    quoted: bool
    header: bool
    columns: tuple[str, ...]
    key: str
    rules: tuple[Rule, ...]
    file_name: re.Pattern[str]
    example: re.Pattern[str]
    aliases: Mapping[str, str] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    never_read: frozenset[str] = frozenset()
    flag: Flag | None = None
    elections: ElectionColumns | None = None
    vote_codes: VoteCodes | None = None

    @property
    def sources(self) -> tuple[str, ...]:
        """Give the columns that are read, each once, elections' columns aside."""
        told = [column for rule in self.rules for column in columns_of(rule)]
        told += [marked.column for marked in (self.flag, self.vote_codes) if marked]
        return tuple(dict.fromkeys(told))


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Everything declared about one state's delivery."""

    state: str
    source: str
    county_codes: Mapping[str, int]
    variants: tuple[Variant, ...]

    def variants_for(self, role: Role) -> tuple[Variant, ...]:
        """Give the variants of one role, the newest first."""
        return tuple(variant for variant in self.variants if variant.role is role)

"""What a state declares about its files; a new state is one module of these.

The columns' *rules* are in ``rules``; here is what a file, and a delivery, look like.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from states.layouts.rules import Rule, columns_of


def names(text: str, sign: str | None = None) -> tuple[str, ...]:
    """Give the names of columns of a long list, parted by white space or a sign."""
    return tuple(name.strip() for name in text.split(sign))


class Role(StrEnum):
    """What one file of a delivery holds.

    ``elections`` files say which election a code or slot of the other files stands
    for, and are read before them. ``districts`` files are recognized, and not read.
    """

    VOTERS = "voters"
    HISTORY = "history"
    ELECTIONS = "elections"
    DISTRICTS = "districts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """The column, and its values, by which the state marks a voter confidential.

    ``no`` is what stands there for the others.
    """

    column: str
    values: tuple[str, ...]
    no: str = "N"


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteCodes:
    """Which codes of a history row's column are votes, and which are not.

    A code in neither is refused, so that a new code is seen and not guessed.
    Without a declaration of these, every row is a vote. ``blank`` says whether a row
    without a code is one; it is refused where that is not declared.
    """

    column: str
    votes: frozenset[str]
    not_votes: frozenset[str] = frozenset()
    blank: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarKey:
    """The columns whose texts find an election in the delivery's calendar.

    ``scope`` is the county's column where codes are the county's own.
    """

    code: str
    scope: str | None = None


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


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a voter's row an entry may stand: its columns, and what is told by that.

    A part that the place has no column for has an empty name.
    """

    columns: tuple[str, ...]
    given: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """Votes inside a voter's row: each entry is read by rules, as a history row is.

    ``parts`` name the columns of a place, then what is given with it. There is an
    entry where the part ``present`` (the first if not given) is not blank.
    ``separator`` parts one column into several entries, ``joint`` an entry's one
    column into those of the parts that are not given. ``groups`` finds the places in the header: it matches
    the name of a group's first column, and ``followers`` are added to that name
    for the others; the name itself is the part ``election``.
    """

    parts: tuple[str, ...]
    rules: tuple[Rule, ...]
    places: tuple[Place, ...] = ()
    present: str = ""
    separator: str | None = None
    joint: str | None = None
    groups: re.Pattern[str] | None = None
    followers: tuple[str, ...] = ()
    vote_codes: VoteCodes | None = None
    calendar: CalendarKey | None = None

    def places_in(self, names: tuple[str, ...]) -> tuple[Place, ...]:
        """Give the places in a file with these columns."""
        if self.groups is None:
            return self.places
        return tuple(
            Place((name, *(name + follower for follower in self.followers)), (name,))
            for name in names
            if self.groups.fullmatch(name)
        )

    def is_of_group(self, name: str) -> bool:
        """Tell whether a column belongs to a group that the header names."""
        if self.groups is None:
            return False
        return any(
            name.endswith(follower)
            and self.groups.fullmatch(name.removesuffix(follower)) is not None
            for follower in ("", *self.followers)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One shape that one of a state's files has had.

    ``columns`` are all columns in the file's order. With ``header`` they are
    found by name (case and surrounding space ignored, ``aliases`` honored),
    else by position, and ``examples`` say what the cells of some columns look
    like. ``widths`` make a file of fixed width, its fields ``gap`` apart; the
    last ones may be left out if they are ``optional``. Columns in ``optional``
    may be missing; those in ``never_read`` are dropped before anything is kept
    of the row. ``preamble`` is how many lines may stand before the header, such as a
    title. ``trailing`` forgives so many delimiters after the last field. ``masks``
    are further texts that stand for a withheld value, ``placeholders`` for none. A voter
    of whom all of ``withheld`` is blank is confidential: the state gives the name alone.
    A name that the header has several times is declared as ``NAME``, ``NAME (2)`` and so on.
    ``example_name`` is how an invented file is named, with ``{date}`` (YYYYMMDD)
    and ``{county}`` (there is a file for each) in it.
    """

    name: str
    state: str
    role: Role
    columns: tuple[str, ...]
    key: str
    rules: tuple[Rule, ...]
    file_name: re.Pattern[str]
    example_name: str = ""
    delimiter: str = ""
    quoted: bool = False
    header: bool = False
    preamble: int = 0
    trailing: int = 0
    widths: tuple[int, ...] = ()
    gap: int = 0
    examples: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    never_read: frozenset[str] = frozenset()
    masks: tuple[str, ...] = ()
    placeholders: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()
    flag: Flag | None = None
    elections: ElectionColumns | None = None
    entries: Entries | None = None
    vote_codes: VoteCodes | None = None
    calendar: CalendarKey | None = None

    @property
    def sources(self) -> tuple[str, ...]:
        """Give the columns that rules read, each once; those of votes in rows aside."""
        told = [column for rule in self.rules for column in columns_of(rule)]
        told += [marked.column for marked in (self.flag, self.vote_codes) if marked]
        if self.calendar:
            told += [self.calendar.code]
            told += [self.calendar.scope] if self.calendar.scope else []
        return tuple(dict.fromkeys(told))

    @property
    def needs_calendar(self) -> bool:
        """Tell whether its votes can be read only with the delivery's calendar."""
        return bool(self.calendar or (self.entries and self.entries.calendar))

    def names_election(self, name: str) -> bool:
        """Tell whether a header's column is one of those that come with each election."""
        if self.elections and self.elections.pattern.fullmatch(name):
            return True
        return self.entries is not None and self.entries.is_of_group(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Territory:
    """What the invention of voters needs to know of a state, in round figures.

    ``zips`` bound its ZIP codes, ``large`` gives the voters of the most populous
    counties in thousands, and the identifiers are formats with the person's
    ``number``, ``county`` and its ``code``. Nothing here is used in reading files.
    """

    us_house: int
    state_senate: int
    state_house: int
    zips: tuple[int, int]
    area_codes: tuple[str, ...]
    voter_id: str = "{number}"
    county_voter_id: str = "{number}"
    large: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Everything declared about one state's delivery.

    ``notes`` say what is not established about its files. ``county_codes`` is
    empty where the state's files name no county.
    """

    state: str
    source: str
    county_codes: Mapping[str, int]
    variants: tuple[Variant, ...]
    notes: tuple[str, ...] = ()
    territory: Territory | None = None

    def variants_for(self, role: Role) -> tuple[Variant, ...]:
        """Give the variants of one role, the newest first."""
        return tuple(variant for variant in self.variants if variant.role is role)

"""The short words of typed criteria: elections (2024G), turnout (2of4G), days back (14d), counties by name."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from coop.jurisdictions.names import counties_named, nearest_county
from states.fields import answers, scores
from states.fields.definition import Field, Kind
from states.targeting.values import MAX_TEXT, YEARS, BadValue, ElectionDay, Turnout

ALIASES: Final[Mapping[str, str]] = {
    "contacted": "last_contact",
    "reached": "last_reached",
}
"""What people call a field → its standard name."""
LETTERS: Final[Mapping[str, str]] = {
    "G": "general",
    "P": "primary",
    "PP": "presidential_primary",
    "R": "runoff",
    "S": "special",
    "M": "municipal",
    "O": "other",
}
_LETTER_OF: Final = {kind: letter for letter, kind in LETTERS.items()}
_DAYS: Final = re.compile(r"([0-9]{1,6})d", re.ASCII | re.IGNORECASE)
_NUMBER: Final = re.compile(r"-?[0-9]{1,12}", re.ASCII)
_DECIMAL: Final = re.compile(
    r"-?[0-9]{0,16}\.?[0-9]{1,16}(?:e[+-]?[0-9]{1,2})?", re.ASCII | re.IGNORECASE
)
_PREFIXES: Final = (answers.PREFIX, scores.PREFIX)
_TURNOUT: Final = re.compile(
    r"([0-9]{1,3})of([0-9]{1,3})([A-Z]{1,2})", re.IGNORECASE | re.ASCII
)
_GENERAL: Final = re.compile(r"([0-9]{4})G", re.IGNORECASE | re.ASCII)
_ELECTION: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})([A-Z]{1,2})", re.IGNORECASE | re.ASCII
)
_YEAR_AND_TYPE: Final = re.compile(
    r"(?P<year>[0-9]{4}) ?(?P<type>[A-Z]*)", re.IGNORECASE | re.ASCII
)
_TYPE_AND_YEAR: Final = re.compile(
    r"(?P<type>[A-Z]+) ?'?(?P<year>[0-9]{4}|[0-9]{2})", re.IGNORECASE | re.ASCII
)
_GENERALS: Final = frozenset({"", "G", "GE", "GEN", "GENERAL"})
_PRIMARIES: Final = frozenset({"P", "PE", "PRI", "PRIMARY", "PP"})
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_OF_LAST: Final = re.compile(
    r"([0-9]{1,2})(?:of|/)([0-9]{1,2})", re.IGNORECASE | re.ASCII
)
_YES_NO: Final[Mapping[str, bool]] = {"yes": True, "no": False}
ELECTION_HINT: Final = (
    "Name an election by its day and type, 2024-03-19P, or a November general by its year,"
    f" 2024G; types are {', '.join(f'{one} ({kind})' for one, kind in LETTERS.items())}."
)


def days_back(text: str) -> int | None:
    """Return the days of `14d`, None for any other text."""
    found = _DAYS.fullmatch(text)
    return int(found[1]) if found else None


def turnout(text: str) -> dict[str, Any] | None:
    """Return the JSON value of `2of4G`, None for any other text; raises `BadValue`."""
    found = _TURNOUT.fullmatch(text)
    if not found:
        return None
    kind = _type_of(found[3])
    return {"times": int(found[1]), "of_last": int(found[2]), "type": kind}


def election(text: str) -> dict[str, str]:
    """Return the JSON value of `2024G` or `2024-03-19P`; raises `BadValue`."""
    if found := _GENERAL.fullmatch(text):
        year = int(found[1])
        if year not in YEARS:
            raise BadValue("date_invalid", "Give a year of these centuries.")
        return {"date": str(general_day(year)), "type": "general"}
    if found := _ELECTION.fullmatch(text):
        return {"date": found[1], "type": _type_of(found[2])}
    raise BadValue("election_unclear", _meant(text))


def _meant(text: str) -> str:
    """Say how an election is written that was named in another way."""
    if found := _YEAR_AND_TYPE.fullmatch(text) or _TYPE_AND_YEAR.fullmatch(text):
        year = found["year"] if len(found["year"]) == 4 else f"20{found['year']}"
        word = found["type"].upper()
        if word in _GENERALS:
            return f"The November general of a year is {year}G."
        if word in _PRIMARIES:
            return f"A primary is named by its day, such as {year}-03-19P."
        return f"{word} is no type of election. {ELECTION_HINT} Did you mean {year}G?"
    if _DAY.fullmatch(text):
        return f"Say its type too: {text}G. {ELECTION_HINT}"
    if found := _OF_LAST.fullmatch(text):
        return f"Say of which elections: {found[1]}of{found[2]}G are {found[1]} of the last {found[2]} generals."
    return ELECTION_HINT


def general_day(year: int) -> dt.date:
    """Return the day of a year's November general election: the Tuesday after its first Monday."""
    first = dt.date(year, 11, 1)
    return first + dt.timedelta(days=-first.weekday() % 7 + 1)


def written_election(day: ElectionDay) -> str:
    """Return an election as people type it."""
    if day.type == "general" and day.date == general_day(day.date.year):
        return f"{day.date.year}G"
    return f"{day.date}{_LETTER_OF[day.type]}"


def written_turnout(value: Turnout) -> str:
    """Return a turnout as people type it."""
    return f"{value.times}of{value.of_last}{_LETTER_OF[value.type]}"


def plain_value(field: Field, text: str) -> Any:
    """Return the JSON value that a word is for a field's kind; what does not fit stays text, to be refused."""
    if field.kind is Kind.INTEGER:
        return int(text) if _NUMBER.fullmatch(text) else text
    if field.kind is Kind.NUMBER:
        return _decimal(text)
    if field.kind is Kind.BOOLEAN:
        return _YES_NO.get(text.lower(), text)
    if field.values:
        return {one.upper(): one for one in field.values}.get(text.upper(), text)
    return text


def _decimal(text: str) -> int | float | str:
    """Return a word as the number that it is, else as it is: a label."""
    if _NUMBER.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text


def field_name(text: str) -> str:
    """Return the name of a field as people type it: `score.turnout` is `score:turnout`, `answer.oh.signs` `answer:oh.signs`."""
    name = ALIASES.get(text.lower(), text.lower())
    for prefix in _PREFIXES:
        if name.startswith(f"{prefix[:-1]}."):
            return f"{prefix}{name[len(prefix) :]}"
    return name


def written_name(name: str) -> str:
    """Return a field's name as people type it."""
    for prefix in _PREFIXES:
        if name.startswith(prefix):
            return f"{prefix[:-1]}.{name.removeprefix(prefix)}"
    return name


def county_codes(text: str, states: Sequence[str] | None) -> list[int]:
    """Return the FIPS codes of a county given by code or by name; raises `BadValue`."""
    if _NUMBER.fullmatch(text):
        return [int(text)]
    codes = counties_named(text, states)
    if not codes:
        near = nearest_county(text[:MAX_TEXT], states)
        hint = f" Did you mean {near}?" if near else ""
        raise BadValue("value_unknown", f"No county here has this name.{hint}")
    return list(codes)


def _type_of(letter: str) -> str:
    kind = LETTERS.get(letter.upper())
    if kind is None:
        raise BadValue("election_unclear", ELECTION_HINT)
    return kind

"""Canonical people and votes drawn for any declaration, by its own rules."""

import datetime as dt
import re
from typing import Any

import polars as pl
from hypothesis import assume, strategies as st

from states.layouts.addresses import standard
from states.layouts.calendar import november_general
from states.layouts.declaration import Entries, Variant
from states.layouts.known import LAYOUTS
from states.layouts.parse import HISTORY_COLUMNS, VOTER_COLUMNS
from states.layouts.rules import (
    Address,
    BirthDate,
    BirthYear,
    ByPattern,
    ByPrefix,
    Code,
    Constant,
    County,
    Date,
    District,
    Email,
    Flags,
    FromCalendar,
    Identifier,
    MailLines,
    Match,
    NamedElection,
    Phone,
    Rule,
    Street,
    Text,
    TypeByDay,
    Zip,
)

TODAY = dt.date(2026, 11, 22)
DAYS = st.dates(dt.date(1940, 1, 1), TODAY)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabz '-.,\"&/0123456789éñü"
NAMES = ("2024 GENERAL ELECTION", "2022 PRIMARY ELECTION", "BOND REFERENDUM")
# A calendar of three elections, in every county alike.
CALENDAR = (
    ("1", dt.date(2024, 11, 5), "2024 GENERAL ELECTION"),
    ("2", dt.date(2024, 4, 23), "2024 PRIMARY ELECTION"),
    ("3", dt.date(2023, 11, 7), "2023 GENERAL ELECTION"),
)


def calendar_for(state: str) -> pl.DataFrame:
    """Give the calendar, with each of the state's counties as a scope."""
    scopes = [None, *LAYOUTS[state].county_codes]
    rows = [(scope, *election) for scope in scopes for election in CALENDAR]
    return pl.DataFrame(
        rows,
        schema={
            "scope": pl.String,
            "code": pl.String,
            "election_date": pl.Date,
            "election_name": pl.String,
        },
        orient="row",
    )


def _width(variant: Variant, column: str) -> int:
    if not variant.widths or column not in variant.columns:
        return 12
    return min(12, variant.widths[variant.columns.index(column)])


def _texts(variant: Variant, column: str) -> st.SearchStrategy[str]:
    sign = variant.delimiter if not variant.quoted else ""
    letters = "".join(letter for letter in _LETTERS if letter not in sign)
    return (
        st.text(letters, min_size=1, max_size=_width(variant, column))
        .map(lambda text: " ".join(text.split()))
        .filter(lambda text: bool(text) and not set(text) <= {"X", "x"})
    )


_ZIPS = st.integers(501, 99_950).map(lambda number: f"{number:05d}")
_ZIP4S = st.none() | st.integers(1, 9_999).map(lambda number: f"{number:04d}")
_PHONES = st.none() | st.integers(0, 99).map(lambda line: f"+120255501{line:02d}")
_EMAILS = st.none() | st.integers(0, 999).map(lambda n: f"v{n}@example.org")


def _coded(rule: Code, draw: st.DrawFn, raws: dict[str, str | None]) -> dict[str, Any]:
    if rule.column in raws and not rule.raw:
        raw = raws[rule.column]
    else:
        first = {canonical: code for code, canonical in reversed([*rule.table.items()])}
        codes = rule.table if rule.raw else first.values()
        raw = draw(st.sampled_from([*codes, None]))
    raws[rule.column] = raw
    value = rule.table.get(raw, rule.otherwise) if raw else rule.blank
    told = {rule.target: value}
    return told | {f"{rule.target}_raw": raw} if rule.raw else told


def _drawn(  # noqa: C901, PLR0911, PLR0912, PLR0915  # one case a rule
    rule: Rule, variant: Variant, draw: st.DrawFn, raws: dict[str, Any]
) -> dict[str, Any]:
    match rule:
        case Text(target="county_voter_id") | Text(target="code"):
            return {rule.target: None}
        case Text(target="election_name"):
            return {rule.target: draw(st.sampled_from(NAMES))}
        case Text() | Address():
            column = rule.columns[0] if isinstance(rule, Text) else rule.column
            if column in raws:
                return {rule.target: raws[column]}
            raws[column] = draw(st.none() | _texts(variant, column))
            return {rule.target: raws[column]}
        case Match():
            found = re.search(rule.pattern, raws.get(rule.column) or "")
            return {rule.target: found[1] if found else None}
        case Street():
            parts = st.tuples(st.integers(1, 99_999), _texts(variant, rule.name))
            line = parts.map(lambda one: f"{one[0]} {one[1]}") | _texts(
                variant, rule.name
            )
            return {rule.target: draw(st.none() | line)}
        case MailLines():
            text = _texts(variant, rule.columns[0])
            both = st.tuples(text, text if len(rule.columns) > 1 else st.none())
            first, second = draw(st.just((None, None)) | both)
            return {"mail_line1": first, "mail_line2": second}
        case Code():
            return _coded(rule, draw, raws)
        case Date():
            return {rule.target: draw(st.none() | DAYS)}
        case BirthDate():
            day = draw(st.none() | DAYS)
            return {"birth_date": day, "birth_year": day.year if day else None}
        case BirthYear():
            return {"birth_year": draw(st.none() | st.integers(1905, 2026))}
        case District():
            if rule.column not in raws:
                raws[rule.column] = draw(st.none() | st.integers(1, 99).map(str))
            return {rule.target: raws[rule.column]}
        case Zip():
            five = draw(st.none() | _ZIPS)
            four = draw(_ZIP4S) if five else None
            return {rule.zip5: five} | ({rule.zip4: four} if rule.zip4 else {})
        case Phone():
            return {"phone": draw(_PHONES)}
        case Email():
            return {"email": draw(_EMAILS)}
        case County():
            return {"county": draw(st.none() | st.sampled_from([*rule.codes.values()]))}
        case Constant():
            return {rule.target: rule.value}
        case ByPattern() if rule.names:
            return {rule.target: draw(st.sampled_from([*rule.names]))}
        case ByPrefix():
            return {rule.target: draw(st.none() | st.integers(1, 99).map(str))}
        case Flags():
            codes = [code for _, code in rule.flags]
            return {rule.target: draw(st.sampled_from([*codes, rule.otherwise]))}
        case _:
            return {}


def _identified(variant: Variant, number: int) -> str:
    territory = LAYOUTS[variant.state].territory
    pattern = territory.voter_id if territory else "{number}"
    codes = [*LAYOUTS[variant.state].county_codes, ""]
    return pattern.format(number=number, county="X", code=codes[0])


def _rules(variant: Variant) -> list[Rule]:
    """Give the rules, those that depend on others' columns last."""
    return sorted(variant.rules, key=lambda rule: isinstance(rule, Match))


@st.composite
def people_of(draw: st.DrawFn, variant: Variant) -> list[dict[str, Any]]:
    """Draw a few people whom the variant can hold, with votes if it has them."""
    return [
        _person(draw, variant, number) for number in range(1, draw(st.integers(2, 5)))
    ]


def _person(draw: st.DrawFn, variant: Variant, number: int) -> dict[str, Any]:
    person: dict[str, Any] = dict.fromkeys(VOTER_COLUMNS)
    person["confidential"] = draw(st.booleans()) if variant.flag else False
    raws: dict[str, Any] = {}
    identifier = _identified(variant, number)
    for rule in _rules(variant):
        if getattr(rule, "target", "") == "state_voter_id":
            continue
        if isinstance(rule, Text) and rule.columns[0] == variant.key:
            person[rule.target] = identifier
            continue
        person |= _drawn(rule, variant, draw, raws)
    person["state_voter_id"] = identifier
    for rule in variant.rules:
        if isinstance(rule, Identifier):
            _place_told_by(rule, variant, person)
    if variant.entries:
        person["history"] = _votes(draw, variant.entries, person)
    if variant.withheld:  # a name alone is withheld, not unknown
        told = ("res_address", "birth_date", "mail_line1")
        assume(any(person[name] for name in told))
    # What is rewritten is kept as it was, too: that has tests of its own.
    line = pl.Series([person["res_address"]], dtype=pl.String)
    assume(standard(line).equals(line, null_equal=True))
    return person


def _place_told_by(
    identifier: Identifier, variant: Variant, person: dict[str, Any]
) -> None:
    """Take the county that an identifier led by the county's code tells."""
    for rule in variant.rules:
        if isinstance(rule, County) and rule.column in identifier.columns:
            person["county"] = rule.codes.get(person["state_voter_id"].split("-")[0])


def _votes(
    draw: st.DrawFn, entries: Entries, person: dict[str, Any]
) -> list[dict[str, Any]]:
    if entries.calendar and entries.calendar.scope and not person["county"]:
        return []
    most = 1 if len(entries.places) == 1 and not entries.separator else 2
    cast = [_entry(draw, entries) for _ in range(draw(st.integers(0, most)))]
    by_day = {vote["election_date"]: vote for vote in cast}
    return [by_day[day] for day in sorted(by_day, reverse=True)]


def _entry(  # noqa: C901, PLR0912  # one case a rule
    draw: st.DrawFn, entries: Entries
) -> dict[str, Any]:
    vote: dict[str, Any] = dict.fromkeys(
        ("election_date", "election_type", "method", "party")
    )
    raws: dict[str, Any] = {}
    given = draw(_given(entries))
    for rule in entries.rules:
        match rule:
            case Code() if rule.column in given:
                vote[rule.target] = rule.table.get(given[rule.column])
            case NamedElection():
                vote |= draw(_named(rule))
            case FromCalendar():
                _, day, name = draw(st.sampled_from(CALENDAR))
                vote |= {"election_date": day, "election_type": _told(rule, name)}
            case TypeByDay():
                vote["election_type"] = _by_day(vote["election_date"])
            case ByPattern():
                vote["election_type"] = draw(st.sampled_from(sorted(rule.names)))
            case Date():
                vote[rule.target] = draw(DAYS)
            case Code():
                codes = set(rule.table.values())
                if rule.column == (entries.present or entries.parts[0]) or (
                    rule.target == "election_type"
                ):
                    vote[rule.target] = draw(st.sampled_from(sorted(codes)))
                else:
                    vote |= _coded(rule, draw, raws)
            case _:
                raise TypeError(rule)
    return vote


def _given(entries: Entries) -> st.SearchStrategy[dict[str, str]]:
    """Draw what is told by one of the places, where it is a code, and the parts that it lacks."""
    places = entries.places if entries.calendar is None else ()
    told = [
        dict(zip(entries.parts[len(place.columns) :], place.given, strict=True))
        | {
            part: ""
            for part, name in zip(entries.parts, place.columns, strict=False)
            if not name
        }
        for place in places
        if place.given
    ]
    return st.sampled_from(told or [{}])


def _named(rule: NamedElection) -> st.SearchStrategy[dict[str, Any]]:
    years = st.integers(2000, 2025)
    generals = years.map(
        lambda year: {
            "election_type": "general",
            "election_date": november_general(year),
        }
    )
    told = [
        {"election_type": kind, "election_date": day}
        for (kind, _), day in rule.days.items()
        if kind in rule.names
    ]
    dated = [kind for kind, name in rule.names.items() if "{date}" in name]
    free = st.fixed_dictionaries(
        {"election_type": st.sampled_from(dated or ["general"]), "election_date": DAYS}
    )
    chosen = generals
    if told:
        chosen |= st.sampled_from(told)
    return chosen | free if dated else chosen


def _of_calendar(rule: FromCalendar, name: str, day: dt.date) -> str:
    told = _told(rule, name)
    return _by_day(day) if told == rule.otherwise and rule.by_day else told


def _told(rule: FromCalendar | ByPattern, name: str | None) -> str:
    found = (code for pattern, code in rule.patterns if re.search(pattern, name or ""))
    return next(found, rule.otherwise)


def _by_day(day: dt.date) -> str:
    return "general" if day == november_general(day.year) else "other"


@st.composite
def votes_of(draw: st.DrawFn, variant: Variant) -> list[dict[str, Any]]:
    """Draw a few rows of a history file."""
    return [_vote(draw, variant) for _ in range(draw(st.integers(1, 5)))]


def _vote(  # noqa: C901, PLR0912  # one case a rule
    draw: st.DrawFn, variant: Variant
) -> dict[str, Any]:
    vote: dict[str, Any] = dict.fromkeys(HISTORY_COLUMNS)
    raws: dict[str, Any] = {}
    generals = st.integers(2000, 2025).map(november_general)
    vote_column = variant.vote_codes.column if variant.vote_codes else None
    for rule in variant.rules:
        match rule:
            case Text(target="state_voter_id") | Identifier():
                number = draw(st.integers(1, 9_999))
                vote["state_voter_id"] = _identified(variant, number)
            case Date(target="election_date"):
                vote["election_date"] = draw(DAYS | generals)
            case FromCalendar():
                _, day, name = draw(st.sampled_from(CALENDAR))
                vote |= {
                    "election_date": day,
                    "election_name": name,
                    "election_type": _told(rule, name),
                }
            case Code() if rule.column == vote_column:
                known = sorted(set(rule.table.values()))
                vote[rule.target] = draw(st.sampled_from(known))
            case _:
                vote |= _drawn(rule, variant, draw, raws)
    for rule in variant.rules:
        if isinstance(rule, TypeByDay):
            vote["election_type"] = _by_day(vote["election_date"])
        if isinstance(rule, ByPattern) and not rule.names:
            vote["election_type"] = _told(rule, vote["election_name"])
    return vote

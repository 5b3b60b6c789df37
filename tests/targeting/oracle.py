"""Criteria judged in plain Python, with three truth values: what compiled SQL must agree with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field as dataclass_field
from typing import Any
from uuid import UUID

from states.fields.answers import is_answer
from states.fields.definition import Group, Kind, Operator
from states.targeting.criteria import (
    AllOf,
    AnyOf,
    Comparison,
    Criteria,
    Held,
    InList,
    Negation,
    groups_used,
    lists_asked,
)
from states.targeting.values import ElectionDay

Truth = bool | None


@dataclass
class Voter:
    """One voter as the owner knows it, and what one reader's audiences say of its contacts."""

    place: int
    values: dict[str, Any]
    votes: set[ElectionDay]
    suppressed: set[str] = dataclass_field(default_factory=set)
    pinned: set[UUID] = dataclass_field(default_factory=set)
    codes: set[str] = dataclass_field(default_factory=set)


@dataclass(frozen=True)
class Record:
    """A state's record of elections, the day of the answer, and the reader's live lists; any other is pinned."""

    elections: frozenset[ElectionDay]
    as_of: dt.date
    live: Mapping[UUID, Criteria] = dataclass_field(default_factory=dict)


def selected(
    tree: Criteria, voter: Voter, record: Record, places: Mapping[Group, set[int]]
) -> bool:
    """Tell whether a reader licensed for these places, group by group, gets the voter."""
    groups = _rests_on(tree, record) - {Group.CONTACTS}
    licensed = all(voter.place in places.get(group, set()) for group in groups)
    return licensed and voter.place > 0 and judge(tree, voter, record) is True


def _rests_on(tree: Criteria, record: Record) -> frozenset[Group]:
    live = [
        record.live[one.list] for one in lists_asked(tree) if one.list in record.live
    ]
    return groups_used(tree).union(*(_rests_on(one, record) for one in live))


def judge(tree: Criteria, voter: Voter, record: Record) -> Truth:
    """Return true, false or unknown (None), as Kleene's tables say."""
    match tree:
        case AllOf(children):
            found = [judge(child, voter, record) for child in children]
            return False if False in found else (None if None in found else True)
        case AnyOf(children):
            found = [judge(child, voter, record) for child in children]
            return True if True in found else (None if None in found else False)
        case Negation(child):
            truth = judge(child, voter, record)
            return None if truth is None else not truth
        case Comparison():
            return _compare(tree, voter, record)
        case InList(list=asked) if asked in record.live:
            return judge(record.live[asked], voter, record) is True
        case InList(list=asked):
            return asked in voter.pinned
        case Held():
            raise AssertionError("the oracle looks lists up itself")


def age(born: dt.date | None, year: int | None, as_of: dt.date) -> int | None:
    """Return full years on a day, or those reached in its year where only the year is known."""
    if born:
        return (
            as_of.year - born.year - ((as_of.month, as_of.day) < (born.month, born.day))
        )
    return None if year is None else as_of.year - year


def _compare(test: Comparison, voter: Voter, record: Record) -> Truth:
    if test.field.name == "voted":
        return _voted(test, voter, record)
    if test.field.name == "suppressions":
        return _held(test, voter.suppressed)
    if test.field.name == "activist_code":
        return _held(test, {one.casefold() for one in voter.codes})
    value = voter.values[test.field.name]
    if test.field.name == "age":
        value = age(
            voter.values["birth_date"], voter.values["birth_year"], record.as_of
        )
    if test.op is Operator.KNOWN:
        return (value is not None) is test.value
    if test.op is Operator.WITHIN_DAYS:
        days: Any = test.value
        since = record.as_of - dt.timedelta(days=days)
        return value is not None and value >= since
    return None if value is None else _holds(test, value)


def _holds(test: Comparison, value: Any) -> bool:
    wanted: Any = test.value
    if test.field.kind in {Kind.TEXT, Kind.EMAIL} or is_answer(test.field.name):
        value = value.upper()
        wanted = (
            tuple(one.upper() for one in wanted)
            if isinstance(wanted, tuple)
            else wanted.upper()
        )
    return bool(HELD[test.op](value, wanted))


HELD: dict[Operator, Callable[[Any, Any], object]] = {
    Operator.EQ: lambda value, wanted: value == wanted,
    Operator.IN: lambda value, wanted: value in wanted,
    Operator.PREFIX: lambda value, wanted: value.startswith(wanted),
    Operator.LT: lambda value, wanted: value < wanted,
    Operator.LTE: lambda value, wanted: value <= wanted,
    Operator.GT: lambda value, wanted: value > wanted,
    Operator.GTE: lambda value, wanted: value >= wanted,
    Operator.BETWEEN: lambda value, wanted: wanted[0] <= value <= wanted[1],
}


def _voted(test: Comparison, voter: Voter, record: Record) -> Truth:
    wanted: Any = test.value
    if test.op is Operator.VOTED_AT_LEAST:
        held = sorted(
            (
                one
                for one in record.elections
                if one.type == wanted.type and one.date <= record.as_of
            ),
            key=lambda one: one.date,
        )
        last = held[-wanted.of_last :]
        return None if not last else len(voter.votes & set(last)) >= wanted.times
    if voter.votes & set(wanted):
        truth: Truth = True
    else:
        truth = False if set(wanted) <= record.elections else None
    if test.op is Operator.VOTED_ANY or truth is None:
        return truth
    return not truth


def _held(test: Comparison, held_now: set[str]) -> bool:
    if test.op is Operator.KNOWN:
        return bool(held_now) is test.value
    asked: Any = test.value
    held = bool(held_now & {one.casefold() for one in asked})
    return held if test.op is Operator.HAS else not held

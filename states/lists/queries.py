"""Named reads of lists: who is in one now, page by page, and who holds a voter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.db import connection
from django.utils import timezone
from psycopg import sql

from coop.actors import Action, Actor
from coop.organizations.models import Organization
from states.lists.models import Kind, SavedList
from states.targeting.actions import Question
from states.targeting.columns import StateFacts, literal
from states.targeting.compile import (
    Universe,
    count_statement,
    page_statement,
    voters_statement,
)
from states.targeting.criteria import (
    EVERYONE,
    AllOf,
    Criteria,
    groups_used,
    read_criteria,
)
from states.targeting.licensing import Choice, License, Shown, choose_states, licenses
from states.targeting.queries import facts_of, figure_of, rows_of
from states.targeting.rows import VoterRow, read_row


@dataclass(frozen=True, slots=True)
class Opened:
    """A list as it can be read now: in which states, resting on what, without the voters of which lists."""

    saved: SavedList
    question: Question
    choice: Choice
    facts: dict[str, StateFacts]
    excluded: tuple[SavedList, ...] = ()


@dataclass(frozen=True, slots=True)
class StateFigure:
    """One state of a list now; `left` were pinned and cannot be read any more (live or shared: None)."""

    state: str
    count: int
    left: int | None


def open_list(saved: SavedList, *, by: Actor, action: Action) -> Opened:
    """Return a list as the open scope (of `action`) can read it.

    Raises `Denied` where no state of it is licensed, or where the criteria of a live list, or
    of one that it leaves out, are not licensed any more.
    """
    excluded = excluded_of(saved)
    asked = with_excluded(question_of(saved), excluded)
    choice = choose_states(
        saved.states, licenses(by, action), asked.fields, action=action
    )
    facts = facts_of(choice.licensed, asked.criteria, as_of=asked.as_of)
    return Opened(saved, asked, choice, facts, excluded)


def question_of(saved: SavedList) -> Question:
    """Return what a list asks at reading: a live one its criteria, today; a pinned one nothing."""
    live = saved.kind == Kind.LIVE
    criteria = read_criteria(saved.criteria) if live else EVERYONE
    return Question(criteria, tuple(saved.states), saved.as_of or timezone.now().date())


def excluded_of(saved: SavedList) -> tuple[SavedList, ...]:
    """Return the lists that a live one leaves out; a pinned one left them out when it was made."""
    if saved.kind == Kind.PINNED or not saved.exclude_lists:
        return ()
    return tuple(SavedList.objects.filter(id__in=saved.exclude_lists).order_by("id"))


def with_excluded(question: Question, excluded: Sequence[SavedList]) -> Question:
    """Return a question that also rests on what the live lists rest on that are left out."""
    if not excluded:
        return question
    criteria = AllOf((question.criteria, *_rested_on(excluded)))
    return replace(question, criteria=criteria)


def _rested_on(excluded: Sequence[SavedList]) -> Iterator[Criteria]:
    for one in excluded:
        yield question_of(one).criteria
        yield from _rested_on(excluded_of(one))


def universe_of(opened: Opened, state: str, after: UUID | None = None) -> Universe:
    """Return a list's voters in one state as the compiler takes them; `after` is the last one read."""
    saved = opened.saved
    if saved.kind == Kind.PINNED:
        return Universe(joins=[_members(state, saved.id, after)])
    criteria = question_of(saved).criteria
    return without_lists(criteria, opened.excluded, opened.facts[state])


def without_lists(
    criteria: Criteria, excluded: Sequence[SavedList], facts: StateFacts
) -> Universe:
    """Return a universe without the voters of any of these lists.

    Where what a live one rests on is not licensed for a voter, it is unknown whether the voter is in
    it: such a voter is left out too.
    """
    pinned = [one.id for one in excluded if one.kind == Kind.PINNED]
    live = [
        one for one in excluded if one.kind == Kind.LIVE and facts.state in one.states
    ]
    conditions = [_in_none_of(facts.state, pinned)] if pinned else []
    also = groups_used(AllOf(tuple(_rested_on(live))))
    for one in live:
        held = without_lists(question_of(one).criteria, excluded_of(one), facts)
        conditions.append(
            sql.SQL("r.voter NOT IN (SELECT held.voter FROM ({}) AS held)").format(
                voters_statement(held, facts)
            )
        )
    return Universe(criteria, conditions=conditions, also=also)


def _in_none_of(state: str, lists: Sequence[UUID]) -> sql.Composable:
    words = sql.SQL(
        "NOT EXISTS (SELECT FROM lists_member AS x WHERE x.state = {}"
        " AND x.list = ANY ({}) AND x.voter = r.voter)"
    )
    return words.format(sql.Literal(state), literal(list(lists), "uuid[]"))


def figures_of(opened: Opened) -> list[StateFigure]:
    """Return how many voters of each licensed state the list holds now, and how many left."""
    return [_figure(opened, one) for one in opened.choice.licensed]


def page_of(
    opened: Opened,
    license_: License,
    shown: Shown,
    *,
    after: UUID | None,
    limit: int,
) -> list[VoterRow]:
    """Return the next `limit` voters of one state of a list, by id."""
    state = license_.state
    statement = page_statement(
        universe_of(opened, state, after),
        opened.facts[state],
        shown.fields,
        after=after,
        limit=limit,
    )
    return [
        read_row(state, row, shown.fields, shown.unlicensed)
        for row in rows_of(statement)
    ]


@dataclass(frozen=True, slots=True)
class Holder:
    """An organization that received a voter in exports: how often, first and last when."""

    organization: UUID
    name: str
    exports: int
    first_at: dt.datetime
    last_at: dt.datetime


def holders_of(state: str, voter: UUID) -> list[Holder]:
    """Return who received a voter of the owner's state; the database tells it to the owner alone."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT organization, exports, first_at, last_at FROM sec.holders(%s, %s)",
            [state, voter],
        )
        rows = cursor.fetchall()
    ids = [row[0] for row in rows]
    names = dict(Organization.objects.filter(id__in=ids).values_list("id", "name"))
    return [Holder(row[0], names[row[0]], *row[1:]) for row in rows]


def _figure(opened: Opened, license_: License) -> StateFigure:
    state = license_.state
    now = figure_of(count_statement(universe_of(opened, state), opened.facts[state]))
    pinned = opened.saved.counts.get(state)
    # A live list has none; of a shared one it is not told how many its owner had.
    left = None if pinned is None else max(0, pinned - now)
    return StateFigure(state, now, left)


def _members(state: str, saved: UUID, after: UUID | None) -> sql.Composable:
    """Return the join of a list's members, beginning where the page does: their key is in order."""
    words = (
        " JOIN lists_member AS m ON m.state = {} AND m.list = {} AND m.voter = r.voter"
    )
    join = sql.SQL(words).format(sql.Literal(state), literal(saved, "uuid"))
    if after is None:
        return join
    return sql.SQL("{} AND m.voter > {}").format(join, literal(after, "uuid"))

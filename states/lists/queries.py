"""Named reads of lists: who is in one now, page by page, and who holds a voter."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.utils import timezone
from psycopg import sql

from coop.actors import Action, Actor
from coop.organizations.models import Organization
from states.lists.models import Kind, SavedList
from states.lists.resting import asked_of, resting
from states.targeting.actions import Question
from states.targeting.answering import count_by_bitmaps
from states.targeting.columns import StateFacts, literal
from states.targeting.compile import Universe, count_statement
from states.targeting.licensing import Choice, License, choose_states, licenses
from states.targeting.narrowing import MOST_IDS, few_meant, narrowed
from states.targeting.queries import facts_of, figure_of


@dataclass(frozen=True, slots=True)
class Opened:
    """A list as it can be read now: in which states, resting on what."""

    saved: SavedList
    question: Question
    choice: Choice
    facts: dict[str, StateFacts]


@dataclass(frozen=True, slots=True)
class StateFigure:
    """One state of a list now; `left` were pinned and cannot be read any more (live or shared: None)."""

    state: str
    count: int
    left: int | None


def open_list(saved: SavedList, *, by: Actor, action: Action) -> Opened:
    """Return a list as the open scope (of `action`) can read it.

    Raises `Denied` where no state of it is licensed, or where what a live list rests on is not
    licensed any more; `Invalid` as `resting` does, where a list that it rests on is not there any more.
    """
    question = question_of(saved, by=by)
    choice = choose_states(
        saved.states, licenses(by, action), question.fields, action=action
    )
    facts = facts_of(choice.licensed, question.criteria, as_of=question.as_of)
    return Opened(saved, question, choice, facts)


def question_of(saved: SavedList, *, by: Actor) -> Question:
    """Return what a list asks at reading, its lists looked up: a live one its criteria, today; a pinned one nothing."""
    criteria = resting(asked_of(saved), by=by)
    return Question(criteria, tuple(saved.states), saved.as_of or timezone.now().date())


def universe_of(opened: Opened, state: str, after: UUID | None = None) -> Universe:
    """Return a list's voters in one state as the compiler takes them; `after` is the last one read."""
    if opened.saved.kind == Kind.PINNED:
        return Universe(joins=[_members(state, opened.saved.id, after)])
    return Universe(opened.question.criteria)


def found_in(opened: Opened, state: str) -> Universe:
    """Return the same universe, the voters of a live list named where they are few."""
    universe = universe_of(opened, state)
    if opened.saved.kind == Kind.PINNED:
        return universe
    return narrowed(universe, opened.facts[state])


def few_of(opened: Opened, state: str) -> Universe | None:
    """Return a live list's voters of now without its criteria, where they are few; else None.

    For what judges each of them by those again. The members of a pinned one are named already.
    """
    if opened.saved.kind == Kind.PINNED:
        return None
    criteria, facts = opened.question.criteria, opened.facts[state]
    few = few_meant(criteria, facts, at_most=MOST_IDS)
    return Universe(conditions=[few.condition]) if few else None


def figures_of(opened: Opened) -> list[StateFigure]:
    """Return how many voters of each licensed state the list holds now, and how many left."""
    return [_figure(opened, one) for one in opened.choice.licensed]


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
    now = _count(opened, state)
    pinned = opened.saved.counts.get(state)
    # A live list has none; of a shared one it is not told how many its owner had.
    left = None if pinned is None else max(0, pinned - now)
    return StateFigure(state, now, left)


def _count(opened: Opened, state: str) -> int:
    """Count a list's voters now: a live one's by bitmaps where they hold all that it asks, else by SQL."""
    facts = opened.facts[state]
    if opened.saved.kind != Kind.PINNED:
        counted = count_by_bitmaps(opened.question.criteria, facts)
        if counted is not None:
            return counted.answer
    return figure_of(count_statement(universe_of(opened, state), facts))


def _members(state: str, saved: UUID, after: UUID | None) -> sql.Composable:
    """Return the join of a list's members, beginning where the page does: their key is in order."""
    words = (
        " JOIN lists_member AS m ON m.state = {} AND m.list = {} AND m.voter = r.voter"
    )
    join = sql.SQL(words).format(sql.Literal(state), literal(saved, "uuid"))
    if after is None:
        return join
    return sql.SQL("{} AND m.voter > {}").format(join, literal(after, "uuid"))

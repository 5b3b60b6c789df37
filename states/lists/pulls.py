"""Pulls: who joined a list and who left it since the puller got it last.

A pull keeps who was readable in the list at its moment; the one before it is kept to be told apart from.
Of a voter who left it is told that, and never why: it may have moved, be protected since, or not be licensed any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from django.utils import timezone
from psycopg import sql

from coop.actors import Action, Actor
from coop.db.locks import Lock, hold_lock
from coop.db.scope import acting_as
from coop.errors import not_found
from coop.ledger.actions import record
from coop.ledger.events import Event
from states.fields.definition import Group
from states.lists.models import Pull, SavedList
from states.lists.queries import Opened, found_in, open_list, universe_of
from states.lists.reading import ListPage, Paging, read_opened
from states.lists.usable import get_usable_list
from states.targeting.actions import use_of
from states.targeting.columns import literal
from states.targeting.compile import Universe, voters_statement
from states.targeting.licensing import check_stands
from states.targeting.queries import rows_of, run

Place = tuple[str, UUID]


@dataclass(frozen=True, slots=True)
class LeftPage:
    """A page of voters who left, as (state, voter); `last` is where the next one starts."""

    voters: tuple[Place, ...]
    last: Place | None


def pull_list(*, list_id: UUID, puller: str = "", by: Actor) -> Pull:
    """Note who is in a list now, and return how many joined and left since the puller's last pull.

    `puller` names whose last pull is meant (absent: the caller's source, or the caller). The first
    time everyone joined. Raises `NotFound`, `Denied`.
    """
    puller = puller or by.source or str(by.principal)
    with acting_as(by, Action.READ):
        saved = get_usable_list(list_id, by=by)
        opened = open_list(saved, by=by, action=Action.READ)
        hold_lock(Lock.PULL, f"{by.organization} {list_id} {puller}")
        mine = Pull.objects.filter(
            organization=by.organization, list=list_id, puller=puller
        ).order_by("-number")
        last = mine.first()
        pull = Pull(
            organization=by.organization,
            list=list_id,
            puller=puller,
            number=last.number + 1 if last else 1,
            previous=last.id if last else None,
            pulled_at=timezone.now(),
        )
        pull.save(force_insert=True)
        for state in opened.facts:
            _keep(pull, opened, state)
        pull.figures = _figures(pull, saved.states)
        Pull.objects.filter(id=pull.id).update(figures=pull.figures)
        _forget_older(mine, pull, saved)
        for license_ in opened.choice.licensed:
            rows = pull.figures[license_.state]["joined"]
            use = use_of(license_, opened.question, rows=rows)
            record(Event.LIST_PULLED, by=by, use=use, subject=list_id)
        check_stands(opened.choice.licensed, set(Group), by=by)
    return pull


def pulls_of(list_id: UUID, *, by: Actor) -> list[Pull]:
    """Return the organization's kept pulls of a list, newest first. Raises `NotFound`."""
    get_usable_list(list_id, by=by)
    mine = Pull.objects.filter(organization=by.organization, list=list_id)
    return list(mine.order_by("puller", "-number"))


def read_joined(
    *, pull_id: UUID, names: Sequence[str] | None, paging: Paging, by: Actor
) -> ListPage:
    """Return a page of the voters who joined with a pull, filtered again now; raises as `read_list` does."""
    with acting_as(by, Action.READ):
        pull = _get_pull(pull_id, by=by)
        saved = get_usable_list(pull.list, by=by)
        opened = open_list(saved, by=by, action=Action.READ)
        return read_opened(
            opened,
            names,
            paging,
            by=by,
            universe=lambda state: _joined(opened, pull, state),
        )


def read_left(*, pull_id: UUID, after: Place | None, limit: int, by: Actor) -> LeftPage:
    """Return a page of the voters who left with a pull, in order of state and id. Raises `NotFound`."""
    with acting_as(by, Action.READ):
        pull = _get_pull(pull_id, by=by)
        saved = get_usable_list(pull.list, by=by)
        if pull.previous is None:
            return LeftPage((), None)
        start = after or ("", UUID(int=0))
        statement = sql.SQL(_LEFT + _PAGE).format(
            states=literal(list(saved.states), "text[]"),
            previous=literal(pull.previous, "uuid"),
            pull=literal(pull.id, "uuid"),
            state=literal(start[0], "text"),
            voter=literal(start[1], "uuid"),
            limit=sql.Literal(limit + 1),
        )
        rows = [(str(state), voter) for state, voter in rows_of(statement)]
    shown = rows[:limit]
    return LeftPage(tuple(shown), shown[-1] if len(rows) > limit else None)


_LEFT: Final = """
SELECT b.state, b.voter FROM lists_pull_member AS b
WHERE b.state = ANY ({states}) AND b.pull = {previous} AND NOT EXISTS (
    SELECT FROM lists_pull_member AS n
    WHERE n.state = b.state AND n.pull = {pull} AND n.voter = b.voter)"""
_PAGE: Final = """
AND (b.state, b.voter) > ({state}, {voter}) ORDER BY b.state, b.voter LIMIT {limit}"""
_COUNTED: Final = """
SELECT m.state, count(*) FILTER (WHERE m.pull = {pull}),
       count(*) FILTER (WHERE m.pull = {previous}),
       count(*) - count(DISTINCT m.voter)
FROM lists_pull_member AS m
WHERE m.state = ANY ({states}) AND m.pull IN ({pull}, {previous}) GROUP BY m.state"""


def _keep(pull: Pull, opened: Opened, state: str) -> None:
    statement = voters_statement(found_in(opened, state), opened.facts[state])
    words = (
        "INSERT INTO lists_pull_member (state, pull, voter, place)"
        " SELECT {}, {}, now.voter, now.place FROM ({}) AS now"
    )
    run(sql.SQL(words).format(sql.Literal(state), literal(pull.id, "uuid"), statement))


def _figures(pull: Pull, states: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return for each state how many are in the list, joined and left; also where none is readable any more."""
    statement = sql.SQL(_COUNTED).format(
        states=literal(list(states), "text[]"),
        pull=literal(pull.id, "uuid"),
        previous=literal(pull.previous or pull.id, "uuid"),
    )
    found: Mapping[str, Sequence[Any]] = {row[0]: row[1:] for row in rows_of(statement)}
    figures = {}
    for state in states:
        now, before, both = found.get(state, (0, 0, 0))
        if pull.previous is None:
            before = both = 0
        figures[state] = {"count": now, "joined": now - both, "left": before - both}
    return figures


def _forget_older(mine: Any, pull: Pull, saved: SavedList) -> None:
    older = list(
        mine.exclude(id__in=[pull.id, pull.previous]).values_list("id", flat=True)
    )
    if older:
        words = (
            "DELETE FROM lists_pull_member WHERE state = ANY ({}) AND pull = ANY ({})"
        )
        run(
            sql.SQL(words).format(
                literal(list(saved.states), "text[]"), literal(older, "uuid[]")
            )
        )
        Pull.objects.filter(id__in=older).delete()


def _joined(opened: Opened, pull: Pull, state: str) -> Universe:
    """Return who is of this pull and was not of the one before, as far as it is in the list still."""
    universe = universe_of(opened, state)
    member = sql.SQL(
        "EXISTS (SELECT FROM lists_pull_member AS n WHERE n.state = {} AND n.pull = {} AND n.voter = r.voter)"
    )
    conditions = [
        *universe.conditions,
        member.format(sql.Literal(state), literal(pull.id, "uuid")),
    ]
    if pull.previous is not None:
        before = member.format(sql.Literal(state), literal(pull.previous, "uuid"))
        conditions.append(sql.SQL("NOT {}").format(before))
    return replace(universe, conditions=conditions)


def _get_pull(pull_id: UUID, *, by: Actor) -> Pull:
    found = Pull.objects.filter(id=pull_id, organization=by.organization).first()
    if found is None:
        raise not_found("pull")
    return found

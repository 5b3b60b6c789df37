"""Reading lists: their voters page by page, filtered again now, and how many there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.grants.caps import note_voters
from coop.ledger.actions import record
from coop.ledger.events import Event
from states.fields.definition import Group
from states.lists.actions import use_of_rows
from states.lists.models import Kind
from states.lists.ordering import BY_ID, Order, check_order
from states.lists.queries import (
    Opened,
    StateFigure,
    figures_of,
    found_in,
    open_list,
    universe_of,
)
from states.lists.usable import get_usable_list
from states.targeting.actions import use_of
from states.targeting.compile import Universe, page_statement
from states.targeting.licensing import (
    License,
    Refused,
    Shown,
    check_stands,
    shown_fields,
)
from states.targeting.paging import page_rows
from states.targeting.queries import freshness, rows_of
from states.targeting.ranked import ranked_statement
from states.targeting.rows import VoterRow, read_row


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a page ends: the last voter of it, and in an order that is not by id its rank."""

    state: str
    voter: UUID
    rank: str = ""


@dataclass(frozen=True, slots=True)
class Paging:
    """Which page is meant: after which spot, how long, in what order."""

    after: Spot | None
    limit: int
    order: Order = BY_ID


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page of a list's voters; `last` is where the next one starts, None at the end."""

    voters: tuple[VoterRow, ...]
    last: Spot | None
    refused: tuple[Refused, ...]
    freshness: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ListFigures:
    """A list's voters now, by state."""

    states: tuple[StateFigure, ...]
    refused: tuple[Refused, ...]
    freshness: Mapping[str, Any]


def read_list(
    *, list_id: UUID, names: Sequence[str] | None, paging: Paging, by: Actor
) -> ListPage:
    """Return a page of a list's voters, in order of state and id (or as `paging` says), filtered again now.

    `names` are the fields to show (None: all licensed). Raises `NotFound`, `Denied`
    (also `cap_reached`: what leaves counts against the caps).
    """
    with acting_as(by, Action.READ):
        opened = open_list(get_usable_list(list_id, by=by), by=by, action=Action.READ)
        return read_opened(opened, names, paging, by=by)


def read_opened(
    opened: Opened,
    names: Sequence[str] | None,
    paging: Paging,
    *,
    by: Actor,
    universe: Callable[[str], Universe] | None = None,
) -> ListPage:
    """Return a page of an opened list, or of what `universe` makes of it in each state; accounted for.

    Call it in the scope in which the list was opened. Raises as `read_list` does.
    """
    found: list[tuple[Spot, VoterRow]] = []
    after = paging.after
    for license_ in opened.choice.licensed:
        if after is not None and license_.state < after.state:
            continue
        start = after if after and after.state == license_.state else None
        room = Paging(start, paging.limit + 1 - len(found), paging.order)
        found += _page(opened, license_, names, room, universe)
        if len(found) > paging.limit:
            break
    page = found[: paging.limit]
    for license_ in opened.choice.licensed:
        rows = [row for _, row in page if row.state == license_.state]
        if rows:
            _account_for_page(opened, license_, rows, by)
    last = page[-1][0] if len(found) > paging.limit else None
    check_stands(opened.choice.licensed, set(Group), by=by)
    fresh = freshness(list(opened.facts))
    return ListPage(tuple(row for _, row in page), last, opened.choice.refused, fresh)


def count_list(*, list_id: UUID, by: Actor) -> ListFigures:
    """Return how many voters a list holds now. Raises `NotFound`, `Denied`."""
    with acting_as(by, Action.READ):
        opened = open_list(get_usable_list(list_id, by=by), by=by, action=Action.READ)
        figures = figures_of(opened)
        by_state = {one.state: one for one in opened.choice.licensed}
        for figure in figures:
            use = use_of(by_state[figure.state], opened.question, rows=figure.count)
            record(Event.VOTERS_COUNTED, by=by, use=use, subject=list_id)
        check_stands(opened.choice.licensed, set(Group), by=by)
        fresh = freshness(list(opened.facts))
    return ListFigures(tuple(figures), opened.choice.refused, fresh)


def _page(
    opened: Opened,
    license_: License,
    names: Sequence[str] | None,
    paging: Paging,
    universe: Callable[[str], Universe] | None,
) -> list[tuple[Spot, VoterRow]]:
    """Return the next voters of one state, each with its spot."""
    state, after = license_.state, paging.after
    shown = shown_fields(license_, names)
    if not paging.order.by_id:
        return _ranked(opened, license_, shown, paging, universe)
    facts, criteria = opened.facts[state], opened.question.criteria
    fields, start, limit = shown.fields, after.voter if after else None, paging.limit
    if universe or opened.saved.kind == Kind.PINNED:
        meant = universe(state) if universe else universe_of(opened, state, start)
        statement = page_statement(meant, facts, fields, after=start, limit=limit)
        found = rows_of(statement)
    else:
        found = page_rows(criteria, facts, fields, after=start, limit=limit)
    rows = [read_row(state, row, fields, shown.unlicensed) for row in found]
    return [(Spot(state, row.voter), row) for row in rows]


def _ranked(
    opened: Opened,
    license_: License,
    shown: Shown,
    paging: Paging,
    universe: Callable[[str], Universe] | None,
) -> list[tuple[Spot, VoterRow]]:
    state, facts = license_.state, opened.facts[license_.state]
    check_order(paging.order, license_)
    meant = universe(state) if universe else found_in(opened, state)
    ranking = paging.order.ranking(facts)
    after = (paging.after.rank, paging.after.voter) if paging.after else None
    statement = ranked_statement(
        meant, facts, shown.fields, ranking, after=after, limit=paging.limit
    )
    found = []
    for rank, *rest in rows_of(statement):
        row = read_row(state, rest, shown.fields, shown.unlicensed)
        found.append((Spot(state, row.voter, str(rank)), row))
    return found


def _account_for_page(
    opened: Opened, license_: License, rows: Sequence[VoterRow], by: Actor
) -> None:
    shown = {name for one in rows for name in one.values}
    use, groups = use_of_rows(opened, license_, rows, shown)
    note_voters(
        by=by,
        state=license_.state,
        voters=[one.voter for one in rows],
        groups=[group.value for group in groups],
        action=Action.READ,
    )
    record(Event.LIST_READ, by=by, use=use, subject=opened.saved.id)

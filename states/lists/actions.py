"""Every change of saved lists, and every reading of their voters, with its entry in the account."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone
from psycopg import sql

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.errors import Conflict, FieldFault
from coop.grants.caps import note_voters
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from states.fields.definition import Group
from states.fields.registry import field as standard_field
from states.lists.access import get_excluded, get_list
from states.lists.models import Kind, SavedList
from states.lists.queries import (
    Opened,
    StateFigure,
    exclusion,
    figures_of,
    open_list,
    page_of,
)
from states.targeting.actions import Question, use_of
from states.targeting.columns import StateFacts, literal
from states.targeting.compile import Universe, voters_statement
from states.targeting.criteria import Criteria, read_criteria
from states.targeting.licensing import (
    License,
    Refused,
    choose_states,
    licenses,
    shown_fields,
)
from states.targeting.queries import facts_of, freshness, run
from states.targeting.rows import VoterRow
from states.targeting.written import as_tree


@dataclass(frozen=True, slots=True)
class Draft:
    """A list to be saved: its name and kind, the criteria as the caller wrote them, what to leave out."""

    name: str
    kind: Kind
    criteria: Any = None
    states: Sequence[str] | None = None
    exclude_lists: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page of a list's voters; `last` is where the next one starts, None at the end."""

    voters: tuple[VoterRow, ...]
    last: tuple[str, UUID] | None
    refused: tuple[Refused, ...]
    freshness: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ListFigures:
    """A list's voters now, by state."""

    states: tuple[StateFigure, ...]
    refused: tuple[Refused, ...]
    freshness: Mapping[str, Any]


def save_list(*, draft: Draft, by: Actor) -> SavedList:
    """Save a universe under a name: a pinned list's voters are written down in this transaction.

    Raises `Invalid` or `Denied` for the criteria, `Conflict` (`list_name_taken`).
    """
    criteria = read_criteria(draft.criteria, states=draft.states)
    question = Question(criteria, draft.states)
    with acting_as(by, Action.READ):
        choice = choose_states(
            draft.states,
            licenses(by, Action.READ),
            question.fields,
            action=Action.READ,
        )
        facts = facts_of(choice.licensed, criteria, as_of=question.as_of)
        saved = enter_list(draft=draft, question=question, states=list(facts), by=by)
        for license_ in choice.licensed:
            rows = None
            if draft.kind == Kind.PINNED:
                rows = _pin(saved, question, facts[license_.state])
                saved.counts[license_.state] = rows
            use = use_of(license_, question, rows=rows)
            detail = {"kind": draft.kind}
            record(Event.LIST_SAVED, by=by, use=use, subject=saved.id, detail=detail)
        SavedList.objects.filter(id=saved.id).update(counts=saved.counts)
    return saved


def enter_list(
    *, draft: Draft, question: Question, states: list[str], by: Actor
) -> SavedList:
    """Enter a list without voters yet, in the open scope. Raises `Conflict` (`list_name_taken`), `Invalid`."""
    excluded = get_excluded(draft.exclude_lists, by=by)
    if SavedList.objects.filter(organization=by.organization, name=draft.name).exists():
        detail = "Your organization has a list of this name."
        fault = FieldFault("/name", "list_name_taken", detail)
        raise Conflict("list_name_taken", detail, [fault])
    saved = SavedList(
        organization=by.organization,
        name=draft.name,
        kind=draft.kind,
        criteria=_kept(draft.criteria, question.criteria),
        states=sorted(states),
        exclude_lists=excluded,
        as_of=question.as_of if draft.kind == Kind.PINNED else None,
        created_by=by.principal,
        created_at=timezone.now(),
    )
    saved.save(force_insert=True)
    return saved


def read_list(
    *,
    list_id: UUID,
    names: Sequence[str] | None,
    after: tuple[str, UUID] | None,
    limit: int,
    by: Actor,
) -> ListPage:
    """Return a page of a list's voters, in order of state and id, filtered again now.

    `names` are the fields to show (None: all licensed). Raises `NotFound`, `Denied`
    (also `cap_reached`: what leaves counts against the caps).
    """
    with acting_as(by, Action.READ):
        opened = open_list(get_list(list_id, by=by), by=by, action=Action.READ)
        voters: list[VoterRow] = []
        for license_ in _from(opened.choice.licensed, after):
            start = after[1] if after and after[0] == license_.state else None
            shown = shown_fields(license_, names)
            room = limit + 1 - len(voters)
            voters += page_of(opened, license_, shown, after=start, limit=room)
            if len(voters) > limit:
                break
        page = voters[:limit]
        for license_ in opened.choice.licensed:
            rows = [one for one in page if one.state == license_.state]
            if rows:
                _account_for_page(opened, license_, rows, by)
        fresh = freshness(list(opened.facts))
    last = (page[-1].state, page[-1].voter) if len(voters) > limit else None
    return ListPage(tuple(page), last, opened.choice.refused, fresh)


def count_list(*, list_id: UUID, by: Actor) -> ListFigures:
    """Return how many voters a list holds now. Raises `NotFound`, `Denied`."""
    with acting_as(by, Action.READ):
        opened = open_list(get_list(list_id, by=by), by=by, action=Action.READ)
        figures = figures_of(opened)
        by_state = {one.state: one for one in opened.choice.licensed}
        for figure in figures:
            use = use_of(by_state[figure.state], opened.question, rows=figure.count)
            record(Event.VOTERS_COUNTED, by=by, use=use, subject=list_id)
        fresh = freshness(list(opened.facts))
    return ListFigures(tuple(figures), opened.choice.refused, fresh)


def delete_list(*, list_id: UUID, by: Actor) -> None:
    """Forget a list and its pinned voters. Raises `NotFound`."""
    with acting_as(by, Action.MANAGE):
        saved = get_list(list_id, by=by)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT sec.drop_list_members(%s, %s)", [saved.id, saved.states]
            )
        SavedList.objects.filter(id=saved.id).delete()
        record(Event.LIST_DELETED, by=by, subject=list_id)


def use_of_rows(
    opened: Opened, license_: License, rows: Sequence[VoterRow], shown: Iterable[str]
) -> tuple[Use, set[Group]]:
    """Return what an answer with these rows used, and the groups that it showed."""
    names = set(shown)
    groups = {Group.REGISTRATION, *(standard_field(name).group for name in names)}
    return use_of(license_, opened.question, rows=len(rows), shown=names), groups


def _kept(raw: Any, criteria: Criteria) -> Any:
    """Return criteria to be saved: a text as its tree, in which nothing is named any more."""
    return as_tree(criteria) if isinstance(raw, str) else raw


def _pin(saved: SavedList, question: Question, facts: StateFacts) -> int:
    universe = Universe(
        question.criteria, conditions=exclusion(facts.state, saved.exclude_lists)
    )
    return run(
        sql.SQL(
            "INSERT INTO lists_member (state, list, voter, place)"
            " SELECT {}, {}, chosen.voter, chosen.place FROM ({}) AS chosen"
        ).format(
            sql.Literal(facts.state),
            literal(saved.id, "uuid"),
            voters_statement(universe, facts),
        )
    )


def _from(licensed: Sequence[License], after: tuple[str, UUID] | None) -> list[License]:
    return [one for one in licensed if after is None or one.state >= after[0]]


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

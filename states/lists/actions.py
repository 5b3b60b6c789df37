"""Every change of saved lists, with its entry in the account."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.errors import Conflict, FieldFault
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from states.fields.definition import Group
from states.fields.registry import field as standard_field
from states.fields.scores import is_score
from states.lists.access import get_list
from states.lists.models import Kind, SavedList
from states.lists.pinning import pin
from states.lists.queries import Opened
from states.lists.resting import resting, without
from states.scores.queries import known_scores
from states.targeting.actions import Question, use_of
from states.targeting.compile import Universe
from states.targeting.criteria import (
    Criteria,
    fields_used,
    lists_asked,
    read_criteria,
)
from states.targeting.licensing import (
    License,
    choose_states,
    licenses,
)
from states.targeting.narrowing import narrowed
from states.targeting.queries import facts_of
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


def save_list(*, draft: Draft, by: Actor) -> SavedList:
    """Save a universe under a name: a pinned list's voters are written down in this transaction.

    Raises `Invalid` or `Denied` for the criteria, `Conflict` (`list_name_taken`).
    """
    criteria = read_criteria(draft.criteria, states=draft.states)
    with acting_as(by, Action.READ):
        meant = resting(without(criteria, draft.exclude_lists), by=by)
        question = Question(meant, draft.states)
        choice = choose_states(
            draft.states,
            licenses(by, Action.READ),
            question.fields,
            action=Action.READ,
        )
        facts = facts_of(choice.licensed, meant, as_of=question.as_of)
        asked = replace(question, criteria=criteria)
        saved = enter_list(draft=draft, question=asked, states=list(facts), by=by)
        for license_ in choice.licensed:
            rows = None
            if draft.kind == Kind.PINNED:
                held = facts[license_.state]
                rows = pin(saved, narrowed(Universe(meant), held), held)
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
    if SavedList.objects.filter(organization=by.organization, name=draft.name).exists():
        raise _name_taken()
    excluded = list(dict.fromkeys(draft.exclude_lists))
    named = [one.list for one in lists_asked(question.criteria)]
    known = known_scores()
    saved = SavedList(
        organization=by.organization,
        name=draft.name,
        kind=draft.kind,
        criteria=_kept(draft.criteria, question.criteria),
        states=sorted(states),
        exclude_lists=excluded,
        scores={
            one.name: str(known[one.name].id)
            for one in fields_used(question.criteria)
            if is_score(one.name)
        },
        rests_on=list(dict.fromkeys([*named, *excluded])),
        as_of=question.as_of if draft.kind == Kind.PINNED else None,
        created_by=by.principal,
        created_at=timezone.now(),
    )
    saved.save(force_insert=True)
    return saved


def rename_list(*, list_id: UUID, name: str, by: Actor) -> SavedList:
    """Give a list another name, also for those with whom it is shared.

    Raises `NotFound`, `Conflict` (`list_name_taken`).
    """
    with acting_as(by, Action.MANAGE):
        saved = get_list(list_id, by=by)
        saved.name = name
        try:
            with transaction.atomic():
                SavedList.objects.filter(id=saved.id).update(name=name)
        except IntegrityError as error:
            raise _name_taken() from error
        record(Event.LIST_RENAMED, by=by, subject=list_id)
    return saved


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


def _name_taken() -> Conflict:
    detail = "Your organization has a list of this name."
    fault = FieldFault("/name", "list_name_taken", detail)
    return Conflict("list_name_taken", detail, [fault])


def _kept(raw: Any, criteria: Criteria) -> Any:
    """Return criteria to be saved: a text as its tree, in which nothing is named any more."""
    return as_tree(criteria) if isinstance(raw, str) else raw

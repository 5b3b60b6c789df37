"""Lists made of lists: union, intersection, difference, and random parts by household, stratified or not. All are pinned."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from psycopg import sql

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.errors import FieldFault, Invalid, NotFound
from coop.ledger.actions import record
from coop.ledger.events import Event
from states.fields.definition import Group
from states.lists.actions import Draft, enter_list
from states.lists.models import Kind, SavedList
from states.lists.pinning import pin
from states.lists.queries import Opened, found_in, open_list
from states.lists.usable import get_usable_list
from states.targeting.actions import Question, use_of
from states.targeting.breakdowns import read_axes
from states.targeting.cells import Axis, bucket
from states.targeting.columns import literal
from states.targeting.compile import Universe, universe_rows, voters_statement
from states.targeting.criteria import AllOf
from states.targeting.licensing import (
    License,
    Refused,
    check_fields,
    licenses,
    not_licensed,
)
from states.targeting.queries import rows_of, run

MAX_SEED: Final = 2**31 - 1


class Operation(StrEnum):
    """How lists are combined; a difference is the first without any of the others."""

    UNION = "union"
    INTERSECTION = "intersection"
    DIFFERENCE = "difference"


@dataclass(frozen=True, slots=True)
class Split:
    """A list's parts, and the seed that deals the same voters the same way again."""

    parts: tuple[SavedList, ...]
    seed: int


def combine_lists(
    *, name: str, operation: Operation, list_ids: Sequence[UUID], by: Actor
) -> SavedList:
    """Save lists combined as a new pinned list: each as it can be read now.

    A state is left out where one of the lists that has it cannot be read there. Raises
    `Invalid` (`list_unknown`), `Denied` where no state remains, `Conflict` (`list_name_taken`).
    """
    with acting_as(by, Action.READ):
        opened = [
            open_list(one, by=by, action=Action.READ) for one in _lists(list_ids, by)
        ]
        held = _readable(opened, licenses(by, Action.READ))
        question = Question(AllOf(tuple(one.question.criteria for one in opened)))
        draft = Draft(name, Kind.PINNED)
        saved = enter_list(draft=draft, question=question, states=list(held), by=by)
        for state, license_ in held.items():
            rows = _pin(saved, state, opened, operation)
            saved.counts[state] = rows
            use = use_of(license_, question, rows=rows)
            detail = {"kind": Kind.PINNED, "operation": operation, "lists": len(opened)}
            record(Event.LIST_SAVED, by=by, use=use, subject=saved.id, detail=detail)
        _keep_counts(saved)
    return saved


def split_list(
    *,
    list_id: UUID,
    name: str,
    parts: int,
    seed: int | None = None,
    stratify: str | None = None,
    by: Actor,
) -> Split:
    """Deal a list's voters of now into random parts, as pinned lists: a household stays whole.

    The parts are named "<name> 1/3" and so on, and hold as many households each, to one a
    state; and with `stratify`, as many of each value of that field (in its usual steps), to one. A household
    counts for the least value in it. Raises `NotFound`, `Denied`, `Conflict` (`list_name_taken`), `Invalid`.
    """
    axis = _stratum(stratify) if stratify else None
    seed = secrets.randbelow(MAX_SEED) if seed is None else seed
    with acting_as(by, Action.READ):
        opened = open_list(get_usable_list(list_id, by=by), by=by, action=Action.READ)
        question, states = opened.question, list(opened.facts)
        made = [
            enter_list(
                draft=Draft(f"{name} {number}/{parts}", Kind.PINNED),
                question=question,
                states=states,
                by=by,
            )
            for number in range(1, parts + 1)
        ]
        for license_ in opened.choice.licensed:
            if stratify:
                check_fields([stratify], license_, pointer="/stratify")
            _deal(opened, license_, made, seed, axis)
            for one in made:
                rows = one.counts[license_.state]
                use = use_of(license_, question, rows=rows)
                detail = {"kind": Kind.PINNED, "parts": parts}
                record(Event.LIST_SAVED, by=by, use=use, subject=one.id, detail=detail)
        for one in made:
            _keep_counts(one)
    return Split(tuple(made), seed)


def _stratum(name: str) -> Axis:
    try:
        (axis,) = read_axes([name], {})
    except Invalid as refused:
        fault = FieldFault("/stratify", refused.code, refused.detail)
        raise Invalid(refused.code, refused.detail, [fault]) from None
    if axis.field.group is Group.SCORES:
        detail = "A list is not stratified by scores."
        fault = FieldFault("/stratify", "field_not_divisible", detail)
        raise Invalid("field_not_divisible", detail, [fault])
    return axis


def _lists(list_ids: Sequence[UUID], by: Actor) -> list[SavedList]:
    found, faults = [], []
    for place, one in enumerate(list_ids):
        try:
            found.append(get_usable_list(one, by=by))
        except NotFound:
            detail = "There is no such list."
            faults.append(FieldFault(f"/lists/{place}", "list_unknown", detail))
    if faults:
        raise Invalid("list_unknown", faults[0].detail, faults)
    return found


def _readable(
    opened: Sequence[Opened], held: Mapping[str, License]
) -> dict[str, License]:
    """Return the states in which every list that has them can be read."""
    asked = sorted({state for one in opened for state in one.saved.states})
    lacking = {
        state for one in opened for state in one.saved.states if state not in one.facts
    }
    readable = {state: held[state] for state in asked if state not in lacking}
    if not readable:
        refused = [Refused(one, "state_not_licensed", Action.READ) for one in asked]
        raise not_licensed(refused, Action.READ)
    return readable


def _pin(
    saved: SavedList, state: str, opened: Sequence[Opened], operation: Operation
) -> int:
    facts = next(one.facts[state] for one in opened if state in one.facts)
    parts = [_belongs(one, state) for one in opened]
    return pin(saved, Universe(conditions=[_COMBINED[operation](parts)]), facts)


def _belongs(opened: Opened, state: str) -> sql.Composable:
    """Return the condition that the voter of the row is in a list; each list joins what it rests on itself."""
    if state not in opened.facts:
        return sql.SQL("false")
    statement = voters_statement(found_in(opened, state), opened.facts[state])
    words = sql.SQL("r.voter IN (SELECT held.voter FROM ({}) AS held)")
    return words.format(statement)


def _joined(word: str) -> Callable[[Sequence[sql.Composable]], sql.Composable]:
    return lambda parts: sql.SQL("({})").format(sql.SQL(word).join(parts))


_COMBINED: Final = {
    Operation.UNION: _joined(" OR "),
    Operation.INTERSECTION: _joined(" AND "),
    Operation.DIFFERENCE: _joined(" AND NOT "),
}


def _deal(
    opened: Opened,
    license_: License,
    made: Sequence[SavedList],
    seed: int,
    axis: Axis | None,
) -> None:
    """Write a state's voters into the parts, household by household in an order drawn by the seed."""
    state = license_.state
    ids = literal([one.id for one in made], "uuid[]")
    facts = opened.facts[state]
    shown = (axis.field,) if axis else ()
    run(
        sql.SQL(_DEALT).format(
            state=sql.Literal(state),
            ids=ids,
            parts=sql.Literal(len(made)),
            seed=literal(str(seed), "text"),
            stratum=bucket(axis, facts) if axis else sql.SQL("NULL"),
            rows=universe_rows(found_in(opened, state), facts, shown=shown),
        )
    )
    words = (
        "SELECT m.list, count(*) FROM lists_member AS m"
        " WHERE m.state = {} AND m.list = ANY ({}) GROUP BY m.list"
    )
    counted = dict(rows_of(sql.SQL(words).format(sql.Literal(state), ids)))
    for one in made:
        one.counts[state] = counted.get(one.id, 0)


# A voter without an address is a household alone.
_DEALT: Final = """
INSERT INTO lists_member (state, list, voter, place)
SELECT {state}, ({ids})[(dense_rank() OVER (ORDER BY dealt.stratum, dealt.home) - 1) % {parts} + 1],
       dealt.voter, dealt.place
FROM (SELECT chosen.*, min(chosen.value) OVER (PARTITION BY chosen.home) AS stratum
FROM (SELECT r.voter, r.place, md5({seed} || '|' || coalesce(
          r.place || '|' || upper(r.res_address) || '|' || upper(coalesce(r.res_address2, '')),
          r.voter::text)) AS home, ({stratum})::text AS value {rows}) AS chosen) AS dealt"""


def _keep_counts(saved: SavedList) -> None:
    SavedList.objects.filter(id=saved.id).update(counts=saved.counts)

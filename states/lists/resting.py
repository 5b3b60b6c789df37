"""Criteria that rest on lists: each list looked up for whoever asks, and the lists that it rests on itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from psycopg import sql

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.errors import FieldFault, Invalid, NotFound
from states.lists.models import Kind, SavedList
from states.lists.usable import get_usable_list
from states.targeting.columns import literal
from states.targeting.criteria import (
    EVERYONE,
    MAX_FAULTS,
    AllOf,
    Criteria,
    Held,
    InList,
    Negation,
    comparisons,
    lists_asked,
    lists_held,
    read_criteria,
    with_lists,
)

MAX_DEEP: Final = 5
MAX_LISTS: Final = 100
MAX_TESTS: Final = 1000
"""How many tests criteria may make in all, with those of the lists that they rest on."""


def looked_up(criteria: Criteria, *, by: Actor) -> Criteria:
    """Return criteria with every list that they name looked up, in a scope of its own where there is any.

    Raises as `resting` does.
    """
    if not any(lists_asked(criteria)):
        return criteria
    with acting_as(by, Action.COUNT):
        return resting(criteria, by=by)


def resting(criteria: Criteria, *, by: Actor) -> Criteria:
    """Return criteria with every list that they name looked up in the open scope.

    Raises `Invalid`: `list_unknown` for one that is not the actor's nor shared with it, or that rests on
    such a one; `list_cycle`, `list_too_deep` or `criteria_too_large` for what lists rest on.
    """
    reader = _Reader(by)
    found = with_lists(criteria, reader.root)
    if not reader.faults and _size(found) > MAX_TESTS:
        detail = f"Make at most {MAX_TESTS} tests, with those of the lists."
        reader.faults.append(FieldFault("/criteria", "criteria_too_large", detail))
    if reader.faults:
        first = reader.faults[0]
        raise Invalid(first.code, first.detail, reader.faults[:MAX_FAULTS])
    return found


def asked_of(saved: SavedList) -> Criteria:
    """Return what a list asks at reading, its lists not looked up: a live one its criteria, a pinned one nothing."""
    if saved.kind == Kind.PINNED:
        return EVERYONE
    criteria = read_criteria(saved.criteria)
    return without(criteria, saved.exclude_lists)


def without(criteria: Criteria, excluded: Sequence[UUID]) -> Criteria:
    """Return criteria without the voters of any of these lists."""
    left_out = tuple(
        Negation(InList(one, _unknown(f"/exclude_lists/{place}", one)))
        for place, one in enumerate(excluded)
    )
    return AllOf((criteria, *left_out)) if left_out else criteria


def _unknown(pointer: str, list_id: UUID) -> FieldFault:
    return FieldFault(pointer, "list_unknown", f"There is no list {list_id} for you.")


def _size(tree: Criteria) -> int:
    return sum(1 for _ in comparisons(tree)) + sum(1 for _ in lists_held(tree))


class _Reader:
    """Looks lists up, each once, gathering faults at the places where the caller named what rests on them."""

    def __init__(self, by: Actor) -> None:
        self.by = by
        self.faults: list[FieldFault] = []
        self.found: dict[UUID, Held] = {}
        self.path: list[UUID] = []

    def root(self, asked: InList) -> Criteria:
        """Return the list that the caller's own criteria name; where it cannot be, everyone with a fault."""
        try:
            return self.held(asked.list)
        except _Unusable as fault:
            self.faults.append(
                replace(asked.fault, code=fault.code, detail=fault.detail)
            )
            return EVERYONE

    def held(self, list_id: UUID) -> Held:
        if list_id in self.path:
            detail = f"The list {list_id} rests on itself."
            raise _Unusable("list_cycle", detail)
        if len(self.path) >= MAX_DEEP:
            detail = f"Lists rest on lists at most {MAX_DEEP} deep."
            raise _Unusable("list_too_deep", detail)
        if list_id not in self.found:
            if len(self.found) >= MAX_LISTS:
                detail = (
                    f"Name at most {MAX_LISTS} lists, with those that they rest on."
                )
                raise _Unusable("criteria_too_large", detail)
            self.found[list_id] = self._look_up(list_id)
        return self.found[list_id]

    def _look_up(self, list_id: UUID) -> Held:
        try:
            saved = get_usable_list(list_id, by=self.by)
        except NotFound:
            raise _Unusable("list_unknown", self._nowhere(list_id)) from None
        criteria = None
        if saved.kind == Kind.LIVE:
            self.path.append(list_id)
            criteria = with_lists(asked_of(saved), lambda one: self.held(one.list))
            self.path.pop()
            self._check_size(criteria)
        return held_list(saved, criteria)

    def _check_size(self, criteria: Criteria) -> None:
        """Refuse early: lists that name one another often would grow without end."""
        if _size(criteria) > MAX_TESTS:
            detail = f"Make at most {MAX_TESTS} tests, with those of the lists."
            raise _Unusable("criteria_too_large", detail)

    def _nowhere(self, list_id: UUID) -> str:
        if not self.path:
            return f"There is no list {list_id} for you."
        return f"There is no list {list_id} for you, and the list {self.path[0]} rests on it."


class _Unusable(Exception):  # noqa: N818  # reads as what happened
    """A list cannot be used, and why; never leaves this module."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def held_list(saved: SavedList, criteria: Criteria | None) -> Held:
    """Return a usable list as criteria hold it; `criteria` are a live one's, None for a pinned one."""
    list_id = saved.id

    def members(state: str) -> sql.Composable:
        words = (
            "(r.voter IN (SELECT member.voter FROM lists_member AS member"
            " WHERE member.state = {} AND member.list = {}))"
        )
        return sql.SQL(words).format(sql.Literal(state), literal(list_id, "uuid"))

    usable = sql.SQL(_USABLE).format(literal(list_id, "uuid"))
    return Held(list_id, frozenset(saved.states), criteria, members, usable)


_USABLE: Final = (
    "({0} = ANY ((SELECT sec.own_lists())::uuid[])"
    " OR {0} = ANY ((SELECT sec.shared_lists())::uuid[]))"
)

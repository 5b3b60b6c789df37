"""The criteria language: a JSON tree, or a text, read into a typed, frozen tree, or refused with its faults' places.

A text is read into the JSON tree first. A node is `{"all": [...]}`, `{"any": [...]}`, `{"not": {...}}`, a comparison
`{"field", "op", "value"}`, or `{"list": "<id>"}`. Names, operators and values are the field registry's; a list is
looked up by whoever asks, in its scope, before anything is compiled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID

from psycopg import sql

from coop.errors import FieldFault, Invalid
from states.fields.definition import Field, Group, Operator
from states.fields.lists import LIST
from states.fields.registry import UnknownField, field as standard_field
from states.targeting.text import Written, read_text
from states.targeting.values import MAX_TEXT, BadValue, Value, typed

MAX_DEPTH: Final = 10
MAX_TESTS: Final = 200
MAX_FAULTS: Final = 20


@dataclass(frozen=True, slots=True)
class AllOf:
    """True where every child is; without children, of every voter."""

    children: tuple[Criteria, ...] = ()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True where some child is; it has at least one."""

    children: tuple[Criteria, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """True where the child is false; where the child is unknown, unknown too."""

    child: Criteria


@dataclass(frozen=True, slots=True)
class Comparison:
    """One test of a standard field; `value` is typed as `op` and the field's kind ask."""

    field: Field
    op: Operator
    value: Value


@dataclass(frozen=True, slots=True)
class InList:
    """Membership of a saved list, by its id, as it was asked: to be looked up before it is compiled.

    `fault` says where it was asked, for whom there is no such list.
    """

    list: UUID
    fault: FieldFault = field(compare=False)


@dataclass(frozen=True, slots=True)
class Held:
    """A list looked up: true of the voters who are in it, false of all others.

    `criteria` are a live list's, None for a pinned one, whose voters `held` tells: the condition
    in SQL that the voter of the row is in it, for a state of `states`. `usable` is the condition that
    the open scope may use the list still.
    """

    list: UUID
    states: frozenset[str]
    criteria: Criteria | None
    held: Callable[[str], sql.Composable] = field(compare=False)
    usable: sql.Composable = field(compare=False)


Criteria = AllOf | AnyOf | Negation | Comparison | InList | Held
EVERYONE: Final = AllOf()


def read_criteria(
    raw: Any, *, pointer: str = "/criteria", states: Sequence[str] | None = None
) -> Criteria:
    """Return the typed tree of a JSON value, a tree or a text; None is everyone.

    `pointer` is where the value lies in the caller's document; `states` are those in which
    a text names counties (None: all). Raises `Invalid` with every fault found (twenty at
    most), those of a text with line, column and offset: its code is `criteria_text` where
    a text cannot be parsed, `unknown_field` where that is all that is wrong, else
    `criteria_invalid`.
    """
    if raw is None:
        return EVERYONE
    if isinstance(raw, str):
        written = read_text(raw, pointer=pointer, states=states)
        return _read(written.tree, pointer, written)
    return _read(raw, pointer)


def _read(raw: Any, pointer: str, written: Written | None = None) -> Criteria:
    reader = _Reader(written)
    tree = reader.node(raw, pointer, 1)
    if reader.tests > MAX_TESTS:
        reader.fault(pointer, "criteria_too_large", f"Make at most {MAX_TESTS} tests.")
    faults = [reader.located(one) for one in reader.faults]
    if written:
        faults = _with_words(written, faults)
    if faults or tree is None:
        raise _refusal(faults)
    return tree


def _with_words(written: Written, faults: list[FieldFault]) -> list[FieldFault]:
    """Return the faults of a text's words beside those of its tree, in the order of the text; a place has one."""
    for one in faults:
        written.fault(one)
    return sorted(written.faults, key=lambda one: one.at["offset"] if one.at else 0)


def comparisons(tree: Criteria, *, of_lists: bool = True) -> Iterator[Comparison]:
    """Yield every comparison of a tree, in reading order: those of the live lists in it too, unless told not to."""
    for one in _tests(tree, of_lists=of_lists):
        if isinstance(one, Comparison):
            yield one


def lists_asked(tree: Criteria) -> Iterator[InList]:
    """Yield every list that a tree names and that was not looked up, in reading order."""
    for one in _tests(tree, of_lists=False):
        if isinstance(one, InList):
            yield one


def lists_held(tree: Criteria, *, of_lists: bool = True) -> Iterator[Held]:
    """Yield every list looked up in a tree, in reading order: those that lists rest on too, unless told not to."""
    for one in _tests(tree, of_lists=of_lists):
        if isinstance(one, Held):
            yield one


def with_lists(tree: Criteria, look_up: Callable[[InList], Criteria]) -> Criteria:
    """Return a tree with what `look_up` gives in the place of every list that it names."""
    match tree:
        case InList():
            return look_up(tree)
        case Negation(child):
            return Negation(with_lists(child, look_up))
        case AllOf(children) | AnyOf(children):
            parts = tuple(with_lists(one, look_up) for one in children)
            return replace(tree, children=parts)
    return tree


def _tests(tree: Criteria, *, of_lists: bool) -> Iterator[Comparison | InList | Held]:
    match tree:
        case Negation(child):
            yield from _tests(child, of_lists=of_lists)
        case AllOf(children) | AnyOf(children):
            for child in children:
                yield from _tests(child, of_lists=of_lists)
        case Held(criteria=criteria):
            yield tree
            if of_lists and criteria is not None:
                yield from _tests(criteria, of_lists=of_lists)
        case _:
            yield tree


def fields_used(tree: Criteria) -> tuple[Field, ...]:
    """Return the fields that a tree names, each once, in reading order."""
    return tuple({one.field.name: one.field for one in comparisons(tree)}.values())


def ballots_named(tree: Criteria) -> str | None:
    """Return the election whose ballots a tree asks about; None where it names none. Raises `Invalid` for several."""
    named = {
        str(test.value)
        for test in comparisons(tree, of_lists=False)
        if test.field.name == "ballot_election" and test.op is Operator.EQ
    }
    if len(named) > 1:
        detail = "Ask about the ballots of one election at a time."
        fault = FieldFault("/criteria", "ballot_elections_mixed", detail)
        raise Invalid("ballot_elections_mixed", detail, [fault])
    return next(iter(named), None)


def groups_used(tree: Criteria) -> frozenset[Group]:
    """Return the field groups that a universe rests on; `registration` always."""
    return frozenset({Group.REGISTRATION, *(one.group for one in fields_used(tree))})


def _refusal(faults: list[FieldFault]) -> Invalid:
    codes = {fault.code for fault in faults}
    code = "unknown_field" if codes == {"unknown_field"} else "criteria_invalid"
    return Invalid(code, faults[0].detail, faults[:MAX_FAULTS])


class _Reader:
    """Reads one tree, gathering its faults; a node at fault is None."""

    def __init__(self, written: Written | None) -> None:
        self.written = written
        self.faults: list[FieldFault] = []
        self.tests = 0

    def located(self, fault: FieldFault) -> FieldFault:
        """Return a fault with its place in the text, where the tree is one's."""
        return self.written.located(fault) if self.written else fault

    def fault(self, pointer: str, code: str, detail: str) -> None:
        self.faults.append(FieldFault(pointer, code, detail))

    def node(self, raw: Any, pointer: str, depth: int) -> Criteria | None:
        if depth > MAX_DEPTH:
            self.fault(pointer, "criteria_too_deep", f"Nest at most {MAX_DEPTH} deep.")
        elif isinstance(raw, dict) and set(raw) == {"field", "op", "value"}:
            return self._comparison(raw, pointer)
        elif isinstance(raw, dict) and set(raw) == {LIST}:
            return self._list(raw[LIST], f"{pointer}/{LIST}")
        elif isinstance(raw, dict) and len(raw) == 1 and set(raw) <= {"all", "any"}:
            (word,) = raw
            return self._junction(word, raw[word], f"{pointer}/{word}", depth)
        elif isinstance(raw, dict) and set(raw) == {"not"}:
            child = self.node(raw["not"], f"{pointer}/not", depth + 1)
            return Negation(child) if child else None
        else:
            self.fault(
                pointer,
                "criteria_shape",
                "Give an object of all, of any, of not, of list, or of field, op and value.",
            )
        return None

    def _junction(
        self, word: str, raw: Any, pointer: str, depth: int
    ) -> Criteria | None:
        if not isinstance(raw, list) or (word == "any" and not raw):
            self.fault(pointer, "criteria_shape", f"Give a list of criteria to {word}.")
            return None
        if len(raw) > MAX_TESTS:
            self.fault(
                pointer, "criteria_too_large", f"Make at most {MAX_TESTS} tests."
            )
            return None
        self.tests += not raw
        children = [
            self.node(one, f"{pointer}/{place}", depth + 1)
            for place, one in enumerate(raw)
            if len(self.faults) < MAX_FAULTS
        ]
        whole = tuple(child for child in children if child is not None)
        return AllOf(whole) if word == "all" else AnyOf(whole)

    def _comparison(self, raw: dict[str, Any], pointer: str) -> Comparison | None:
        self.tests += 1
        field = self._field(raw["field"], f"{pointer}/field")
        if field is None:
            return None
        op = next((one for one in field.operators if one == raw["op"]), None)
        if op is None:
            known = ", ".join(field.operators)
            detail = f"{field.name} takes the operators {known}."
            self.fault(f"{pointer}/op", "unknown_operator", detail)
            return None
        try:
            return Comparison(field, op, typed(field, op, raw["value"]))
        except BadValue as bad:
            self.fault(f"{pointer}/value{bad.below}", bad.code, bad.detail)
            return None

    def _list(self, raw: Any, pointer: str) -> InList | None:
        self.tests += 1
        try:
            asked = UUID(raw if isinstance(raw, str) else "")
        except ValueError:
            self.fault(
                pointer,
                "value_type",
                "Name a list by its id, as GET /v1/lists shows it.",
            )
            return None
        detail = f"There is no list {asked} for you."
        fault = FieldFault(pointer, "list_unknown", detail)
        return InList(asked, self.located(fault))

    def _field(self, name: Any, pointer: str) -> Field | None:
        if not isinstance(name, str) or len(name) > MAX_TEXT:
            self.fault(pointer, "unknown_field", "Name a standard field.")
            return None
        try:
            return standard_field(name)
        except UnknownField as unknown:
            self.fault(pointer, "unknown_field", str(unknown))
            return None

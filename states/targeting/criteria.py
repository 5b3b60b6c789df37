"""The criteria language: a JSON tree, or a text, read into a typed, frozen tree, or refused with its faults' places.

A text is read into the JSON tree first. A node is `{"all": [...]}`, `{"any": [...]}`, `{"not": {...}}` or a comparison
`{"field", "op", "value"}`. Names, operators and values are the field registry's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from coop.errors import FieldFault, Invalid
from states.fields.definition import Field, Group, Operator
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


Criteria = AllOf | AnyOf | Negation | Comparison
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
    if written and written.faults:
        raise _refusal(written.faults)
    reader = _Reader()
    tree = reader.node(raw, pointer, 1)
    if reader.tests > MAX_TESTS:
        reader.fault(pointer, "criteria_too_large", f"Make at most {MAX_TESTS} tests.")
    if reader.faults or tree is None:
        faults = reader.faults
        raise _refusal([written.located(one) for one in faults] if written else faults)
    return tree


def comparisons(tree: Criteria) -> Iterator[Comparison]:
    """Yield every comparison of a tree, in reading order."""
    match tree:
        case Comparison():
            yield tree
        case Negation(child):
            yield from comparisons(child)
        case AllOf(children) | AnyOf(children):
            for child in children:
                yield from comparisons(child)


def fields_used(tree: Criteria) -> tuple[Field, ...]:
    """Return the fields that a tree names, each once, in reading order."""
    return tuple({one.field.name: one.field for one in comparisons(tree)}.values())


def groups_used(tree: Criteria) -> frozenset[Group]:
    """Return the field groups that a universe rests on; `registration` always."""
    return frozenset({Group.REGISTRATION, *(one.group for one in fields_used(tree))})


def _refusal(faults: list[FieldFault]) -> Invalid:
    codes = {fault.code for fault in faults}
    code = "unknown_field" if codes == {"unknown_field"} else "criteria_invalid"
    return Invalid(code, faults[0].detail, faults[:MAX_FAULTS])


class _Reader:
    """Reads one tree, gathering its faults; a node at fault is None."""

    def __init__(self) -> None:
        self.faults: list[FieldFault] = []
        self.tests = 0

    def fault(self, pointer: str, code: str, detail: str) -> None:
        self.faults.append(FieldFault(pointer, code, detail))

    def node(self, raw: Any, pointer: str, depth: int) -> Criteria | None:
        if depth > MAX_DEPTH:
            self.fault(pointer, "criteria_too_deep", f"Nest at most {MAX_DEPTH} deep.")
        elif isinstance(raw, dict) and set(raw) == {"field", "op", "value"}:
            return self._comparison(raw, pointer)
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
                "Give an object of all, of any, of not, or of field, op and value.",
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

    def _field(self, name: Any, pointer: str) -> Field | None:
        if not isinstance(name, str) or len(name) > MAX_TEXT:
            self.fault(pointer, "unknown_field", "Name a standard field.")
            return None
        try:
            return standard_field(name)
        except UnknownField as unknown:
            self.fault(pointer, "unknown_field", str(unknown))
            return None

"""Typed criteria to the JSON tree, with the place in the text of every part of it.

    county:Cuyahoga party:D,N age:25..40 voted:2024G -voted:2022G -contacted:14d

The grammar is in `grammar.lark`. What the text says is judged by the reader of the tree,
so that both forms mean and refuse the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field as dataclass_field
from pathlib import Path
from typing import Any, Final

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from coop.errors import FieldFault, Invalid
from states.fields.answers import answer_field
from states.fields.definition import Field, Kind, Operator
from states.fields.lists import LIST
from states.fields.registry import FIELDS
from states.fields.scores import score_field
from states.targeting.habits import check_habits, check_marks
from states.targeting.mistyped import told
from states.targeting.terms import (
    county_codes,
    days_back,
    election,
    field_name,
    plain_value,
    turnout,
)
from states.targeting.values import BadValue, day

MAX_LETTERS: Final = 20_000
MAX_NESTED: Final = 100
_ORDERS: Final = {">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}
# A test that is denied and always true or false itself is its opposite.
_OPPOSITES: Final = {"any": "none", "has": "has_not"}


@dataclass(frozen=True, slots=True)
class Node:
    """A part of the text: a junction of parts, or a test; `token` is where it begins."""

    word: str
    parts: tuple[Any, ...]
    token: Token | None
    depth: int = 1


@dataclass(slots=True)
class Written:
    """A text read: the raw tree, and for each pointer below it the offset that it comes from."""

    text: str
    pointer: str
    tree: Any = None
    offsets: dict[str, int] = dataclass_field(default_factory=dict)
    faults: list[FieldFault] = dataclass_field(default_factory=list)

    def fault(self, fault: FieldFault) -> None:
        """Note a fault that has its place; of several at one place the first counts."""
        if all(one.at != fault.at for one in self.faults):
            self.faults.append(fault)

    def located(self, fault: FieldFault) -> FieldFault:
        """Return a fault of the raw tree as one of the text, with line, column and offset."""
        where = fault.pointer
        while where not in self.offsets and where != self.pointer:
            where = where.rpartition("/")[0]
        return fault_at(
            self.text,
            self.offsets.get(where, 0),
            FieldFault(self.pointer, fault.code, fault.detail),
        )


def fault_at(text: str, offset: int, fault: FieldFault) -> FieldFault:
    """Return a fault with its place in a text: lines and columns from 1, offset in characters from 0."""
    before = text[:offset]
    line = before.count("\n") + 1
    column = offset - (before.rfind("\n") + 1) + 1
    at = {"line": line, "column": column, "offset": offset}
    return FieldFault(fault.pointer, fault.code, fault.detail, at)


def read_text(text: str, *, pointer: str, states: Sequence[str] | None) -> Written:
    """Return the raw tree of a text. Raises `Invalid` (`criteria_text`) where it is no criteria.

    `states` are those in which a county's name is looked up (None: all).
    """
    written = Written(text, pointer)
    if len(text) > MAX_LETTERS:
        raise _refused(written, 0, "criteria_too_large", "Write less.")
    try:
        top = _PARSER.parse(text)
    except UnexpectedInput as fault:
        raise _unexpected(written, fault) from None
    if not isinstance(top, Node):
        written.tree = {"all": []}
        return written
    if top.depth > MAX_NESTED:
        raise _refused(written, 0, "criteria_too_deep", "Nest less deep.")
    written.tree = _Raw(written, states).tree(top, pointer)
    return written


class _Nodes(Transformer[Token, Any]):
    """Makes nodes while the text is parsed: no tree of the parser's is ever walked."""

    def start(self, parts: list[Any]) -> Any:
        return parts[0] if parts else None

    def any_of(self, parts: list[Node]) -> Node:
        return _junction("any", parts)

    def all_of(self, parts: list[Node]) -> Node:
        return _junction("all", parts)

    def negation(self, parts: list[Any]) -> Node:
        token, child = parts
        return Node("not", (child,), token, child.depth + 1)

    def everyone(self, parts: list[Token]) -> Node:
        return Node("all", (), parts[0])

    def known(self, parts: list[Token]) -> Node:
        return Node("known", tuple(parts), parts[0])

    def prefix(self, parts: list[Token]) -> Node:
        return Node("prefix", tuple(parts), parts[0])

    def between(self, parts: list[Token]) -> Node:
        return Node("between", tuple(parts), parts[0])

    def equal(self, parts: list[Token]) -> Node:
        return Node("equal", tuple(parts), parts[0])

    def ordered(self, parts: list[Token]) -> Node:
        return Node("ordered", tuple(parts), parts[0])


def _junction(word: str, parts: list[Node]) -> Node:
    depth = max(one.depth for one in parts) + 1
    return Node(word, tuple(parts), parts[0].token, depth)


_PARSER: Final = Lark(
    (Path(__file__).parent / "grammar.lark").read_text(),
    parser="lalr",
    transformer=_Nodes(),
)


class _Raw:
    """Writes nodes as the JSON tree, noting where each part of it stands in the text."""

    def __init__(self, written: Written, states: Sequence[str] | None) -> None:
        self.written = written
        self.states = states

    def tree(self, node: Node, pointer: str) -> dict[str, Any]:
        self._note(pointer, node.token)
        if node.word in {"all", "any"}:
            parts = enumerate(node.parts)
            below = f"{pointer}/{node.word}"
            return {
                node.word: [self.tree(one, f"{below}/{place}") for place, one in parts]
            }
        if node.word == "not":
            return self._negation(node, pointer)
        return self._test(node, pointer)

    def _negation(self, node: Node, pointer: str) -> dict[str, Any]:
        raw = self.tree(node.parts[0], f"{pointer}/not")
        denied = opposite(raw)
        if denied is None:
            return {"not": raw}
        below = f"{pointer}/not"
        for where, offset in list(self.written.offsets.items()):
            if where.startswith(f"{below}/"):
                self.written.offsets[pointer + where.removeprefix(below)] = offset
        return denied

    def _test(self, node: Node, pointer: str) -> dict[str, Any]:
        name, sign, *values = node.parts
        if name.lower() == LIST:
            return self._lists(node, pointer)
        self._note(f"{pointer}/field", name)
        self._note(f"{pointer}/op", sign)
        for place, token in enumerate(values):
            self._note(f"{pointer}/value/{place}", token)
        self._note(f"{pointer}/value", values[0])
        standard = field_name(name)
        field = FIELDS.get(standard) or _declared(standard)
        if field:
            self._check_words(node.word, str(name), field, sign, values)
        op, value = _FORMS[node.word](self, field, sign, values)
        if field and op not in field.operators:
            told = _untaken(str(name), field, op, [_unquoted(one) for one in values])
            self._fault(sign, "unknown_operator", told)
        return {"field": standard, "op": op, "value": value}

    def _check_words(
        self, form: str, name: str, field: Field, sign: Token, values: list[Token]
    ) -> None:
        if sign == "<" and values[0].startswith(">"):
            detail = f"Not equal is a minus before the test: -{name}:{values[0][1:]}."
            self._fault(sign, "unknown_operator", detail)
            return
        for one in values if form != "known" else ():
            if form == "prefix":
                self._tried(one, lambda one=one: check_marks(name, field, one))  # type: ignore[misc]
            else:
                self._tried(one, lambda one=one: check_habits(name, field, one, sign))  # type: ignore[misc]

    def _lists(self, node: Node, pointer: str) -> dict[str, Any]:
        """Return membership of the list that is named, or of any of several."""
        _, sign, *values = node.parts
        if node.word != "equal":
            detail = "Name lists by their ids, joined by commas: list:<id>."
            self._fault(sign, "value_type", detail)
        if len(values) == 1:
            self._note(f"{pointer}/{LIST}", values[0])
            return {LIST: _unquoted(values[0])}
        for place, token in enumerate(values):
            self._note(f"{pointer}/any/{place}", token)
        return {"any": [{LIST: _unquoted(one)} for one in values]}

    def known(self, _field: Field | None, _sign: Token, _values: list[Token]) -> Any:
        return "known", True

    def prefix(self, field: Field | None, _sign: Token, values: list[Token]) -> Any:
        return "prefix", _unquoted(values[0][:-1])

    def between(self, field: Field | None, _sign: Token, values: list[Token]) -> Any:
        return "between", self._each(field, values)

    def ordered(self, field: Field | None, sign: Token, values: list[Token]) -> Any:
        return _ORDERS[sign], self._each(field, values)[0]

    def equal(self, field: Field | None, _sign: Token, values: list[Token]) -> Any:
        if field and field.kind is Kind.ELECTIONS:
            return self._elections(values)
        if field and field.name == "county":
            return _one_or_more(self._counties(values))
        if field and Operator.HAS in field.operators:
            return "has", self._each(field, values)
        if field and Operator.WITHIN_DAYS in field.operators and len(values) == 1:
            days = days_back(values[0])
            if days is not None:
                return "within_days", days
            self._tried(values[0], lambda: _day_or_days(values[0]))
        return _one_or_more(self._each(field, values))

    def _elections(self, values: list[Token]) -> Any:
        if len(values) == 1:
            found = self._tried(values[0], lambda: turnout(_unquoted(values[0])))
            if found:
                return "at_least", found
        return "any", self._gathered(values, election)

    def _counties(self, values: list[Token]) -> list[Any]:
        found = self._gathered(values, lambda text: county_codes(text, self.states))
        return [code for codes in found for code in codes or ()]

    def _each(self, field: Field | None, values: list[Token]) -> list[Any]:
        if field is None:
            return [_unquoted(one) for one in values]
        return [plain_value(field, _unquoted(one)) for one in values]

    def _gathered(self, values: list[Token], read: Callable[[str], Any]) -> list[Any]:
        return [
            self._tried(one, lambda one=one: read(_unquoted(one)))  # type: ignore[misc]
            for one in values
        ]

    def _tried(self, token: Token, read: Callable[[], Any]) -> Any:
        try:
            return read()
        except BadValue as bad:
            self._fault(token, bad.code, bad.detail)
            return None

    def _fault(self, token: Token, code: str, detail: str) -> None:
        """Note a fault of a word; of several at one place the first counts."""
        place = token.start_pos or 0
        fault = FieldFault(self.written.pointer, code, detail)
        self.written.fault(fault_at(self.written.text, place, fault))

    def _note(self, pointer: str, token: Token | None) -> None:
        self.written.offsets[pointer] = (token.start_pos if token else None) or 0


_FORMS: Final = {
    "known": _Raw.known,
    "prefix": _Raw.prefix,
    "between": _Raw.between,
    "equal": _Raw.equal,
    "ordered": _Raw.ordered,
}


def opposite(raw: dict[str, Any]) -> dict[str, Any] | None:
    """Return the test that is true exactly where this raw one is false; None where there is none."""
    op = raw.get("op")
    if op == "known" and raw["value"] is True:
        return raw | {"value": False}
    return raw | {"op": _OPPOSITES[op]} if op in _OPPOSITES else None


def _day_or_days(text: str) -> None:
    """Raise `BadValue` for what is neither a day nor days back."""
    try:
        day(_unquoted(text))
    except BadValue as bad:
        detail = f"{bad.detail.rstrip('.')}, or days back like 14d."
        raise BadValue(bad.code, detail) from None


def _untaken(name: str, field: Field, op: str, values: Sequence[str]) -> str:
    """Say how a field is asked about that takes no such comparison."""
    if field.kind is Kind.ELECTIONS:
        return (
            f"Name elections, {name}:2024G, or how many of the last ones, {name}:2of4G."
        )
    if op == "prefix":
        return f"{name} takes no star: write a whole value, such as {name}:{values[0].rstrip('*')}."
    if op in {"between", *_ORDERS.values()}:
        plain = ",".join(one.lstrip("<>=") for one in values)
        return f"The values of {name} have no order: write {name}:{plain}."
    return f"{name} takes {', '.join(field.operators)}."


def _declared(name: str) -> Field | None:
    """Return the field of a score or an answer, known to the caller or not."""
    return score_field(name) or answer_field(name)


def _one_or_more(values: list[Any]) -> tuple[str, Any]:
    return ("eq", values[0]) if len(values) == 1 else ("in", values)


def _unquoted(text: str) -> str:
    if not text.startswith('"'):
        return str(text)
    return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)


def _unexpected(written: Written, fault: UnexpectedInput) -> Invalid:
    """Return the refusal of a character or word that cannot stand there."""
    at_end = isinstance(fault, UnexpectedToken) and fault.token.type == "$END"
    offset = len(written.text) if at_end else int(fault.pos_in_stream or 0)  # type: ignore[redundant-expr]  # set by lark where it raises
    names = _allowed(fault)
    offset, detail = told(
        written.text, offset, wants_value="BARE" in names, is_open="RPAR" in names
    )
    return _refused(written, offset, "criteria_text", detail)


def _allowed(fault: UnexpectedInput) -> set[str]:
    """Return the names of what could have stood there."""
    if isinstance(fault, UnexpectedCharacters):
        return set(fault.allowed)
    return set(fault.accepts) if isinstance(fault, UnexpectedToken) else set()


def _refused(written: Written, offset: int, code: str, detail: str) -> Invalid:
    fault = fault_at(written.text, offset, FieldFault(written.pointer, code, detail))
    return Invalid(code, detail, [fault])

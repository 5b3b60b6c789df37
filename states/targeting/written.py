"""Typed criteria written out again: as the JSON tree, and as people type them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from states.fields.definition import Operator
from states.fields.lists import LIST
from states.targeting.criteria import (
    EVERYONE,
    AllOf,
    AnyOf,
    Comparison,
    Criteria,
    Held,
    InList,
    Negation,
)
from states.targeting.habits import is_habit
from states.targeting.terms import written_election, written_name, written_turnout
from states.targeting.values import ElectionDay, Turnout

_BARE: Final = re.compile(r"(?!\.)(?:(?!\.\.)[\w.'@+-])+(?<!\.)")
_DENIED: Final[Mapping[Operator, Operator]] = {
    Operator.VOTED_ANY: Operator.VOTED_NONE,
    Operator.HAS: Operator.HAS_NOT,
}


def plain(tree: Criteria) -> Criteria:
    """Return a tree that means the same, as its text reads: nothing in it is said twice or roundabout."""
    match tree:
        case AllOf(children):
            parts = tuple(plain(one) for one in children)
            return parts[0] if len(parts) == 1 else AllOf(parts)
        case AnyOf(children):
            parts = tuple(plain(one) for one in children)
            return parts[0] if len(parts) == 1 else AnyOf(parts)
        case Negation(child):
            return _denied(plain(child))
        case Comparison(field, Operator.IN, (only,)):
            return Comparison(field, Operator.EQ, only)
    return tree


def as_tree(tree: Criteria) -> dict[str, Any]:
    """Return criteria as the JSON tree that is read into the same."""
    match tree:
        case AllOf(children):
            return {"all": [as_tree(one) for one in children]}
        case AnyOf(children):
            return {"any": [as_tree(one) for one in children]}
        case Negation(child):
            return {"not": as_tree(child)}
        case Comparison(field, op, value):
            return {"field": field.name, "op": op.value, "value": _json(value)}
        case InList() | Held():
            return {LIST: str(tree.list)}


def as_text(tree: Criteria) -> str:
    """Return criteria as people type them; read again they are the same, as `plain` has them."""
    return _text(plain(tree))


def _denied(child: Criteria) -> Criteria:
    if isinstance(child, Comparison):
        if child.op in _DENIED:
            return Comparison(child.field, _DENIED[child.op], child.value)
        if child.op is Operator.KNOWN and child.value is True:
            return Comparison(child.field, child.op, value=False)
    return Negation(child)


def _text(tree: Criteria) -> str:
    match tree:
        case AllOf():
            return " ".join(map(_part, tree.children)) or "everyone"
        case AnyOf(children):
            return " or ".join(map(_part, children))
        case Negation(child):
            return f"-{_part(child)}"
        case Comparison():
            return _test(tree)
        case InList() | Held():
            return f"{LIST}:{tree.list}"


def _part(tree: Criteria) -> str:
    grouped = isinstance(tree, AllOf | AnyOf) and tree != EVERYONE
    return f"({_text(tree)})" if grouped else _text(tree)


def _test(test: Comparison) -> str:
    name, value = written_name(test.field.name), test.value
    return _WRITTEN[test.op](name, value)


def _word(value: Any) -> str:
    if isinstance(value, ElectionDay):
        return written_election(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    is_bare = _BARE.fullmatch(text) and not (isinstance(value, str) and is_habit(text))
    return text if is_bare else _quoted(text)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _listed(name: str, values: Any) -> str:
    return f"{name}:{','.join(map(_word, values))}"


def _known(name: str, value: Any) -> str:
    return f"{name}:*" if value else f"-{name}:*"


def _json(value: Any) -> Any:
    match value:
        case ElectionDay(date, kind):
            return {"date": str(date), "type": kind}
        case Turnout(times, of_last, kind):
            return {"times": times, "of_last": of_last, "type": kind}
        case tuple():
            return [_json(one) for one in value]
        case dt.date():
            return str(value)
    return value


_WRITTEN: Final[Mapping[Operator, Callable[[str, Any], str]]] = {
    Operator.EQ: lambda name, value: f"{name}:{_word(value)}",
    Operator.IN: _listed,
    Operator.PREFIX: lambda name, value: f"{name}:{_word(value)}*",
    Operator.LT: lambda name, value: f"{name}<{_word(value)}",
    Operator.LTE: lambda name, value: f"{name}<={_word(value)}",
    Operator.GT: lambda name, value: f"{name}>{_word(value)}",
    Operator.GTE: lambda name, value: f"{name}>={_word(value)}",
    Operator.BETWEEN: lambda name, value: (
        f"{name}:{_word(value[0])}..{_word(value[1])}"
    ),
    Operator.WITHIN_DAYS: lambda name, value: f"{name}:{value}d",
    Operator.KNOWN: _known,
    Operator.HAS: _listed,
    Operator.HAS_NOT: lambda name, value: f"-{_listed(name, value)}",
    Operator.VOTED_ANY: _listed,
    Operator.VOTED_NONE: lambda name, value: f"-{_listed(name, value)}",
    Operator.VOTED_AT_LEAST: lambda name, value: f"{name}:{written_turnout(value)}",
}

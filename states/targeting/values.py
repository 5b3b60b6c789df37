"""The values of criteria, typed by the field registry: a date is a day, a code is one of its table's."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from states.fields.codes import ELECTION_TYPES
from states.fields.definition import Field, Kind, Operator
from states.fields.elsewhere import VALUES_ELSEWHERE

MAX_TEXT: Final = 200
MAX_VALUES: Final = 1000
MAX_DAYS: Final = 3650
MAX_ELECTIONS: Final = 20
MAX_INTEGER: Final = 2**31 - 1
MAX_NUMBER: Final = 1e15
MAX_LABEL: Final = 60
YEARS: Final = range(1800, 2201)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_PHONE: Final = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ElectionDay:
    """An election as every state's record names it: its day and type."""

    date: dt.date
    type: str


@dataclass(frozen=True, slots=True)
class Turnout:
    """A vote in at least `times` of the `of_last` newest elections of one `type`."""

    times: int
    of_last: int
    type: str


Value = bool | str | int | float | dt.date | tuple[Any, ...] | Turnout


class BadValue(Exception):  # noqa: N818  # reads as what happened
    """A value does not fit: `code` and a sentence; `below` is where inside the value, as a pointer."""

    def __init__(self, code: str, detail: str, below: str = "") -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.below = below


def typed(field: Field, op: Operator, raw: Any) -> Value:
    """Return the value that `op` takes for this field; raises `BadValue`."""
    special = _OF_OPERATOR.get(op)
    return special(field, raw) if special else scalar(field, raw)


def scalar(field: Field, raw: Any) -> Value:
    """Return one value of the field's kind; raises `BadValue`."""
    return _OF_KIND[field.kind](field, raw)


def day(raw: Any) -> dt.date:
    """Return the day of an ISO 8601 date (YYYY-MM-DD) of these centuries; raises `BadValue`."""
    if isinstance(raw, str) and _DAY.fullmatch(raw):
        try:
            parsed = dt.date.fromisoformat(raw)
        except ValueError:
            raise BadValue("date_invalid", "There is no such day.") from None
        if parsed.year in YEARS:
            return parsed
    raise BadValue("date_invalid", "Give a date as YYYY-MM-DD.")


def one_of(
    raw: Any, known: tuple[str, ...], called: Mapping[str, str] = MappingProxyType({})
) -> str:
    """Return a code of a closed table; raises `BadValue` with the nearest one, or the one `called` so elsewhere."""
    if isinstance(raw, str) and raw in known:
        return raw
    said = str(raw)[:MAX_TEXT]
    near = [called[said.lower()]] if said.lower() in called else []
    near += difflib.get_close_matches(said, known, n=1)
    near += difflib.get_close_matches(said.lower(), called, n=1)
    hint = f" Did you mean {called.get(near[0], near[0])}?" if near else ""
    raise BadValue("value_unknown", f"Give one of {', '.join(known)}.{hint}")


def _text(_field: Field, raw: Any) -> str:
    if not isinstance(raw, str) or not raw.strip():
        raise BadValue("value_type", "Give a text that is not empty.")
    if len(raw) > MAX_TEXT or "\0" in raw:
        raise BadValue("value_type", f"Give at most {MAX_TEXT} printable characters.")
    try:
        raw.encode()
    except UnicodeEncodeError:
        raise BadValue("value_type", "Give a text in Unicode.") from None
    return raw


def _code(field: Field, raw: Any) -> str:
    if field.values is None:
        return _text(field, raw)
    return one_of(raw, field.values, VALUES_ELSEWHERE.get(field.name, {}))


def _integer(_field: Field, raw: Any) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int):
        raise BadValue("value_type", "Give a whole number, in figures.")
    return _whole(raw, -MAX_INTEGER, MAX_INTEGER)


def _whole(raw: Any, low: int, high: int) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int) or not low <= raw <= high:
        raise BadValue(
            "value_type", f"Give a whole number between {low:,} and {high:,}."
        )
    return raw


def _number(_field: Field, raw: Any) -> float | str:
    """Return a score: a number, or a label; which of both its set has is known in the caller's scope."""
    if isinstance(raw, str) and 0 < len(raw.strip()) <= MAX_LABEL and "\0" not in raw:
        return raw
    fits = isinstance(raw, int | float) and not isinstance(raw, bool)
    if not fits or not abs(raw) <= MAX_NUMBER:
        raise BadValue("value_type", "Give a number, or one of the set's labels.")
    return raw  # type: ignore[no-any-return]  # a number, as was asked


def _boolean(_field: Field, raw: Any) -> bool:
    if not isinstance(raw, bool):
        raise BadValue("value_type", "Give true or false.")
    return raw


def _phone(_field: Field, raw: Any) -> str:
    if not isinstance(raw, str) or not _PHONE.fullmatch(raw):
        raise BadValue("value_type", "Give a telephone number like +16145550100.")
    return raw


def _listed(
    raw: Any, one: Callable[[Any], Any], most: int = MAX_VALUES
) -> tuple[Any, ...]:
    if not isinstance(raw, list) or not 1 <= len(raw) <= most:
        raise BadValue("value_type", f"Give a list of 1 to {most:,} values.")
    values = []
    for place, item in enumerate(raw):
        try:
            values.append(one(item))
        except BadValue as bad:
            raise BadValue(bad.code, bad.detail, f"/{place}{bad.below}") from None
    return tuple(dict.fromkeys(values))


def _some(field: Field, raw: Any) -> tuple[Any, ...]:
    return _listed(raw, lambda item: scalar(field, item))


def _bounds(field: Field, raw: Any) -> tuple[Any, ...]:
    if not isinstance(raw, list) or len(raw) != 2:
        raise BadValue("value_type", "Give a list of two bounds.")
    low = _at("0", lambda: scalar(field, raw[0]))
    high = _at("1", lambda: scalar(field, raw[1]))
    if isinstance(low, str) is not isinstance(high, str):
        raise BadValue("value_type", "Give two bounds of one kind.")
    if low > high:
        raise BadValue("bounds_reversed", "The first bound is above the second.")
    return (low, high)


def _days(_field: Field, raw: Any) -> int:
    return _whole(raw, 0, MAX_DAYS)


def _keys(raw: Any, names: tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(raw, dict) or set(raw) != set(names):
        raise BadValue("value_type", f"Give an object of {', '.join(names)}.")
    return raw


def _at(name: str, read: Callable[[], Any]) -> Any:
    try:
        return read()
    except BadValue as bad:
        raise BadValue(bad.code, bad.detail, f"/{name}{bad.below}") from None


def _election(raw: Any) -> ElectionDay:
    parts = _keys(raw, ("date", "type"))
    date = _at("date", lambda: day(parts["date"]))
    return ElectionDay(date, _at("type", lambda: one_of(parts["type"], ELECTION_TYPES)))


def _elections(_field: Field, raw: Any) -> tuple[Any, ...]:
    return _listed(raw, _election, MAX_ELECTIONS)


def _turnout(_field: Field, raw: Any) -> Turnout:
    parts = _keys(raw, ("times", "of_last", "type"))
    of_last = _at("of_last", lambda: _whole(parts["of_last"], 1, MAX_ELECTIONS))
    times = _at("times", lambda: _whole(parts["times"], 1, of_last))
    kind = _at("type", lambda: one_of(parts["type"], ELECTION_TYPES))
    return Turnout(times, of_last, kind)


_OF_KIND: Final[Mapping[Kind, Callable[[Field, Any], Value]]] = {
    Kind.TEXT: _text,
    Kind.CODE: _code,
    Kind.INTEGER: _integer,
    Kind.NUMBER: _number,
    Kind.DATE: lambda _field, raw: day(raw),
    Kind.BOOLEAN: _boolean,
    Kind.PHONE: _phone,
    Kind.EMAIL: _text,
}
_OF_OPERATOR: Final[Mapping[Operator, Callable[[Field, Any], Value]]] = {
    Operator.IN: _some,
    Operator.HAS: _some,
    Operator.HAS_NOT: _some,
    Operator.BETWEEN: _bounds,
    Operator.WITHIN_DAYS: _days,
    Operator.KNOWN: _boolean,
    Operator.VOTED_ANY: _elections,
    Operator.VOTED_NONE: _elections,
    Operator.VOTED_AT_LEAST: _turnout,
}

"""Values as people type them out of habit from SQL, mail search, spreadsheets and other voter file tools: refused, with ours beside them.

Only words without quotes are looked at: what stands in quotes is meant as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from states.fields.answers import is_answer
from states.fields.definition import Field, Group, Kind, Operator
from states.fields.elsewhere import SUPPORT_WORDS, VALUES_ELSEWHERE
from states.targeting.terms import days_back
from states.targeting.values import BadValue

_DASH: Final = "-\u2010\u2011\u2012\u2013\u2014\u2212"
_NUMBER: Final = r"-?[0-9]+(?:\.[0-9]+)?"
_RANGE: Final = re.compile(
    rf"({_NUMBER})(?:[{_DASH}]|\u2026|\.\.\.)({_NUMBER})", re.ASCII
)
_AND_MORE: Final = re.compile(rf"({_NUMBER})\+", re.ASCII)
_PERCENT: Final = re.compile(rf"({_NUMBER})%", re.ASCII)
_COMPARED: Final = re.compile(r"(<>|!=|[<>]=?|=)(.+)", re.DOTALL)
_SPAN: Final = re.compile(
    r"([0-9]{1,4})(w|wk|weeks?|m|mo|months?|y|d|days?|)", re.IGNORECASE | re.ASCII
)
_SPAN_DAYS: Final = {"w": 7, "m": 30, "y": 365}
_NAMED_DAYS: Final = {"today": 0, "yesterday": 1, "week": 7, "month": 30}
_YEAR: Final = re.compile(r"(1[89]|2[01])[0-9]{2}", re.ASCII)
_MONTH: Final = re.compile(r"((?:1[89]|2[01])[0-9]{2})-(0[1-9]|1[0-2])", re.ASCII)
_SLASHED: Final = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", re.ASCII)
_TEN_DIGITS: Final = re.compile(r"\+?1?([2-9][0-9]{9})", re.ASCII)
_UNKNOWN: Final = frozenset({"null", "none", "blank", "empty", "unknown", "nil", "na"})
_KNOWN: Final = frozenset({"yes", "true", "any", "all", "notnull"})
_UNTRUE: Final = frozenset({"no", "false"})
_NOT_STRAIGHT: Final = re.compile(
    "[\u201c\u201d\u201e\u201f\u00ab\u00bb\u2018\u2019`\u00b4]"
)
_RANGED: Final = frozenset({Kind.INTEGER, Kind.NUMBER, Kind.DATE})


@dataclass(frozen=True, slots=True)
class Typed:
    """A word as it was typed for a field that was called `name`, behind a `sign`."""

    name: str
    field: Field
    word: str
    sign: str = ":"

    @property
    def said(self) -> str:
        """The word in small letters."""
        return self.word.lower()

    @property
    def takes_range(self) -> bool:
        """Tell whether the field's values have an order."""
        return Operator.BETWEEN in self.field.operators


def check_habits(name: str, field: Field, word: str, sign: str = ":") -> None:
    """Refuse a word that says elsewhere what is written otherwise here. Raises `BadValue` with what to write."""
    if word.startswith('"'):
        return
    typed = Typed(name, field, word, sign)
    for habit in _HABITS:
        told = habit(typed)
        if told:
            raise BadValue("value_type", told)


def is_habit(text: str) -> bool:
    """Tell whether a text has to stand in quotes to be meant as it is, for some field at least."""
    said = text.lower()
    if said in _UNKNOWN | _KNOWN | _UNTRUE or text.startswith("'"):
        return True
    return bool(_RANGE.fullmatch(text) or _AND_MORE.fullmatch(text))


def check_marks(name: str, field: Field, word: str) -> None:
    """Refuse quotes that are not straight, and single ones. Raises `BadValue` as `check_habits` does."""
    typed = Typed(name, field, word)
    bad = _marks(typed) or _single_quotes(typed)
    if bad and not word.startswith('"'):
        raise BadValue("value_type", bad)


def _marks(typed: Typed) -> str | None:
    if _NOT_STRAIGHT.search(typed.word) is None:
        return None
    straight = _NOT_STRAIGHT.sub("'", typed.word).strip("'")
    return f'Use straight quotes: {typed.name}:"{straight}".'


def _single_quotes(typed: Typed) -> str | None:
    if len(typed.word) < 2 or not typed.word.startswith("'"):
        return None
    inner = typed.word.strip("'")
    return f'Quotes are double here: {typed.name}:"{inner}".'


def _brackets(typed: Typed) -> str | None:
    if not typed.word.startswith(("[", "{")):
        return None
    inner = typed.word.strip("[]{}")
    return f"Several values need no brackets: {typed.name}:{inner}."


def _semicolon(typed: Typed) -> str | None:
    if ";" not in typed.word:
        return None
    first = typed.word.partition(";")[0]
    return (
        f"A space parts tests, a comma values: {typed.name}:{first} and then the next."
    )


def _signs(typed: Typed) -> str | None:
    found = _COMPARED.fullmatch(typed.word)
    if found is None:
        return None
    sign, rest = found[1], found[2]
    spans = _spans(replace(typed, word=rest, sign=sign))
    if spans and sign != "=":
        return spans
    if sign in {"<>", "!="}:
        return f"Not equal is a minus before the test: -{typed.name}:{rest}."
    if sign == "=" or not typed.takes_range:
        return f"Write {typed.name}:{rest}."
    return f"Write {typed.name}{sign}{rest}."


def _denied(typed: Typed) -> str | None:
    if not typed.word.startswith(("!", "~")):
        return None
    return f"A test is denied by a minus before it: -{typed.name}:{typed.word[1:]}."


def _wildcard(typed: Typed) -> str | None:
    if typed.field.kind not in {Kind.TEXT, Kind.EMAIL, Kind.CODE}:
        return None
    if typed.word.endswith("%") and Operator.PREFIX in typed.field.operators:
        return f"A beginning is written with a star: {typed.name}:{typed.word.strip('%')}*."
    if "%" in typed.word or "?" in typed.word:
        return 'There is no such wildcard; put quotes around the text if the sign is meant: "100%".'
    return None


def _has_own_words(field: Field) -> bool:
    """Tell whether a field's values are somebody's own: an answer or a code may well be called No."""
    is_own = field.group is Group.SCORES or is_answer(field.name)
    return is_own or field.name == "activist_code"


def _nothing(typed: Typed) -> str | None:
    named = typed.field.values or ()
    called = VALUES_ELSEWHERE.get(typed.field.name, {})
    if typed.said in {*named, *called} or _has_own_words(typed.field):
        return None
    if Operator.KNOWN not in typed.field.operators:
        return None
    is_flag = typed.field.kind is Kind.BOOLEAN
    if typed.said in _UNKNOWN or (typed.said in _UNTRUE and not is_flag):
        quoted = f', or {typed.name}:"{typed.word}" for that very word'
        more = quoted if typed.field.kind is Kind.TEXT else ""
        return f"Whoever has none is found by -{typed.name}:*{more}."
    if typed.said in _KNOWN and not is_flag:
        return f"Whoever has one is found by {typed.name}:*."
    return None


def _ranges(typed: Typed) -> str | None:
    if not typed.takes_range or typed.field.kind not in _RANGED:
        return None
    if found := _RANGE.fullmatch(typed.word):
        if typed.field.kind is Kind.DATE:
            return None
        return f"Ranges are written with two dots: {typed.name}:{found[1]}..{found[2]}."
    if found := _AND_MORE.fullmatch(typed.word):
        return f"Write {typed.name}>={found[1]}."
    if found := _PERCENT.fullmatch(typed.word):
        return f"Write the figure alone: {found[1]}."
    return None


def _support(typed: Typed) -> str | None:
    figure = SUPPORT_WORDS.get(typed.said.replace("_", " ").replace("-", " "))
    if typed.field.name != "support" or figure is None:
        return None
    return f"Support is a figure from 1 (strong) to 5 (opposed): {typed.name}:{figure}."


def _spans(typed: Typed) -> str | None:
    if Operator.WITHIN_DAYS not in typed.field.operators:
        return None
    days = _NAMED_DAYS.get(typed.said)
    found = _SPAN.fullmatch(typed.word)
    if found and not _YEAR.fullmatch(typed.word):
        days = int(found[1]) * _SPAN_DAYS.get(found[2][:1].lower(), 1)
    if days is None or (typed.sign in {":", "="} and days_back(typed.word) is not None):
        return None
    minus = "-" if typed.sign.startswith(">") else ""
    return (
        f"Say a day as YYYY-MM-DD, or days back like 14d: {minus}{typed.name}:{days}d."
    )


def _dates(typed: Typed) -> str | None:
    if typed.field.kind is not Kind.DATE:
        return None
    if _YEAR.fullmatch(typed.word):
        year = typed.word
        return f"A year is a range of days: {typed.name}:{year}-01-01..{year}-12-31."
    if found := _MONTH.fullmatch(typed.word):
        until = f"{found[1]}-{found[2]}-28"
        return f"A month is a range of days: {typed.name}:{typed.word}-01..{until} (or its last day)."
    if found := _SLASHED.fullmatch(typed.word):
        day = f"{found[3]}-{int(found[1]):02}-{int(found[2]):02}"
        return (
            f"Days are written YYYY-MM-DD: {typed.name}:{day} if the month came first."
        )
    return None


def _phones(typed: Typed) -> str | None:
    if typed.field.kind is not Kind.PHONE:
        return None
    digits = re.sub(r"[^0-9+]", "", typed.word)
    found = _TEN_DIGITS.fullmatch(digits)
    if found is None or typed.word == f"+1{found[1]}":
        return None
    return (
        f"Telephone numbers are written with their country: {typed.name}:+1{found[1]}."
    )


_HABITS: Final[tuple[Callable[[Typed], str | None], ...]] = (
    _marks,
    _single_quotes,
    _brackets,
    _semicolon,
    _signs,
    _denied,
    _nothing,
    _ranges,
    _support,
    _spans,
    _dates,
    _phones,
    _wildcard,
)

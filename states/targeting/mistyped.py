"""What to say where a text is no criteria: at which character, what could stand there, and what was probably meant.

The parser tells where it stopped; habits from SQL, mail search and other tools are known by what stands there
and before it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from typing import Final

from states.fields.definition import Kind
from states.fields.elsewhere import VALUES_ELSEWHERE
from states.fields.lists import LIST
from states.fields.registry import FIELDS
from states.targeting.terms import ALIASES, field_name

Told = tuple[int, str]
"""Where in the text, and what to say."""
_Teller = Callable[["re.Match[str]"], "Told | None"]

_NAME: Final = r"(?P<name>[A-Za-z_][\w.]*)"
_WORD: Final = re.compile(r"\w+")
_FAR: Final = 300
"""How many characters around the place are looked at: a text may be long, and made to be slow."""
_BARE: Final = r"[^\s(),\"]+"


def told(text: str, offset: int, *, wants_value: bool, is_open: bool) -> Told:
    """Return where a text is at fault and what to write; the parser stopped at `offset`.

    `wants_value`: a value was expected there, else a test; `is_open`: or a closing parenthesis.
    """
    known = _told_by_end(text, offset)
    known = known or _told_by(_VALUES if wants_value else _TESTS, text, offset)
    if known:
        return known
    if wants_value:
        return offset, "Expected a value here."
    return (
        offset,
        f"Expected a test such as party:D{' or )' if is_open else ''} here.{_hint(text, offset)}",
    )


def _told_by(
    tellers: tuple[tuple[re.Pattern[str], _Teller], ...], text: str, offset: int
) -> Told | None:
    for pattern, teller in tellers:
        found = pattern.match(text, offset, offset + _FAR)
        said = teller(found) if found else None
        if said:
            return said
    return None


def _told_by_end(text: str, offset: int) -> Told | None:
    """Try what stands before the place and at it; a NUL marks the place between."""
    marked = f"{text[:offset]}\0{text[offset:]}"
    for pattern, teller in _AFTER_VALUE:
        found = pattern.search(marked, max(0, offset - _FAR), offset + _FAR)
        said = teller(found) if found else None
        if said:
            at, words = said
            return at - (at > offset), words
    return None


def _hint(text: str, offset: int) -> str:
    found = _WORD.match(text, offset)
    if found is None:
        return ""
    meant = _field_of_code(found[0])
    if meant:
        return f" Did you mean {meant}?"
    near = _nearest(found[0])
    return f" Did you mean {near}:…?" if near else ""


def _field_of_code(word: str) -> str | None:
    """Return the test that a word alone may stand for: `party:D` for D or Democrat."""
    for name, called in VALUES_ELSEWHERE.items():
        codes = {one.lower(): one for one in FIELDS[name].values or ()}
        codes |= called
        if word.lower() in codes:
            return f"{name}:{codes[word.lower()]}"
    return None


def _nearest(word: str) -> str | None:
    known = [*FIELDS, *ALIASES, LIST]
    near = difflib.get_close_matches(word.lower(), known, n=1)
    return near[0] if near else None


def _is_field(name: str) -> bool:
    return field_name(name) in FIELDS


def _at(group: str, words: str) -> _Teller:
    """Return what says these words, filled with the match's parts, where one of them begins."""

    def say(found: re.Match[str]) -> Told:
        parts = {name: part or "" for name, part in found.groupdict().items()}
        return found.start(group), words.format(**parts)

    return say


def _of_field(group: str, words: str) -> _Teller:
    """Return what says the same, but only where `name` is a field."""

    def say(found: re.Match[str]) -> Told | None:
        return _at(group, words)(found) if _is_field(found["name"]) else None

    return say


def _members(found: re.Match[str]) -> Told:
    """Say how several values are written that stand in parentheses: joined by commas, whatever joined them."""
    values = [
        one.strip("'\"")
        for one in re.split(r"[\s,|]+", found["values"])
        if one and one.upper() not in {"OR", "||"}
    ]
    minus = "-" if (found.groupdict().get("no") or "").strip() else ""
    name = found["name"]
    return found.start(
        "sign"
    ), f"Several values are joined by commas: {minus}{name}:{','.join(values)}."


def _liked(found: re.Match[str]) -> Told:
    minus = "-" if found["no"] else ""
    word = found["value"].strip("'\"%*")
    return found.start(
        "sign"
    ), f"A beginning is written with a star: {minus}{found['name']}:{word}*."


def _unclosed(found: re.Match[str]) -> Told:
    first = re.split(r"[\s\"]", found["rest"], maxsplit=1)[0]
    return found.start("sign"), f'This quote is never closed: write "{first}".'


def _quoted(found: re.Match[str]) -> Told | None:
    """Say that a text of several words needs quotes, or how a range or days back are written."""
    field = FIELDS.get(field_name(found["name"]))
    if field is None:
        return None
    name, first, word = found["name"], found["value"], found["word"]
    rest = found.string[found.end() :].lstrip(" ")
    if _is_field(word) and rest[:1] not in {"", ")", "\n"}:
        return None
    if field.kind in {Kind.TEXT, Kind.EMAIL} or field.name == "county":
        return found.start(
            "value"
        ), f'A text with a space needs quotes: {name}:"{first} {word}".'
    if field.kind is Kind.DATE and word.lower() in {"day", "days", "d"}:
        return found.end("value"), f"Days back are written {name}:{first}d."
    if field.name == "support":
        return found.start(
            "value"
        ), f"Support is a figure from 1 (strong) to 5 (opposed): {name}:1."
    return None


_EXAMPLES: Final = {
    Kind.INTEGER: "25..40",
    Kind.NUMBER: "70",
    Kind.DATE: "2024-01-31",
    Kind.PHONE: "+16145550100",
    Kind.ELECTIONS: "2024G",
}


def _missing(found: re.Match[str]) -> Told | None:
    """Say what kind of value is missing."""
    field = FIELDS.get(field_name(found["name"]))
    if field is None:
        return None
    example = field.values[0] if field.values else _EXAMPLES.get(field.kind)
    such = f", such as {found['name']}{found['sign']}{example}" if example else ""
    return found.end(), f"Expected a value here{such}."


def _pattern(
    *rows: tuple[str, _Teller],
) -> tuple[tuple[re.Pattern[str], _Teller], ...]:
    return tuple((re.compile(words, re.IGNORECASE), teller) for words, teller in rows)


_AND_IS_NOTHING: Final = "Tests beside each other must all hold: leave {sign} out."
_TESTS: Final = _pattern(
    (
        _NAME + rf"\s*(?P<sign>!=|≠|!:|~=)\s*(?P<value>{_BARE})?",
        _at("sign", "Not equal is a minus before the test: -{name}:{value}."),
    ),
    (
        _NAME + rf"\s*(?P<sign>\uff1a)\s*(?P<value>{_BARE})?",
        _at("sign", "Write a plain colon: {name}:{value}."),
    ),
    (
        _NAME + rf"\s*(?P<sign>≥)\s*(?P<value>{_BARE})?",
        _at("sign", "Write {name}>={value}."),
    ),
    (
        _NAME + rf"\s*(?P<sign>≤)\s*(?P<value>{_BARE})?",
        _at("sign", "Write {name}<={value}."),
    ),
    (
        _NAME + r"\s+(?P<sign>is\s+not\s+(?:null|empty|blank))\b",
        _at("sign", "Whoever has one is found by {name}:*."),
    ),
    (
        _NAME + r"\s+(?P<sign>is\s+(?:null|empty|blank))\b",
        _at("sign", "Whoever has none is found by -{name}:*."),
    ),
    (
        _NAME
        + rf"\s+(?P<sign>between)\s+(?P<low>{_BARE})\s+(?:and|to)\s+(?P<high>{_BARE})",
        _at("sign", "Ranges are written with two dots: {name}:{low}..{high}."),
    ),
    (_NAME + r"\s+(?P<sign>(?P<no>not\s+)?in)\s*\((?P<values>[^)]*)\)?", _members),
    (_NAME + rf"\s+(?P<sign>(?P<no>not\s+)?i?like)\s+(?P<value>{_BARE})", _liked),
    (
        _NAME + rf"\s+(?P<sign>(?:is\s+not|isn't|not))\s+(?P<value>{_BARE})",
        _of_field("sign", "Not equal is a minus before the test: -{name}:{value}."),
    ),
    (
        _NAME
        + rf"\s+(?P<sign>is|in|equals?|eq|contains|has|of|starts\s+with)\s+(?P<value>{_BARE})",
        _of_field("sign", "Write a colon: {name}:{value}."),
    ),
    (
        _NAME + rf"\s+(?P<sign>(?!and\b|or\b|not\b){_BARE})",
        _of_field("sign", "A colon stands between field and value: {name}:{sign}."),
    ),
    (
        _NAME + r"(?=\s*(?:[)(,]|$|\s(?:and|or|not)\b))(?P<sign>)",
        _of_field(
            "sign", "Say what of {name} is meant, or {name}:* for whoever has any."
        ),
    ),
    (
        r"(?P<sign>(?:select|where|from|update|delete)\b)",
        _at("sign", "Write the conditions alone, such as party:D age:25..40."),
    ),
    (
        r"(?P<sign>(?:limit|order|sort|group)\b)",
        _at("sign", "How many, and in what order, is said beside the criteria."),
    ),
    (
        r"(?P<sign>(?:all|everybody|anyone|anybody|any)\b|\*)",
        _at("sign", "Everyone is written everyone."),
    ),
    (
        r"(?P<sign>or\b|and\b)",
        _at("sign", "{sign} stands between two tests, such as party:D {sign} party:N."),
    ),
    (r"(?P<sign>&&?|\+|,)", _at("sign", _AND_IS_NOTHING)),
    (r"(?P<sign>\|\|?)", _at("sign", "Write or, such as party:D or party:N.")),
    (
        rf"(?P<sign>[!~^])\s*(?P<value>{_BARE})?",
        _at("sign", "A test is denied by a minus: -{value}."),
    ),
    (r"(?P<sign>;)", _at("sign", "A space parts tests: leave ; out.")),
    (
        r"(?P<sign>#|//|--)",
        _at("sign", "There are no remarks in criteria: leave them out."),
    ),
    (
        r"(?P<sign>\{)",
        _at("sign", "This is the JSON form: send it as a value, not in a text."),
    ),
    (
        r"(?P<sign>[\"'\u201c\u201d\u2018\u2019])(?P<name>\w+)[\"'\u201c\u201d\u2018\u2019]\s*[:=]",
        _at("sign", "Names of fields take no quotes: {name}:…"),
    ),
    (
        r"(?P<sign>\))",
        _at(
            "sign",
            "No parenthesis is open here: leave it out, or open one before a test such as (party:D or party:N).",
        ),
    ),
)
_VALUES: Final = _pattern(
    (r"(?P<sign>\")(?P<rest>(?:[^\"\\]|\\.)*)$", _unclosed),
)
_AFTER_VALUE: Final = _pattern(
    (_NAME + r"\s*[:=]\s*\0(?P<sign>\()(?P<values>[^)]*)\)?", _members),
    (
        _NAME + rf"\s*[:=]\s*(?P<low>{_BARE}?)(?P<sign>\.\.)\s*\0(?=[\s)]|$)",
        _at("sign", "A range that is open above is written {name}>={low}."),
    ),
    (
        _NAME + rf"\s*[:=]\s*\0(?P<sign>\.\.)(?P<high>{_BARE})",
        _at("sign", "A range that is open below is written {name}<={high}."),
    ),
    (
        _NAME + rf"\s*[:=]\s*\0(?P<sign>[*%])(?P<rest>{_BARE})",
        _at("sign", "Only beginnings can be sought: {name}:SMI*."),
    ),
    (
        _NAME + rf"\s*[:=]\s*(?P<low>{_BARE}?\*)\0(?P<sign>{_BARE})",
        _at("sign", "Only beginnings can be sought: {name}:{low}."),
    ),
    (
        _NAME + rf"\s*[:=]\s*(?P<low>{_BARE}?)\*\0(?P<sign>{_BARE})",
        _at("sign", "Only beginnings can be sought: {name}:{low}*."),
    ),
    (
        _NAME + rf"\s*[:=]\s*{_BARE}?\.\.{_BARE}?\0(?P<sign>\.\.)",
        _at("sign", "A range has two bounds."),
    ),
    (
        _NAME
        + rf"\s*[:=]\s*\[?(?P<low>{_BARE}?)\s+\0(?P<sign>to|and|through|thru)\s+(?P<high>[^\s()\],]+)",
        _at("sign", "Ranges are written with two dots: {name}:{low}..{high}."),
    ),
    (
        _NAME
        + rf"\s*[:=]\s*(?P<low>{_BARE}?)\s+(?P<sign>[-\u2013\u2014])\s*\0(?P<high>[0-9]\S*)",
        _at("sign", "Ranges are written with two dots: {name}:{low}..{high}."),
    ),
    (
        _NAME + rf"\s*(?P<sign>[:=]\s*=)\s*\0(?P<value>{_BARE})?",
        _at("sign", "One sign is enough: {name}:{value}."),
    ),
    (
        _NAME
        + r"\s*[:=]\s*(?P<value>[^\s(),\":=]+)\s+\0(?P<word>\w+)(?![\w.]*\s*[:=<>])",
        _quoted,
    ),
    (
        r"(?P<sign>,)\s*\0$",
        _at(
            "sign",
            "A value is missing after this comma: leave it out, or name one more.",
        ),
    ),
    (
        r"(?P<sign>\()\s*\0\)",
        _at("sign", "Nothing stands in these parentheses: write a test, or everyone."),
    ),
    (
        _NAME + r"\s*[:=]\s*\0(?P<sign>,)",
        _at("sign", "A value is missing before this comma."),
    ),
    (_NAME + r"\s*(?P<sign>[:=<>]+)\s*\0(?=[\s)]|$)", _missing),
    (r"(?P<sign>-)\s*\0$", _at("sign", "A test is missing after this minus.")),
    (
        r"\b(?P<sign>or|and|not)\s*\0\)?$",
        _at("sign", "A test is missing after {sign}."),
    ),
)

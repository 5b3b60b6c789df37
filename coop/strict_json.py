"""Reading JSON strictly: UTF-8, no NaN, no bottomless nesting, and text that the database can store."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from coop.errors import FieldFault, Invalid

SUSPICIOUS: Final = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")
DEEPEST: Final = 64


class NotJson(ValueError):  # noqa: N818 - named for what it is
    """Bytes that are no JSON as we read it, with a sentence that says why."""


def strict_json(raw: bytes) -> Any:
    """Return the value of JSON in UTF-8.

    Raises `NotJson` for what is none (also NaN and bottomless nesting), `Invalid` for
    text that the database cannot store.
    """
    value = _parsed(raw)
    if SUSPICIOUS.search(raw):
        _check_storable(value)
    return value


def _check_storable(value: Any) -> None:
    """Raise `Invalid` where a text of a value, or a member's name, cannot be stored."""
    faults = [
        FieldFault(
            pointer,
            "character_invalid",
            "Text must not hold a NUL or half a character.",
        )
        for pointer, text in _texts(value, "")
        if UNSTORABLE.search(text)
    ]
    if faults:
        raise Invalid("invalid", "The input has faults.", faults=faults)


def _parsed(raw: bytes) -> Any:
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise NotJson("This is not JSON in UTF-8.") from error
    if _deeper_than(value, DEEPEST):
        raise NotJson(f"This is nested deeper than {DEEPEST} levels.")
    return value


def _refuse_constant(name: str) -> None:
    msg = f"{name} is not JSON"
    raise ValueError(msg)


def _deeper_than(value: Any, levels: int) -> bool:
    layer: list[Any] = [value]
    for _level in range(levels):
        layer = [item for one in layer for item in _children(one)]
        if not layer:
            return False
    return True


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [item for item in value.values() if isinstance(item, dict | list)]
    if isinstance(value, list):
        return [item for item in value if isinstance(item, dict | list)]
    return []


def _texts(value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    """Yield every text of a value, also the names of members, with its JSON pointer."""
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield pointer, name
            yield from _texts(item, f"{pointer}/{UNSTORABLE.sub('?', name)}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _texts(item, f"{pointer}/{number}")

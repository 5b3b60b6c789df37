"""Opaque cursors: sealed for one organization and one list, so that two tell nothing of what lies between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from coop.actors import Actor
from coop.cursors import opened_cursor, sealed_cursor
from coop.errors import Invalid

Row = TypeVar("Row")


def seal_cursor(actor: Actor, name: str, values: Sequence[Any]) -> str:
    """Return a cursor that holds `values` for the actor's organization in the list `name`.

    Values are what JSON holds; anything else (ids, dates) is kept as its text.
    """
    return sealed_cursor(actor.organization, name, values)


def open_cursor(actor: Actor, name: str, text: str) -> list[Any]:
    """Return the values of a cursor. Raises `Invalid` for any but this organization's, of this list."""
    try:
        return opened_cursor(actor.organization, name, text)
    except ValueError as error:
        raise cursor_invalid() from error


def cursor_invalid() -> Invalid:
    """Return the one error of every cursor that cannot be followed."""
    sentence = "The cursor is not one of yours for this list; start again without it."
    return Invalid("cursor_invalid", sentence)


def page(
    actor: Actor,
    name: str,
    rows: Sequence[Row],
    limit: int,
    place: Callable[[Row], Sequence[Any]],
) -> tuple[Sequence[Row], str | None]:
    """Split `limit + 1` fetched rows into a page and the cursor to the next one.

    `place` gives the values by which the list is ordered, the last one unique.
    """
    if len(rows) <= limit:
        return rows, None
    shown = rows[:limit]
    return shown, seal_cursor(actor, name, place(shown[-1]))

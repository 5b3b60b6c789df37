"""Making a state's bitmaps follow its newest publication: by the difference, or whole and beside.

Everything happens in the transaction that is open: a publication's bitmaps are seen with it,
or not at all. Voters are read some at a time, and one thread adds them to the bitmaps of their group while
the next ones are read: memory holds those, and one group's bitmaps.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import polars as pl
from psycopg import sql
from pyroaring import BitMap

from states.facets.columns import WholeTables, count_voters, single_rows
from states.facets.following import follow
from states.facets.grouping import Grouped, by_place, grouped
from states.facets.kept import ALL, GROUPS, Form, kept_fields
from states.facets.staged import (
    Packed,
    create_staging,
    drop_staging,
    execute,
    packed,
    write_packed,
)
from states.fields.definition import Group

Bitmaps = dict[tuple[str, str, str, int], BitMap]
"""Group, field with its mark, value and place → ordinals."""
FOLLOWED_UP_TO: Final = 0.1
"""The share of voters up to which the difference is followed; of more, all is built anew for less."""


@dataclass(frozen=True, slots=True)
class Built:
    """What was done: by following a difference or not, and the bytes of the bitmaps written."""

    followed: bool
    size: int


def build_facets(state: str, build: UUID, *, whole: bool = False) -> Built | None:
    """Make a state's bitmaps those of its newest publication, in the owner's import scope open as the loader.

    `build` names the staging table; `whole` builds all anew, whatever the difference. Returns
    None where nothing is published yet.
    """
    staging = f"facets_{build.hex}"
    create_staging(staging)
    size = None if whole else _follow(state, staging)
    built = (
        Built(followed=True, size=size) if size is not None else _build(state, staging)
    )
    drop_staging(staging)
    return built


def _follow(state: str, staging: str) -> int | None:
    touched = execute(sql.SQL("SELECT sec.facets_to_follow(%s)"), [state])
    if not isinstance(touched, int) or touched > FOLLOWED_UP_TO * count_voters(state):
        return None
    with single_rows():
        return follow(state, staging)


def _build(state: str, staging: str) -> Built | None:
    if execute(sql.SQL("SELECT sec.begin_facets(%s)"), [state]) is None:
        return None
    voters = WholeTables(state)
    size = 0
    with ThreadPoolExecutor(1) as pool:
        running: deque[Future[Packed | None]] = deque()
        for group in GROUPS:
            if group is Group.CONTACTS:
                continue
            held: Bitmaps = {}
            for frame in voters.frames(group):
                size += _written(staging, running)
                running.append(pool.submit(_add, held, group, frame))
            running.append(pool.submit(_packed, held))
        size += _written(staging, running)
    execute(sql.SQL("SELECT sec.swap_facets(%s, %s)"), [state, staging])
    return Built(followed=False, size=size)


def _written(staging: str, running: deque[Future[Packed | None]]) -> int:
    """Wait for all that runs; write what was packed, and return the bytes of the bitmaps."""
    size = 0
    while running:
        if done := running.popleft().result():
            size += write_packed(staging, done)
    return size


def _add(held: Bitmaps, group: Group, frame: pl.DataFrame) -> None:
    """Add the voters of a frame to the bitmaps of their group."""
    ordered = frame.sort("place", "ordinal")
    for one in (group, Group.CONTACTS) if group is Group.REGISTRATION else (group,):
        for grouped_one in by_place(ALL, ordered):
            _join(held, one, grouped_one)
    for name, form in kept_fields(group).items():
        values = ordered.select("place", "ordinal", value=name).drop_nulls("value")
        if form is Form.VALUES:
            values = values.cast({"value": pl.Categorical()})
        for grouped_one in grouped(name, form, values):
            _join(held, group, grouped_one)


def _join(held: Bitmaps, group: Group, found: Grouped) -> None:
    field, value, place, bits = found
    name = (group.value, field, value, place)
    if name in held:
        held[name] |= bits
    else:
        held[name] = bits


def _packed(held: Bitmaps) -> Packed:
    """Pack bitmaps, letting each go: they are not held twice."""
    return packed((*key, bits) for key, bits in _taken(held))


def _taken(held: Bitmaps) -> Iterator[tuple[tuple[str, str, str, int], BitMap]]:
    while held:
        yield held.popitem()

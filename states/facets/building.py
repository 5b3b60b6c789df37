"""Making a state's bitmaps follow its newest publication: by the difference, or whole and beside.

Everything happens in the transaction that is open: a publication's bitmaps are seen with it,
or not at all. Voters are read some places at a time, so that memory is bounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import polars as pl
from psycopg import sql

from states.facets.columns import (
    read_places,
    single_rows,
    voters_by_place,
    whole_tables,
)
from states.facets.following import follow
from states.facets.grouping import batches, by_place, grouped
from states.facets.kept import ALL, GROUPS, kept_fields
from states.facets.staged import (
    Chunk,
    Packed,
    create_staging,
    drop_staging,
    execute,
    packed,
    write_packed,
)
from states.fields.definition import Group

READ_AT_ONCE: Final = 1_500_000
"""Voters whose columns of one group are held in memory at a time, but for places that have more."""
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
    if not isinstance(touched, int):
        return None
    voters = sum(voters_by_place(state).values())
    if touched > voters * FOLLOWED_UP_TO:
        return None
    with single_rows():
        return follow(state, staging)


def _build(state: str, staging: str) -> Built | None:
    if execute(sql.SQL("SELECT sec.begin_facets(%s)"), [state]) is None:
        return None
    size = 0
    with whole_tables(), ThreadPoolExecutor(1) as pool:
        running: Future[Packed] | None = None
        for group, frame in _parts(state):
            before, running = running, pool.submit(_packed, group, frame)
            size += write_packed(staging, before.result()) if before else 0
        size += write_packed(staging, running.result()) if running else 0
    execute(sql.SQL("SELECT sec.swap_facets(%s, %s)"), [state, staging])
    return Built(followed=False, size=size)


def _parts(state: str) -> Iterator[tuple[Group, pl.DataFrame]]:
    """Yield each group's rows, some places at a time: while one part is grouped the next is read."""
    for places in _places_at_once(voters_by_place(state)):
        for group in GROUPS:
            if group is not Group.CONTACTS:
                yield group, read_places(state, group, places)


def _places_at_once(voters: dict[int, int]) -> Iterator[list[int]]:
    places: list[int] = []
    held = 0
    for place, count in voters.items():
        if places and held + count > READ_AT_ONCE:
            yield places
            places, held = [], 0
        places.append(place)
        held += count
    if places:
        yield places


def _packed(group: Group, frame: pl.DataFrame) -> Packed:
    return packed(_chunks(group, frame))


def _chunks(group: Group, frame: pl.DataFrame) -> Iterator[Chunk]:
    for batch in batches(frame):
        for field, value, place, bits in by_place(ALL, batch):
            yield group.value, field, value, place, bits
            if group is Group.REGISTRATION:
                yield Group.CONTACTS.value, field, value, place, bits
        for name, form in kept_fields(group).items():
            held = batch.select("place", "ordinal", value=name).drop_nulls("value")
            for field, value, place, bits in grouped(name, form, held):
                yield group.value, field, value, place, bits

"""A delivery's own calendar: the files that say which election a code of the others stands for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO, cast

import polars as pl

from states.files.archives import opened
from states.imports.survey import Note, source_of, variant_of
from states.layouts.declaration import Role
from states.layouts.parse import Batch, parse_elections


def calendar_of(state: str, notes: Iterable[Note]) -> pl.DataFrame | None:
    """Return the rows of all elections files of a delivery, None where it has none.

    They are small, and read again whenever reading begins again. Raises `Invalid` and
    `LayoutMismatch` as any reading does.
    """
    batches = [
        batch.rows
        for note in notes
        if note["role"] == Role.ELECTIONS
        for batch in _batches(state, note)
    ]
    return pl.concat(batches) if batches else None


def _batches(state: str, note: Note) -> list[Batch]:
    with opened(source_of(state, note)) as stream:
        return list(parse_elections(cast("BinaryIO", stream), variant_of(state, note)))

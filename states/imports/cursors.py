"""What an import's cursor holds while files are read; one that an earlier release wrote is read on."""

from __future__ import annotations

from typing import Any, Final

from states.imports.errors import StagingLost
from states.layouts.decode import Point

Cursor = dict[str, Any]
STARTED: Final[Cursor] = {
    "elections": [],
    "first": False,
    "keeps": False,
    "base": None,
    "same": 0,
    "voters": 0,
    "history": 0,
    "rejects": 0,
    "not_votes": 0,
    "undated": 0,
    "unclear": 0,
}
"""Where reading starts, beside the `sources`. What a later release adds means nothing by its value here."""
NOTED: Final[Cursor] = {"mapping": {}, "bytes": 0, "lines": 0, "offset": None}
"""The same of each source; without an offset one that is begun cannot be gone on with."""


def completed(cursor: Cursor) -> Cursor:
    """Return a cursor with what its release did not write yet."""
    if "sources" not in cursor:
        return cursor
    sources = [NOTED | note for note in cursor["sources"]]
    return STARTED | cursor | {"sources": sources}


def point_of(note: Cursor) -> Point:
    """Return where a source is to be read on. Raises `StagingLost` where its release did not say."""
    if note["offset"] is None and note["lines"]:
        raise StagingLost
    return Point(note["lines"], note["offset"] or 0)

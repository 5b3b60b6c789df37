"""A delivery's files as batches that COPY takes, made on threads ahead of their staging.

Three stages work at once, each a batch ahead of the next: lines are cut into fields, values and
votes are read, and what COPY takes is written. The next file is begun while the last one's
batches are still written and staged. Nothing here asks the database.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO, cast

from coop.errors import Invalid
from states.files.archives import Counted, opened
from states.imports import staging
from states.imports.calendars import calendar_of
from states.imports.cursors import point_of
from states.imports.errors import ImportRefused
from states.imports.lines import KnownLines, OfSource, manner_of
from states.imports.survey import Note, source_of, variant_of
from states.imports.votes import Elections, with_arrays
from states.layouts.ahead import ahead
from states.layouts.binding import LayoutMismatch
from states.layouts.cutting import Known
from states.layouts.declaration import Role
from states.layouts.duplicates import SeenKeys
from states.layouts.parse import Batch, parse_history, parse_voters


@dataclass(frozen=True, slots=True)
class Unread:
    """What is left of a delivery: its sources, from where the last batch was committed.

    `seen` are the keys staged of the source in which reading stopped, `known` the lines that
    may be passed over.
    """

    state: str
    notes: Sequence[Note]
    known: KnownLines | None = None
    seen: SeenKeys = field(default_factory=SeenKeys)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A batch of a source as COPY takes it: `written`, so many `rows`; without a batch, the source's end.

    Of the batch's rows only the identifiers are kept. `elections` are those known by then,
    `bytes_done` is how far the source is read with it.
    """

    source: int
    bytes_done: int
    batch: Batch | None = None
    rows: int = 0
    written: bytes = b""
    elections: list[dict[str, Any]] = field(default_factory=list)


def prepared(unread: Unread, elections: Elections) -> Generator[Prepared, None, None]:
    """Yield the batches of all unread sources, each source's end after its last.

    New elections are added to `elections`. Raises `ImportRefused` where a file turns out to be damaged
    or not in its layout.
    """
    with closing(ahead(_parsed(unread))) as parsed:
        for one in parsed:
            yield _written(one, elections) if one.batch else one


def _written(one: Prepared, elections: Elections) -> Prepared:
    batch = cast("Batch", one.batch)
    if "confidential" in batch.table.columns:
        rows = with_arrays(batch.table, batch.votes, elections)
        written = staging.voters_as_csv(one.source, rows)
    else:
        rows = elections.numbered(batch.table)
        written = staging.history_as_csv(rows)
    return replace(
        one,
        batch=replace(batch, table=batch.table.select("state_voter_id"), votes=None),
        rows=len(rows),
        written=written,
        elections=list(elections.entries),
    )


def _parsed(unread: Unread) -> Generator[Prepared, None, None]:
    """Yield the sources' batches, not written yet."""
    first = next_source(unread.notes)
    for number, note in enumerate(unread.notes):
        if note["done"]:
            continue
        seen = unread.seen if number == first else SeenKeys()
        try:
            with opened(source_of(unread.state, note)) as stream:
                plain = cast("BinaryIO", stream)
                with closing(_batches(unread, note, seen, plain)) as batches:
                    for batch in batches:
                        yield Prepared(number, _bytes_done(stream, batch), batch)
        except Invalid as fault:
            raise _refused(note, fault.code, fault.detail) from fault
        except LayoutMismatch as fault:
            raise _refused(note, "changed_header", str(fault)) from fault
        yield Prepared(number, note["size"])


def next_source(notes: Sequence[Note]) -> int | None:
    """Return the number of the source in which reading goes on; None where all are read."""
    return next((n for n, one in enumerate(notes) if not one["done"]), None)


def _bytes_done(stream: Counted, batch: Batch) -> int:
    """Return how much of a source is behind a batch, in the source's own bytes: parsing runs ahead."""
    share = batch.bytes_read / max(stream.unpacked, 1)
    return min(stream.done, round(stream.done * share))


def _refused(note: Note, code: str, detail: str) -> ImportRefused:
    fault = {"file": note["label"], "code": code, "detail": detail}
    return ImportRefused("files_not_readable", f"{note['label']}: {detail}", [fault])


def _batches(
    unread: Unread, note: Note, seen: SeenKeys, stream: BinaryIO
) -> Generator[Batch, None, None]:
    """Parse a source from where its last batch was committed."""
    calendar = calendar_of(unread.state, unread.notes)
    variant, after = variant_of(unread.state, note), point_of(note)
    if note["role"] != Role.VOTERS:
        return parse_history(stream, variant, calendar=calendar, after=after)
    known, familiar = unread.known, None
    if known:
        familiar = OfSource(known, manner_of(note, calendar))
    return parse_voters(
        stream, variant, calendar=calendar, after=after, known=Known(seen, familiar)
    )

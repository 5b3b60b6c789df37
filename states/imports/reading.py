"""From a delivery's files to staging, batch by batch; each batch is one transaction.

Rows, rejects and the place in the file commit together, so that whoever goes on after a
kill stages no row twice and leaves none out.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, cast

from django.utils import timezone
from psycopg import sql
from pyroaring import BitMap

from coop.errors import Invalid
from states.files.access import files_of
from states.files.archives import Counted, opened
from states.imports import first, lines, staging
from states.imports.calendars import calendar_of
from states.imports.cursors import STARTED, point_of
from states.imports.errors import ImportRefused
from states.imports.lease import LOADER, Claim, importing, save
from states.imports.lines import KnownLines, OfSource, manner_of
from states.imports.mappings import mappings_of
from states.imports.models import Import
from states.imports.progress import estimated_rows
from states.imports.survey import Note, source_of, survey, variant_of
from states.imports.votes import Elections, with_arrays
from states.layouts.ahead import ahead
from states.layouts.binding import LayoutMismatch
from states.layouts.cutting import Known
from states.layouts.declaration import Role
from states.layouts.duplicates import SeenKeys
from states.layouts.parse import Batch, parse_history, parse_voters
from states.layouts.records import Reject
from states.voters.models import Election, Publication

KEPT_REJECTS: Final = 100_000
"""Lines kept of one import; more are counted, and say no more than these."""


def begin(claim: Claim) -> None:
    """Look at the delivery and make its staging tables, unless that was done."""
    with importing(claim) as run:
        if "sources" in run.cursor:
            save(run, phase_started_at=timezone.now(), rows_skipped=run.rows_done)
            return
        notes = survey(
            run.state,
            files_of(run.delivery),
            mappings_of(run.state, LOADER),
            run.delivery.vendor,
        )
        is_first = not _published(run.state)
        keeps = lines.keeps_lines(run, notes)
        base = lines.base_of(run) if keeps and "plain" not in run.cursor else None
        lines.forget(run.state, but=base)
        staging.create(run.id, first.BESIDE if is_first else {})
        _forget_rejects(run)
        cursor = STARTED | {
            "sources": notes,
            "elections": _elections_of(run.state),
            "first": is_first,
            "keeps": keeps,
            "base": base.hex if base else None,
            "failed": run.cursor.get("failed", ""),
        }
        save(
            run,
            cursor=cursor,
            phase="reading",
            phase_started_at=timezone.now(),
            rows_done=0,
            rows_skipped=0,
            rows_total=None,
        )


def _published(state: str) -> bool:
    return Publication.objects.using(LOADER).filter(state=state).exists()


def _elections_of(state: str) -> list[dict[str, Any]]:
    known = Election.objects.using(LOADER).filter(state=state).order_by("election")
    return [
        {
            "election": one.election,
            "date": one.date.isoformat(),
            "type": one.type,
            "name": one.name,
        }
        for one in known
    ]


def _forget_rejects(run: Import) -> None:
    staging.execute(
        sql.SQL("DELETE FROM imports_reject WHERE state = %s AND import_id = %s"),
        [run.state, run.id],
    )


def read_on(claim: Claim, until: float) -> bool:
    """Read on until everything is staged (true) or the clock passes `until` (false).

    Raises `ImportRefused` where a file turns out to be damaged or not in its layout.
    """
    with importing(claim) as run:
        known = lines.known_to(run) if run.cursor["keeps"] else None
    while True:
        with importing(claim) as run:
            state, sources = run.state, run.cursor["sources"]
        number = next((n for n, one in enumerate(sources) if not one["done"]), None)
        if number is None:
            return True
        try:
            if not _read_source(claim, state, number, sources, known, until):
                return False
        except Invalid as fault:
            raise _refused(sources[number], fault.code, fault.detail) from fault
        except LayoutMismatch as fault:
            raise _refused(sources[number], "changed_header", str(fault)) from fault


def _refused(note: Note, code: str, detail: str) -> ImportRefused:
    fault = {"file": note["label"], "code": code, "detail": detail}
    return ImportRefused("files_not_readable", f"{note['label']}: {detail}", [fault])


def _read_source(  # all of them say where reading goes on
    claim: Claim,
    state: str,
    number: int,
    notes: Sequence[Note],
    known: KnownLines | None,
    until: float,
) -> bool:
    note = notes[number]
    with opened(source_of(state, note)) as stream:
        batches = _batches(claim, state, number, notes, known, cast("BinaryIO", stream))
        with importing(claim) as run:
            elections = Elections(run.cursor["elections"])
        prepared = _prepared(batches, number, elections, stream)
        with closing(ahead(prepared)) as staged:
            for one in staged:
                with importing(claim) as run:
                    _stage(run, number, one)
                    if known:
                        _note_lines(run, number, one.batch, known)
                    _advance(run, number, one)
                if time.monotonic() > until:
                    return False
    with importing(claim) as run:
        run.cursor["sources"][number] |= {"done": True, "bytes": note["size"]}
        save(run, cursor=run.cursor)
    return True


def _batches(  # all of them say where reading goes on
    claim: Claim,
    state: str,
    number: int,
    notes: Sequence[Note],
    known: KnownLines | None,
    stream: BinaryIO,
) -> Generator[Batch, None, None]:
    """Parse a file from where its last batch was committed."""
    note, calendar = notes[number], calendar_of(state, notes)
    variant, after = variant_of(state, note), point_of(note)
    if note["role"] != Role.VOTERS:
        return parse_history(stream, variant, calendar=calendar, after=after)
    seen = SeenKeys()
    if after.lines:
        with importing(claim) as run:
            for identifiers in staging.identifiers(run.id, number):
                seen.first_uses(identifiers)
            if known:
                seen.first_uses_of(known.keys(staging.met(run.id, number)))
    familiar = OfSource(known, manner_of(note, calendar)) if known else None
    return parse_voters(
        stream,
        variant,
        calendar=calendar,
        after=after,
        known=Known(seen, familiar),
    )


@dataclass(frozen=True, slots=True)
class Prepared:
    """A batch as COPY takes it: `written`, so many `rows`; how far the file is read with it.

    `elections` are those known by then.
    """

    batch: Batch
    rows: int
    written: bytes
    elections: list[dict[str, Any]]
    bytes_done: int


def _prepared(
    batches: Generator[Batch, None, None],
    source: int,
    elections: Elections,
    stream: Counted,
) -> Generator[Prepared, None, None]:
    """Write batches as COPY takes them; this runs ahead of their staging, on a thread."""
    with closing(batches):
        for batch in batches:
            if "confidential" in batch.table.columns:
                rows = with_arrays(batch.table, batch.votes, elections)
                written = staging.voters_as_csv(source, rows)
            else:
                rows = elections.numbered(batch.table)
                written = staging.history_as_csv(rows)
            known = list(elections.entries)
            share = batch.bytes_read / max(stream.unpacked, 1)
            done = min(stream.done, round(stream.done * share))
            yield Prepared(batch, len(rows), written, known, done)


def _stage(run: Import, number: int, prepared: Prepared) -> None:
    batch, note = prepared.batch, run.cursor["sources"][number]
    if note["role"] == Role.VOTERS:
        staging.stage_voters(run.id, prepared.written)
        run.cursor["voters"] += prepared.rows
    else:
        staging.stage_history(run.id, prepared.written)
        run.cursor["history"] += prepared.rows
    run.cursor["elections"] = prepared.elections
    keep_rejects(run, note["label"], batch.rejects)
    for told in ("not_votes", "undated", "unclear"):
        run.cursor[told] += getattr(batch, told)


def _note_lines(run: Import, number: int, batch: Batch, known: KnownLines) -> None:
    """Keep the lines of a batch's voters, and note which were passed over."""
    if batch.digests is not None:
        voters = batch.table.select("state_voter_id")
        lines.keep(run, batch.manner, batch.digests.hstack(voters))
    if batch.same is not None and len(batch.same):
        places = BitMap(batch.same.to_list())
        known.take(places)
        staging.stage_met(run.id, number, places)
        run.cursor["same"] += len(places)


def _advance(run: Import, number: int, prepared: Prepared) -> None:
    batch, note = prepared.batch, run.cursor["sources"][number]
    note |= {
        "lines": batch.lines_read,
        "offset": batch.bytes_read,
        "bytes": prepared.bytes_done,
    }
    same = 0 if batch.same is None else len(batch.same)
    rows = run.rows_done + prepared.rows + same + len(batch.rejects) + batch.not_votes
    done = sum(one["bytes"] for one in run.cursor["sources"])
    total = sum(one["size"] for one in run.cursor["sources"])
    save(
        run,
        cursor=run.cursor,
        rows_done=rows,
        rows_total=estimated_rows(rows, done, total),
    )


@dataclass(frozen=True, slots=True)
class SetAside:
    """A row set aside after reading; `raw_line` is all that is still known of it."""

    line_number: int | None
    raw_line: str
    code: str
    reason: str


def keep_rejects(run: Import, file: str, rejects: Sequence[Reject | SetAside]) -> None:
    """Keep lines that gave no row, and count them in the cursor."""
    first = run.cursor["rejects"]
    kept = rejects[: max(0, KEPT_REJECTS - first)]
    run.cursor["rejects"] += len(rejects)
    if not kept:
        return
    staging.execute(
        sql.SQL(
            "INSERT INTO imports_reject"
            " (state, import_id, number, file, line_number, code, reason, raw_line)"
            " SELECT %s, %s, %s + n, %s, line, code, reason, raw"
            " FROM unnest(%s::integer[], %s::text[], %s::text[], %s::text[])"
            " WITH ORDINALITY AS u (line, code, reason, raw, n)"
        ),
        [
            run.state,
            run.id,
            first,
            file,
            [one.line_number for one in kept],
            [str(one.code) for one in kept],
            [one.reason for one in kept],
            [one.raw_line for one in kept],
        ],
    )

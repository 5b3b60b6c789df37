"""From a delivery's files to staging, batch by batch; each batch is one transaction.

Rows, rejects and the place in the file commit together, so that whoever goes on after a
kill stages no row twice and leaves none out.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

from django.utils import timezone
from psycopg import sql
from pyroaring import BitMap

from states.files.access import files_of
from states.imports import first, lines, staging
from states.imports.cursors import STARTED
from states.imports.lease import LOADER, Claim, importing, save
from states.imports.lines import KnownLines
from states.imports.mappings import mappings_of
from states.imports.models import Import
from states.imports.preparing import Prepared, Unread, next_source, prepared
from states.imports.progress import estimated_rows
from states.imports.survey import survey
from states.imports.votes import Elections
from states.layouts.ahead import ahead
from states.layouts.declaration import Role
from states.layouts.duplicates import SeenKeys
from states.layouts.parse import Batch
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
        unread = Unread(run.state, run.cursor["sources"], known, _seen(run, known))
        elections = Elections(run.cursor["elections"])
    with closing(ahead(prepared(unread, elections))) as batches:
        for one in batches:
            with importing(claim, waits_for_disk=False) as run:
                if one.batch:
                    _stage(run, one, one.batch)
                    if known:
                        _note_lines(run, one.source, one.batch, known)
                _advance(run, one)
            if one.batch and time.monotonic() > until:
                return False
    return True


def _seen(run: Import, known: KnownLines | None) -> SeenKeys:
    """Return the keys that are staged of the source in which reading stopped."""
    seen, notes = SeenKeys(), run.cursor["sources"]
    number = next_source(notes)
    if number is None or not notes[number]["lines"]:
        return seen
    if notes[number]["role"] == Role.VOTERS:
        for identifiers in staging.identifiers(run.id, number):
            seen.first_uses(identifiers)
        if known:
            seen.first_uses_of(known.keys(staging.met(run.id, number)))
    return seen


def _stage(run: Import, prepared: Prepared, batch: Batch) -> None:
    note = run.cursor["sources"][prepared.source]
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
        lines.keep(run, batch.manner, batch.digests.hstack(batch.table))
    if batch.same is not None and len(batch.same):
        places = BitMap(batch.same.to_list())
        known.take(places)
        staging.stage_met(run.id, number, places)
        run.cursor["same"] += len(places)


def _advance(run: Import, prepared: Prepared) -> None:
    """Keep how far the delivery is read: a source with a batch, or to its end."""
    batch, note = prepared.batch, run.cursor["sources"][prepared.source]
    rows = run.rows_done + prepared.rows
    if batch:
        note |= {"lines": batch.lines_read, "offset": batch.bytes_read}
        same = 0 if batch.same is None else len(batch.same)
        rows += same + len(batch.rejects) + batch.not_votes
    note |= {"bytes": prepared.bytes_done, "done": batch is None}
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

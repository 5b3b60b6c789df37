"""How far an import is, in figures that a person can read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from states.imports.models import FINAL, Import
from states.imports.timings import PHASES


@dataclass(frozen=True, slots=True)
class Progress:
    """Rows done of how many (an estimate while reading), rate, and time left in the phase.

    `phase_seconds` is how long the phase has lasted. `files_done` of `files_total` texts of
    the delivery, members of zips included, are read whole; `file` is the one being read.
    `seconds_by_phase` are those of the work that is done, in the order of the phases.
    """

    phase: str
    phase_seconds: int | None
    rows_done: int
    rows_total: int | None
    rows_per_second: int | None
    seconds_left: int | None
    files_done: int
    files_total: int | None
    file: str | None
    seconds_by_phase: dict[str, float]


def progress_of(run: Import) -> Progress:
    """Return an import's progress; rate and time left only while rows are being read."""
    is_over = run.status in FINAL
    seconds = None if is_over else _seconds(run)
    rate = _rate(run, seconds)
    left = None
    if rate and run.rows_total is not None:
        left = max(0, round((run.rows_total - run.rows_done) / rate))
    sources: list[dict[str, Any]] = run.cursor.get("sources", [])
    unread = [one["label"] for one in sources if not one["done"]]
    return Progress(
        phase=run.phase,
        phase_seconds=None if seconds is None else round(seconds),
        rows_done=run.rows_done,
        rows_total=run.rows_total,
        rows_per_second=round(rate) if rate else None,
        seconds_left=left,
        files_done=len(sources) - len(unread),
        files_total=len(sources) or None,
        file=unread[0] if unread and not is_over else None,
        seconds_by_phase=dict(
            sorted(run.timings.items(), key=lambda one: PHASES.index(one[0]))
        ),
    )


def _seconds(run: Import) -> float | None:
    if run.phase_started_at is None:
        return None
    return max(0.0, (timezone.now() - run.phase_started_at).total_seconds())


def _rate(run: Import, seconds: float | None) -> float | None:
    done = run.rows_done - run.rows_skipped
    if run.phase != "reading" or not seconds or done <= 0:
        return None
    return done / seconds


def estimated_rows(rows_done: int, bytes_done: int, bytes_total: int) -> int | None:
    """Return how many rows there are likely to be, from the share of bytes read."""
    if bytes_done <= 0:
        return None
    return max(rows_done, round(rows_done * bytes_total / bytes_done))

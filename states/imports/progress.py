"""How far an import is, in figures that a person can read."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from states.imports.models import FINAL, Import


@dataclass(frozen=True, slots=True)
class Progress:
    """Rows done of how many (an estimate while reading), rate, and time left in the phase."""

    phase: str
    rows_done: int
    rows_total: int | None
    rows_per_second: int | None
    seconds_left: int | None


def progress_of(run: Import) -> Progress:
    """Return an import's progress; rate and time left only while rows are being read."""
    rate = _rate(run)
    left = None
    if rate and run.rows_total is not None:
        left = max(0, round((run.rows_total - run.rows_done) / rate))
    return Progress(
        run.phase, run.rows_done, run.rows_total, round(rate) if rate else None, left
    )


def _rate(run: Import) -> float | None:
    if run.status in FINAL or run.phase != "reading" or run.phase_started_at is None:
        return None
    seconds = (timezone.now() - run.phase_started_at).total_seconds()
    done = run.rows_done - run.rows_skipped
    return done / seconds if seconds > 0 and done > 0 else None


def estimated_rows(rows_done: int, bytes_done: int, bytes_total: int) -> int | None:
    """Return how many rows there are likely to be, from the share of bytes read."""
    if bytes_done <= 0:
        return None
    return max(rows_done, round(rows_done * bytes_total / bytes_done))

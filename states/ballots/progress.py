"""How far an upload of ballots is, in figures that a person can read."""

from __future__ import annotations

from django.utils import timezone

from states.ballots.models import Status, Upload


def rate_of(upload: Upload) -> float | None:
    """Return the lines a second of the worker that reads it; None where nobody does."""
    if upload.status != Status.READING or upload.leased_at is None:
        return None
    seconds = (timezone.now() - upload.leased_at).total_seconds()
    done = upload.lines - upload.lines_skipped
    return done / seconds if seconds > 0 and done > 0 else None


def seconds_left(upload: Upload) -> int | None:
    """Return the seconds until all lines are read, at the rate so far."""
    rate = rate_of(upload)
    if not rate or upload.lines_total is None:
        return None
    return round(max(0, upload.lines_total - upload.lines) / rate)

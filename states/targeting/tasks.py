"""The tasks of what is stored beside bitmaps, one call each."""

from __future__ import annotations

from typing import Final

from celery import shared_task

from coop.scoped_task import ScopedTask
from states.targeting.live_keeping import keep_due, keep_numbers_due

LONGEST_SECONDS: Final = 600
"""A large state's rows are read in one statement; a message that is delivered again meanwhile does no harm."""


@shared_task(
    base=ScopedTask,
    name="targeting.keep_live",
    soft_time_limit=LONGEST_SECONDS,
    time_limit=LONGEST_SECONDS + 60,
)
def keep_live_bitmaps() -> int:
    """Store what organizations that ask are shown of contacts, where that is due; return how many were kept."""
    return keep_due()


@shared_task(
    base=ScopedTask,
    name="targeting.keep_numbers",
    soft_time_limit=LONGEST_SECONDS,
    time_limit=LONGEST_SECONDS + 60,
)
def keep_numbers_of_homes() -> int:
    """Store households and telephones by number for new bitmaps; return for how many states."""
    return keep_numbers_due()

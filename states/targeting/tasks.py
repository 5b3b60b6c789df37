"""The task of what is stored beside bitmaps, one call."""

from __future__ import annotations

from celery import shared_task

from coop.scoped_task import ScopedTask
from states.targeting.live_keeping import keep_due, keep_numbers_due


@shared_task(base=ScopedTask, name="targeting.keep_live")
def keep_live_bitmaps() -> int:
    """Store numbers of homes, and what organizations that ask are shown of contacts, where due; return how many were kept."""
    return keep_numbers_due() + keep_due()

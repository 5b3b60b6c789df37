"""The tasks of exports, one call each: preparing files, and sweeping what a killed server left and links whose time is over."""

from __future__ import annotations

from typing import Final

from celery import shared_task

from coop.scoped_task import ScopedTask
from states.lists.preparing import prepare_exports
from states.lists.sweep import sweep_exports, sweep_files


@shared_task(base=ScopedTask, name="lists.sweep_exports")
def sweep() -> int:
    """Cut and expire exports that are due, and remove files that nobody may fetch; return how many."""
    return sweep_exports() + sweep_files()


LONGEST_SECONDS: Final = 6 * 3600
"""A pass cannot be taken up in the middle; a message that is delivered again meanwhile finds nothing to claim."""


@shared_task(
    base=ScopedTask,
    name="lists.prepare_exports",
    soft_time_limit=LONGEST_SECONDS,
    time_limit=LONGEST_SECONDS + 60,
)
def prepare() -> int:
    """Prepare exports that wait; return how many."""
    return prepare_exports()

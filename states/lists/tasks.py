"""The sweep of exports, one call: what a killed server left streaming, and links whose time is over."""

from __future__ import annotations

from celery import shared_task

from coop.scoped_task import ScopedTask
from states.lists.sweep import sweep_exports, sweep_files


@shared_task(base=ScopedTask, name="lists.sweep_exports")
def sweep() -> int:
    """Cut and expire exports that are due, and remove files that nobody may fetch; return how many."""
    return sweep_exports() + sweep_files()

"""The bell for contacts: what waits in the inbox is applied by whoever hears it first."""

from __future__ import annotations

from celery import shared_task

from coop.actors import WORKER
from coop.scoped_task import Bell, ScopedTask, ring
from states.canvass.draining import apply_inbox, keep_days
from states.canvass.jobs import run_jobs, sweep_jobs


@shared_task(base=ScopedTask, name="canvass.apply_inbox")
def apply_contacts() -> None:
    """Apply what waits; rung by each push, and by beat for what no ring was heard of."""
    apply_inbox(by=WORKER)


@shared_task(base=ScopedTask, name="canvass.keep_days")
def keep_inbox_days() -> None:
    """Make the inbox's partitions ahead of their days and drop the old; rung by beat."""
    keep_days(by=WORKER)


bell = Bell(apply_contacts)
"""Rung after each commit that leaves something in the inbox."""


@shared_task(base=ScopedTask, name="canvass.run_jobs")
def run_contact_jobs() -> None:
    """Work on bulk jobs for a turn, and ring again if there is more."""
    if run_jobs():
        ring(run_contact_jobs)


@shared_task(base=ScopedTask, name="canvass.sweep_jobs")
def sweep_contact_jobs() -> None:
    """Forget bulk jobs whose time is over."""
    sweep_jobs()

"""The tasks of tracers, one call each: raising alarms, and tracing files that were found."""

from __future__ import annotations

from typing import Final

from celery import shared_task

from coop.scoped_task import ScopedTask
from states.tracers.alarms import follow_leads
from states.tracers.leak_traces import run_traces

LONGEST_SECONDS: Final = 1800


@shared_task(base=ScopedTask, name="tracers.follow_leads")
def follow() -> int:
    """Alarm the parties whose tracers were contacted; return how many alarms there were."""
    return follow_leads()


@shared_task(
    base=ScopedTask,
    name="tracers.trace",
    soft_time_limit=LONGEST_SECONDS,
    time_limit=LONGEST_SECONDS + 60,
)
def trace() -> int:
    """Trace files that wait; return how many."""
    return run_traces()

"""The tasks of uploads, one call each."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from celery import shared_task

from coop.scoped_task import ScopedTask
from states.files.sweep import settle, sweep_uploads

SECONDS: Final = 900
"""Hashing what was received whole may take a while; a second sweep passes it over meanwhile."""


@shared_task(
    base=ScopedTask,
    name="files.sweep_uploads",
    soft_time_limit=SECONDS,
    time_limit=SECONDS + 30,
)
def sweep() -> int:
    """Settle uploads that are due; return how many."""
    return sweep_uploads()


@shared_task(
    base=ScopedTask,
    name="files.finish_upload",
    soft_time_limit=SECONDS,
    time_limit=SECONDS + 30,
)
def finish_received(organization: str, upload: str) -> None:
    """Make a file of what an organization's upload received; the sweep does it where the bell is lost."""
    settle(UUID(organization), UUID(upload), "finish")

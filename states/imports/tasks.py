"""The tasks of imports: one call each; the bell only says that there may be work."""

from __future__ import annotations

from typing import Final

from celery import shared_task

from coop.scoped_task import ScopedTask, ring
from states.imports.work import run_imports

PUBLICATION_SECONDS: Final = 3600
"""A publication is one transaction: its task may take this long, the lease watches over it."""


@shared_task(
    base=ScopedTask,
    name="imports.run",
    soft_time_limit=PUBLICATION_SECONDS,
    time_limit=PUBLICATION_SECONDS + 30,
)
def run_waiting_imports() -> None:
    """Work on waiting imports for a turn, and ring again if there is more."""
    if run_imports():
        ring(run_waiting_imports)

"""The tasks of imports: one call each; the bell only says that there may be work."""

from __future__ import annotations

import structlog
from celery import shared_task
from celery.exceptions import OperationalError

from coop.scoped_task import ScopedTask
from states.imports.work import run_imports

_log = structlog.get_logger("states.imports")

PUBLICATION_SECONDS = 3600
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
        ring()


def ring() -> None:
    """Wake a worker after work was committed; beat rings again where this bell fails."""
    try:
        run_waiting_imports.apply_async(retry=False)
    except OperationalError as error:
        _log.warning("bell not rung", error=type(error).__name__)

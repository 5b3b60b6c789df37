"""The Celery base task: ids in, one call, safe to run twice, never the store of work.

A task claims its work in PostgreSQL; a lost or doubled message loses and doubles nothing.
"""

from __future__ import annotations

from typing import Any

import structlog
from celery import Task
from celery.exceptions import OperationalError
from django.db import close_old_connections

logger = structlog.get_logger(__name__)


# Generic for the type checker only: Celery's Task takes no parameters when it runs.
class ScopedTask(Task):  # type: ignore[type-arg]
    """Closes stale connections around each run, and lets nothing open outlast it."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.request.called_directly or self.app.conf.task_always_eager:
            return self.run(*args, **kwargs)
        close_old_connections()
        try:
            return self.run(*args, **kwargs)
        finally:
            close_old_connections()


def ring(task: Task[Any, Any], *args: Any) -> None:
    """Wake a worker up for work that is committed already.

    A bell that is out of order is logged and no more: a beat sweep finds the work.
    """
    try:
        task.apply_async(args=args, retry=False)
    except OperationalError as error:
        logger.warning("bell unavailable", task=task.name, error=type(error).__name__)

"""The Celery base task: ids in, one call, safe to run twice, never the store of work.

A task claims its work in PostgreSQL; a lost or doubled message loses and doubles nothing.
"""

from __future__ import annotations

import threading
import time
from typing import Any, Final

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


RING_WINDOW_SECONDS: Final = 0.2


class Bell:
    """Rings for one task at most once in a window, in this process.

    The first ring goes out at once. Those that follow within the window are one ring at its
    end: whoever hears it finds the work of them all.
    """

    def __init__(
        self, task: Task[Any, Any], window: float = RING_WINDOW_SECONDS
    ) -> None:
        self._task = task
        self._window = window
        self._lock = threading.Lock()
        self._rung_at = -window
        self._timer: threading.Timer | None = None

    def ring(self) -> None:
        """Ring now, or at the end of the window; never fails."""
        with self._lock:
            if self._timer is not None:
                return
            wait = self._rung_at + self._window - time.monotonic()
            if wait > 0:
                self._timer = threading.Timer(wait, self._ring_late)
                self._timer.daemon = True
                self._timer.start()
                return
            self._rung_at = time.monotonic()
        ring(self._task)

    def _ring_late(self) -> None:
        with self._lock:
            self._timer = None
            self._rung_at = time.monotonic()
        ring(self._task)


def ring(task: Task[Any, Any], *args: Any) -> None:
    """Wake a worker up for work that is committed already.

    A bell that is out of order is logged and no more: a beat sweep finds the work.
    """
    try:
        task.apply_async(args=args, retry=False)
    except OperationalError as error:
        logger.warning("bell unavailable", task=task.name, error=type(error).__name__)

"""The Celery application: the bell that wakes work up, never the store of work."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import (
    beat_init,
    celeryd_init,
    setup_logging,
    worker_process_init,
)

from coop.embedded import ensure_running
from coop.garbage import settle

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coop.settings")

app = Celery("coop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def _keep_structured_logs(**_kwargs: Any) -> None:
    """Leave logging as the settings made it; without a receiver Celery makes its own."""


@celeryd_init.connect
@beat_init.connect
def _start_embedded_services(**_kwargs: Any) -> None:
    """Start what no setting names a server for, before a worker or beat needs it."""
    ensure_running()


@worker_process_init.connect
def _settle(**_kwargs: Any) -> None:
    """Keep the collector from walking through the loaded application, again and again."""
    settle()

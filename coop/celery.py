"""The Celery application: the bell that wakes work up, never the store of work."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coop.settings")

app = Celery("coop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def _keep_structured_logs(**_kwargs: Any) -> None:
    """Leave logging as the settings made it; without a receiver Celery makes its own."""

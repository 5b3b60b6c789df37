"""The web application for WSGI servers."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

import coop.celery  # noqa: F401 - tasks ring through this application
from coop.embedded import ensure_running

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coop.settings")

ensure_running()
application = get_wsgi_application()

"""The web application for ASGI servers."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

import coop.celery  # noqa: F401 - tasks ring through this application
from api.arriving_bodies import ArrivingBodies
from coop.embedded import ensure_running

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coop.settings")

ensure_running()
application = ArrivingBodies(get_asgi_application())

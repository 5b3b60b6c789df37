"""The web application for ASGI servers."""

from __future__ import annotations

import os

import django

import coop.celery  # noqa: F401 - tasks ring through this application
from api.arriving_bodies import ArrivingBodies
from coop.embedded import ensure_running
from coop.one_hop import OneHop

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coop.settings")

ensure_running()
django.setup(set_prefix=False)
application = ArrivingBodies(OneHop())

"""The naive peer of `benchmarks.ingest`: a Celery task and an ORM save for each event."""

from __future__ import annotations

import os
from typing import Any
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coop.settings")
django.setup()

from celery import Celery  # noqa: E402 - needs the settings
from django.conf import settings  # noqa: E402
from django.db import models  # noqa: E402

app = Celery("naive", broker=settings.CELERY_BROKER_URL)
app.conf.update(task_ignore_result=True, task_default_queue="naive")
app.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS

TABLE = """
    CREATE TABLE naive_contact (
        contact uuid PRIMARY KEY, state text NOT NULL, voter uuid NOT NULL, place integer NOT NULL,
        organization uuid NOT NULL, pooled boolean NOT NULL, contact_type smallint NOT NULL,
        input_type smallint NOT NULL, result_code smallint NOT NULL, support smallint,
        event_time timestamptz NOT NULL, source text NOT NULL, event_id text NOT NULL,
        body jsonb NOT NULL);
    CREATE UNIQUE INDEX ON naive_contact (organization, source, event_id);
    GRANT SELECT, INSERT ON naive_contact TO coop_app
"""
COLUMNS = (
    *("contact", "state", "voter", "place", "organization", "pooled", "contact_type"),
    *("input_type", "result_code", "support", "event_time", "source", "event_id"),
    "body",
)


class NaiveContact(models.Model):
    """A contact as a table without walls, current values or feed would hold it."""

    contact = models.UUIDField(primary_key=True)
    state = models.TextField()
    voter = models.UUIDField()
    place = models.IntegerField()
    organization = models.UUIDField()
    pooled = models.BooleanField()
    contact_type = models.SmallIntegerField()
    input_type = models.SmallIntegerField()
    result_code = models.SmallIntegerField()
    support = models.SmallIntegerField(null=True)
    event_time = models.DateTimeField()
    source = models.TextField()
    event_id = models.TextField()
    body = models.JSONField()

    class Meta:
        app_label = "naive"
        managed = False
        db_table = "naive_contact"

    def __str__(self) -> str:
        return f"contact {self.contact}"


@app.task
def save_contact(row: dict[str, Any]) -> None:
    """Save one event."""
    NaiveContact(**row | {"contact": UUID(row["contact"])}).save(force_insert=True)

"""Imports, from queued to published, and the lines that were set aside on the way."""

from __future__ import annotations

import uuid

from django.db import models

from states.files.models import Delivery


class Status(models.TextChoices):
    """An import's life; a trigger in the database says what may follow what."""

    QUEUED = "queued"
    READING = "reading"
    COMPARING = "comparing"
    READY = "ready"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    FAILED = "failed"
    CANCELED = "canceled"


WORKED_ON = (Status.READING, Status.COMPARING, Status.PUBLISHING)
OCCUPYING = (*WORKED_ON, Status.READY)
"""One import of a state at a time is in one of these; the next one waits in `queued`."""
FINAL = (Status.PUBLISHED, Status.FAILED, Status.CANCELED)


class Import(models.Model):
    """One run from a delivery to a difference to what is published, leased by one worker at a time.

    `cursor` is where the work stands: the sources, the one being read with the lines done,
    the elections met and how many rows were staged. `figures` count voters (`rows` and
    `rejected` count lines). `needs_review` holds the guard rails that stopped publication,
    `review` what every rail measured and the changes by kind and field, `reason` why
    someone published it all the same, `problem` why it failed. `timings` are seconds of work by
    phase, of all workers together. A rollback is a run too:
    `rolls_back_to` an earlier publication, `rolls_back_from` the one it found.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    state = models.CharField(max_length=2)
    delivery = models.ForeignKey(
        Delivery, on_delete=models.PROTECT, related_name="imports"
    )
    status = models.CharField(max_length=12, choices=Status, default=Status.QUEUED)
    requested_by = models.UUIDField()
    requested_at = models.DateTimeField()
    worker = models.TextField(default="")
    heartbeat_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    phase = models.CharField(max_length=16, default="waiting")
    phase_started_at = models.DateTimeField(null=True)
    rows_done = models.BigIntegerField(default=0)
    rows_total = models.BigIntegerField(null=True)
    rows_skipped = models.BigIntegerField(default=0)
    timings = models.JSONField(default=dict)
    cursor = models.JSONField(default=dict)
    figures = models.JSONField(default=dict)
    needs_review = models.JSONField(default=list)
    review = models.JSONField(default=dict)
    reason = models.TextField(default="")
    problem = models.JSONField(null=True)
    compared_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    publication = models.IntegerField(null=True)
    rolls_back_to = models.IntegerField(null=True)
    rolls_back_from = models.IntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["state", "-requested_at"], name="imports_by_state"),
            models.Index(fields=["status", "requested_at"], name="imports_by_status"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["state"],
                condition=models.Q(
                    status__in=["reading", "comparing", "ready", "publishing"]
                ),
                name="import_one_of_a_state_at_a_time",
            ),
        ]


class Reject(models.Model):
    """One line that gave no row: where it stands, what it says and why; numbered within its import."""

    pk = models.CompositePrimaryKey("state", "import_id", "number")
    state = models.TextField()
    import_id = models.UUIDField()
    number = models.IntegerField()
    file = models.TextField()
    line_number = models.IntegerField(null=True)
    code = models.TextField()
    reason = models.TextField()
    raw_line = models.TextField()

    class Meta:
        managed = False
        db_table = "imports_reject"


class GuardRail(models.Model):
    """A threshold that a state's owner has set for one guard, in place of the default."""

    pk = models.CompositePrimaryKey("state", "guard")
    state = models.TextField()
    guard = models.TextField()
    threshold = models.FloatField()
    changed_by = models.UUIDField()
    changed_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "imports_guardrail"


class ColumnMapping(models.Model):
    """Names of a layout's columns that a state's owner has accepted: the file's name → the declared."""

    pk = models.CompositePrimaryKey("state", "variant")
    state = models.TextField()
    variant = models.TextField()
    columns = models.JSONField()
    changed_by = models.UUIDField()
    changed_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "imports_columnmapping"

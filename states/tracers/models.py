"""What a party set up, what was woven into each export, whom tracers met again, and files that were traced: the owner's alone."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Setup(models.Model):
    """A state's set-up: secret and contact points in one sealed text. Ended, it is kept, to trace what left."""

    state = models.TextField(primary_key=True)
    sealed = models.BinaryField()
    active = models.BooleanField()
    changed_by = models.UUIDField()
    changed_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "tracers_setup"


class Woven(models.Model):
    """What one chunk of an export's file held of tracers, sealed; written before the chunk leaves.

    `download` numbers the export's downloads, `number` the chunk's place among those with an entry.
    """

    pk = models.CompositePrimaryKey("state", "export", "download", "number")
    state = models.TextField()
    export = models.UUIDField()
    download = models.IntegerField()
    number = models.IntegerField()
    organization = models.UUIDField()
    tracers = models.IntegerField()
    sealed = models.BinaryField()
    woven_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "tracers_woven"


class Mark(models.Model):
    """By what a tracer of an export can be met again: a keyed hash, and of what (`way`)."""

    pk = models.CompositePrimaryKey("state", "export", "download", "mark", "tracer")
    state = models.TextField()
    export = models.UUIDField()
    download = models.IntegerField()
    mark = models.BinaryField()
    organization = models.UUIDField()
    tracer = models.UUIDField()
    way = models.TextField()

    class Meta:
        managed = False
        db_table = "tracers_mark"


class Lead(models.Model):
    """Hashes of what somebody said of a person whom nobody was found for, until a worker has followed them."""

    pk = models.CompositePrimaryKey("state", "id")
    state = models.TextField()
    id = models.UUIDField(default=uuid.uuid4)
    organization = models.UUIDField()
    source = models.TextField()
    marks = ArrayField(models.BinaryField())
    said_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "tracers_lead"


class Alarm(models.Model):
    """A tracer was contacted: by whom, known by what, and the exports and licensees that it was given to.

    `tracer` is None where a phone alone was told, which several tracers share.
    """

    pk = models.CompositePrimaryKey("state", "id")
    state = models.TextField()
    id = models.UUIDField(default=uuid.uuid4)
    tracer = models.UUIDField(null=True)
    organization = models.UUIDField()
    source = models.TextField()
    way = models.TextField()
    exports = ArrayField(models.UUIDField())
    licensees = ArrayField(models.UUIDField())
    said_at = models.DateTimeField()
    noticed_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "tracers_alarm"


class TraceStatus(models.TextChoices):
    """The life of a trace of a leaked file."""

    QUEUED = "queued"
    TRACING = "tracing"
    DONE = "done"
    FAILED = "failed"


class LeakTrace(models.Model):
    """A found file that the owner had traced, or has a worker trace; `found` is what it told.

    The file itself is kept until then, and no longer.
    """

    pk = models.CompositePrimaryKey("state", "id")
    state = models.TextField()
    id = models.UUIDField(default=uuid.uuid4)
    status = models.TextField(default=TraceStatus.QUEUED)
    size = models.BigIntegerField()
    asked_by = models.UUIDField()
    asked_at = models.DateTimeField()
    worker = models.TextField(default="", blank=True)
    heartbeat_at = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    problem = models.TextField(default="", blank=True)
    rows_read = models.BigIntegerField(default=0)
    found = models.JSONField(null=True)

    class Meta:
        managed = False
        db_table = "tracers_trace"

"""Uploads of ballots and the lines at fault in them; the ballots themselves are `states.voters`'.

The tables, their walls and the functions that write them are made by SQL.
"""

from __future__ import annotations

from django.db import models


class Mode(models.TextChoices):
    """What an upload means for voters that it does not name: nothing, or that they have no ballot."""

    DIFFERENCE = "difference"
    WHOLE = "whole"


class Status(models.TextChoices):
    """How far an upload is."""

    QUEUED = "queued"
    READING = "reading"
    APPLIED = "applied"
    REFUSED = "refused"
    FAILED = "failed"


class Upload(models.Model):
    """One upload; `lines` read so far, `faulty` among them, `figures` once it is applied.

    A large one is `kept` as a file and worked on by whoever holds its lease: `last_line` is the
    file's line that was read last, `lines_skipped` were read before the lease began.
    """

    pk = models.CompositePrimaryKey("state", "id")
    state = models.TextField()
    id = models.UUIDField()
    ballot_election = models.TextField()
    mode = models.TextField(choices=Mode)
    status = models.TextField(choices=Status)
    lines = models.IntegerField()
    faulty = models.IntegerField()
    figures = models.JSONField()
    reason = models.TextField()
    uploaded_by = models.UUIDField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    accept = models.BooleanField(default=False)
    kept = models.BooleanField(default=False)
    lines_total = models.IntegerField(null=True)
    last_line = models.IntegerField(default=1)
    lines_skipped = models.IntegerField(default=0)
    principal_kind = models.TextField(default="")
    source = models.TextField(default="")
    worker = models.TextField(default="")
    heartbeat_at = models.DateTimeField(null=True)
    leased_at = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)

    class Meta:
        managed = False
        db_table = "ballots_upload"


class LineFault(models.Model):
    """One line that was left out: its number in the file, why, and what to do."""

    pk = models.CompositePrimaryKey("state", "upload", "line")
    state = models.TextField()
    upload = models.UUIDField()
    line = models.IntegerField()
    code = models.TextField()
    detail = models.TextField()

    class Meta:
        managed = False
        db_table = "ballots_fault"

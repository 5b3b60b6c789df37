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

    READING = "reading"
    APPLIED = "applied"
    REFUSED = "refused"
    FAILED = "failed"


class Upload(models.Model):
    """One upload; `lines` read so far, `faulty` among them, `figures` once it is applied."""

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

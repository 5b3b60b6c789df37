"""Score sets, with whom they are shared, their uploads and values: the uploader's alone, names included.

The values lie with the state (made by SQL), behind a wall of their own.
"""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models


class ScoreSet(models.Model):
    """Numbers that one organization gives voters: between `low` and `high`, both included.

    Where there are `labels`, a value is one of them, kept as its number from 1.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    organization = models.UUIDField()
    name = models.CharField(max_length=30)
    description = models.CharField(max_length=500, default="", blank=True)
    low = models.FloatField()
    high = models.FloatField()
    labels = ArrayField(models.CharField(max_length=60), default=list)
    created_by = models.UUIDField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "scores_set"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name"], name="score_name_once_an_organization"
            ),
            models.CheckConstraint(
                condition=models.Q(low__lt=models.F("high")), name="score_range_is_open"
            ),
        ]


class Share(models.Model):
    """A score set shown to another organization, for voters whom it may read anyway."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    score_set = models.ForeignKey(
        ScoreSet, on_delete=models.CASCADE, related_name="shares"
    )
    organization = models.UUIDField(help_text="The uploader.")
    receiver = models.UUIDField()
    shared_by = models.UUIDField()
    shared_at = models.DateTimeField()

    class Meta:
        db_table = "scores_share"
        constraints = [
            models.UniqueConstraint(
                fields=["score_set", "receiver"], name="score_shared_once"
            ),
            models.CheckConstraint(
                condition=~models.Q(organization=models.F("receiver")),
                name="score_shared_with_another",
            ),
        ]


class Status(models.TextChoices):
    """How far an upload is."""

    QUEUED = "queued"
    READING = "reading"
    APPLIED = "applied"
    FAILED = "failed"


UNFINISHED = (Status.QUEUED, Status.READING)


class Upload(models.Model):
    """One upload of a set's values for one state, worked on by whoever holds its lease.

    Its values lie beside the ones that count, under `version`, until they are whole.
    `matched`, `unmatched`, `out_of_range` and `malformed` count lines; `voters` those who
    have a value now. `lines_skipped` were done before the lease began: they are in no rate.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    organization = models.UUIDField()
    score_set = models.ForeignKey(
        ScoreSet, on_delete=models.CASCADE, related_name="uploads"
    )
    state = models.CharField(max_length=2)
    version = models.IntegerField()
    principal = models.UUIDField()
    principal_kind = models.CharField(max_length=12)
    source = models.CharField(max_length=60, default="", blank=True)
    status = models.CharField(max_length=8, choices=Status, default=Status.QUEUED)
    lines_total = models.IntegerField()
    lines_done = models.IntegerField(default=0)
    lines_skipped = models.IntegerField(default=0)
    matched = models.IntegerField(default=0)
    unmatched = models.IntegerField(default=0)
    out_of_range = models.IntegerField(default=0)
    malformed = models.IntegerField(default=0)
    voters = models.IntegerField(null=True)
    reason = models.CharField(max_length=60, default="", blank=True)
    uploaded_at = models.DateTimeField()
    leased_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    worker = models.CharField(max_length=120, default="", blank=True)
    heartbeat_at = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)

    class Meta:
        db_table = "scores_upload"
        constraints = [
            models.UniqueConstraint(
                fields=["score_set", "state", "version"], name="score_version_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["uploaded_at"],
                name="score_uploads_to_do",
                condition=models.Q(status__in=["queued", "reading"]),
            ),
        ]


class LineFault(models.Model):
    """One line that gave no value: its number in the file, what it said, and why it was left out."""

    pk = models.CompositePrimaryKey("upload", "line")
    upload = models.UUIDField()
    line = models.IntegerField()
    organization = models.UUIDField()
    code = models.TextField()
    detail = models.TextField()
    voter = models.TextField()
    score = models.TextField()

    class Meta:
        managed = False
        db_table = "scores_fault"


class Holding(models.Model):
    """Which version of a set's values counts in a state."""

    pk = models.CompositePrimaryKey("state", "score_set")
    state = models.TextField()
    score_set = models.UUIDField()
    version = models.IntegerField()

    class Meta:
        managed = False
        db_table = "scores_holding"


class Score(models.Model):
    """One voter's value in a version of a set; `place` follows the voter."""

    pk = models.CompositePrimaryKey("state", "score_set", "version", "voter")
    state = models.TextField()
    score_set = models.UUIDField()
    version = models.IntegerField()
    voter = models.UUIDField()
    place = models.IntegerField()
    value = models.FloatField()

    class Meta:
        managed = False
        db_table = "voters_score"

"""Bulk jobs: large files of contacts, worked through in the background; `models` hands them to Django."""

from __future__ import annotations

import uuid

from django.db import models


class JobStatus(models.TextChoices):
    """How far a job is, in the words of bulk interfaces."""

    OPEN = "Open"
    UPLOAD_COMPLETE = "UploadComplete"
    IN_PROGRESS = "InProgress"
    COMPLETE = "JobComplete"
    FAILED = "Failed"
    ABORTED = "Aborted"


class JobFormat(models.TextChoices):
    """How a job's rows are written."""

    CSV = "csv"
    NDJSON = "ndjson"


class ContactJob(models.Model):
    """A job of one organization. `done` rows have their outcome; `worker` holds the lease.

    `served_at` is when it was last taken up: organizations take turns by it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    organization = models.UUIDField()
    principal = models.UUIDField()
    principal_kind = models.CharField(max_length=20)
    source = models.CharField(max_length=60, default="", blank=True)
    format = models.CharField(max_length=10, choices=JobFormat)
    status = models.CharField(max_length=20, choices=JobStatus, default=JobStatus.OPEN)
    total = models.PositiveBigIntegerField(null=True)
    done = models.PositiveBigIntegerField(default=0)
    successful = models.PositiveBigIntegerField(default=0)
    failed = models.PositiveBigIntegerField(default=0)
    error = models.CharField(max_length=80, default="", blank=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    worker = models.CharField(max_length=120, default="", blank=True)
    heartbeat_at = models.DateTimeField(null=True)
    served_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "canvass_job"
        indexes = [
            models.Index(
                fields=["organization", "-created_at"], name="jobs_by_organization"
            ),
        ]

    def __str__(self) -> str:
        return f"contact job {self.id}"


class JobRow(models.Model):
    """What became of one row of a job: the contact it is, or why there is none."""

    pk = models.CompositePrimaryKey("job", "row")
    job = models.UUIDField()
    row = models.BigIntegerField()
    organization = models.UUIDField()
    event_id = models.TextField(null=True)
    contact = models.TextField(null=True)
    code = models.CharField(max_length=60, default="", blank=True)
    pointer = models.TextField(default="", blank=True)
    detail = models.TextField(default="", blank=True)

    class Meta:
        db_table = "canvass_job_row"

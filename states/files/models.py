"""Deliveries and their files: what an owner uploaded, byte for byte, before anything is read from it."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Packing(models.TextChoices):
    """How a file's text is packed, told from its first bytes."""

    PLAIN = "plain"
    GZIP = "gzip"
    ZIP = "zip"
    ZSTD = "zstd"


class Delivery(models.Model):
    """One set of files as the state's election authority published it, with its declared scope.

    `counties` are five-digit FIPS codes, None for the whole state: only voters inside the
    scope can be found gone. `review` holds the difference back until someone publishes it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    state = models.CharField(max_length=2)
    file_date = models.DateField()
    counties = ArrayField(models.IntegerField(), null=True)
    review = models.BooleanField(default=False)
    opened_by = models.UUIDField()
    opened_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["state", "-opened_at"], name="files_by_state")]


class File(models.Model):
    """One uploaded file; its bytes lie in the storage folder under their SHA-256."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    delivery = models.ForeignKey(
        Delivery, on_delete=models.PROTECT, related_name="files"
    )
    state = models.CharField(max_length=2)
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    packing = models.CharField(max_length=8, choices=Packing)
    uploaded_by = models.UUIDField()
    uploaded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["state", "delivery", "name"], name="file_name_once_a_delivery"
            ),
            models.UniqueConstraint(
                fields=["state", "delivery", "sha256"], name="file_once_a_delivery"
            ),
        ]
        indexes = [models.Index(fields=["state", "sha256"], name="files_by_content")]

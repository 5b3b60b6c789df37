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
    `vendor` is whose files it may hold: whoever opened it stated that `vendor_license` lets
    the party use them here.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    state = models.CharField(max_length=2)
    file_date = models.DateField()
    counties = ArrayField(models.IntegerField(), null=True)
    review = models.BooleanField(default=False)
    vendor = models.CharField(max_length=20, default="", db_default="", blank=True)
    vendor_license = models.CharField(
        max_length=200, default="", db_default="", blank=True
    )
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


class Upload(models.Model):
    """A file of a delivery that is still arriving, piece by piece, over any number of connections.

    `received` bytes of `size` are on disk for certain. It ends as a file of the delivery
    (`file`), or refused (`problem`: code and detail); it is kept until `expires_at`, so that
    a client whose last answer was lost learns what became of it. Ended early or expired, it is gone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    delivery = models.ForeignKey(
        Delivery, on_delete=models.PROTECT, related_name="uploads"
    )
    state = models.CharField(max_length=2)
    name = models.CharField(max_length=200)
    size = models.BigIntegerField()
    received = models.BigIntegerField(default=0)
    opened_by = models.UUIDField()
    opened_at = models.DateTimeField()
    touched_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    file = models.UUIDField(null=True)
    problem = models.JSONField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["delivery", "opened_at"], name="uploads_by_delivery"),
            models.Index(fields=["expires_at"], name="uploads_by_expiry"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    received__gte=0, received__lte=models.F("size"), size__gt=0
                ),
                name="upload_received_of_its_size",
            ),
            models.CheckConstraint(
                condition=models.Q(file__isnull=True) | models.Q(problem__isnull=True),
                name="upload_ends_one_way",
            ),
            models.CheckConstraint(
                condition=models.Q(file__isnull=True, problem__isnull=True)
                | models.Q(received=models.F("size")),
                name="upload_ends_when_received",
            ),
        ]

    @property
    def is_open(self) -> bool:
        """Tell whether bytes may still come, or the last of them are to be judged."""
        return self.file is None and self.problem is None

    @property
    def is_received(self) -> bool:
        """Tell whether all bytes came, and what they are is still to be judged."""
        return self.is_open and self.received == self.size

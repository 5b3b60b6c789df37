"""The edge's one table: answers kept so that a repeated request is answered the same."""

from __future__ import annotations

import uuid

from django.db import models


class KeptAnswer(models.Model):
    """What was answered to an `Idempotency-Key`, sealed; its caller alone reads it.

    `status` is empty while the first request is running. The key itself is not stored:
    it is part of what opens the sealed body.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    organization = models.UUIDField()
    principal = models.UUIDField()
    key_hash = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64)
    started_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True)
    body = models.BinaryField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "principal", "key_hash"],
                name="kept_answer_once_per_caller",
            ),
            models.CheckConstraint(
                condition=models.Q(status__isnull=True, body__isnull=True)
                | models.Q(status__isnull=False, body__isnull=False),
                name="kept_answer_is_whole",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "expires_at"], name="kept_answer_expiry"
            )
        ]

"""Organizations' webhooks: endpoints, how far each has been told of a state's feed, and each attempt."""

from __future__ import annotations

import uuid

from django.db import models


class Endpoint(models.Model):
    """An address of an organization's that is told of news. Its secrets are kept sealed.

    `old_secret` signs beside `secret` until `old_secret_until`, so that a receiver can
    change over. `disabled_reason` is `gone`, `failing` or `by_hand`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    organization = models.UUIDField()
    url = models.TextField()
    description = models.CharField(max_length=200, default="")
    secret = models.BinaryField()
    old_secret = models.BinaryField(null=True)
    old_secret_until = models.DateTimeField(null=True)
    disabled_at = models.DateTimeField(null=True)
    disabled_reason = models.CharField(max_length=12, default="")
    created_by = models.UUIDField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "webhooks_endpoint"


class Line(models.Model):
    """How far an endpoint has been told of one state's feed, and what is on its way to it.

    With a `message` on its way, `body` is what is sent at every attempt and `following` the
    position once it arrived. Work is claimed by `leased_until`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    endpoint = models.UUIDField()
    organization = models.UUIDField()
    state = models.CharField(max_length=2)
    position = models.BigIntegerField(default=0)
    message = models.UUIDField(null=True)
    body = models.TextField(default="")
    following = models.BigIntegerField(null=True)
    attempts = models.IntegerField(default=0)
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    ended = models.BooleanField(default=False)

    class Meta:
        db_table = "webhooks_line"
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "state"], name="webhook_line_once_a_state"
            )
        ]
        indexes = [models.Index(fields=["due_at"], name="webhooks_line_due")]


class Attempt(models.Model):
    """One attempt at delivering a message: what became of it, never what was sent."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    endpoint = models.UUIDField()
    organization = models.UUIDField()
    message = models.UUIDField()
    kind = models.CharField(max_length=24)
    state = models.CharField(max_length=2, default="")
    number = models.IntegerField()
    at = models.DateTimeField()
    outcome = models.CharField(max_length=24)
    status = models.IntegerField(null=True)
    milliseconds = models.IntegerField()

    class Meta:
        db_table = "webhooks_attempt"
        indexes = [
            models.Index(fields=["endpoint", "at", "id"], name="webhooks_attempt_log")
        ]

"""The ledger's one table: every access, and every change of terms."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Entry(models.Model):
    """One act, written in the transaction that did it, never changed.

    Identifiers are text or bare ids, without foreign keys: the account outlives what it
    speaks of. `state` lets that state's owner read the entry. `detail` holds figures and
    standard names only: never a criterion's value, never another's list name.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    at = models.DateTimeField()
    event = models.TextField()
    outcome = models.TextField(default="done")
    state = models.TextField(null=True)
    organization = models.UUIDField()
    principal = models.UUIDField()
    principal_kind = models.TextField()
    source = models.TextField(default="")
    request_id = models.TextField(default="")
    subject = models.TextField(default="")
    grants = ArrayField(models.UUIDField(), default=list)
    purpose = models.TextField(default="")
    groups = ArrayField(models.TextField(), default=list)
    fields = ArrayField(models.TextField(), default=list)
    rows = models.BigIntegerField(null=True)
    code = models.TextField(default="")
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["state", "-at"], name="ledger_by_state"),
            models.Index(fields=["organization", "-at"], name="ledger_by_organization"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.event}"

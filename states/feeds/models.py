"""A state's ordered changes. The tables and their walls are made by SQL; the models mirror them."""

from __future__ import annotations

from django.db import models


class Kind(models.TextChoices):
    """What a change is about."""

    CONTACT = "contact"
    CORRECTION = "correction"
    RETRACTION = "retraction"
    SUPPRESSION = "suppression"
    PUBLICATION = "publication"


class Change(models.Model):
    """One entry of a state's feed.

    `audience` is nil for the state party's pool (and for what binds everyone), else the
    one organization that may know. A suppression that binds everyone names nobody.
    `seq` never leaves the service but sealed in a cursor.
    """

    pk = models.CompositePrimaryKey("state", "seq")
    state = models.TextField()
    seq = models.BigIntegerField()
    kind = models.TextField(choices=Kind)
    voter = models.UUIDField(null=True)
    place = models.IntegerField(null=True)
    audience = models.UUIDField()
    organization = models.UUIDField(null=True)
    contact = models.UUIDField(null=True)
    occurred_at = models.DateTimeField()
    summary = models.JSONField(default=dict)

    class Meta:
        managed = False
        db_table = "feeds_change"


class Position(models.Model):
    """How far a state's feed has come; seen by the functions that allot numbers alone."""

    state = models.TextField(primary_key=True)
    seq = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "feeds_position"

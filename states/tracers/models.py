"""What a party set up, and the account of what was woven into each export: both sealed, both the owner's alone."""

from __future__ import annotations

from django.db import models


class Setup(models.Model):
    """A state's set-up: secret and contact points in one sealed text. Ended, it is kept, to trace what left."""

    state = models.TextField(primary_key=True)
    sealed = models.BinaryField()
    active = models.BooleanField()
    changed_by = models.UUIDField()
    changed_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "tracers_setup"


class Woven(models.Model):
    """What one chunk of an export's file held of tracers, sealed; written before the chunk leaves.

    `download` numbers the export's downloads, `number` the chunk's place among those with an entry.
    """

    pk = models.CompositePrimaryKey("state", "export", "download", "number")
    state = models.TextField()
    export = models.UUIDField()
    download = models.IntegerField()
    number = models.IntegerField()
    organization = models.UUIDField()
    tracers = models.IntegerField()
    sealed = models.BinaryField()
    woven_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "tracers_woven"

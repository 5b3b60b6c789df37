"""Grants: what a state party allows an organization, and what has been used of its caps."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from coop.jurisdictions.models import Purpose, State


class Status(models.TextChoices):
    """A grant's life; `rules.TRANSITIONS` says what may follow what, and by whom."""

    REQUESTED = "requested"
    OFFERED = "offered"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    ACCEPTED = "accepted"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


class Pool(models.TextChoices):
    """When contributed contacts enter the state party's pool; stated, never assumed."""

    HELD = "held"
    AT_ONCE = "at_once"


class Grant(models.Model):
    """The terms under which `owner` (the party of `state`) licenses its file to `grantee`.

    Terms never change once offered: a successor supersedes when it becomes active, and
    what was used of a cap carries over, since use is counted by `lineage` (the id of the
    first grant in the chain); `lived_out` tells that it was active to its end. Geography is the whole state, or the union of the named
    counties (FIPS) and districts (the state's numbers). Caps count distinct voters a
    calendar month (UTC). `terms` keeps the place of what is still to come: price and
    metering, embargo, blind exchange, sublicensing.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    state = models.ForeignKey(State, on_delete=models.PROTECT, related_name="grants")
    owner = models.UUIDField()
    grantee = models.UUIDField()
    status = models.CharField(max_length=12, choices=Status)
    groups = ArrayField(models.CharField(max_length=24))
    actions = ArrayField(models.CharField(max_length=16))
    whole_state = models.BooleanField(default=False)
    counties = ArrayField(models.IntegerField(), default=list)
    us_house_districts = ArrayField(models.TextField(), default=list)
    state_senate_districts = ArrayField(models.TextField(), default=list)
    state_house_districts = ArrayField(models.TextField(), default=list)
    purpose = models.CharField(max_length=40, choices=Purpose)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    cap_voters_month = models.PositiveIntegerField(null=True)
    pool = models.CharField(max_length=8, choices=Pool, null=True)
    agreement = models.TextField(default="", blank=True)
    agreement_hash = models.CharField(max_length=64, default="", blank=True)
    terms = models.JSONField(default=dict)
    lineage = models.UUIDField()
    supersedes = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="successors"
    )
    message = models.TextField(default="", blank=True)
    reason = models.TextField(default="", blank=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.UUIDField(null=True)
    ended_at = models.DateTimeField(null=True)
    lived_out = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["grantee", "status"], name="grants_by_grantee"),
            models.Index(fields=["state", "status"], name="grants_by_state"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")),
                name="grant_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=~models.Q(owner=models.F("grantee")),
                name="grant_is_to_another_organization",
            ),
        ]

    def __str__(self) -> str:
        return f"grant {self.id}"


class VoterUse(models.Model):
    """A voter that a capped grant's holder obtained in a month, once however often obtained."""

    pk = models.CompositePrimaryKey("lineage", "month", "voter")
    lineage = models.UUIDField()
    month = models.DateField()
    voter = models.UUIDField()

    class Meta:
        managed = False
        db_table = "grants_voteruse"


class StateUserObjectPermission(UserObjectPermissionBase):
    """Declared because guardian pairs it with the one below; never written: only organizations are licensed."""

    content_object = models.ForeignKey(State, on_delete=models.CASCADE)


class StateGroupObjectPermission(GroupObjectPermissionBase):
    """django-guardian's permissions on a state, mirroring active grants; a group is an organization."""

    content_object = models.ForeignKey(State, on_delete=models.CASCADE)

"""Organizations, the people in them, their invitations and the credentials of their machines."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import (
    AbstractBaseUser,
    BaseUserManager,
    Group,
    PermissionsMixin,
)
from django.contrib.postgres.fields import ArrayField
from django.db import models


class OrganizationKind(models.TextChoices):
    """What a member of the co-op is."""

    STATE_PARTY = "state_party"
    NATIONAL_COMMITTEE = "national_committee"
    CAMPAIGN = "campaign"
    OUTSIDE_GROUP = "outside_group"
    VENDOR = "vendor"


class Role(models.TextChoices):
    """What a person may do in an organization; `rules.ROLE_PERMISSIONS` says what each allows."""

    OWNER = "owner"
    DATA_MANAGER = "data_manager"
    ANALYST = "analyst"
    VIEWER = "viewer"


class PersonManager(BaseUserManager["Person"]):
    """Makes people; log-in is by e-mail."""

    def create_user(
        self, email: str, password: str | None = None, **fields: Any
    ) -> Person:
        """Return a new person with a usable password, or none when `password` is None."""
        person = self.model(email=self.normalize_email(email).lower(), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def get_by_natural_key(self, username: str | None) -> Person:
        """Return the person with this e-mail, whatever its case."""
        return self.get(email=(username or "").lower())


class Person(AbstractBaseUser, PermissionsMixin):
    """A human being who logs in by e-mail; what they may do hangs on their memberships."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PersonManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return str(self.id)


class Organization(models.Model):
    """A member of the co-op. Its name and kind are known to every other member.

    `group` is the organization as django-guardian sees it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kind = models.CharField(max_length=24, choices=OrganizationKind)
    name = models.CharField(max_length=120, unique=True)
    group = models.OneToOneField(Group, on_delete=models.PROTECT)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Member(models.Model):
    """A person's role in one organization."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="members"
    )
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="memberships"
    )
    role = models.CharField(max_length=16, choices=Role)
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "person"], name="member_once_per_organization"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.person_id}"


class Invitation(models.Model):
    """An offer of membership sent to an e-mail address; its token is stored as a hash only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="invitations"
    )
    email = models.EmailField()
    role = models.CharField(max_length=16, choices=Role)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.UUIDField()
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"invitation {self.id}"


class Credential(models.Model):
    """A machine client's key: SHA-256 of 32 random bytes beside a visible prefix.

    It acts for `organization`, and `source` names the tool or vendor that sends. A test
    credential validates everything and applies nothing. `successor` is the key that
    replaces it during a rotation: two live at a time, not more.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="credentials"
    )
    name = models.CharField(max_length=80)
    source = models.CharField(max_length=60)
    vendor = models.ForeignKey(
        Organization, null=True, on_delete=models.PROTECT, related_name="+"
    )
    prefix = models.CharField(max_length=12, unique=True)
    key_hash = models.CharField(max_length=64)
    permissions = ArrayField(models.CharField(max_length=40))
    networks = ArrayField(models.CharField(max_length=43), default=list)
    test = models.BooleanField(default=False)
    created_by = models.UUIDField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    successor = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="predecessor"
    )

    def __str__(self) -> str:
        return f"credential {self.prefix}"

"""Contacts from inbox to history, current values per audience, what protects voters, and survey words.

State-owned tables and all walls are made by SQL (partitioned by state, keyed with it); their
models mirror them. Survey questions, codes and receipts belong to one organization.
"""

from __future__ import annotations

import uuid
from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models

from coop.actors import NOBODY
from states.canvass.job_models import ContactJob, JobRow
from states.canvass.survey_models import (
    ActivistCode,
    QuestionStatus,
    SurveyQuestion,
    SurveyResponse,
)

__all__ = [
    "ActivistCode",
    "ContactJob",
    "JobRow",
    "QuestionStatus",
    "SurveyQuestion",
    "SurveyResponse",
]

POOL: Final = NOBODY
"""The audience of the state party's pool, and of suppressions that bind everyone."""


class InboxStatus(models.TextChoices):
    """How far an accepted contact has come."""

    QUEUED = "queued"
    APPLIED = "applied"
    SET_ASIDE = "set_aside"


class EventKind(models.TextChoices):
    """What an event of the inbox is: a contact, or what sets one right."""

    CONTACT = "contact"
    CORRECTION = "correction"
    RETRACTION = "retraction"


class SuppressionKind(models.TextChoices):
    """What must not be done, or what is said of the voter or a number."""

    CALL = "call"
    TEXT = "text"
    DOOR = "door"
    WRONG_NUMBER = "wrong_number"
    DECEASED = "deceased"
    MOVED = "moved"


class InboxItem(models.Model):
    """An accepted event, waiting, applied, or set aside with the reason.

    Its authority (`place`, `pooled`) was judged when it was written. `amends` is the contact
    that a correction or retraction sets right; `contact` is then the event's own id.
    """

    pk = models.CompositePrimaryKey("state", "seq")
    state = models.TextField()
    seq = models.BigIntegerField()
    contact = models.UUIDField()
    voter = models.UUIDField()
    place = models.IntegerField()
    organization = models.UUIDField()
    principal = models.UUIDField()
    source = models.TextField()
    event_id = models.TextField()
    receipt = models.UUIDField()
    pooled = models.BooleanField()
    event_time = models.DateTimeField()
    received_at = models.DateTimeField()
    body = models.JSONField()
    status = models.TextField(choices=InboxStatus)
    error = models.TextField(null=True)
    attempts = models.SmallIntegerField()
    done_at = models.DateTimeField(null=True)
    kind = models.TextField(choices=EventKind, default=EventKind.CONTACT)
    amends = models.UUIDField(null=True)

    class Meta:
        managed = False
        db_table = "canvass_inbox"


class EventKey(models.Model):
    """An event id of an organization's source, kept for ever, with the hash of what was sent."""

    pk = models.CompositePrimaryKey("state", "organization", "source", "event_id")
    state = models.TextField()
    organization = models.UUIDField()
    source = models.TextField()
    event_id = models.TextField()
    body_hash = models.BinaryField()
    contact = models.UUIDField()

    class Meta:
        managed = False
        db_table = "canvass_event_key"


class Contact(models.Model):
    """One attempt to reach one voter; codes are numbers of `vocabulary`.

    It shows its newest version; the others are kept beside it.
    """

    pk = models.CompositePrimaryKey("state", "contact")
    state = models.TextField()
    contact = models.UUIDField()
    voter = models.UUIDField()
    place = models.IntegerField()
    organization = models.UUIDField()
    pooled = models.BooleanField()
    contact_type = models.SmallIntegerField()
    input_type = models.SmallIntegerField()
    result_code = models.SmallIntegerField()
    support = models.SmallIntegerField(null=True)
    event_time = models.DateTimeField()
    received_at = models.DateTimeField()
    applied_at = models.DateTimeField()
    retracted_at = models.DateTimeField(null=True)
    seq = models.BigIntegerField()
    version = models.UUIDField(null=True)
    corrected_at = models.DateTimeField(null=True)
    state_answers = models.JSONField(null=True)

    class Meta:
        managed = False
        db_table = "canvass_contact"


class ContactVersion(models.Model):
    """What was said of a contact that was ever amended, each time; its organization's alone."""

    pk = models.CompositePrimaryKey("state", "version")
    state = models.TextField()
    version = models.UUIDField()
    contact = models.UUIDField()
    voter = models.UUIDField()
    place = models.IntegerField()
    organization = models.UUIDField()
    kind = models.TextField(choices=EventKind)
    seq = models.BigIntegerField()
    pooled = models.BooleanField()
    source = models.TextField()
    event_id = models.TextField()
    event_time = models.DateTimeField()
    received_at = models.DateTimeField()
    body = models.JSONField()

    class Meta:
        managed = False
        db_table = "canvass_contact_version"


class BlindContact(models.Model):
    """An event accepted of an organization that may not read its voter: all that it is shown of it.

    `about` is the reference as it was sent.
    """

    pk = models.CompositePrimaryKey("state", "contact")
    state = models.TextField()
    contact = models.UUIDField()
    organization = models.UUIDField()
    source = models.TextField()
    event_id = models.TextField()
    receipt = models.UUIDField()
    kind = models.TextField()
    amends = models.UUIDField(null=True)
    event_time = models.DateTimeField()
    received_at = models.DateTimeField()
    about = models.JSONField()
    body = models.JSONField()

    class Meta:
        managed = False
        db_table = "canvass_blind"


class UnmatchedContact(models.Model):
    """A contact that waits for the state's owner to say whom it is about; as the owner sees it.

    `problem` says why it could not be applied, null where it fits nobody for sure.
    """

    pk = models.CompositePrimaryKey("state", "contact")
    state = models.TextField()
    contact = models.UUIDField()
    pooled = models.BooleanField()
    told_by = models.UUIDField(null=True)
    event_time = models.DateTimeField()
    received_at = models.DateTimeField()
    about = models.JSONField()
    contact_type = models.SmallIntegerField(null=True)
    kind = models.TextField()
    problem = models.TextField(null=True)
    status = models.TextField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.UUIDField(null=True)

    class Meta:
        managed = False
        db_table = "canvass_unmatched"


class ContactDetail(models.Model):
    """What of a contact stays its organization's alone, pooled or not."""

    pk = models.CompositePrimaryKey("state", "contact")
    state = models.TextField()
    contact = models.UUIDField()
    voter = models.UUIDField()
    place = models.IntegerField()
    organization = models.UUIDField()
    source = models.TextField()
    event_id = models.TextField()
    canvasser = models.TextField(null=True)
    phone = models.TextField(null=True)
    survey_responses = models.JSONField(default=list)
    activist_codes = models.JSONField(default=list)

    class Meta:
        managed = False
        db_table = "canvass_contact_detail"


class Standing(models.Model):
    """The newest values of one voter for one audience: the pool, or one organization."""

    pk = models.CompositePrimaryKey("state", "voter", "audience")
    state = models.TextField()
    voter = models.UUIDField()
    audience = models.UUIDField()
    place = models.IntegerField()
    last_contact_at = models.DateTimeField()
    last_contact_type = models.SmallIntegerField()
    last_result = models.SmallIntegerField()
    last_seq = models.BigIntegerField()
    attempts = models.IntegerField()
    held_attempts = models.IntegerField()
    reached_at = models.DateTimeField(null=True)
    support = models.SmallIntegerField(null=True)
    support_at = models.DateTimeField(null=True)
    support_seq = models.BigIntegerField(null=True)

    class Meta:
        managed = False
        db_table = "canvass_standing"


class Coded(models.Model):
    """An organization's activist code on a voter, as its newest contact that names it says; its own alone."""

    pk = models.CompositePrimaryKey("state", "voter", "organization", "code")
    state = models.TextField()
    voter = models.UUIDField()
    organization = models.UUIDField()
    code = models.UUIDField()
    place = models.IntegerField()
    applied = models.BooleanField()
    event_time = models.DateTimeField()
    seq = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "canvass_coded"


class Suppression(models.Model):
    """What binds, kind and day only; derived from the assertions by the database."""

    pk = models.CompositePrimaryKey("state", "voter", "kind", "audience")
    state = models.TextField()
    voter = models.UUIDField()
    kind = models.TextField(choices=SuppressionKind)
    audience = models.UUIDField()
    place = models.IntegerField()
    day = models.DateField()

    class Meta:
        managed = False
        db_table = "canvass_suppression"


class WrongPhone(models.Model):
    """A number that is not the voter's; a contact detail."""

    pk = models.CompositePrimaryKey("state", "voter", "phone")
    state = models.TextField()
    voter = models.UUIDField()
    phone = models.TextField()
    place = models.IntegerField()
    day = models.DateField()

    class Meta:
        managed = False
        db_table = "canvass_wrong_phone"


class SuppressionAssertion(models.Model):
    """Who asserted what: for its own organization and the state's owner alone."""

    pk = models.CompositePrimaryKey("state", "assertion")
    state = models.TextField()
    assertion = models.UUIDField()
    voter = models.UUIDField()
    place = models.IntegerField()
    kind = models.TextField(choices=SuppressionKind)
    opted_in = models.BooleanField()
    organization = models.UUIDField()
    source = models.TextField()
    contact = models.UUIDField()
    phone = models.TextField(null=True)
    event_time = models.DateTimeField()
    asserted_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.UUIDField(null=True)
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.UUIDField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "canvass_suppression_assertion"


class Burst(models.Model):
    """More suppressions of a kind from one source within an hour than is likely; for the state's owner."""

    pk = models.CompositePrimaryKey("state", "organization", "source", "kind", "since")
    state = models.TextField()
    organization = models.UUIDField()
    source = models.TextField()
    kind = models.TextField()
    since = models.DateTimeField()
    assertions = models.IntegerField()
    noticed_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "canvass_burst"


class Receipt(models.Model):
    """What one call pushed: the figures, and why items were rejected (no values of theirs)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    organization = models.UUIDField()
    principal = models.UUIDField()
    source = models.CharField(max_length=60, default="", blank=True)
    received_at = models.DateTimeField()
    states = ArrayField(models.CharField(max_length=2), default=list)
    accepted = models.PositiveIntegerField()
    duplicate = models.PositiveIntegerField()
    rejected = models.PositiveIntegerField()
    rejections = models.JSONField(default=list)

    class Meta:
        db_table = "canvass_receipt"
        indexes = [
            models.Index(
                fields=["organization", "-received_at"], name="receipts_by_organization"
            ),
        ]

    def __str__(self) -> str:
        return f"receipt {self.id}"

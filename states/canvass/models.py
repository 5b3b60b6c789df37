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


class QuestionStatus(models.TextChoices):
    """Whether a question or code is in use."""

    ACTIVE = "active"
    ARCHIVED = "archived"


class SurveyQuestion(models.Model):
    """An organization's survey question, unknown to every other organization."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    organization = models.UUIDField(db_index=True)
    type = models.CharField(max_length=40)
    cycle = models.PositiveSmallIntegerField(null=True)
    name = models.CharField(max_length=120)
    medium_name = models.CharField(max_length=40, default="", blank=True)
    short_name = models.CharField(max_length=20, default="", blank=True)
    script_question = models.TextField(default="", blank=True)
    status = models.CharField(
        max_length=10, choices=QuestionStatus, default=QuestionStatus.ACTIVE
    )
    created_at = models.DateTimeField()

    class Meta:
        db_table = "canvass_survey_question"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name"], name="survey_question_once_by_name"
            ),
        ]

    def __str__(self) -> str:
        return f"survey question {self.id}"


class SurveyResponse(models.Model):
    """One answer to a survey question; `support` (1 strong to 5 opposed) maps it to the standard field."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    organization = models.UUIDField()
    question = models.ForeignKey(
        SurveyQuestion, on_delete=models.PROTECT, related_name="responses"
    )
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=120)
    medium_name = models.CharField(max_length=40, default="", blank=True)
    short_name = models.CharField(max_length=20, default="", blank=True)
    support = models.PositiveSmallIntegerField(null=True)

    class Meta:
        db_table = "canvass_survey_response"
        constraints = [
            models.UniqueConstraint(
                fields=["question", "name"], name="survey_response_once_by_name"
            ),
            models.CheckConstraint(
                condition=models.Q(support__isnull=True)
                | models.Q(support__gte=1, support__lte=5),
                name="survey_response_support_is_one_to_five",
            ),
        ]

    def __str__(self) -> str:
        return f"survey response {self.id}"


class ActivistCode(models.Model):
    """An organization's label for voters, unknown to every other organization."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    organization = models.UUIDField(db_index=True)
    type = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    medium_name = models.CharField(max_length=40, default="", blank=True)
    short_name = models.CharField(max_length=20, default="", blank=True)
    description = models.TextField(default="", blank=True)
    status = models.CharField(
        max_length=10, choices=QuestionStatus, default=QuestionStatus.ACTIVE
    )
    created_at = models.DateTimeField()

    class Meta:
        db_table = "canvass_activist_code"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name"], name="activist_code_once_by_name"
            ),
        ]

    def __str__(self) -> str:
        return f"activist code {self.id}"


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

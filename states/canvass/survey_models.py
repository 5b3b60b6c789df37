"""The words of surveys: questions, responses and activist codes; `models` hands them to Django."""

from __future__ import annotations

import uuid

from django.db import models


class QuestionStatus(models.TextChoices):
    """Whether a question or code is in use."""

    ACTIVE = "active"
    ARCHIVED = "archived"


class SurveyQuestion(models.Model):
    """An organization's survey question, unknown to every other organization.

    One that a state's party publishes (`published_in`) is known to all who work in its state.
    """

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
    published_in = models.CharField(max_length=2, null=True)
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
    """One answer to a survey question; `support` (1 strong to 5 opposed) maps it to the standard field.

    `maps_to` is the answer to a published question that it stands for.
    """

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
    maps_to = models.UUIDField(null=True)

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

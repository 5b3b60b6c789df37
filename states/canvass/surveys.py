"""An organization's own survey questions and activist codes: making and archiving them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.errors import Conflict
from coop.ledger.actions import record
from coop.ledger.events import Event
from states.canvass.access import get_code, get_question
from states.canvass.models import (
    ActivistCode,
    QuestionStatus,
    SurveyQuestion,
    SurveyResponse,
)


def create_question(
    *, words: Mapping[str, Any], responses: Sequence[Mapping[str, Any]], by: Actor
) -> SurveyQuestion:
    """Make a survey question with its responses, in the order given.

    `words` and each response hold the models' fields. Raises `Conflict` where a name is taken.
    """
    with acting_as(by, Action.MANAGE):
        question = SurveyQuestion(
            organization=by.organization, created_at=timezone.now(), **words
        )
        answers = [
            SurveyResponse(
                organization=by.organization,
                question=question,
                position=position,
                **response,
            )
            for position, response in enumerate(responses, start=1)
        ]
        try:
            with transaction.atomic():
                question.save(force_insert=True)
                SurveyResponse.objects.bulk_create(answers)
        except IntegrityError as error:
            raise _name_taken("survey question") from error
        record(Event.SURVEY_CHANGED, by=by, subject=question.id)
    return question


def archive_question(*, question: UUID, by: Actor) -> SurveyQuestion:
    """Take a question out of use; what was answered stays. Raises `NotFound`."""
    with acting_as(by, Action.MANAGE):
        found = get_question(question)
        found.status = QuestionStatus.ARCHIVED
        found.save(update_fields=["status"])
        record(Event.SURVEY_CHANGED, by=by, subject=found.id)
    return found


def create_code(*, words: Mapping[str, Any], by: Actor) -> ActivistCode:
    """Make an activist code. Raises `Conflict` where its name is taken."""
    with acting_as(by, Action.MANAGE):
        code = ActivistCode(
            organization=by.organization, created_at=timezone.now(), **words
        )
        try:
            with transaction.atomic():
                code.save(force_insert=True)
        except IntegrityError as error:
            raise _name_taken("activist code") from error
        record(Event.SURVEY_CHANGED, by=by, subject=code.id)
    return code


def archive_code(*, code: UUID, by: Actor) -> ActivistCode:
    """Take an activist code out of use. Raises `NotFound`."""
    with acting_as(by, Action.MANAGE):
        found = get_code(code)
        found.status = QuestionStatus.ARCHIVED
        found.save(update_fields=["status"])
        record(Event.SURVEY_CHANGED, by=by, subject=found.id)
    return found


def _name_taken(what: str) -> Conflict:
    return Conflict(
        "name_taken", f"There is a {what} of this name, or two of one name in it."
    )

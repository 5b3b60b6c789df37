"""An organization's own survey questions and activist codes: making and archiving them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.errors import Conflict, Denied, FieldFault, Invalid
from coop.jurisdictions.models import State
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

    `words` and each response hold the models' fields: `published_in` publishes it to all who work
    in a state of the actor's, `maps_to` names an answer to a published question. Raises `Conflict`
    where a name is taken, `Denied` for a state of another's, `Invalid` for an answer not published.
    """
    with acting_as(by, Action.MANAGE):
        _check_publisher(words.get("published_in"), by)
        _check_mapped(responses)
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


def _check_publisher(state: str | None, by: Actor) -> None:
    if state is None:
        return
    if not State.objects.filter(code=state, owner=by.organization).exists():
        sentence = "Only its party publishes questions in a state."
        raise Denied("not_state_owner", sentence, extra={"state": state})


def _check_mapped(responses: Sequence[Mapping[str, Any]]) -> None:
    wanted = {one["maps_to"] for one in responses if one.get("maps_to")}
    known = SurveyResponse.objects.filter(
        id__in=wanted, question__published_in__isnull=False
    )
    if wanted and set(known.values_list("id", flat=True)) != wanted:
        sentence = "An answer maps to one of a question that is published to you."
        fault = FieldFault("/responses", "survey_response_unknown", sentence)
        raise Invalid("survey_response_unknown", sentence, [fault])


def archive_question(*, question: UUID, by: Actor) -> SurveyQuestion:
    """Take a question out of use; what was answered stays. Raises `NotFound`."""
    with acting_as(by, Action.MANAGE):
        found = get_question(question, by=by)
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

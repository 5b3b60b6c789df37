"""The resources /v1/survey-questions and /v1/activist-codes, and the reference data of canvassing."""

from __future__ import annotations

from typing import Any, ClassVar, Final
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.pagination import open_cursor, page
from api.serializers import PageQuerySerializer, StrictSerializer
from api.views import CoopRequest, CoopView, Need
from coop.actors import Action, Actor, Permission
from states.canvass.models import ActivistCode, QuestionStatus, SurveyQuestion
from states.canvass.queries import codes_by_name, questions_by_name
from states.canvass.surveys import (
    archive_code,
    archive_question,
    create_code,
    create_question,
)
from states.canvass.vocabulary import (
    CONTACT_TYPES,
    INPUT_TYPES,
    RESULT_CODES,
    Vocabulary,
)

QUESTIONS: Final = "survey-questions"
CODES: Final = "activist-codes"


class SurveyResponseSerializer(StrictSerializer):
    """One answer. `support` maps it to the standard field: 1 (strong) to 5 (opposed)."""

    id = serializers.UUIDField(read_only=True)
    name = serializers.CharField(max_length=120)
    medium_name = serializers.CharField(max_length=40, required=False)
    short_name = serializers.CharField(max_length=20, required=False)
    support = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=5
    )
    maps_to = serializers.UUIDField(
        required=False,
        allow_null=True,
        help_text="The answer to a published question that it stands for.",
    )


class SurveyQuestionSerializer(StrictSerializer):
    """A survey question of your own, unknown to others, or one that a state's party publishes."""

    id = serializers.UUIDField(read_only=True)
    type = serializers.CharField(max_length=40)
    cycle = serializers.IntegerField(
        required=False, allow_null=True, min_value=1900, max_value=2200
    )
    name = serializers.CharField(max_length=120)
    medium_name = serializers.CharField(max_length=40, required=False)
    short_name = serializers.CharField(max_length=20, required=False)
    script_question = serializers.CharField(max_length=4000, required=False)
    status = serializers.ChoiceField(QuestionStatus.choices, read_only=True)
    published_in = serializers.RegexField(
        r"\A[A-Z]{2}\Z",
        required=False,
        allow_null=True,
        help_text="For a state's party: published to all who work in the state.",
    )
    responses = serializers.ListField(
        child=SurveyResponseSerializer(), allow_empty=False, max_length=100
    )


class SurveyQuestionPageSerializer(serializers.Serializer[Any]):
    """A page of questions, by name."""

    results = SurveyQuestionSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class ActivistCodeSerializer(StrictSerializer):
    """An activist code of your own; no other organization learns of it."""

    id = serializers.UUIDField(read_only=True)
    type = serializers.CharField(max_length=40)
    name = serializers.CharField(max_length=120)
    medium_name = serializers.CharField(max_length=40, required=False)
    short_name = serializers.CharField(max_length=20, required=False)
    description = serializers.CharField(max_length=4000, required=False)
    status = serializers.ChoiceField(QuestionStatus.choices, read_only=True)


class ActivistCodePageSerializer(serializers.Serializer[Any]):
    """A page of codes, by name."""

    results = ActivistCodeSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class WordSerializer(serializers.Serializer[Any]):
    """A word that clients may send by number or by name."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    title = serializers.CharField()


class WordsSerializer(serializers.Serializer[Any]):
    """The reference data of canvassing."""

    contact_types = WordSerializer(many=True)
    input_types = WordSerializer(many=True)
    result_codes = WordSerializer(many=True)


_QUESTION = {
    "type": "candidate",
    "cycle": 2026,
    "name": "Support for governor",
    "responses": [
        {"name": "Strong support", "support": 1},
        {"name": "Undecided", "support": 3},
        {"name": "Opposed", "support": 5},
    ],
}
_CODE = {"type": "volunteer", "name": "Yard sign"}


class SearchQuerySerializer(PageQuerySerializer):
    """Which of your own."""

    search = serializers.CharField(
        default="", max_length=120, help_text="A part of the name, in any case."
    )


class QuestionQuerySerializer(SearchQuerySerializer):
    """Whose questions."""

    published_in = serializers.RegexField(
        r"\A[A-Z]{2}\Z",
        required=False,
        help_text="A state's, published by its party; without it, your own.",
    )


class QuestionsView(CoopView):
    """Survey questions."""

    needs: ClassVar = {
        "GET": Need(Permission.CONTACTS_READ, Action.READ),
        "POST": Need(Permission.SURVEYS_MANAGE, Action.MANAGE),
    }

    @extend_schema(
        operation_id="survey_questions",
        parameters=[QuestionQuerySerializer],
        responses=SurveyQuestionPageSerializer,
    )
    def get(self, request: CoopRequest) -> Response:
        """List your organization's survey questions, or those published in a state, by name."""
        asked = self.query(QuestionQuerySerializer)
        after = _opened(request.actor, QUESTIONS, asked.get("cursor"))
        limit = asked["limit"]
        rows = questions_by_name(
            request.actor.organization,
            after=after,
            search=asked["search"],
            published_in=asked.get("published_in"),
        )[: limit + 1]
        shown, following = page(
            request.actor, QUESTIONS, list(rows), limit, lambda row: [row.name]
        )
        return Response(
            {"results": [_question(row) for row in shown], "next": following}
        )

    @extend_schema(
        operation_id="survey_question_create",
        request=SurveyQuestionSerializer,
        responses={201: SurveyQuestionSerializer},
        examples=[OpenApiExample("Support", _QUESTION, request_only=True)],
    )
    def post(self, request: CoopRequest) -> Response:
        """Make a survey question with its responses."""
        words = self.body(SurveyQuestionSerializer)
        responses = words.pop("responses")
        made = create_question(words=words, responses=responses, by=request.actor)
        return Response(_question(made), status=201)


class QuestionView(CoopView):
    """One survey question."""

    needs: ClassVar = {"DELETE": Need(Permission.SURVEYS_MANAGE, Action.MANAGE)}

    @extend_schema(
        operation_id="survey_question_archive",
        responses={200: SurveyQuestionSerializer},
    )
    def delete(self, request: CoopRequest, question: UUID) -> Response:
        """Take a question out of use; what was answered stays."""
        found = archive_question(question=question, by=request.actor)
        return Response(_question(found))


class CodesView(CoopView):
    """Activist codes."""

    needs: ClassVar = {
        "GET": Need(Permission.CONTACTS_READ, Action.READ),
        "POST": Need(Permission.SURVEYS_MANAGE, Action.MANAGE),
    }

    @extend_schema(
        operation_id="activist_codes",
        parameters=[SearchQuerySerializer],
        responses=ActivistCodePageSerializer,
    )
    def get(self, request: CoopRequest) -> Response:
        """List your organization's activist codes, by name."""
        asked = self.query(SearchQuerySerializer)
        after = _opened(request.actor, CODES, asked.get("cursor"))
        limit = asked["limit"]
        rows = codes_by_name(
            request.actor.organization, after=after, search=asked["search"]
        )[: limit + 1]
        shown, following = page(
            request.actor, CODES, list(rows), limit, lambda row: [row.name]
        )
        return Response({"results": [_code(row) for row in shown], "next": following})

    @extend_schema(
        operation_id="activist_code_create",
        request=ActivistCodeSerializer,
        responses={201: ActivistCodeSerializer},
        examples=[OpenApiExample("Yard sign", _CODE, request_only=True)],
    )
    def post(self, request: CoopRequest) -> Response:
        """Make an activist code."""
        made = create_code(words=self.body(ActivistCodeSerializer), by=request.actor)
        return Response(_code(made), status=201)


class CodeView(CoopView):
    """One activist code."""

    needs: ClassVar = {"DELETE": Need(Permission.SURVEYS_MANAGE, Action.MANAGE)}

    @extend_schema(
        operation_id="activist_code_archive", responses={200: ActivistCodeSerializer}
    )
    def delete(self, request: CoopRequest, code: UUID) -> Response:
        """Take an activist code out of use."""
        return Response(_code(archive_code(code=code, by=request.actor)))


class WordsView(CoopView):
    """Reference data."""

    needs: ClassVar = {"GET": Need(None, Action.READ)}

    @extend_schema(operation_id="canvass_codes", responses=WordsSerializer)
    def get(self, request: CoopRequest) -> Response:
        """List the contact types, input types and result codes, with their numbers."""
        return Response(
            {
                "contact_types": _words(CONTACT_TYPES),
                "input_types": _words(INPUT_TYPES),
                "result_codes": _words(RESULT_CODES),
            }
        )


def _question(row: SurveyQuestion) -> dict[str, Any]:
    responses = sorted(row.responses.all(), key=lambda one: one.position)
    return {
        "id": row.id,
        "type": row.type,
        "cycle": row.cycle,
        "name": row.name,
        "medium_name": row.medium_name,
        "short_name": row.short_name,
        "script_question": row.script_question,
        "status": row.status,
        "published_in": row.published_in,
        "responses": [
            {
                "id": one.id,
                "name": one.name,
                "medium_name": one.medium_name,
                "short_name": one.short_name,
                "support": one.support,
                "maps_to": one.maps_to,
            }
            for one in responses
        ],
    }


def _code(row: ActivistCode) -> dict[str, Any]:
    return {
        "id": row.id,
        "type": row.type,
        "name": row.name,
        "medium_name": row.medium_name,
        "short_name": row.short_name,
        "description": row.description,
        "status": row.status,
    }


def _words(words: Vocabulary) -> list[dict[str, Any]]:
    return [
        {"id": word.number, "name": word.name, "title": word.title} for word in words
    ]


def _opened(actor: Actor, name: str, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    (after,) = open_cursor(actor, name, cursor)
    return str(after)


urlpatterns = [
    path("survey-questions", QuestionsView.as_view(), name="survey-questions"),
    path(
        "survey-questions/<uuid:question>",
        QuestionView.as_view(),
        name="survey-question",
    ),
    path("activist-codes", CodesView.as_view(), name="activist-codes"),
    path("activist-codes/<uuid:code>", CodeView.as_view(), name="activist-code"),
    path("canvass-codes", WordsView.as_view(), name="canvass-codes"),
]

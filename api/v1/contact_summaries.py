"""/v1/contact-summaries: what contacts come to, without reading each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, ClassVar, Final
from zoneinfo import available_timezones

from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.serializers import StrictSerializer
from api.views import CoopRequest, CoopView, Need
from coop.actors import Action, Permission
from states.canvass.models import SurveyResponse
from states.canvass.summing import Period, Summary, Tally, sum_own, sum_pool
from states.targeting.contact_sums import sum_contacts
from states.targeting.criteria import read_criteria

DAYS: Final = 31
DAYS_MOST: Final = 800


class SummaryQuerySerializer(StrictSerializer):
    """Whose contacts, of which days."""

    state = serializers.RegexField(r"\A[A-Z]{2}\Z")
    of = serializers.ChoiceField(
        ["own", "pool"],
        default="own",
        help_text="Your organization's own, or all that are pooled and you may read.",
    )
    since = serializers.DateField(required=False, help_text="31 days before `until`.")
    until = serializers.DateField(required=False, help_text="Today.")
    time_zone = serializers.CharField(
        default="UTC", max_length=40, help_text="Whose days: `America/New_York`."
    )

    def validate_time_zone(self, value: str) -> str:
        """Refuse what is no time zone."""
        if value not in available_timezones():
            raise serializers.ValidationError("There is no such time zone.")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Fill in the days."""
        until = attrs.setdefault("until", timezone.localdate())
        since = attrs.setdefault("since", until - dt.timedelta(days=DAYS))
        if not 0 <= (until - since).days <= DAYS_MOST:
            raise serializers.ValidationError(
                {"since": f"Ask for 0 to {DAYS_MOST} days up to `until`."}
            )
        return attrs


class SummaryQuestionSerializer(SummaryQuerySerializer):
    """The same, of contacts with the voters whom criteria select today."""

    criteria = serializers.JSONField(
        required=False,
        allow_null=True,
        default=None,
        help_text="A tree of all, any, not, and comparisons, or a text; absent: everyone whom you may read.",
    )


class TallySerializer(serializers.Serializer[Any]):
    """Attempts, and those among them that reached somebody."""

    of = serializers.CharField(
        allow_null=True, help_text="The day, canvasser, result or contact type."
    )
    attempts = serializers.IntegerField()
    reached = serializers.IntegerField()


class AnswerCountSerializer(serializers.Serializer[Any]):
    """How often a question was answered so."""

    question = serializers.UUIDField()
    question_name = serializers.CharField()
    response = serializers.UUIDField()
    response_name = serializers.CharField()
    contacts = serializers.IntegerField()


class CodeCountSerializer(serializers.Serializer[Any]):
    """How often one of your activist codes was applied and removed."""

    code = serializers.UUIDField()
    name = serializers.CharField()
    applied = serializers.IntegerField()
    removed = serializers.IntegerField()


class ContactSummarySerializer(serializers.Serializer[Any]):
    """Figures of a period. Canvassers, answers and codes are empty for the pool."""

    state = serializers.CharField()
    of = serializers.ChoiceField(["own", "pool"])
    since = serializers.DateField()
    until = serializers.DateField()
    attempts = serializers.IntegerField()
    reached = serializers.IntegerField()
    voters = serializers.IntegerField(help_text="Distinct voters attempted.")
    voters_reached = serializers.IntegerField()
    by_day = TallySerializer(many=True)
    by_result = TallySerializer(many=True)
    by_contact_type = TallySerializer(many=True)
    by_canvasser = TallySerializer(many=True)
    answers = AnswerCountSerializer(many=True)
    state_answers = AnswerCountSerializer(
        many=True,
        help_text="Of questions that the state's party publishes, given or mapped to.",
    )
    activist_codes = CodeCountSerializer(many=True)


class SummariesView(CoopView):
    """Figures of contacts."""

    needs: ClassVar = {
        "GET": Need(Permission.CONTACTS_READ, Action.READ),
        "POST": Need(Permission.CONTACTS_READ, Action.READ, writes=False, once=False),
    }
    throttle = "query"

    @extend_schema(
        operation_id="contact_summary",
        parameters=[SummaryQuerySerializer],
        responses=ContactSummarySerializer,
    )
    def get(self, request: CoopRequest) -> Response:
        """Sum up your own contacts, or the pool's that you may read; retracted ones do not count."""
        asked = self.query(SummaryQuerySerializer)
        summed = sum_own if asked["of"] == "own" else sum_pool
        summary = summed(state=asked["state"], period=_period(asked), by=request.actor)
        return Response(_about(asked) | _shown(summary))

    @extend_schema(
        operation_id="contact_summary_of_universe",
        request=SummaryQuestionSerializer,
        responses=ContactSummarySerializer,
        examples=[
            OpenApiExample(
                "Young Democrats",
                {
                    "state": "OH",
                    "since": "2026-10-01",
                    "until": "2026-11-03",
                    "criteria": "party:D age:18..30",
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: CoopRequest) -> Response:
        """Sum up contacts, as GET does, with the voters whom criteria select today, of those you may read."""
        asked = self.body(SummaryQuestionSerializer)
        summary = sum_contacts(
            state=asked["state"],
            pooled=asked["of"] == "pool",
            period=_period(asked),
            criteria=read_criteria(asked["criteria"]),
            by=request.actor,
        )
        return Response(_about(asked) | _shown(summary))


def _period(asked: dict[str, Any]) -> Period:
    return Period(asked["since"], asked["until"], asked["time_zone"])


def _about(asked: dict[str, Any]) -> dict[str, Any]:
    return {name: asked[name] for name in ("state", "of", "since", "until")}


def _shown(summary: Summary) -> dict[str, Any]:
    return {
        "attempts": summary.attempts,
        "reached": summary.reached,
        "voters": summary.voters,
        "voters_reached": summary.voters_reached,
        "by_day": _tallies(summary.by_day),
        "by_result": _tallies(summary.by_result),
        "by_contact_type": _tallies(summary.by_contact_type),
        "by_canvasser": _tallies(summary.by_canvasser),
        "answers": _answers(summary.answers),
        "state_answers": _answers(summary.state_answers),
        "activist_codes": [
            {"code": one.id, "name": one.name, "applied": applied, "removed": removed}
            for one, applied, removed in summary.codes
        ],
    }


def _answers(counted: Iterable[tuple[SurveyResponse, int]]) -> list[dict[str, Any]]:
    return [
        {
            "question": one.question_id,
            "question_name": one.question.name,
            "response": one.id,
            "response_name": one.name,
            "contacts": many,
        }
        for one, many in counted
    ]


def _tallies(tallies: Iterable[Tally]) -> list[dict[str, Any]]:
    return [
        {
            "of": None if one.of is None else str(one.of),
            "attempts": one.attempts,
            "reached": one.reached,
        }
        for one in tallies
    ]


urlpatterns = [
    path("contact-summaries", SummariesView.as_view(), name="contact-summaries"),
]

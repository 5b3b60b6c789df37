"""POST /v1/counts: how many voters criteria select, state by state."""

from __future__ import annotations

from typing import Any, ClassVar

from django.urls import path
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.v1.targeting_shapes import (
    CRITERIA,
    POSITIONED,
    TYPED,
    AnswerFreshnessSerializer,
    NotLicensedSerializer,
    UniverseSerializer,
    not_licensed,
    positioned,
    question_from,
)
from api.views import CoopRequest, CoopView, Need
from coop.actors import Permission
from states.targeting.actions import count_voters
from states.targeting.cells import FIGURES


class CountQuestionSerializer(UniverseSerializer):
    """A question, with the figures to give beside the number of voters."""

    figures = serializers.ListField(
        child=serializers.ChoiceField(list(FIGURES)),
        default=list,
        max_length=len(FIGURES),
        help_text="Households (place and address), doors (households where somebody may be"
        " visited), phones (distinct numbers that may be called).",
    )


class StateCountSerializer(serializers.Serializer[Any]):
    """One state's figure; `count` null and `withheld` true: below the state's threshold."""

    state = serializers.CharField()
    count = serializers.IntegerField(allow_null=True)
    exact = serializers.BooleanField(help_text="False: with noise, in tens.")
    withheld = serializers.BooleanField()
    figures = serializers.DictField(
        child=serializers.IntegerField(allow_null=True),
        required=False,
        help_text="Those asked for; noised and withheld like the count.",
    )


class CountSerializer(serializers.Serializer[Any]):
    """The figures, their sum, and how fresh they are."""

    count = serializers.IntegerField(
        allow_null=True, help_text="The sum of the figures shown."
    )
    exact = serializers.BooleanField()
    withheld = serializers.BooleanField(help_text="True: some figure is withheld.")
    as_of = serializers.DateField()
    states = StateCountSerializer(many=True)
    not_licensed = NotLicensedSerializer(many=True)
    freshness = serializers.DictField(child=AnswerFreshnessSerializer(allow_null=True))


class CountsView(CoopView):
    """Counting universes."""

    needs: ClassVar = {
        "POST": Need(Permission.VOTERS_COUNT, None, writes=False, once=False)
    }
    throttle: ClassVar = "query"

    @extend_schema(
        operation_id="counts_create",
        request=CountQuestionSerializer,
        responses=CountSerializer,
        examples=[
            OpenApiExample(
                "Democrats and independents not reached of late",
                {"criteria": CRITERIA, "states": ["OH"]},
                request_only=True,
            ),
            OpenApiExample(
                "The same, typed",
                {"criteria": TYPED, "states": ["OH"]},
                request_only=True,
            ),
            OpenApiExample(
                "An exact figure",
                {
                    "count": 18231,
                    "exact": True,
                    "withheld": False,
                    "as_of": "2026-11-22",
                    "states": [
                        {
                            "state": "OH",
                            "count": 18231,
                            "exact": True,
                            "withheld": False,
                            "figures": {"households": 11020},
                        }
                    ],
                    "not_licensed": [],
                    "freshness": POSITIONED,
                },
                response_only=True,
            ),
        ],
    )
    def post(self, request: CoopRequest) -> Response:
        """Count the voters that criteria select, over the states asked about or all licensed.

        Exact where everything that may be counted may be read; else with noise (the same
        question is told the same all day), rounded to tens, and withheld below the state's threshold.
        """
        data = self.body(CountQuestionSerializer)
        figures = tuple(dict.fromkeys(data["figures"]))
        question = question_from(data, by=request.actor, figures=figures)
        counted = count_voters(question=question, by=request.actor)
        return Response(
            {
                "count": counted.total,
                "exact": counted.exact,
                "withheld": counted.withheld,
                "as_of": question.as_of,
                "states": [
                    {
                        "state": one.state,
                        "count": one.count,
                        "exact": one.exact,
                        "withheld": one.count is None,
                        **({"figures": one.figures} if question.figures else {}),
                    }
                    for one in counted.states
                ],
                "not_licensed": not_licensed(counted.refused),
                "freshness": positioned(
                    counted.freshness, counted.states, request.actor
                ),
            }
        )


urlpatterns = [path("counts", CountsView.as_view(), name="counts")]

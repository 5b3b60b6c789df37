"""POST /v1/samples: up to a hundred voters of a universe, drawn at random."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django.urls import path
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.v1.targeting_shapes import (
    CRITERIA,
    FRESHNESS,
    NotLicensedSerializer,
    SampledVoterSerializer,
    UniverseSerializer,
    VotersFreshnessSerializer,
    columns_field,
    not_licensed,
    question_from,
)
from api.views import CoopRequest, CoopView, Need
from coop.actors import Permission
from states.targeting.actions import MAX_SAMPLE, sample_voters

DEFAULT_SIZE: Final = 20


class SampleQuestionSerializer(UniverseSerializer):
    """A question, with how many voters to draw and which fields to show."""

    size = serializers.IntegerField(
        default=DEFAULT_SIZE, min_value=1, max_value=MAX_SAMPLE
    )
    columns = columns_field()
    seed = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=2**31 - 1,
        help_text="The same seed draws the same voters, as long as they are in the universe.",
    )


class SampleSerializer(serializers.Serializer[Any]):
    """Voters in random order."""

    results = SampledVoterSerializer(many=True)
    not_licensed = NotLicensedSerializer(many=True)
    freshness = serializers.DictField(child=VotersFreshnessSerializer(allow_null=True))


class SamplesView(CoopView):
    """Sampling universes."""

    needs: ClassVar = {
        "POST": Need(Permission.VOTERS_READ, None, writes=False, once=False)
    }
    throttle: ClassVar = "query"

    @extend_schema(
        operation_id="samples_create",
        request=SampleQuestionSerializer,
        responses=SampleSerializer,
        examples=[
            OpenApiExample(
                "Five voters", {"criteria": CRITERIA, "size": 5}, request_only=True
            ),
            OpenApiExample(
                "One of them",
                {
                    "results": [
                        {
                            "id": "OH-0f3c5a7e9b1d4f60a8d2c4e6b8f01234",
                            "state": "OH",
                            "first_name": "ADA",
                            "party": "D",
                            "denied_fields": ["phone"],
                        }
                    ],
                    "not_licensed": [],
                    "freshness": FRESHNESS,
                },
                response_only=True,
            ),
        ],
    )
    def post(self, request: CoopRequest) -> Response:
        """Draw voters of a universe at random, with every licensed field or those named.

        What is drawn counts against the grants' caps.
        """
        data = self.body(SampleQuestionSerializer)
        sampled = sample_voters(
            question=question_from(data, by=request.actor),
            size=data["size"],
            names=data.get("columns"),
            seed=data.get("seed"),
            by=request.actor,
        )
        return Response(
            {
                "results": [one.as_answer() for one in sampled.voters],
                "not_licensed": not_licensed(sampled.refused),
                "freshness": sampled.freshness,
            }
        )


urlpatterns = [path("samples", SamplesView.as_view(), name="samples")]

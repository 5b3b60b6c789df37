"""GET /v1/fields/values: the values of a field as the caller may count them, state by state."""

from __future__ import annotations

from typing import Any, ClassVar

from django.urls import path
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.serializers import StrictSerializer
from api.v1.targeting_shapes import (
    POSITIONED,
    AnswerFreshnessSerializer,
    NotLicensedSerializer,
    not_licensed,
    positioned,
)
from api.views import CoopRequest, CoopView, Need
from coop.actors import Permission
from states.targeting.actions import Question
from states.targeting.breakdowns import StateCells, break_down, read_axes


class FieldValuesQuerySerializer(StrictSerializer):
    """Which field, in which states."""

    field = serializers.CharField(max_length=200)
    states = serializers.CharField(
        required=False,
        max_length=200,
        help_text="Two letters each, joined by commas; absent: wherever licensed.",
    )


class ValueCountSerializer(serializers.Serializer[Any]):
    """A value (null: unknown) and how many voters have it; of an ordered field a step, where it begins."""

    value = serializers.JSONField()
    count = serializers.IntegerField()


class StateValuesSerializer(serializers.Serializer[Any]):
    """One state's values."""

    state = serializers.CharField()
    exact = serializers.BooleanField(
        help_text="False: with noise, in tens; values below twice the state's threshold left out."
    )
    values = ValueCountSerializer(many=True)


class FieldValuesSerializer(serializers.Serializer[Any]):
    """The values of a field."""

    field = serializers.CharField()
    step = serializers.JSONField(
        required=False, help_text="Of an ordered field: a width, month or year."
    )
    states = StateValuesSerializer(many=True)
    not_licensed = NotLicensedSerializer(many=True)
    freshness = serializers.DictField(child=AnswerFreshnessSerializer(allow_null=True))


class FieldValuesView(CoopView):
    """The values of a field."""

    needs: ClassVar = {"GET": Need(Permission.VOTERS_COUNT, None)}
    throttle: ClassVar = "query"

    @extend_schema(
        operation_id="field_values_list",
        parameters=[FieldValuesQuerySerializer],
        responses=FieldValuesSerializer,
        examples=[
            OpenApiExample(
                "Parties in Ohio",
                {
                    "field": "party",
                    "states": [
                        {
                            "state": "OH",
                            "exact": True,
                            "values": [
                                {"value": "D", "count": 961204},
                                {"value": "R", "count": 1504118},
                                {"value": None, "count": 5513092},
                            ],
                        }
                    ],
                    "not_licensed": [],
                    "freshness": POSITIONED,
                },
                response_only=True,
            )
        ],
    )
    def get(self, request: CoopRequest) -> Response:
        """List a field's values with how many voters have each: all voters whom the caller may count.

        It is a breakdown by the field alone: of an ordered field in its usual steps.
        """
        asked = self.query(FieldValuesQuerySerializer)
        states = asked["states"].split(",") if "states" in asked else None
        (axis,) = read_axes([asked["field"]], {})
        question = Question(states=states, also=(axis.field,))
        found = break_down(question=question, axes=[axis], by=request.actor)
        return Response(
            {
                "field": axis.field.name,
                **({} if axis.step is None else {"step": axis.step}),
                "states": [_shown(one) for one in found.states],
                "not_licensed": not_licensed(found.refused),
                "freshness": positioned(found.freshness, found.states, request.actor),
            }
        )


def _shown(one: StateCells) -> dict[str, Any]:
    values = [{"value": cell.values[0], "count": cell.count} for cell in one.cells]
    return {"state": one.state, "exact": one.exact, "values": values}


urlpatterns = [
    path("fields/values", FieldValuesView.as_view(), name="field-values"),
]

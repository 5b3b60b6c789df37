"""POST /v1/breakdowns: how many voters of a universe have which values of one field or two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.urls import path
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response

from api.v1.targeting_shapes import (
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
from coop.errors import FieldFault, Invalid
from states.targeting.breakdowns import StateCells, break_down, read_axes


@extend_schema_field(
    {"oneOf": [{"type": "number"}, {"type": "string", "enum": ["month", "year"]}]}
)
class StepField(serializers.JSONField):
    """A step: a whole number, or a word."""

    def to_internal_value(self, data: Any) -> Any:
        """Take a number or a word; what it may be is its field's business."""
        if isinstance(data, bool) or not isinstance(data, int | float | str):
            raise serializers.ValidationError("Give a whole number, month or year.")
        return data


class BreakdownQuestionSerializer(UniverseSerializer):
    """A question, and the fields by whose values its voters are counted."""

    by = serializers.ListField(
        child=serializers.CharField(max_length=200), min_length=1, max_length=2
    )
    steps = serializers.DictField(
        child=StepField(),
        default=dict,
        help_text="By field: a width for numbers; month or year for dates.",
    )


class CellSerializer(serializers.Serializer[Any]):
    """One cell: its values in the order of `by` (null: unknown), of a step where it begins."""

    values = serializers.ListField(child=serializers.JSONField(allow_null=True))
    count = serializers.IntegerField()


class StateCellsSerializer(serializers.Serializer[Any]):
    """One state's cells, and their sum."""

    state = serializers.CharField()
    exact = serializers.BooleanField(
        help_text="False: with noise, in tens; cells below twice the state's threshold left out."
    )
    count = serializers.IntegerField(help_text="The sum of the cells shown.")
    cells = CellSerializer(many=True)


class BreakdownSerializer(serializers.Serializer[Any]):
    """The cells of each state, and how fresh they are."""

    by = serializers.ListField(child=serializers.CharField())
    steps = serializers.DictField(child=StepField(allow_null=True))
    as_of = serializers.DateField()
    states = StateCellsSerializer(many=True)
    not_licensed = NotLicensedSerializer(many=True)
    freshness = serializers.DictField(child=AnswerFreshnessSerializer(allow_null=True))


class BreakdownsView(CoopView):
    """Counting universes by the values of fields."""

    needs: ClassVar = {
        "POST": Need(Permission.VOTERS_COUNT, None, writes=False, once=False)
    }
    throttle: ClassVar = "query"

    @extend_schema(
        operation_id="breakdowns_create",
        request=BreakdownQuestionSerializer,
        responses=BreakdownSerializer,
        examples=[
            OpenApiExample(
                "By party and age",
                {"criteria": TYPED, "by": ["party", "age"], "steps": {"age": 10}},
                request_only=True,
            ),
            OpenApiExample(
                "Cells",
                {
                    "by": ["party", "age"],
                    "steps": {"party": None, "age": 10},
                    "as_of": "2026-11-22",
                    "states": [
                        {
                            "state": "OH",
                            "exact": True,
                            "count": 512,
                            "cells": [
                                {"values": ["D", 20], "count": 311},
                                {"values": ["D", 30], "count": 201},
                            ],
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
        """Count a universe by one field or two, state by state; a histogram where they are ordered.

        Exact where everything that may be counted may be read; else each cell has noise, is
        rounded to tens, and left out where it is below twice the state's threshold.
        """
        data = self.body(BreakdownQuestionSerializer)
        _check_once(data["by"])
        axes = read_axes(data["by"], data["steps"])
        question = question_from(
            data, by=request.actor, also=tuple(one.field for one in axes)
        )
        found = break_down(question=question, axes=axes, by=request.actor)
        return Response(
            {
                "by": data["by"],
                "steps": {one.field.name: one.step for one in axes},
                "as_of": question.as_of,
                "states": [_shown(one) for one in found.states],
                "not_licensed": not_licensed(found.refused),
                "freshness": positioned(found.freshness, found.states, request.actor),
            }
        )


def _check_once(names: Sequence[str]) -> None:
    if len(set(names)) < len(names):
        detail = "Name two different fields."
        raise Invalid("repeated", detail, [FieldFault("/by/1", "repeated", detail)])


def _shown(found: StateCells) -> dict[str, Any]:
    cells = [{"values": list(one.values), "count": one.count} for one in found.cells]
    return {
        "state": found.state,
        "exact": found.exact,
        "count": found.total,
        "cells": cells,
    }


urlpatterns = [path("breakdowns", BreakdownsView.as_view(), name="breakdowns")]

"""POST /v1/overlaps: how many voters two or more universes have in common, state by state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.urls import path
from django.utils import timezone
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
    states_field,
)
from api.views import CoopRequest, CoopView, Need
from coop.actors import Permission
from coop.errors import FieldFault, Invalid
from states.lists.resting import looked_up
from states.targeting.criteria import read_criteria
from states.targeting.overlaps import MAX_UNIVERSES, StateOverlap, overlap


class NamedUniverseSerializer(StrictSerializer):
    """A universe, and what the answer calls it."""

    name = serializers.CharField(max_length=120)
    criteria = serializers.JSONField(required=False, allow_null=True, default=None)


class OverlapQuestionSerializer(StrictSerializer):
    """The universes to be held against each other."""

    universes = serializers.ListField(
        child=NamedUniverseSerializer(), min_length=2, max_length=MAX_UNIVERSES
    )
    states = states_field(required=False)
    as_of = serializers.DateField(required=False)


class UniverseSizeSerializer(serializers.Serializer[Any]):
    """A universe's voters; `count` null: withheld."""

    name = serializers.CharField()
    count = serializers.IntegerField(allow_null=True)


class PartSerializer(serializers.Serializer[Any]):
    """The voters who are in these universes and in none of the others; `count` null: withheld."""

    universes = serializers.ListField(child=serializers.CharField())
    count = serializers.IntegerField(allow_null=True)


class StateOverlapSerializer(serializers.Serializer[Any]):
    """One state's answer."""

    state = serializers.CharField()
    exact = serializers.BooleanField(help_text="False: with noise, in tens.")
    universes = UniverseSizeSerializer(many=True)
    parts = PartSerializer(many=True)


class OverlapSerializer(serializers.Serializer[Any]):
    """How universes overlap, state by state."""

    as_of = serializers.DateField()
    states = StateOverlapSerializer(many=True)
    not_licensed = NotLicensedSerializer(many=True)
    freshness = serializers.DictField(child=AnswerFreshnessSerializer(allow_null=True))


class OverlapsView(CoopView):
    """Holding universes against each other."""

    needs: ClassVar = {
        "POST": Need(Permission.VOTERS_COUNT, None, writes=False, once=False)
    }
    throttle: ClassVar = "query"

    @extend_schema(
        operation_id="overlaps_create",
        request=OverlapQuestionSerializer,
        responses=OverlapSerializer,
        examples=[
            OpenApiExample(
                "Two universes",
                {
                    "universes": [
                        {"name": "Young", "criteria": "age<30"},
                        {"name": "Democrats", "criteria": "party:D"},
                    ]
                },
                request_only=True,
            ),
            OpenApiExample(
                "Their overlap",
                {
                    "as_of": "2026-11-22",
                    "states": [
                        {
                            "state": "OH",
                            "exact": True,
                            "universes": [
                                {"name": "Young", "count": 500},
                                {"name": "Democrats", "count": 700},
                            ],
                            "parts": [
                                {"universes": ["Young", "Democrats"], "count": 200},
                                {"universes": ["Young"], "count": 300},
                                {"universes": ["Democrats"], "count": 500},
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
        """Count two to five universes, and who is in which of them together: each part apart from the others.

        Where figures are not exact, each carries noise of its own: they do not add up.
        """
        data = self.body(OverlapQuestionSerializer)
        names = [one["name"] for one in data["universes"]]
        _check_names(names)
        states = data.get("states")
        criteria = [
            looked_up(
                read_criteria(
                    one["criteria"],
                    pointer=f"/universes/{place}/criteria",
                    states=states,
                ),
                by=request.actor,
            )
            for place, one in enumerate(data["universes"])
        ]
        as_of = data.get("as_of") or timezone.now().date()
        found = overlap(
            universes=criteria, states=states, as_of=as_of, by=request.actor
        )
        return Response(
            {
                "as_of": as_of,
                "states": [_shown(one, names) for one in found.states],
                "not_licensed": not_licensed(found.refused),
                "freshness": positioned(found.freshness, found.states, request.actor),
            }
        )


def _check_names(names: Sequence[str]) -> None:
    faults = [
        FieldFault(f"/universes/{place}/name", "repeated", "Name each once.")
        for place, name in enumerate(names)
        if name in names[:place]
    ]
    if faults:
        raise Invalid("invalid", "Name each universe once.", faults)


def _shown(one: StateOverlap, names: Sequence[str]) -> dict[str, Any]:
    return {
        "state": one.state,
        "exact": one.exact,
        "universes": [
            {"name": name, "count": size}
            for name, size in zip(names, one.sizes, strict=True)
        ],
        "parts": [
            {"universes": [names[at] for at in part.universes], "count": part.count}
            for part in one.parts
        ],
    }


urlpatterns = [path("overlaps", OverlapsView.as_view(), name="overlaps")]

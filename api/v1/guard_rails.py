"""/v1/states/{code}/guard-rails and /v1/imports/{id}/review: what stops a publication, and why."""

from __future__ import annotations

from typing import Any, ClassVar, Final
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.serializers import StrictSerializer
from api.views import CoopRequest, CoopView, Need
from coop.actors import Action, Permission
from states.imports.access import check_own_state, import_by_id
from states.imports.actions import set_guard_rails
from states.imports.guards import DEFAULTS, Guard, Verdict
from states.imports.profiles import thresholds_of

READ: Final = Need(Permission.FILES_WRITE, Action.IMPORT)
SET: Final = Need(Permission.IMPORTS_PUBLISH, None)


class ThresholdSerializer(serializers.Serializer[Any]):
    """One guard's threshold."""

    guard = serializers.ChoiceField([(one.value, one.value) for one in Guard])
    threshold = serializers.FloatField(
        help_text="A share: 0.2 stops at over a fifth. More than it stops publication."
    )
    default = serializers.FloatField()


class GuardRailsSerializer(serializers.Serializer[Any]):
    """Every guard of a state."""

    state = serializers.CharField()
    guards = ThresholdSerializer(many=True)


class SetGuardRailsSerializer(StrictSerializer):
    """Thresholds by guard; a guard that is not named has its default."""

    thresholds = serializers.DictField(child=serializers.FloatField())


class JudgedSerializer(serializers.Serializer[Any]):
    """What one guard measured."""

    guard = serializers.CharField()
    expected = serializers.FloatField(
        allow_null=True, help_text="What was there before: a number, or a share."
    )
    found = serializers.FloatField(allow_null=True)
    shift = serializers.FloatField(
        allow_null=True, help_text="What is compared with the threshold."
    )
    threshold = serializers.FloatField()
    verdict = serializers.ChoiceField([(one.value, one.value) for one in Verdict])
    about = serializers.CharField(
        help_text="The county, column, party or decade of birth that shifted most."
    )
    detail = serializers.CharField()


class ReviewSerializer(serializers.Serializer[Any]):
    """What a publication would do, and what the guards say; empty before the comparison."""

    guards = JudgedSerializer(many=True)
    kinds = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="Voters new, changed, gone, returned, moved, moved_county, "
        "status_changed, id_changed, id_reused, confidential, newly_confidential, unchanged.",
    )
    fields = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="Changed voters by standard field with another value.",
    )  # type: ignore[assignment]
    needs_review = serializers.ListField(child=serializers.DictField())
    reason = serializers.CharField(help_text="Given by whoever published it.")


EXAMPLE: Final = OpenApiExample(
    "Stricter about phones, laxer about the gone",
    {"thresholds": {"nulls_rose": 0.05, "many_gone": 0.3}},
    request_only=True,
)


class GuardRailsView(CoopView):
    """The guard rails of a state that the caller's organization owns."""

    needs: ClassVar = {"GET": READ, "PUT": SET}

    @extend_schema(operation_id="guard_rails_retrieve", responses=GuardRailsSerializer)
    def get(self, request: CoopRequest, code: str) -> Response:
        """Show every guard's threshold."""
        check_own_state(code, request.actor)
        return _shown(code, thresholds_of(code, "default"))

    @extend_schema(
        operation_id="guard_rails_set",
        request=SetGuardRailsSerializer,
        responses=GuardRailsSerializer,
        examples=[EXAMPLE],
    )
    def put(self, request: CoopRequest, code: str) -> Response:
        """Set thresholds; guards that are not named go back to their default."""
        given = self.body(SetGuardRailsSerializer)["thresholds"]
        now = set_guard_rails(state=code, thresholds=given, by=request.actor)
        return _shown(code, now)


class ReviewView(CoopView):
    """What there is to know before publishing an import."""

    needs: ClassVar = {"GET": READ}

    @extend_schema(operation_id="imports_review", responses=ReviewSerializer)
    def get(self, request: CoopRequest, import_id: UUID) -> Response:
        """Show each guard's measure, and the changes by kind and field."""
        run = import_by_id(import_id)
        empty: dict[str, Any] = {"guards": [], "kinds": {}, "fields": {}}
        told = {"needs_review": run.needs_review, "reason": run.reason}
        return Response(empty | run.review | told)


def _shown(code: str, thresholds: dict[str, float]) -> Response:
    guards = [
        {
            "guard": guard,
            "threshold": thresholds.get(guard, default),
            "default": default,
        }
        for guard, default in DEFAULTS.items()
    ]
    return Response({"state": code, "guards": guards})


urlpatterns = [
    path("states/<str:code>/guard-rails", GuardRailsView.as_view(), name="guard-rails"),
    path("imports/<uuid:import_id>/review", ReviewView.as_view(), name="import-review"),
]

"""The resource /v1/suppression-bursts: who suddenly asserts much, for the state's owner."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django.urls import path
from django.utils.dateparse import parse_datetime
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.pagination import open_cursor, page
from api.serializers import PageQuerySerializer
from api.views import CoopRequest, CoopView, Need
from coop.actors import Action, Permission
from states.canvass.bursts import read_bursts
from states.canvass.models import Burst, SuppressionKind

CURSOR: Final = "suppression-bursts"


class BurstQuerySerializer(PageQuerySerializer):
    """Which state's."""

    state = serializers.RegexField(r"\A[A-Z]{2}\Z")


class BurstSerializer(serializers.Serializer[Any]):
    """More of a kind from one source within an hour than is likely."""

    state = serializers.CharField()
    organization = serializers.UUIDField()
    source = serializers.CharField()  # type: ignore[assignment]  # DRF has an attribute of this name
    kind = serializers.ChoiceField(SuppressionKind.choices)
    since = serializers.DateTimeField(help_text="The hour that it fell into, UTC.")
    assertions = serializers.IntegerField(help_text="In that hour, so far.")
    noticed_at = serializers.DateTimeField()


class BurstPageSerializer(serializers.Serializer[Any]):
    """A page of bursts, the newest hour first."""

    results = BurstSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class BurstsView(CoopView):
    """Bursts of suppressions in one's own state."""

    needs: ClassVar = {"GET": Need(Permission.CONTACTS_READ, Action.READ)}

    @extend_schema(
        operation_id="suppression_bursts",
        parameters=[BurstQuerySerializer],
        responses=BurstPageSerializer,
    )
    def get(self, request: CoopRequest) -> Response:
        """List the bursts of your state; lift what a source went wrong with by `POST /v1/suppressions/lift`."""
        asked = self.query(BurstQuerySerializer)
        after = None
        if cursor := asked.get("cursor"):
            since, *rest = open_cursor(request.actor, CURSOR, cursor)
            after = (parse_datetime(since), *rest)
        rows = read_bursts(state=asked["state"], after=after, limit=asked["limit"] + 1)
        shown, following = page(request.actor, CURSOR, rows, asked["limit"], _position)
        return Response(
            {"results": BurstSerializer(shown, many=True).data, "next": following}
        )


def _position(row: Burst) -> list[Any]:
    return [row.since.isoformat(), str(row.organization), row.source, row.kind]


urlpatterns = [
    path("suppression-bursts", BurstsView.as_view(), name="suppression-bursts")
]

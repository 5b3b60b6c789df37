"""/v1/states/{code}/tracers: where a party's tracers can be reached, and how many each export got."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar, Final
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.pagination import open_cursor, page
from api.serializers import PageQuerySerializer, StrictSerializer
from api.views import CoopRequest, CoopView, Need
from coop.actors import Action, Permission
from states.tracers.access import get_setup
from states.tracers.account import open_setup
from states.tracers.actions import end_tracers, set_tracers
from states.tracers.models import Setup
from states.tracers.points import MOST_SHARE, as_plain, points_from
from states.tracers.queries import exports_after

NEED: Final = Need(Permission.TRACERS_MANAGE, Action.MANAGE)
EXAMPLE: Final = OpenApiExample(
    "A box, an office, two phones and a domain",
    {
        "addresses": [
            {"line1": "PO BOX 1204", "city": "COLUMBUS", "zip5": "43215"},
            {
                "line1": "880 LAKE AVE",
                "city": "CLEVELAND",
                "zip5": "44114",
                "county": 39035,
                "units": ["APT 4", "APT 5"],
            },
        ],
        "phones": ["+16145550131", "+12165550132"],
        "emails": ["@mail.ohioparty.example.org"],
        "share": 0.001,
        "least": 8,
        "most": 400,
    },
    request_only=True,
)


class TracerAddressSerializer(StrictSerializer):
    """An address at which the party takes the mail."""

    line1 = serializers.CharField(max_length=100)
    city = serializers.CharField(max_length=60)
    zip5 = serializers.CharField(max_length=5)
    county = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=1000,
        max_value=99999,
        help_text="FIPS code: tracers beside voters of this county live here.",
    )
    units = serializers.ListField(
        child=serializers.CharField(max_length=30),
        required=False,
        max_length=500,
        help_text="Boxes or apartments at it that are the party's.",
    )


class TracersSerializer(StrictSerializer):
    """A state's set-up of tracers."""

    addresses = TracerAddressSerializer(many=True)
    phones = serializers.ListField(
        child=serializers.CharField(max_length=16),
        required=False,
        max_length=1000,
        help_text="E.164.",
    )
    emails = serializers.ListField(
        child=serializers.CharField(max_length=200),
        required=False,
        max_length=50,
        help_text="`box@example.org`, of which tracers get `box+name@…`, or a whole domain: `@example.org`.",
    )
    share = serializers.FloatField(
        required=False, min_value=0, max_value=MOST_SHARE, default=0.001
    )
    least = serializers.IntegerField(
        required=False, min_value=1, max_value=5000, default=8
    )
    most = serializers.IntegerField(
        required=False, min_value=1, max_value=5000, default=400
    )
    walk_voters = serializers.IntegerField(
        required=False,
        allow_null=True,
        default=None,
        min_value=1,
        max_value=2**31 - 1,
        help_text="How many voters of the state a file for walking may hold at most, since it holds no tracers; absent: any number.",
    )


class TracersSetSerializer(TracersSerializer):
    """A state's set-up of tracers as it stands."""

    state = serializers.CharField(read_only=True)
    changed_at = serializers.DateTimeField(read_only=True)


class TracedExportSerializer(serializers.Serializer[Any]):
    """How many tracers an export got, all fetches together."""

    export = serializers.UUIDField()
    organization = serializers.UUIDField()
    tracers = serializers.IntegerField()
    first_at = serializers.DateTimeField()


class TracedExportsSerializer(serializers.Serializer[Any]):
    """A page of exports with tracers, newest first."""

    results = TracedExportSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class TracersView(CoopView):
    """The tracers of a state that the caller's organization owns."""

    needs: ClassVar = {"GET": NEED, "PUT": NEED, "DELETE": NEED}

    @extend_schema(operation_id="tracers_retrieve", responses=TracersSetSerializer)
    def get(self, request: CoopRequest, code: str) -> Response:
        """Show the set-up. To anyone but the state's party there is none."""
        return _shown(get_setup(code, by=request.actor))

    @extend_schema(
        operation_id="tracers_set",
        request=TracersSerializer,
        responses=TracersSetSerializer,
        examples=[EXAMPLE],
    )
    def put(self, request: CoopRequest, code: str) -> Response:
        """Set tracers up, or change them: exports that begin from now on hold them, which grants and states tell."""
        points = points_from(self.body(TracersSerializer))
        return _shown(set_tracers(state=code, points=points, by=request.actor))

    @extend_schema(operation_id="tracers_end", responses={204: None})
    def delete(self, request: CoopRequest, code: str) -> Response:
        """End the tracers: new exports hold none. What left before can still be traced."""
        end_tracers(state=code, by=request.actor)
        return Response(status=204)


class TracedExportsView(CoopView):
    """The exports of a state's voters that got tracers."""

    needs: ClassVar = {"GET": NEED}

    @extend_schema(
        operation_id="tracers_exports",
        parameters=[PageQuerySerializer],
        responses=TracedExportsSerializer,
    )
    def get(self, request: CoopRequest, code: str) -> Response:
        """List which exports got how many tracers, newest first; nobody but the state's party is told."""
        asked = self.query(PageQuerySerializer)
        name, after = f"tracers|{code}", None
        if "cursor" in asked:
            at, export = open_cursor(request.actor, name, asked["cursor"])
            after = (dt.datetime.fromisoformat(at), UUID(export))
        rows = exports_after(code, after, asked["limit"] + 1, by=request.actor)
        shown, following = page(
            request.actor,
            name,
            rows,
            asked["limit"],
            lambda one: [one.first_at.isoformat(), one.export],
        )
        results = TracedExportSerializer(shown, many=True).data
        return Response({"results": results, "next": following})


def _shown(setup: Setup) -> Response:
    plain = as_plain(open_setup(bytes(setup.sealed), setup.state).points)
    told = {"state": setup.state, "changed_at": setup.changed_at}
    return Response(TracersSetSerializer(plain | told).data)


urlpatterns = [
    path("states/<str:code>/tracers", TracersView.as_view(), name="tracers"),
    path(
        "states/<str:code>/tracers/exports",
        TracedExportsView.as_view(),
        name="tracers-exports",
    ),
]

"""/v1/organizations: the directory of the co-op, which every member may read."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django.db.models import Q
from django.urls import path
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.pagination import open_cursor, page
from api.serializers import PageQuerySerializer
from api.v1.me import OrganizationSerializer
from api.views import CoopRequest, CoopView, Need
from coop.actors import Action
from coop.organizations.models import OrganizationKind
from coop.organizations.queries import directory

LIST: Final = "organizations"


class DirectoryQuerySerializer(PageQuerySerializer):
    """Which organizations to list."""

    kind = serializers.ChoiceField(choices=OrganizationKind.choices, required=False)


class DirectoryPageSerializer(serializers.Serializer[Any]):
    """A page of the directory."""

    results = OrganizationSerializer(many=True)
    next = serializers.CharField(allow_null=True)


EXAMPLE: Final = OpenApiExample(
    "One page",
    {
        "results": [
            {
                "id": "5d3c8e0e-51a4-4a52-9a43-0f5a6c1e2b7d",
                "name": "Campaign for Ohio Three",
                "kind": "campaign",
            }
        ],
        "next": None,
    },
    response_only=True,
)


class OrganizationsView(CoopView):
    """The directory."""

    needs: ClassVar = {"GET": Need(None, Action.MANAGE)}

    @extend_schema(
        operation_id="organizations_list",
        parameters=[DirectoryQuerySerializer],
        responses=DirectoryPageSerializer,
        examples=[EXAMPLE],
    )
    def get(self, request: CoopRequest) -> Response:
        """List the members of the co-op by name, with their kind."""
        asked = self.query(DirectoryQuerySerializer)
        rows = directory()
        if kind := asked.get("kind"):
            rows = rows.filter(kind=kind)
        if cursor := asked.get("cursor"):
            name, last = open_cursor(request.actor, LIST, cursor)
            rows = rows.filter(Q(name__gt=name) | Q(name=name, id__gt=last))
        found = list(rows[: asked["limit"] + 1])
        shown, after = page(
            request.actor, LIST, found, asked["limit"], lambda one: (one.name, one.id)
        )
        return Response(DirectoryPageSerializer({"results": shown, "next": after}).data)


urlpatterns = [path("organizations", OrganizationsView.as_view(), name="organizations")]

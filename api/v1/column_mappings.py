"""/v1/states/{code}/column-mappings: other names for a layout's columns, accepted by the owner."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django.urls import path
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.serializers import StrictSerializer
from api.views import CoopRequest, CoopView, Need
from coop.actors import Action, Permission
from states.imports.access import check_own_state
from states.imports.mappings import accept_columns, mappings_of


class ColumnsSerializer(StrictSerializer):
    """Names in the file → columns of the layout; empty takes all back."""

    columns = serializers.DictField(child=serializers.CharField(max_length=200))


class MappingSerializer(serializers.Serializer[Any]):
    """One layout's accepted names."""

    layout = serializers.CharField()
    columns = serializers.DictField(child=serializers.CharField())


class MappingsSerializer(serializers.Serializer[Any]):
    """Every layout of the state with accepted names."""

    results = MappingSerializer(many=True)
    next = serializers.CharField(allow_null=True)


EXAMPLE: Final = OpenApiExample(
    "A column with a new name",
    {"columns": {"FAMILY_NAME": "LAST_NAME"}},
    request_only=True,
)


class MappingsView(CoopView):
    """The accepted names of a state that the caller's organization owns."""

    needs: ClassVar = {"GET": Need(Permission.FILES_WRITE, Action.IMPORT)}

    @extend_schema(operation_id="column_mappings_list", responses=MappingsSerializer)
    def get(self, request: CoopRequest, code: str) -> Response:
        """List layouts with accepted names of columns."""
        check_own_state(code, request.actor)
        kept = sorted(mappings_of(code).items())
        results = [{"layout": layout, "columns": columns} for layout, columns in kept]
        return Response({"results": results, "next": None})


class MappingView(CoopView):
    """The accepted names of one layout."""

    needs: ClassVar = {"PUT": Need(Permission.IMPORTS_PUBLISH, None)}

    @extend_schema(
        operation_id="column_mappings_accept",
        request=ColumnsSerializer,
        responses=MappingSerializer,
        examples=[EXAMPLE],
    )
    def put(self, request: CoopRequest, code: str, layout: str) -> Response:
        """Accept names for a layout's columns; they hold from the state's next import on.

        A failed import's `problem` names the layout, and what is missing, added, moved
        and perhaps renamed in each file.
        """
        given = self.body(ColumnsSerializer)["columns"]
        columns = accept_columns(
            state=code, variant=layout, columns=given, by=request.actor
        )
        return Response({"layout": layout, "columns": columns})


urlpatterns = [
    path(
        "states/<str:code>/column-mappings",
        MappingsView.as_view(),
        name="column-mappings",
    ),
    path(
        "states/<str:code>/column-mappings/<str:layout>",
        MappingView.as_view(),
        name="column-mapping",
    ),
]

"""POST /v1/lists/combine and /v1/lists/{id}/split: lists made of lists."""

from __future__ import annotations

from typing import Any, ClassVar, Final
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.serializers import StrictSerializer
from api.v1.lists import ListSerializer
from api.views import CoopRequest, CoopView, Need
from coop.actors import Permission
from states.lists.combining import MAX_SEED, Operation, combine_lists, split_list

MAX_COMBINED: Final = 10
MAX_PARTS: Final = 50
_ID: Final = "0f3c5a7e-9b1d-4f60-a8d2-c4e6b8f01234"


class CombinationSerializer(StrictSerializer):
    """Lists to be combined into a pinned one."""

    name = serializers.CharField(max_length=120)
    operation = serializers.ChoiceField([one.value for one in Operation])
    lists = serializers.ListField(
        child=serializers.UUIDField(), min_length=2, max_length=MAX_COMBINED
    )


class NewSplitSerializer(StrictSerializer):
    """How a list is to be dealt into parts."""

    name = serializers.CharField(
        max_length=100, help_text='The parts are named "<name> 1/3" and so on.'
    )
    parts = serializers.IntegerField(min_value=2, max_value=MAX_PARTS)
    seed = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=MAX_SEED,
        help_text="Absent: drawn, and shown in the answer.",
    )
    stratify = serializers.CharField(
        required=False,
        max_length=200,
        help_text="A field: each part gets as many households of each of its values.",
    )


class SplitSerializer(serializers.Serializer[Any]):
    """The parts, and the seed that deals the same voters the same way."""

    seed = serializers.IntegerField()
    results = ListSerializer(many=True)


class CombineView(CoopView):
    """Combining lists."""

    needs: ClassVar = {"POST": Need(Permission.LISTS_WRITE, None)}

    @extend_schema(
        operation_id="lists_combine",
        request=CombinationSerializer,
        responses={201: ListSerializer},
        examples=[
            OpenApiExample(
                "Who is in the first and not in the second",
                {
                    "name": "Not yet called",
                    "operation": "difference",
                    "lists": [_ID, "7a1e4f60-a8d2-4c4e-96b8-f012340f3c5a"],
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: CoopRequest) -> Response:
        """Save lists combined as a new pinned list, each as it can be read now."""
        data = self.body(CombinationSerializer)
        saved = combine_lists(
            name=data["name"],
            operation=Operation(data["operation"]),
            list_ids=data["lists"],
            by=request.actor,
        )
        return Response(ListSerializer(saved).data, status=201)


class SplitView(CoopView):
    """Splitting a list."""

    needs: ClassVar = {"POST": Need(Permission.LISTS_WRITE, None)}

    @extend_schema(
        operation_id="lists_split",
        request=NewSplitSerializer,
        responses={201: SplitSerializer},
        examples=[
            OpenApiExample(
                "Three turfs",
                {"name": "Turf", "parts": 3, "seed": 7},
                request_only=True,
            )
        ],
    )
    def post(self, request: CoopRequest, list_id: UUID) -> Response:
        """Deal a list's voters of now into random pinned parts, of each value of a field alike; a household stays whole."""
        data = self.body(NewSplitSerializer)
        split = split_list(list_id=list_id, by=request.actor, **data)
        results = ListSerializer(split.parts, many=True).data
        return Response({"seed": split.seed, "results": results}, status=201)


urlpatterns = [
    path("lists/combine", CombineView.as_view(), name="lists-combine"),
    path("lists/<uuid:list_id>/split", SplitView.as_view(), name="list-split"),
]

"""/v1/lists: saved lists, pinned or live, and the voters in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final
from uuid import UUID

from django.db.models import Q
from django.urls import path
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.pagination import cursor_invalid, open_cursor, page, seal_cursor
from api.serializers import PageQuerySerializer, StrictSerializer
from api.v1.targeting_shapes import (
    CRITERIA,
    FRESHNESS,
    NotLicensedSerializer,
    SampledVoterSerializer,
    VotersFreshnessSerializer,
    not_licensed,
    order_field,
    states_field,
)
from api.views import CoopRequest, CoopView, Need
from coop.actors import Action, Actor, Permission
from states.lists import actions
from states.lists.access import get_list
from states.lists.models import Kind, SavedList
from states.lists.ordering import BY_ID, read_order
from states.lists.reading import (
    ListPage,
    Paging,
    Spot,
    count_list,
    read_list,
)

MAX_EXCLUDED: Final = 20
_LIST: Final[dict[str, Any]] = {
    "id": "0f3c5a7e-9b1d-4f60-a8d2-c4e6b8f01234",
    "name": "Walk, Franklin County",
    "kind": "live",
    "criteria": CRITERIA,
    "states": ["OH"],
    "exclude_lists": [],
    "as_of": None,
    "counts": {},
    "created_at": "2026-11-22T14:00:00Z",
}


class NewListSerializer(StrictSerializer):
    """A list to be saved."""

    name = serializers.CharField(max_length=120)
    kind = serializers.ChoiceField(Kind.choices, default=Kind.PINNED)
    criteria = serializers.JSONField(required=False, allow_null=True, default=None)
    states = states_field(required=False)
    exclude_lists = serializers.ListField(
        child=serializers.UUIDField(),
        default=list,
        max_length=MAX_EXCLUDED,
        help_text="Lists, own or shared, whose voters are left out.",
    )


class RenamedListSerializer(StrictSerializer):
    """A list's other name."""

    name = serializers.CharField(max_length=120)


class ListSerializer(serializers.ModelSerializer[SavedList]):
    """A saved list; `counts` are a pinned list's voters by state when it was made."""

    counts = serializers.DictField(child=serializers.IntegerField())

    class Meta:
        model = SavedList
        fields = (
            "id",
            "name",
            "kind",
            "criteria",
            "states",
            "exclude_lists",
            "as_of",
            "counts",
            "created_at",
        )


class ListsPageSerializer(serializers.Serializer[Any]):
    """A page of lists."""

    results = ListSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class FigureSerializer(serializers.Serializer[Any]):
    """A state of a list now; `left`: how many pinned voters can be read no more (live: null)."""

    state = serializers.CharField()
    count = serializers.IntegerField()
    left = serializers.IntegerField(allow_null=True)


class ListCountSerializer(serializers.Serializer[Any]):
    """How many voters a list holds now."""

    count = serializers.IntegerField()
    states = FigureSerializer(many=True)
    not_licensed = NotLicensedSerializer(many=True)
    freshness = serializers.DictField(child=VotersFreshnessSerializer(allow_null=True))


class VotersQuerySerializer(PageQuerySerializer):
    """The query parameters of a list's voters."""

    order = order_field()
    columns = serializers.CharField(
        required=False,
        max_length=4000,
        help_text="Standard fields to show, joined by commas; absent: every licensed one.",
    )


class VotersPageSerializer(serializers.Serializer[Any]):
    """A page of a list's voters, state after state, in the order asked for."""

    results = SampledVoterSerializer(many=True)
    next = serializers.CharField(allow_null=True)
    not_licensed = NotLicensedSerializer(many=True)
    freshness = serializers.DictField(child=VotersFreshnessSerializer(allow_null=True))


class ListsView(CoopView):
    """The organization's saved lists."""

    needs: ClassVar = {
        "GET": Need(Permission.VOTERS_COUNT, Action.MANAGE),
        "POST": Need(Permission.LISTS_WRITE, None),
    }

    @extend_schema(
        operation_id="lists_list",
        parameters=[PageQuerySerializer],
        responses=ListsPageSerializer,
    )
    def get(self, request: CoopRequest) -> Response:
        """List the organization's saved lists by name."""
        asked = self.query(PageQuerySerializer)
        found = SavedList.objects.filter(
            organization=request.actor.organization
        ).order_by("name")
        if "cursor" in asked:
            (name,) = open_cursor(request.actor, "lists", asked["cursor"])
            found = found.filter(Q(name__gt=name))
        limit = asked["limit"]
        rows, following = page(
            request.actor,
            "lists",
            list(found[: limit + 1]),
            limit,
            lambda one: [one.name],
        )
        results = ListSerializer(rows, many=True).data
        return Response({"results": results, "next": following})

    @extend_schema(
        operation_id="lists_create",
        request=NewListSerializer,
        responses={201: ListSerializer},
        examples=[
            OpenApiExample(
                "A live list",
                {
                    "name": "Walk, Franklin County",
                    "kind": "live",
                    "criteria": CRITERIA,
                    "states": ["OH"],
                },
                request_only=True,
            ),
            OpenApiExample("The list", _LIST, response_only=True),
        ],
    )
    def post(self, request: CoopRequest) -> Response:
        """Save a universe under a name: pinned to its voters of now, or live."""
        draft = actions.Draft(**self.body(NewListSerializer))
        saved = actions.save_list(draft=draft, by=request.actor)
        return Response(ListSerializer(saved).data, status=201)


class ListView(CoopView):
    """One saved list."""

    needs: ClassVar = {
        "GET": Need(Permission.VOTERS_COUNT, Action.MANAGE),
        "PATCH": Need(Permission.LISTS_WRITE, None),
        "DELETE": Need(Permission.LISTS_WRITE, None),
    }

    @extend_schema(
        operation_id="lists_retrieve",
        responses=ListSerializer,
        examples=[OpenApiExample("The list", _LIST, response_only=True)],
    )
    def get(self, request: CoopRequest, list_id: UUID) -> Response:
        """Show a list: its criteria, and a pinned one's figures of when it was made."""
        return Response(ListSerializer(get_list(list_id, by=request.actor)).data)

    @extend_schema(
        operation_id="lists_rename",
        request=RenamedListSerializer,
        responses=ListSerializer,
        examples=[
            OpenApiExample("A name", {"name": "Walk, Saturday"}, request_only=True)
        ],
    )
    def patch(self, request: CoopRequest, list_id: UUID) -> Response:
        """Give a list another name. What is in it stays: for another universe save another list."""
        name = self.body(RenamedListSerializer)["name"]
        saved = actions.rename_list(list_id=list_id, name=name, by=request.actor)
        return Response(ListSerializer(saved).data)

    @extend_schema(operation_id="lists_destroy", responses={204: None})
    def delete(self, request: CoopRequest, list_id: UUID) -> Response:
        """Forget a list; its exports' links end with it."""
        actions.delete_list(list_id=list_id, by=request.actor)
        return Response(status=204)


class ListCountView(CoopView):
    """How many voters a list holds."""

    needs: ClassVar = {"GET": Need(Permission.VOTERS_READ, None)}
    throttle: ClassVar = "query"

    @extend_schema(
        operation_id="lists_count",
        responses=ListCountSerializer,
        examples=[
            OpenApiExample(
                "A pinned list",
                {
                    "count": 988,
                    "states": [{"state": "OH", "count": 988, "left": 12}],
                    "not_licensed": [],
                    "freshness": FRESHNESS,
                },
                response_only=True,
            )
        ],
    )
    def get(self, request: CoopRequest, list_id: UUID) -> Response:
        """Count a list's voters now, and tell how many pinned ones left it."""
        figures = count_list(list_id=list_id, by=request.actor)
        return Response(
            {
                "count": sum(one.count for one in figures.states),
                "states": [
                    {"state": one.state, "count": one.count, "left": one.left}
                    for one in figures.states
                ],
                "not_licensed": not_licensed(figures.refused),
                "freshness": figures.freshness,
            }
        )


class ListVotersView(CoopView):
    """The voters of a list."""

    needs: ClassVar = {"GET": Need(Permission.VOTERS_READ, None)}
    throttle: ClassVar = "query"

    @extend_schema(
        operation_id="lists_voters",
        parameters=[VotersQuerySerializer],
        responses=VotersPageSerializer,
    )
    def get(self, request: CoopRequest, list_id: UUID) -> Response:
        """Read a list's voters page by page, filtered again by what is licensed now.

        What is read counts against the grants' caps.
        """
        asked = self.query(VotersQuerySerializer)
        name = f"list {list_id} by {asked['order']}"
        read = read_list(
            list_id=list_id,
            names=columns_asked(asked),
            paging=paging_asked(request.actor, name, asked),
            by=request.actor,
        )
        return voters_page(request.actor, name, read)


def voters_page(actor: Actor, name: str, read: ListPage) -> Response:
    """Return the answer that is a page of voters; `name` is what its cursor is for."""
    last = read.last
    spot = [last.state, last.voter, last.rank] if last else None
    return Response(
        {
            "results": [one.as_answer() for one in read.voters],
            "next": seal_cursor(actor, name, spot) if spot else None,
            "not_licensed": not_licensed(read.refused),
            "freshness": read.freshness,
        }
    )


def columns_asked(asked: Mapping[str, Any]) -> list[str] | None:
    """Return the fields that the query names; None for all that are licensed."""
    return asked["columns"].split(",") if "columns" in asked else None


def paging_asked(actor: Actor, name: str, asked: Mapping[str, Any]) -> Paging:
    """Return the page that the query means. Raises `Invalid` (`cursor_invalid`)."""
    spot = None
    if "cursor" in asked:
        values = open_cursor(actor, name, asked["cursor"])
        if len(values) != 3:
            raise cursor_invalid()
        spot = Spot(str(values[0]), UUID(values[1]), str(values[2]))
    return Paging(spot, asked["limit"], read_order(asked.get("order", BY_ID.name)))


urlpatterns = [
    path("lists", ListsView.as_view(), name="lists"),
    path("lists/<uuid:list_id>", ListView.as_view(), name="list"),
    path("lists/<uuid:list_id>/count", ListCountView.as_view(), name="list-count"),
    path("lists/<uuid:list_id>/voters", ListVotersView.as_view(), name="list-voters"),
]

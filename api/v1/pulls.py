"""/v1/lists/{id}/pulls and /v1/pulls/{id}: who joined a list and who left it since it was pulled last."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.pagination import cursor_invalid, open_cursor, seal_cursor
from api.serializers import PageQuerySerializer, StrictSerializer
from api.v1.lists import (
    VotersPageSerializer,
    columns_asked,
    paging_asked,
    voters_page,
)
from api.views import CoopRequest, CoopView, Need
from coop.actors import Action, Permission
from states.lists.models import Pull
from states.lists.pulls import pull_list, pulls_of, read_joined, read_left
from states.voters.ids import voter_id


class NewPullSerializer(StrictSerializer):
    """Whose last pull is meant."""

    puller = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=60,
        help_text="Absent: the key's source, or the person.",
    )


class PulledStateSerializer(serializers.Serializer[Any]):
    """One state of a pull; `left` also counts whom the caller may not read any more."""

    state = serializers.CharField()
    count = serializers.IntegerField()
    joined = serializers.IntegerField()
    left = serializers.IntegerField()


class PullSerializer(serializers.Serializer[Any]):
    """A pull: how many are in the list, and joined and left since the one before."""

    id = serializers.UUIDField()
    list = serializers.UUIDField()
    puller = serializers.CharField()
    number = serializers.IntegerField(help_text="1 is the first: everyone joined.")
    pulled_at = serializers.DateTimeField()
    count = serializers.IntegerField()
    joined = serializers.IntegerField()
    left = serializers.IntegerField()
    states = PulledStateSerializer(many=True)


class PullsSerializer(serializers.Serializer[Any]):
    """The pulls that are kept: of each puller the last two."""

    results = PullSerializer(many=True)


class JoinedQuerySerializer(PageQuerySerializer):
    """The query parameters of those who joined."""

    columns = serializers.CharField(
        required=False,
        max_length=4000,
        help_text="Standard fields to show, joined by commas; absent: every licensed one.",
    )


class LeftVoterSerializer(serializers.Serializer[Any]):
    """A voter who left, and nothing more."""

    id = serializers.CharField()
    state = serializers.CharField()


class LeftPageSerializer(serializers.Serializer[Any]):
    """A page of voters who left."""

    results = LeftVoterSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class ListPullsView(CoopView):
    """The pulls of a list."""

    needs: ClassVar = {
        "GET": Need(Permission.VOTERS_READ, Action.READ),
        "POST": Need(Permission.VOTERS_READ, None),
    }

    @extend_schema(operation_id="pulls_list", responses=PullsSerializer)
    def get(self, request: CoopRequest, list_id: UUID) -> Response:
        """Show the pulls that are kept: of each puller the last two."""
        found = pulls_of(list_id, by=request.actor)
        return Response({"results": [_shown(one) for one in found]})

    @extend_schema(
        operation_id="pulls_create",
        request=NewPullSerializer,
        responses={201: PullSerializer},
        examples=[
            OpenApiExample("A dialer", {"puller": "dialer"}, request_only=True),
        ],
    )
    def post(self, request: CoopRequest, list_id: UUID) -> Response:
        """Tell how many joined and left a list since the puller's last pull; from now on the next one counts."""
        puller = self.body(NewPullSerializer)["puller"]
        pull = pull_list(list_id=list_id, puller=puller, by=request.actor)
        return Response(_shown(pull), status=201)


class JoinedView(CoopView):
    """Who joined with a pull."""

    needs: ClassVar = {"GET": Need(Permission.VOTERS_READ, None)}
    throttle: ClassVar = "query"

    @extend_schema(
        operation_id="pulls_joined",
        parameters=[JoinedQuerySerializer],
        responses=VotersPageSerializer,
    )
    def get(self, request: CoopRequest, pull: UUID) -> Response:
        """Read the voters who joined, filtered again by what is licensed now; they count against the caps."""
        asked = self.query(JoinedQuerySerializer)
        name = f"joined {pull}"
        read = read_joined(
            pull_id=pull,
            names=columns_asked(asked),
            paging=paging_asked(request.actor, name, asked),
            by=request.actor,
        )
        return voters_page(request.actor, name, read)


class LeftView(CoopView):
    """Who left with a pull."""

    needs: ClassVar = {"GET": Need(Permission.VOTERS_READ, None)}
    throttle: ClassVar = "query"

    @extend_schema(
        operation_id="pulls_left",
        parameters=[PageQuerySerializer],
        responses=LeftPageSerializer,
    )
    def get(self, request: CoopRequest, pull: UUID) -> Response:
        """Read who left, by id alone: why, is told of nobody."""
        asked = self.query(PageQuerySerializer)
        name = f"left {pull}"
        after = None
        if "cursor" in asked:
            values = open_cursor(request.actor, name, asked["cursor"])
            if len(values) != 2:
                raise cursor_invalid()
            after = (str(values[0]), UUID(values[1]))
        read = read_left(
            pull_id=pull, after=after, limit=asked["limit"], by=request.actor
        )
        following = seal_cursor(request.actor, name, read.last) if read.last else None
        results = [
            {"id": voter_id(state, voter), "state": state}
            for state, voter in read.voters
        ]
        return Response({"results": results, "next": following})


def _shown(pull: Pull) -> dict[str, Any]:
    states = [{"state": state, **one} for state, one in pull.figures.items()]
    totals = {
        name: sum(one[name] for one in pull.figures.values())
        for name in ("count", "joined", "left")
    }
    return {
        "id": pull.id,
        "list": pull.list,
        "puller": pull.puller,
        "number": pull.number,
        "pulled_at": pull.pulled_at,
        **totals,
        "states": states,
    }


urlpatterns = [
    path("lists/<uuid:list_id>/pulls", ListPullsView.as_view(), name="list-pulls"),
    path("pulls/<uuid:pull>/joined", JoinedView.as_view(), name="pull-joined"),
    path("pulls/<uuid:pull>/left", LeftView.as_view(), name="pull-left"),
]

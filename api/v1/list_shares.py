"""/v1/lists/{id}/shares, /v1/shares/{id}, /v1/shared-lists: lists for others, and those of others."""

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
from states.lists.models import Share
from states.lists.shares import share_list, shares_of, unshare_list
from states.lists.usable import SharedList, lists_shared_with

_RECEIVER: Final = {"organization": "7a1e4f60-a8d2-4c4e-96b8-f012340f3c5a"}


class NewListShareSerializer(StrictSerializer):
    """With whom a list is shared."""

    organization = serializers.UUIDField()
    member = serializers.UUIDField(
        required=False,
        allow_null=True,
        default=None,
        help_text="One person there alone, by the id that `GET /v1/me` shows them; absent: everyone there.",
    )


class ListShareSerializer(serializers.ModelSerializer[Share]):
    """A share of a list; `member` null: with everyone in the organization."""

    member = serializers.UUIDField(source="person", allow_null=True)

    class Meta:
        model = Share
        fields = ("id", "list", "organization", "member", "shared_by", "shared_at")


class ListSharesSerializer(serializers.Serializer[Any]):
    """With whom a list is shared."""

    results = ListShareSerializer(many=True)


class OwnerOfListSerializer(serializers.Serializer[Any]):
    """Who shares a list."""

    id = serializers.UUIDField()
    name = serializers.CharField()


class SharedListSerializer(serializers.Serializer[Any]):
    """A list that another organization shares; `id` serves wherever a list of one's own is read."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    kind = serializers.CharField()
    criteria = serializers.JSONField(
        allow_null=True,
        help_text="Of a pinned list null where it names what is not shared with the caller.",
    )
    exclude_lists = serializers.ListField(child=serializers.UUIDField())
    states = serializers.ListField(child=serializers.CharField())
    as_of = serializers.DateField(allow_null=True)
    shared_by = OwnerOfListSerializer()
    shared_at = serializers.DateTimeField()


class SharedListsSerializer(serializers.Serializer[Any]):
    """The lists that others share with the caller."""

    results = SharedListSerializer(many=True)


class ListSharesView(CoopView):
    """With whom a list is shared."""

    needs: ClassVar = {
        "GET": Need(Permission.VOTERS_COUNT, Action.MANAGE),
        "POST": Need(Permission.LISTS_WRITE, None),
    }

    @extend_schema(operation_id="list_shares_list", responses=ListSharesSerializer)
    def get(self, request: CoopRequest, list_id: UUID) -> Response:
        """Show with whom one of the organization's own lists is shared."""
        found = shares_of(list_id, by=request.actor)
        return Response({"results": ListShareSerializer(found, many=True).data})

    @extend_schema(
        operation_id="list_shares_create",
        request=NewListShareSerializer,
        responses={201: ListShareSerializer},
        examples=[OpenApiExample("With a vendor", _RECEIVER, request_only=True)],
    )
    def post(self, request: CoopRequest, list_id: UUID) -> Response:
        """Share a list with another organization, or with one person in it.

        Its receiver reads it by its own grants, which must cover every criterion in some state of the list. What
        a live list rests on, lists and score sets, must be shared with the receiver too.
        """
        data = self.body(NewListShareSerializer)
        share = share_list(
            list_id=list_id,
            organization=data["organization"],
            person=data["member"],
            by=request.actor,
        )
        return Response(ListShareSerializer(share).data, status=201)


class ShareView(CoopView):
    """One share."""

    needs: ClassVar = {"DELETE": Need(Permission.LISTS_WRITE, None)}

    @extend_schema(operation_id="list_shares_destroy", responses={204: None})
    def delete(self, request: CoopRequest, share: UUID) -> Response:
        """End a share: its receiver finds no such list any more, and its exports' links end."""
        unshare_list(share_id=share, by=request.actor)
        return Response(status=204)


class SharedListsView(CoopView):
    """Lists that others share."""

    needs: ClassVar = {"GET": Need(Permission.VOTERS_COUNT, Action.MANAGE)}

    @extend_schema(operation_id="shared_lists_list", responses=SharedListsSerializer)
    def get(self, request: CoopRequest) -> Response:
        """List the lists that other organizations share with the caller, and who shares them.

        They are read, counted, combined, split, pulled and exported by their ids like one's own.
        """
        results = [_shown(one) for one in lists_shared_with(request.actor)]
        return Response({"results": results})


def _shown(shared: SharedList) -> dict[str, Any]:
    saved = shared.saved
    return {
        "id": saved.id,
        "name": saved.name,
        "kind": saved.kind,
        "criteria": saved.criteria,
        "exclude_lists": saved.exclude_lists,
        "states": saved.states,
        "as_of": saved.as_of,
        "shared_by": {"id": shared.owner, "name": shared.owner_name},
        "shared_at": shared.shared_at,
    }


urlpatterns = [
    path("lists/<uuid:list_id>/shares", ListSharesView.as_view(), name="list-shares"),
    path("shares/<uuid:share>", ShareView.as_view(), name="share"),
    path("shared-lists", SharedListsView.as_view(), name="shared-lists"),
]

"""/v1/members: the people of the caller's own organization, and their roles."""

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
from coop.organizations.actions import change_role, remove_member
from coop.organizations.models import Role
from coop.organizations.queries import members


class MemberSerializer(serializers.Serializer[Any]):
    """A person's membership."""

    id = serializers.UUIDField()
    person = serializers.UUIDField(source="person_id")
    name = serializers.CharField(source="person.name")
    email = serializers.EmailField(source="person.email")
    role = serializers.ChoiceField(choices=Role.choices)
    added_at = serializers.DateTimeField()
    second_factor = serializers.BooleanField(help_text="Has enrolled one.")


class MembersSerializer(serializers.Serializer[Any]):
    """All members: an organization's people are few."""

    results = MemberSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class RoleSerializer(StrictSerializer):
    """The role a member is to have."""

    role = serializers.ChoiceField(choices=Role.choices)


MEMBER: Final = {
    "id": "7c1f2f8e-7f0e-4c8b-9c55-3f6f1c1f0a11",
    "person": "1b7a1d1c-8a8e-4f7c-b1b2-6f3a5f1e2c22",
    "name": "Rae Example",
    "email": "rae@example.org",
    "role": "analyst",
    "added_at": "2026-11-02T15:04:05Z",
    "second_factor": True,
}


class MembersView(CoopView):
    """The list of members."""

    needs: ClassVar = {"GET": Need(Permission.MEMBERS_MANAGE, Action.MANAGE)}

    @extend_schema(
        operation_id="members_list",
        responses=MembersSerializer,
        examples=[
            OpenApiExample(
                "Members", {"results": [MEMBER], "next": None}, response_only=True
            )
        ],
    )
    def get(self, request: CoopRequest) -> Response:
        """List the members of the caller's organization, the longest-standing first."""
        return Response(MembersSerializer({"results": members(), "next": None}).data)


class MemberView(CoopView):
    """One membership."""

    throttle = "sensitive"
    needs: ClassVar = {
        "PATCH": Need(Permission.MEMBERS_MANAGE, Action.MANAGE),
        "DELETE": Need(Permission.MEMBERS_MANAGE, Action.MANAGE),
    }

    @extend_schema(
        operation_id="members_change_role",
        request=RoleSerializer,
        responses=MemberSerializer,
        examples=[
            OpenApiExample("A new role", {"role": "viewer"}, request_only=True),
            OpenApiExample("The member", MEMBER, response_only=True),
        ],
    )
    def patch(self, request: CoopRequest, member: UUID) -> Response:
        """Give a member another role; the last owner keeps theirs (409 `last_owner`)."""
        role = Role(self.body(RoleSerializer)["role"])
        changed = change_role(member=member, role=role, by=request.actor)
        return Response(MemberSerializer(members().get(id=changed.id)).data)

    @extend_schema(operation_id="members_remove", responses={204: None})
    def delete(self, request: CoopRequest, member: UUID) -> Response:
        """End a membership at once; the last owner stays (409 `last_owner`)."""
        remove_member(member=member, by=request.actor)
        return Response(status=204)


urlpatterns = [
    path("members", MembersView.as_view(), name="members"),
    path("members/<uuid:member>", MemberView.as_view(), name="member"),
]

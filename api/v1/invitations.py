"""/v1/invitations: offers of membership, sent by e-mail."""

from __future__ import annotations

from typing import Any, ClassVar, Final
from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.urls import path
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.serializers import StrictSerializer
from api.views import CoopRequest, CoopView, Need
from coop.actors import Action, Actor, Permission
from coop.db.scope import acting_as
from coop.errors import Unavailable
from coop.organizations.actions import invite_member, withdraw_invitation
from coop.organizations.models import Invitation, Organization, Role
from coop.organizations.queries import open_invitations


class NewInvitationSerializer(StrictSerializer):
    """Who is invited, to which role."""

    email = serializers.EmailField()
    role = serializers.ChoiceField(choices=Role.choices)


class InvitationSerializer(serializers.Serializer[Any]):
    """An invitation that nobody has accepted yet."""

    id = serializers.UUIDField()
    email = serializers.EmailField()
    role = serializers.ChoiceField(choices=Role.choices)
    invited_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


class InvitationsSerializer(serializers.Serializer[Any]):
    """All open invitations."""

    results = InvitationSerializer(many=True)
    next = serializers.CharField(allow_null=True)


INVITATION: Final = {
    "id": "c0a8f1de-52a9-4d0d-9b3c-4b8f6f0c7d33",
    "email": "rae@example.org",
    "role": "analyst",
    "invited_at": "2026-11-02T15:04:05Z",
    "expires_at": "2026-11-09T15:04:05Z",
}


class InvitationsView(CoopView):
    """The open invitations."""

    throttle = "sensitive"
    needs: ClassVar = {
        "GET": Need(Permission.MEMBERS_MANAGE, Action.MANAGE),
        "POST": Need(Permission.MEMBERS_MANAGE, None),
    }

    @extend_schema(
        operation_id="invitations_list",
        responses=InvitationsSerializer,
        examples=[
            OpenApiExample(
                "Open", {"results": [INVITATION], "next": None}, response_only=True
            )
        ],
    )
    def get(self, request: CoopRequest) -> Response:
        """List the invitations that are neither accepted nor withdrawn."""
        rows = open_invitations()
        return Response(InvitationsSerializer({"results": rows, "next": None}).data)

    @extend_schema(
        operation_id="invitations_create",
        request=NewInvitationSerializer,
        responses={201: InvitationSerializer},
        examples=[
            OpenApiExample(
                "An analyst",
                {"email": "rae@example.org", "role": "analyst"},
                request_only=True,
            ),
            OpenApiExample("Sent", INVITATION, response_only=True),
        ],
    )
    def post(self, request: CoopRequest) -> Response:
        """Invite a person by e-mail; the link in it works once, for a week."""
        asked = self.body(NewInvitationSerializer)
        invitation, token = invite_member(
            email=asked["email"], role=Role(asked["role"]), by=request.actor
        )
        if not request.actor.test:
            _send(invitation, token, request.actor)
        return Response(InvitationSerializer(invitation).data, status=201)


class InvitationView(CoopView):
    """One invitation."""

    throttle = "sensitive"
    needs: ClassVar = {"DELETE": Need(Permission.MEMBERS_MANAGE, Action.MANAGE)}

    @extend_schema(operation_id="invitations_withdraw", responses={204: None})
    def delete(self, request: CoopRequest, invitation: UUID) -> Response:
        """Withdraw an invitation: its link is dead at once."""
        withdraw_invitation(invitation=invitation, by=request.actor)
        return Response(status=204)


def _send(invitation: Invitation, token: str, by: Actor) -> None:
    """Send the link, once the invitation is committed; an invitation that cannot be sent is withdrawn.

    The link is in no answer: only whoever reads the address's mail can follow it.
    """
    with acting_as(by, Action.MANAGE):
        name = Organization.objects.get(id=by.organization).name
    link = f"{settings.PUBLIC_URL}/accounts/invitations/{token}"
    text = f"{name} invites you to join it in the voter file co-op.\n\n{link}\n\nThe link works once, for a week."
    try:
        send_mail(
            f"{name} invites you to the voter file co-op",
            text,
            None,
            [invitation.email],
        )
    except OSError as error:
        withdraw_invitation(invitation=invitation.id, by=by)
        sentence = "The invitation could not be sent; nobody was invited."
        raise Unavailable("mail_unavailable", sentence) from error


urlpatterns = [
    path("invitations", InvitationsView.as_view(), name="invitations"),
    path(
        "invitations/<uuid:invitation>", InvitationView.as_view(), name="invitation-api"
    ),
]

"""/v1/credentials: the keys by which machines act for the caller's organization."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar, Final
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.serializers import StrictSerializer
from api.views import CoopRequest, CoopView, Need
from coop.actors import Action, Permission
from coop.organizations.access import get_credential
from coop.organizations.credential_actions import (
    CredentialTerms,
    issue_credential,
    revoke_credential,
    rotate_credential,
)
from coop.organizations.keys import Key
from coop.organizations.models import Credential
from coop.organizations.queries import credentials

MANAGE: Final = Need(Permission.CREDENTIALS_MANAGE, Action.MANAGE)


class NewCredentialSerializer(StrictSerializer):
    """What a new credential is to be."""

    name = serializers.CharField(max_length=80)
    source = serializers.CharField(  # type: ignore[assignment]
        max_length=60, help_text="The tool that sends: lower-case, such as field-tool."
    )
    permissions = serializers.ListField(
        child=serializers.ChoiceField(choices=[one.value for one in Permission]),
        min_length=1,
        max_length=40,
    )
    expires_at = serializers.DateTimeField(help_text="Within 400 days.")
    networks = serializers.ListField(
        child=serializers.CharField(max_length=43),
        required=False,
        max_length=50,
        help_text="Addresses or networks it may call from; empty: any.",
    )
    vendor = serializers.UUIDField(required=False, allow_null=True)
    test = serializers.BooleanField(default=False)


class RotationSerializer(StrictSerializer):
    """How long both keys live."""

    overlap_hours = serializers.IntegerField(default=24, min_value=0, max_value=720)


class NothingToSaySerializer(StrictSerializer):
    """An empty body."""


class CredentialSerializer(serializers.Serializer[Any]):
    """A credential, without its key."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    vendor = serializers.UUIDField(source="vendor_id", allow_null=True)
    prefix = serializers.CharField(help_text="The visible part of the key.")
    permissions = serializers.ListField(child=serializers.CharField())
    networks = serializers.ListField(child=serializers.CharField())
    test = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    revoked_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(
        allow_null=True, help_text="To the minute."
    )
    successor = serializers.UUIDField(source="successor_id", allow_null=True)


class IssuedCredentialSerializer(CredentialSerializer):
    """A credential with its key, which is never shown again."""

    key = serializers.CharField()


class CredentialsSerializer(serializers.Serializer[Any]):
    """All credentials."""

    results = CredentialSerializer(many=True)
    next = serializers.CharField(allow_null=True)


SHOWN: Final = {
    "id": "0b6ad3f0-6f35-4a4e-8e7f-1a2b3c4d5e6f",
    "name": "Field tool",
    "source": "field-tool",
    "vendor": None,
    "prefix": "a1b2c3d4e5f6",
    "permissions": ["contacts:write"],
    "networks": ["198.51.100.0/24"],
    "test": False,
    "created_at": "2026-11-22T00:00:00Z",
    "expires_at": "2027-02-20T00:00:00Z",
    "revoked_at": None,
    "last_used_at": None,
    "successor": None,
}
ISSUED: Final = OpenApiExample(
    "The key, this once",
    SHOWN | {"key": "vfc_a1b2c3d4e5f6_" + "x" * 43},
    response_only=True,
)
ASKED: Final = OpenApiExample(
    "A field tool",
    {
        "name": "Field tool",
        "source": "field-tool",
        "permissions": ["contacts:write"],
        "expires_at": "2027-02-20T00:00:00Z",
        "networks": ["198.51.100.0/24"],
    },
    request_only=True,
)


class CredentialsView(CoopView):
    """The credentials of the caller's organization."""

    throttle = "sensitive"
    needs: ClassVar = {"GET": MANAGE, "POST": MANAGE}

    @extend_schema(
        operation_id="credentials_list",
        responses=CredentialsSerializer,
        examples=[
            OpenApiExample(
                "Credentials", {"results": [SHOWN], "next": None}, response_only=True
            )
        ],
    )
    def get(self, request: CoopRequest) -> Response:
        """List the organization's credentials, newest first, ended ones too."""
        rows = credentials()
        return Response(CredentialsSerializer({"results": rows, "next": None}).data)

    @extend_schema(
        operation_id="credentials_issue",
        request=NewCredentialSerializer,
        responses={201: IssuedCredentialSerializer},
        examples=[ASKED, ISSUED],
    )
    def post(self, request: CoopRequest) -> Response:
        """Issue a credential within the caller's own permissions; its key is shown this once."""
        asked = self.body(NewCredentialSerializer)
        made, key = issue_credential(terms=CredentialTerms(**asked), by=request.actor)
        return _issued(made, key)


class CredentialView(CoopView):
    """One credential."""

    needs: ClassVar = {"GET": MANAGE}

    @extend_schema(
        operation_id="credentials_read",
        responses=CredentialSerializer,
        examples=[OpenApiExample("A credential", SHOWN, response_only=True)],
    )
    def get(self, request: CoopRequest, credential: UUID) -> Response:
        """Show one credential."""
        return Response(CredentialSerializer(get_credential(credential)).data)


class RotateView(CoopView):
    """The successor of a credential."""

    throttle = "sensitive"
    needs: ClassVar = {"POST": MANAGE}

    @extend_schema(
        operation_id="credentials_rotate",
        request=RotationSerializer,
        responses={201: IssuedCredentialSerializer},
        examples=[
            OpenApiExample("Two days", {"overlap_hours": 48}, request_only=True),
            ISSUED,
        ],
    )
    def post(self, request: CoopRequest, credential: UUID) -> Response:
        """Issue a successor with the same terms; the old key lives on for the overlap."""
        hours = self.body(RotationSerializer)["overlap_hours"]
        made, key = rotate_credential(
            credential=credential, overlap=timedelta(hours=hours), by=request.actor
        )
        return _issued(made, key)


class RevokeView(CoopView):
    """The end of a credential."""

    throttle = "sensitive"
    needs: ClassVar = {"POST": MANAGE}

    @extend_schema(
        operation_id="credentials_revoke",
        request=NothingToSaySerializer,
        responses=CredentialSerializer,
        examples=[OpenApiExample("Revoked", SHOWN, response_only=True)],
    )
    def post(self, request: CoopRequest, credential: UUID) -> Response:
        """End a key at once and for good."""
        self.body(NothingToSaySerializer)
        revoked = revoke_credential(credential=credential, by=request.actor)
        return Response(CredentialSerializer(revoked).data)


def _issued(made: Credential, key: Key) -> Response:
    shown = dict(CredentialSerializer(made).data) | {"key": key.text}
    return Response(shown, status=201)


urlpatterns = [
    path("credentials", CredentialsView.as_view(), name="credentials"),
    path("credentials/<uuid:credential>", CredentialView.as_view(), name="credential"),
    path(
        "credentials/<uuid:credential>/rotate",
        RotateView.as_view(),
        name="credential-rotate",
    ),
    path(
        "credentials/<uuid:credential>/revoke",
        RevokeView.as_view(),
        name="credential-revoke",
    ),
]

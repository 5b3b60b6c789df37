"""GET /v1/me: who the caller is to the co-op, and what it may do, so that a refusal can be understood."""

from __future__ import annotations

from typing import Any, ClassVar

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.views import CoopRequest, CoopView, Need
from coop.actors import Action
from coop.organizations.models import Organization


class MeSerializer(serializers.Serializer[Any]):
    """The caller."""

    organization = serializers.DictField()
    permissions = serializers.ListField(child=serializers.CharField())


class MeView(CoopView):
    """The caller's own view of itself."""

    needs: ClassVar = {"GET": Need(None, Action.MANAGE)}

    @extend_schema(operation_id="me", responses=MeSerializer)
    def get(self, request: CoopRequest) -> Response:
        """Tell a caller its organization, its permissions and its grants in force."""
        organization = Organization.objects.get(id=request.actor.organization)
        return Response(
            {
                "organization": {
                    "id": organization.id,
                    "name": organization.name,
                    "kind": organization.kind,
                },
                "permissions": sorted(request.actor.permissions),
            }
        )


urlpatterns = [path("me", MeView.as_view(), name="me")]

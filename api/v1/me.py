"""GET /v1/me: who the caller is to the co-op and what it may do, so that a refusal can be understood."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.views import CoopRequest, CoopView, Need
from coop.actors import Action, Actor, PrincipalKind
from coop.grants.models import Grant
from coop.grants.queries import cap_use, grants_in_force_of
from coop.jurisdictions.models import State
from coop.organizations.access import get_credential
from coop.organizations.models import Organization, OrganizationKind, Person


class OrganizationSerializer(serializers.Serializer[Any]):
    """An organization as every member of the co-op sees it."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=OrganizationKind.choices)


class CallerSerializer(serializers.Serializer[Any]):
    """The person or credential that calls."""

    kind = serializers.ChoiceField(choices=["person", "credential"])
    id = serializers.UUIDField()
    name = serializers.CharField()
    source = serializers.CharField(help_text="The tool that sends; '' for a person.")  # type: ignore[assignment]
    test = serializers.BooleanField(help_text="Validates everything, applies nothing.")
    expires_at = serializers.DateTimeField(allow_null=True)


class PlacesSerializer(serializers.Serializer[Any]):
    """Where a grant reaches: the whole state, or the union of counties and districts."""

    whole_state = serializers.BooleanField()
    counties = serializers.ListField(child=serializers.IntegerField())
    us_house_districts = serializers.ListField(child=serializers.CharField())
    state_senate_districts = serializers.ListField(child=serializers.CharField())
    state_house_districts = serializers.ListField(child=serializers.CharField())


class CapSerializer(serializers.Serializer[Any]):
    """Distinct voters that may be obtained in a calendar month (UTC), and were."""

    voters_a_month = serializers.IntegerField()
    used_this_month = serializers.IntegerField()


class HeldGrantSerializer(serializers.Serializer[Any]):
    """A grant in force that the caller's organization holds."""

    id = serializers.UUIDField()
    state = serializers.CharField()
    groups = serializers.ListField(child=serializers.CharField())
    actions = serializers.ListField(child=serializers.CharField())
    geography = PlacesSerializer()
    purpose = serializers.CharField()
    ends_at = serializers.DateTimeField()
    pool = serializers.CharField(allow_null=True)
    cap = CapSerializer(allow_null=True)


class MeSerializer(serializers.Serializer[Any]):
    """The caller."""

    organization = OrganizationSerializer()
    caller = CallerSerializer()
    permissions = serializers.ListField(child=serializers.CharField())
    owned_states = serializers.ListField(child=serializers.CharField())
    grants = HeldGrantSerializer(many=True)


EXAMPLE: Final = OpenApiExample(
    "A campaign's field tool",
    {
        "organization": {
            "id": "5d3c8e0e-51a4-4a52-9a43-0f5a6c1e2b7d",
            "name": "Campaign for Ohio Three",
            "kind": "campaign",
        },
        "caller": {
            "kind": "credential",
            "id": "0b6ad3f0-6f35-4a4e-8e7f-1a2b3c4d5e6f",
            "name": "Field tool",
            "source": "field-tool",
            "test": False,
            "expires_at": "2027-02-20T00:00:00Z",
        },
        "permissions": ["contacts:write", "voters:count", "voters:read"],
        "owned_states": [],
        "grants": [
            {
                "id": "9f0c7b1a-2d3e-4f50-8a6b-7c8d9e0f1a2b",
                "state": "OH",
                "groups": ["registration", "contacts"],
                "actions": ["count", "read"],
                "geography": {
                    "whole_state": False,
                    "counties": [],
                    "us_house_districts": ["3"],
                    "state_senate_districts": [],
                    "state_house_districts": [],
                },
                "purpose": "election",
                "ends_at": "2026-12-31T05:00:00Z",
                "pool": None,
                "cap": {"voters_a_month": 50000, "used_this_month": 1240},
            }
        ],
    },
    response_only=True,
)


class MeView(CoopView):
    """The caller's own view of itself."""

    needs: ClassVar = {"GET": Need(None, Action.MANAGE)}

    @extend_schema(operation_id="me", responses=MeSerializer, examples=[EXAMPLE])
    def get(self, request: CoopRequest) -> Response:
        """Tell a caller its organization, its permissions, its states and its grants in force."""
        actor = request.actor
        owned = State.objects.filter(owner=actor.organization).order_by("code")
        shown = {
            "organization": Organization.objects.get(id=actor.organization),
            "caller": _caller(actor),
            "permissions": sorted(actor.permissions),
            "owned_states": [state.code for state in owned],
            "grants": [_held(grant) for grant in grants_in_force_of(actor)],
        }
        return Response(MeSerializer(shown).data)


def _caller(actor: Actor) -> dict[str, Any]:
    who = {"kind": actor.kind.value, "id": actor.principal, "source": actor.source}
    if actor.kind == PrincipalKind.PERSON:
        name = Person.objects.get(id=actor.principal).name
        return who | {"name": name, "test": False, "expires_at": None}
    found = get_credential(actor.principal)
    return who | {
        "name": found.name,
        "test": actor.test,
        "expires_at": found.expires_at,
    }


def _held(grant: Grant) -> dict[str, Any]:
    plain = ("id", "groups", "actions", "purpose", "ends_at", "pool")
    return {name: getattr(grant, name) for name in plain} | {
        "state": grant.state_id,
        "geography": grant,
        "cap": _cap(grant),
    }


def _cap(grant: Grant) -> dict[str, int] | None:
    if grant.cap_voters_month is None:
        return None
    month = timezone.now().date().replace(day=1)
    used = dict(cap_use(grant.lineage)).get(month, 0)
    return {"voters_a_month": grant.cap_voters_month, "used_this_month": used}


urlpatterns = [path("me", MeView.as_view(), name="me")]

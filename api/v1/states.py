"""/v1/states: who owns which state's data, what its file carries, and what its law allows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Final

from django.urls import path
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.serializers import StrictSerializer
from api.views import CoopRequest, CoopView, Need
from coop.actors import Action, Permission
from coop.jurisdictions.access import get_policy, get_state
from coop.jurisdictions.actions import review_policy
from coop.jurisdictions.models import (
    COUNT_ANSWERS,
    COUNT_THRESHOLDS,
    PartyBasis,
    Purpose,
    State,
    StatePolicy,
)
from coop.jurisdictions.queries import all_states
from coop.jurisdictions.rules import RECIPIENTS, Counting
from coop.organizations.models import Organization
from states.tracers.queries import disclosed_states
from states.voters.models import Publication

POLICY: Final = OpenApiExample(
    "A reviewed policy",
    {
        "purposes": ["election", "political"],
        "recipients": ["national_committee", "campaign"],
        "resharing": True,
        "attestation": "I will use the file for elections only.",
        "citation": "R.C. 3503.13",
        "count_threshold": 20,
        "count_answers_month": 500,
    },
    request_only=True,
)


class OwnerSerializer(serializers.Serializer[Any]):
    """The party that owns a state's data."""

    id = serializers.UUIDField()
    name = serializers.CharField()


class StateFreshnessSerializer(serializers.Serializer[Any]):
    """How fresh a state's voters are."""

    file_date = serializers.DateField()
    published_at = serializers.DateTimeField()
    publication = serializers.IntegerField(source="number")


class StateSerializer(serializers.Serializer[Any]):
    """One state: public facts, and for its owner and licensees how fresh its voters are."""

    code = serializers.CharField()
    name = serializers.CharField()
    fips = serializers.IntegerField()
    owner = OwnerSerializer(allow_null=True)
    party_basis = serializers.ChoiceField(choices=PartyBasis.choices)
    place_kinds = serializers.ListField(child=serializers.CharField())
    opened_at = serializers.DateTimeField(allow_null=True)
    freshness = StateFreshnessSerializer(allow_null=True)
    exports_may_hold_tracers = serializers.BooleanField(
        help_text="Invented records among the voters, by which its party traces leaked files."
    )


class StatesSerializer(serializers.Serializer[Any]):
    """Every state."""

    results = StateSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class PolicySerializer(StrictSerializer):
    """What a state's law lets its party do with the file."""

    purposes = serializers.MultipleChoiceField(choices=Purpose.choices)
    recipients = serializers.MultipleChoiceField(choices=RECIPIENTS)
    resharing = serializers.BooleanField(
        help_text="Whether the file may be shared at all."
    )
    attestation = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=20_000,
        help_text="What whoever accepts a grant must attest to.",
    )
    citation = serializers.CharField(
        required=False, allow_blank=True, max_length=20_000
    )
    count_threshold = serializers.IntegerField(
        default=20,
        min_value=COUNT_THRESHOLDS[0],
        max_value=COUNT_THRESHOLDS[1],
        help_text="Who may count but not read sees no figure below it; the noise is half as wide.",
    )
    count_answers_month = serializers.IntegerField(
        default=500,
        min_value=COUNT_ANSWERS[0],
        max_value=COUNT_ANSWERS[1],
        help_text="Distinct answers a calendar month (UTC) to an organization that may count but not read.",
    )


class ReviewedPolicySerializer(serializers.Serializer[Any]):
    """A state's policy; without `reviewed_at` nothing may be offered."""

    state = serializers.CharField(source="state_id")
    purposes = serializers.ListField(child=serializers.CharField())
    recipients = serializers.ListField(child=serializers.CharField())
    resharing = serializers.BooleanField()
    attestation = serializers.CharField()
    citation = serializers.CharField()
    count_threshold = serializers.IntegerField()
    count_answers_month = serializers.IntegerField()
    reviewed_at = serializers.DateTimeField(allow_null=True)


class StatesView(CoopView):
    """All states."""

    needs: ClassVar = {"GET": Need(None, Action.MANAGE)}

    @extend_schema(operation_id="states_list", responses=StatesSerializer)
    def get(self, request: CoopRequest) -> Response:
        """List every state, with its owner party where it has joined."""
        return Response({"results": _shown(list(all_states())), "next": None})


class StateView(CoopView):
    """One state."""

    needs: ClassVar = {"GET": Need(None, Action.MANAGE)}

    @extend_schema(operation_id="states_retrieve", responses=StateSerializer)
    def get(self, request: CoopRequest, code: str) -> Response:
        """Show one state."""
        return Response(_shown([get_state(code)])[0])


class PolicyView(CoopView):
    """A state's policy on sharing its file."""

    needs: ClassVar = {
        "GET": Need(None, Action.MANAGE),
        "PUT": Need(Permission.GRANTS_MANAGE, Action.MANAGE),
    }

    @extend_schema(operation_id="policy_retrieve", responses=ReviewedPolicySerializer)
    def get(self, request: CoopRequest, code: str) -> Response:
        """Show what the state's law lets its party do with the file."""
        return _policy(get_policy(get_state(code)))

    @extend_schema(
        operation_id="policy_review",
        request=PolicySerializer,
        responses=ReviewedPolicySerializer,
        examples=[POLICY],
    )
    def put(self, request: CoopRequest, code: str) -> Response:
        """Review the policy: its owner party alone does, and from then on it holds."""
        given = self.body(PolicySerializer)
        reviewed = review_policy(
            state=code,
            purposes=sorted(given["purposes"]),
            recipients=sorted(given["recipients"]),
            resharing=given["resharing"],
            attestation=given.get("attestation", ""),
            citation=given.get("citation", ""),
            counting=Counting(given["count_threshold"], given["count_answers_month"]),
            by=request.actor,
        )
        return _policy(reviewed)


def _policy(policy: StatePolicy) -> Response:
    return Response(ReviewedPolicySerializer(policy).data)


def _shown(states: Sequence[State]) -> list[dict[str, Any]]:
    owners = {
        one.id: one
        for one in Organization.objects.filter(
            id__in=[state.owner for state in states if state.owner]
        )
    }
    newest = (
        Publication.objects.filter(state__in=[state.code for state in states])
        .order_by("state", "-number")
        .distinct("state")
    )
    fresh = {one.state: one for one in newest}
    traced = disclosed_states(state.code for state in states)
    shapes = [
        StateSerializer(
            {
                "code": state.code,
                "name": state.name,
                "fips": state.fips,
                "owner": owners.get(state.owner) if state.owner else None,
                "party_basis": state.party_basis,
                "place_kinds": state.place_kinds,
                "opened_at": state.opened_at,
                "freshness": fresh.get(state.code),
                "exports_may_hold_tracers": state.code in traced,
            }
        )
        for state in states
    ]
    return [shape.data for shape in shapes]


urlpatterns = [
    path("states", StatesView.as_view(), name="states"),
    path("states/<str:code>", StateView.as_view(), name="state"),
    path("states/<str:code>/policy", PolicyView.as_view(), name="state-policy"),
]

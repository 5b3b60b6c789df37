"""The resources /v1/suppressions and /v1/suppression-assertions: what protects voters, and who said so."""

from __future__ import annotations

from typing import Any, ClassVar, Final
from uuid import UUID

from django.urls import path
from django.utils.dateparse import parse_datetime
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.pagination import open_cursor, page
from api.serializers import PageQuerySerializer, StrictSerializer
from api.views import CoopRequest, CoopView, Need
from coop.actors import Action, Actor, Permission
from states.canvass.access import parse_id
from states.canvass.models import SuppressionAssertion, SuppressionKind
from states.canvass.protecting import confirm_suppression, lift_suppressions
from states.canvass.reading import read_assertions, read_suppressions
from states.voters.ids import parse_voter_id, voter_id

CURSOR: Final = "suppression-assertions"


class SuppressionQuerySerializer(StrictSerializer):
    """Whose suppressions."""

    voter = serializers.CharField(max_length=40, help_text="A voter's id, `OH-…`.")


class SuppressionSerializer(serializers.Serializer[Any]):
    """What binds you: a kind and the day, and nobody's name."""

    kind = serializers.ChoiceField(SuppressionKind.choices)
    day = serializers.DateField()


class SuppressionsSerializer(serializers.Serializer[Any]):
    """What binds you about one voter."""

    voter = serializers.CharField()
    suppressions = SuppressionSerializer(many=True)
    wrong_phones = serializers.ListField(
        child=serializers.CharField(),
        help_text="Numbers known to be wrong, where you are licensed for contact details.",
    )


class AssertionQuerySerializer(PageQuerySerializer):
    """Which state's."""

    state = serializers.RegexField(r"\A[A-Z]{2}\Z")


class AssertionSerializer(serializers.Serializer[Any]):
    """Who asserted what."""

    id = serializers.CharField()
    voter = serializers.CharField()
    kind = serializers.ChoiceField(SuppressionKind.choices)
    opted_in = serializers.BooleanField(help_text="The voter opted back in.")
    organization = serializers.UUIDField()
    source = serializers.CharField()  # type: ignore[assignment]  # DRF has an attribute of this name
    occurred_at = serializers.DateTimeField()
    asserted_at = serializers.DateTimeField()
    confirmed_at = serializers.DateTimeField(allow_null=True)
    lifted_at = serializers.DateTimeField(allow_null=True)


class AssertionPageSerializer(serializers.Serializer[Any]):
    """A page of assertions, the newest first."""

    results = AssertionSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class LiftSerializer(StrictSerializer):
    """Whose assertions to lift: an organization's, of one source and kind where these are named."""

    state = serializers.RegexField(r"\A[A-Z]{2}\Z")
    organization = serializers.UUIDField()
    source = serializers.CharField(  # type: ignore[assignment]  # DRF has an attribute of this name
        required=False, max_length=60, allow_blank=True
    )
    kind = serializers.ChoiceField(SuppressionKind.choices, required=False)


class LiftedSerializer(serializers.Serializer[Any]):
    """How many assertions were lifted."""

    lifted = serializers.IntegerField()


class SuppressionsView(CoopView):
    """What binds the caller about a voter."""

    needs: ClassVar = {"GET": Need(Permission.CONTACTS_READ, Action.READ)}

    @extend_schema(
        operation_id="suppressions_of_voter",
        parameters=[SuppressionQuerySerializer],
        responses=SuppressionsSerializer,
    )
    def get(self, request: CoopRequest) -> Response:
        """Return in which ways a voter must not be contacted, as far as you may read the voter."""
        asked = self.query(SuppressionQuerySerializer)
        state, voter = parse_voter_id(asked["voter"])
        bindings, phones = read_suppressions(state=state, voter=voter, by=request.actor)
        return Response(
            {
                "voter": voter_id(state, voter),
                "suppressions": [
                    {"kind": one.kind, "day": one.day} for one in bindings
                ],
                "wrong_phones": sorted(phones),
            }
        )


class LiftView(CoopView):
    """Lifting suppressions."""

    needs: ClassVar = {"POST": Need(Permission.GRANTS_MANAGE, Action.MANAGE)}
    throttle = "sensitive"

    @extend_schema(
        operation_id="suppressions_lift",
        request=LiftSerializer,
        responses=LiftedSerializer,
        examples=[
            OpenApiExample(
                "A source that went wrong",
                {
                    "state": "OH",
                    "organization": "b6d0b0a2-6d0c-4b29-8a43-0a8a4f3f6a54",
                    "source": "dialer",
                    "kind": "call",
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: CoopRequest) -> Response:
        """Lift what a source asserted in your state; what others assert goes on binding."""
        asked = self.body(LiftSerializer)
        lifted = lift_suppressions(**asked, by=request.actor)
        return Response({"lifted": lifted})


class AssertionsView(CoopView):
    """Who asserted what."""

    needs: ClassVar = {"GET": Need(Permission.CONTACTS_READ, Action.READ)}

    @extend_schema(
        operation_id="suppression_assertions",
        parameters=[AssertionQuerySerializer],
        responses=AssertionPageSerializer,
    )
    def get(self, request: CoopRequest) -> Response:
        """List assertions, the newest first: the state's owner sees all, others their own."""
        asked = self.query(AssertionQuerySerializer)
        after = _opened(request.actor, asked.get("cursor"))
        rows = read_assertions(
            state=asked["state"],
            after=after,
            limit=asked["limit"] + 1,
            by=request.actor,
        )
        shown, following = page(
            request.actor,
            CURSOR,
            rows,
            asked["limit"],
            lambda row: [row.asserted_at.isoformat(), row.assertion],
        )
        return Response(
            {"results": [_assertion(row) for row in shown], "next": following}
        )


class ConfirmView(CoopView):
    """Confirming a death or a move."""

    needs: ClassVar = {"POST": Need(Permission.GRANTS_MANAGE, Action.MANAGE)}

    @extend_schema(
        operation_id="suppression_confirm", request=None, responses={204: None}
    )
    def post(self, request: CoopRequest, assertion: str) -> Response:
        """Let a claimed death or move in your state bind everyone."""
        state, found = parse_id(assertion, "suppression")
        confirm_suppression(state=state, assertion=found, by=request.actor)
        return Response(status=204)


def _assertion(row: SuppressionAssertion) -> dict[str, Any]:
    return {
        "id": voter_id(row.state, row.assertion),
        "voter": voter_id(row.state, row.voter),
        "kind": row.kind,
        "opted_in": row.opted_in,
        "organization": row.organization,
        "source": row.source,
        "occurred_at": row.event_time,
        "asserted_at": row.asserted_at,
        "confirmed_at": row.confirmed_at,
        "lifted_at": row.lifted_at,
    }


def _opened(actor: Actor, cursor: str | None) -> tuple[Any, UUID] | None:
    if cursor is None:
        return None
    at, assertion = open_cursor(actor, CURSOR, cursor)
    return parse_datetime(at), UUID(assertion)


urlpatterns = [
    path("suppressions", SuppressionsView.as_view(), name="suppressions"),
    path("suppressions/lift", LiftView.as_view(), name="suppressions-lift"),
    path("suppression-assertions", AssertionsView.as_view(), name="assertions"),
    path(
        "suppression-assertions/<str:assertion>/confirm",
        ConfirmView.as_view(),
        name="assertion-confirm",
    ),
]

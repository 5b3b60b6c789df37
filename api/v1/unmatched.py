"""/v1/unmatched-contacts: what waits for a state's owner to say whom it is about."""

from __future__ import annotations

from typing import Any, ClassVar, Final
from uuid import UUID

from django.db import transaction
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
from states.canvass.blind import retry_unmatched, settle_unmatched, waiting_in
from states.canvass.models import UnmatchedContact
from states.canvass.tasks import bell
from states.canvass.vocabulary import CONTACT_TYPES
from states.voters.ids import voter_id

CURSOR: Final = "unmatched-contacts"


class UnmatchedQuerySerializer(PageQuerySerializer):
    """Which state's."""

    state = serializers.RegexField(r"\A[A-Z]{2}\Z")


class UnmatchedSerializer(serializers.Serializer[Any]):
    """A contact that waits: whom it describes, and what kind of contact it was."""

    id = serializers.CharField()
    about = serializers.JSONField(
        help_text="The reference to the voter as it was sent."
    )
    organization = serializers.UUIDField(
        allow_null=True,
        help_text="Whose it is, where its contacts enter the state party's pool.",
    )
    kind = serializers.ChoiceField(["contact", "correction", "retraction"])
    contact_type = serializers.CharField(allow_null=True)
    problem = serializers.CharField(
        allow_null=True,
        help_text="Why it could not be applied; null where it fits nobody for sure.",
    )
    occurred_at = serializers.DateTimeField()
    received_at = serializers.DateTimeField()


class UnmatchedPageSerializer(serializers.Serializer[Any]):
    """A page of contacts that wait, the oldest first."""

    results = UnmatchedSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class ResolveSerializer(StrictSerializer):
    """Whom a waiting contact is about."""

    voter = serializers.CharField(
        max_length=40,
        required=False,
        help_text="A voter's id, `OH-…`. What has a `problem` is tried again as it is without one.",
    )


class UnmatchedView(CoopView):
    """Contacts that wait."""

    needs: ClassVar = {"GET": Need(Permission.GRANTS_MANAGE, Action.MANAGE)}

    @extend_schema(
        operation_id="unmatched_contacts",
        parameters=[UnmatchedQuerySerializer],
        responses=UnmatchedPageSerializer,
    )
    def get(self, request: CoopRequest) -> Response:
        """List contacts of your state from those who may not read it: they fit nobody, or cannot be applied."""
        asked = self.query(UnmatchedQuerySerializer)
        after = _opened(request.actor, asked.get("cursor"))
        rows = waiting_in(asked["state"], after=after, limit=asked["limit"] + 1)
        shown, following = page(
            request.actor,
            CURSOR,
            rows,
            asked["limit"],
            lambda row: [row.received_at.isoformat(), row.contact],
        )
        return Response({"results": [_shown(row) for row in shown], "next": following})


class ResolveView(CoopView):
    """Saying whom a waiting contact is about."""

    needs: ClassVar = {"POST": Need(Permission.GRANTS_MANAGE, None)}

    @extend_schema(
        operation_id="unmatched_contact_resolve",
        request=ResolveSerializer,
        responses={202: None},
        examples=[
            OpenApiExample(
                "It is she",
                {"voter": "OH-6f1ed002ab5595859014ebf0951522d9"},
                request_only=True,
            )
        ],
    )
    def post(self, request: CoopRequest, contact: str) -> Response:
        """Apply a waiting contact of your state to a voter, for the organization that pushed it."""
        state, found = parse_id(contact, "contact")
        voter = self.body(ResolveSerializer).get("voter")
        if voter is None:
            retry_unmatched(state=state, contact=found, by=request.actor)
        else:
            settle_unmatched(state=state, contact=found, voter=voter, by=request.actor)
        transaction.on_commit(bell.ring)
        return Response(status=202)


class DismissView(CoopView):
    """Saying that a waiting contact is about nobody."""

    needs: ClassVar = {"POST": Need(Permission.GRANTS_MANAGE, None)}

    @extend_schema(
        operation_id="unmatched_contact_dismiss", request=None, responses={204: None}
    )
    def post(self, request: CoopRequest, contact: str) -> Response:
        """Dismiss a waiting contact of your state: it takes no effect."""
        state, found = parse_id(contact, "contact")
        settle_unmatched(state=state, contact=found, voter=None, by=request.actor)
        return Response(status=204)


def _shown(row: UnmatchedContact) -> dict[str, Any]:
    return {
        "id": voter_id(row.state, row.contact),
        "about": row.about,
        "organization": row.told_by,
        "kind": row.kind,
        "contact_type": None
        if row.contact_type is None
        else CONTACT_TYPES.name(row.contact_type),
        "problem": row.problem,
        "occurred_at": row.event_time,
        "received_at": row.received_at,
    }


def _opened(actor: Actor, cursor: str | None) -> tuple[Any, UUID] | None:
    if cursor is None:
        return None
    at, contact = open_cursor(actor, CURSOR, cursor)
    return parse_datetime(at), UUID(contact)


urlpatterns = [
    path("unmatched-contacts", UnmatchedView.as_view(), name="unmatched-contacts"),
    path(
        "unmatched-contacts/<str:contact>/resolve",
        ResolveView.as_view(),
        name="unmatched-contact-resolve",
    ),
    path(
        "unmatched-contacts/<str:contact>/dismiss",
        DismissView.as_view(),
        name="unmatched-contact-dismiss",
    ),
]

"""The resources /v1/contacts/{id}/corrections and /retractions: setting right what was pushed."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import transaction
from django.urls import path
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.contact_shapes import NewContactSerializer
from api.contact_showing import name_of
from api.pagination import cursor_invalid, open_cursor, page
from api.serializers import PageQuerySerializer, StrictSerializer
from api.views import CoopRequest, CoopView, Need
from coop.actors import Action, Actor, Permission
from coop.errors import Invalid
from states.canvass.access import get_own_contact
from states.canvass.amending import Amendment, correct_contact, retract_contact
from states.canvass.items import EVENT_ID_LONGEST
from states.canvass.models import ContactVersion
from states.canvass.queries import versions_of
from states.canvass.tasks import bell
from states.canvass.vocabulary import CONTACT_TYPES, RESULT_CODES
from states.voters.ids import voter_id

_ACCEPTED = {
    "id": "OH-9b1f6d3c2a7e4b58a0c1d2e3f4a5b6c7",
    "event_id": "fix-112",
    "contact": "OH-2c1cf4b7d2f94f1db8b3b7c1f0d1a5e6",
    "verdict": "accepted",
    "receipt": "0b0f3a86-5a3e-4c3b-9c83-0f6f5f2f7d0e",
}


class CorrectionSerializer(NewContactSerializer):
    """What a contact should have said: as it is pushed, without the voter."""

    voter = None  # type: ignore[assignment]  # DRF drops an inherited field so


class AmendmentSerializer(serializers.Serializer[Any]):
    """What became of a correction or retraction."""

    id = serializers.CharField(help_text="The event's own id.")
    event_id = serializers.CharField()
    contact = serializers.CharField()
    verdict = serializers.ChoiceField(["accepted", "duplicate"])
    receipt = serializers.UUIDField(allow_null=True)


class VersionSerializer(serializers.Serializer[Any]):
    """What was said of a contact at one time; a retraction says nothing more."""

    id = serializers.CharField()
    kind = serializers.ChoiceField(["contact", "correction", "retraction"])
    event_id = serializers.CharField()
    occurred_at = serializers.DateTimeField()
    received_at = serializers.DateTimeField()
    contact_type = serializers.CharField(allow_null=True)
    result_code = serializers.CharField(allow_null=True)
    support = serializers.IntegerField(allow_null=True)
    survey_responses = serializers.ListField()
    activist_codes = serializers.ListField()


class VersionsSerializer(serializers.Serializer[Any]):
    """A contact's versions."""

    results = VersionSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class RetractionSerializer(StrictSerializer):
    """A retraction: nothing but its own event id."""

    event_id = serializers.CharField(max_length=EVENT_ID_LONGEST)


class CorrectionsView(CoopView):
    """Correcting a contact."""

    needs: ClassVar = {"POST": Need(Permission.CONTACTS_WRITE, Action.CONTRIBUTE)}

    @extend_schema(
        operation_id="contact_correct",
        request=CorrectionSerializer,
        responses={202: AmendmentSerializer},
        examples=[
            OpenApiExample(
                "Somebody was at home after all",
                {"event_id": "fix-112", "contact_type": "walk", "support": 4},
                request_only=True,
            ),
            OpenApiExample("Accepted", _ACCEPTED, response_only=True),
        ],
    )
    def post(self, request: CoopRequest, contact: str) -> Response:
        """Say anew what one of your contacts should have said: all of it, but for the voter.

        An event of its own with an event id of its own, applied exactly once. The newest
        correction counts; without `occurred_at` the contact's time stays. Current values
        and suppressions are worked out anew from history, and readers hear of it in the feed.
        """
        told = request.data
        if not isinstance(told, dict):
            raise Invalid("object_required", "A correction must be an object.")
        done = correct_contact(contact=contact, told=told, by=request.actor)
        return _answer(done)


class RetractionsView(CoopView):
    """Retracting a contact."""

    needs: ClassVar = {"POST": Need(Permission.CONTACTS_WRITE, Action.CONTRIBUTE)}

    @extend_schema(
        operation_id="contact_retract",
        request=RetractionSerializer,
        responses={202: AmendmentSerializer},
        examples=[
            OpenApiExample("A slip", {"event_id": "gone-112"}, request_only=True),
            OpenApiExample("Accepted", _ACCEPTED, response_only=True),
        ],
    )
    def post(self, request: CoopRequest, contact: str) -> Response:
        """Take one of your contacts back, for good; its history stays with you.

        For others it is as if it had never been. Opt-outs that rest on it alone end, unless
        the state's owner has confirmed them.
        """
        told = self.body(RetractionSerializer)
        done = retract_contact(
            contact=contact, event_id=told["event_id"], by=request.actor
        )
        return _answer(done)


class VersionsView(CoopView):
    """A contact's history."""

    needs: ClassVar = {"GET": Need(Permission.CONTACTS_READ, Action.READ)}

    @extend_schema(
        operation_id="contact_versions",
        parameters=[PageQuerySerializer],
        responses=VersionsSerializer,
    )
    def get(self, request: CoopRequest, contact: str) -> Response:
        """List the versions of one of your contacts that was amended, in the order of receipt."""
        asked = self.query(PageQuerySerializer)
        own = get_own_contact(contact, by=request.actor)
        name, limit = f"versions {own.contact}", asked["limit"]
        after = _seq_of(request.actor, name, asked.get("cursor"))
        found = versions_of(own.state, own.contact, after=after, limit=limit + 1)
        rows, following = page(request.actor, name, found, limit, lambda one: [one.seq])
        return Response(
            {"results": [_shown_version(row) for row in rows], "next": following}
        )


def _seq_of(actor: Actor, name: str, cursor: str | None) -> int:
    """Return where a page of versions goes on. Raises `Invalid` (`cursor_invalid`)."""
    if cursor is None:
        return 0
    values = open_cursor(actor, name, cursor)
    if len(values) != 1 or not isinstance(values[0], int):
        raise cursor_invalid()
    return values[0]


def _shown_amendment(done: Amendment) -> dict[str, Any]:
    """Return what became of a correction or retraction."""
    return {
        "id": done.id,
        "event_id": done.event_id,
        "contact": done.contact,
        "verdict": "duplicate" if done.duplicate else "accepted",
        "receipt": done.receipt,
    }


def _shown_version(row: ContactVersion) -> dict[str, Any]:
    """Return one version of one's own contact."""
    body = row.body
    return {
        "id": voter_id(row.state, row.version),
        "kind": row.kind,
        "event_id": row.event_id,
        "occurred_at": row.event_time,
        "received_at": row.received_at,
        "contact_type": name_of(CONTACT_TYPES, body.get("contact_type")),
        "result_code": name_of(RESULT_CODES, body.get("result_code")),
        "support": body.get("support"),
        "survey_responses": body.get("survey_responses", []),
        "activist_codes": body.get("activist_codes", []),
    }


def _answer(done: Amendment) -> Response:
    if not done.duplicate:
        transaction.on_commit(bell.ring)
    return Response(_shown_amendment(done), status=202)


urlpatterns = [
    path(
        "contacts/<str:contact>/corrections",
        CorrectionsView.as_view(),
        name="contact-corrections",
    ),
    path(
        "contacts/<str:contact>/retractions",
        RetractionsView.as_view(),
        name="contact-retractions",
    ),
    path(
        "contacts/<str:contact>/versions",
        VersionsView.as_view(),
        name="contact-versions",
    ),
]

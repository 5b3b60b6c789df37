"""The resources /v1/contacts and /v1/receipts: pushing canvass results and reading them back."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar, Final
from uuid import UUID

from django.db import transaction
from django.urls import path
from django.utils.dateparse import parse_datetime
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.pagination import open_cursor, page
from api.serializers import PageQuerySerializer
from api.views import CoopRequest, CoopView, Need
from coop.actors import Action, Actor, Permission
from coop.errors import Invalid
from coop.scoped_task import ring
from states.canvass.access import get_receipt, get_waiting
from states.canvass.actions import Outcome, Pushed, Verdict, push_contacts
from states.canvass.models import Contact, ContactDetail, InboxItem
from states.canvass.queries import items_of_receipt
from states.canvass.reading import read_contact, read_contacts
from states.canvass.tasks import apply_contacts
from states.canvass.vocabulary import (
    CONTACT_TYPES,
    INPUT_TYPES,
    RESULT_CODES,
    Vocabulary,
)
from states.voters.ids import parse_voter_id, voter_id

CURSOR: Final = "contacts"


class FaultSerializer(serializers.Serializer[Any]):
    """Why an item was rejected."""

    pointer = serializers.CharField(help_text="JSON pointer into the item.")
    code = serializers.CharField(help_text="Stable; listed in docs/api.md.")
    detail = serializers.CharField()


class VerdictSerializer(serializers.Serializer[Any]):
    """What became of one pushed contact."""

    index = serializers.IntegerField(help_text="Its place in the call, from 0.")
    event_id = serializers.CharField(allow_null=True)
    verdict = serializers.ChoiceField([one.value for one in Outcome])
    id = serializers.CharField(
        allow_null=True, help_text="The contact's id; none where it was rejected."
    )
    errors = FaultSerializer(many=True)  # type: ignore[assignment]  # DRF has an attribute of this name


class PushedSerializer(serializers.Serializer[Any]):
    """What became of a call."""

    receipt = serializers.UUIDField(
        allow_null=True, help_text="None for a test credential, which keeps nothing."
    )
    accepted = serializers.IntegerField()
    duplicate = serializers.IntegerField()
    rejected = serializers.IntegerField()
    results = VerdictSerializer(many=True)


class ContactSerializer(serializers.Serializer[Any]):
    """One contact. The last six members are for the organization that it was pushed for alone."""

    id = serializers.CharField()
    status = serializers.ChoiceField(["queued", "applied", "set_aside"])
    voter = serializers.CharField()
    organization = serializers.UUIDField()
    contact_type = serializers.CharField(allow_null=True)
    input_type = serializers.CharField(allow_null=True)
    result_code = serializers.CharField(allow_null=True)
    support = serializers.IntegerField(allow_null=True)
    occurred_at = serializers.DateTimeField()
    received_at = serializers.DateTimeField()
    applied_at = serializers.DateTimeField(allow_null=True)
    pooled = serializers.BooleanField(
        help_text="Whether it is in the state party's pool."
    )
    error = serializers.CharField(
        required=False, help_text="Why it was set aside: a code, no values."
    )
    event_id = serializers.CharField(required=False)
    source = serializers.CharField(required=False)  # type: ignore[assignment]  # DRF has an attribute of this name
    canvasser = serializers.CharField(required=False, allow_null=True)
    phone = serializers.CharField(required=False, allow_null=True)
    survey_responses = serializers.ListField(required=False)
    activist_codes = serializers.ListField(required=False)


class ContactPageSerializer(serializers.Serializer[Any]):
    """A page of contacts, the newest first."""

    results = ContactSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class ReceiptItemSerializer(serializers.Serializer[Any]):
    """How far one accepted contact has come."""

    id = serializers.CharField()
    event_id = serializers.CharField()
    status = serializers.ChoiceField(["queued", "applied", "set_aside"])
    error = serializers.CharField(allow_null=True)


class RejectionSerializer(serializers.Serializer[Any]):
    """An item that was rejected: its place in the call, and the codes."""

    index = serializers.IntegerField()
    codes = serializers.ListField(child=serializers.CharField())


class ReceiptSerializer(serializers.Serializer[Any]):
    """What one call pushed, and how far it has come."""

    id = serializers.UUIDField()
    received_at = serializers.DateTimeField()
    accepted = serializers.IntegerField()
    duplicate = serializers.IntegerField()
    rejected = serializers.IntegerField()
    rejections = RejectionSerializer(many=True)
    results = ReceiptItemSerializer(many=True)


class VoterQuerySerializer(PageQuerySerializer):
    """Whose contacts."""

    voter = serializers.CharField(max_length=40, help_text="A voter's id, `OH-…`.")


_ONE = {
    "event_id": "walk-7-door-112",
    "voter": "OH-6f1ed002ab5595859014ebf0951522d9",
    "contact_type": "walk",
    "support": 2,
    "occurred_at": "2026-10-31T15:04:05-04:00",
}
_NOT_HOME = {
    "event_id": "walk-7-door-113",
    "voter": {"state": "OH", "state_voter_id": "OH00000001002"},
    "contact_type": "walk",
    "result_code": "not_home",
}
_ACCEPTED = {
    "receipt": "0b0f3a86-5a3e-4c3b-9c83-0f6f5f2f7d0e",
    "accepted": 1,
    "duplicate": 0,
    "rejected": 0,
    "results": [
        {
            "index": 0,
            "event_id": "walk-7-door-112",
            "verdict": "accepted",
            "id": "OH-2c1cf4b7d2f94f1db8b3b7c1f0d1a5e6",
            "errors": [],
        }
    ],
}


class ContactsView(CoopView):
    """Pushing contacts, and reading a voter's."""

    needs: ClassVar = {
        # A test credential's push is kept from the inbox by the action; its entry stays.
        "POST": Need(Permission.CONTACTS_WRITE, None, writes=False),
        "GET": Need(Permission.CONTACTS_READ, Action.READ),
    }

    @extend_schema(
        operation_id="contacts_push",
        request=serializers.JSONField(),
        responses={202: PushedSerializer},
        examples=[
            OpenApiExample("One contact", _ONE, request_only=True),
            OpenApiExample(
                "A batch", {"contacts": [_ONE, _NOT_HOME]}, request_only=True
            ),
            OpenApiExample("Accepted", _ACCEPTED, response_only=True),
        ],
    )
    def post(self, request: CoopRequest) -> Response:
        """Push one contact, or up to 1,000 as `{"contacts": [...]}`.

        202 means that the accepted ones are kept for ever and will be applied exactly once,
        usually within a second. Items of a batch are judged one by one; a single contact
        that is rejected is a problem. An event id counts once per state, organization and
        source, for ever: the same again answers the same id.
        """
        items, single = _items(request.data)
        pushed = push_contacts(items=items, by=request.actor)
        if pushed.count(Outcome.ACCEPTED):
            transaction.on_commit(partial(ring, apply_contacts))
        first = pushed.verdicts[0]
        if single and first.outcome is Outcome.REJECTED:
            fault = first.faults[0]
            raise Invalid(fault.code, fault.detail, first.faults)
        return Response(_pushed(pushed), status=202)

    @extend_schema(
        operation_id="contacts_of_voter",
        parameters=[VoterQuerySerializer],
        responses=ContactPageSerializer,
    )
    def get(self, request: CoopRequest) -> Response:
        """List a voter's contacts that you may see, the newest first: your own, and the pool's."""
        asked = self.query(VoterQuerySerializer)
        state, voter = parse_voter_id(asked["voter"])
        before = _opened(request.actor, asked.get("cursor"))
        limit = asked["limit"]
        rows = read_contacts(
            state=state, voter=voter, before=before, limit=limit + 1, by=request.actor
        )
        shown, following = page(
            request.actor,
            CURSOR,
            rows,
            limit,
            lambda row: [row[0].event_time.isoformat(), row[0].contact],
        )
        results = [_contact(contact, detail) for contact, detail in shown]
        return Response({"results": results, "next": following})


class ContactView(CoopView):
    """One contact."""

    needs: ClassVar = {"GET": Need(Permission.CONTACTS_READ, Action.READ)}

    @extend_schema(operation_id="contact", responses=ContactSerializer)
    def get(self, request: CoopRequest, contact: str) -> Response:
        """Return a contact that you may see; one of your own also while it waits."""
        waiting = get_waiting(contact)
        if waiting is not None:
            return Response(_waiting(waiting))
        found, detail = read_contact(public_id=contact, by=request.actor)
        return Response(_contact(found, detail))


class ReceiptView(CoopView):
    """One receipt."""

    needs: ClassVar = {"GET": Need(Permission.CONTACTS_READ, Action.READ)}

    @extend_schema(operation_id="receipt", responses=ReceiptSerializer)
    def get(self, request: CoopRequest, receipt: UUID) -> Response:
        """Tell what one of your calls pushed, and how far each accepted contact has come."""
        found = get_receipt(receipt)
        items = items_of_receipt(found.states, found.id)
        return Response(
            {
                "id": found.id,
                "received_at": found.received_at,
                "accepted": found.accepted,
                "duplicate": found.duplicate,
                "rejected": found.rejected,
                "rejections": found.rejections,
                "results": [
                    {
                        "id": voter_id(item.state, item.contact),
                        "event_id": item.event_id,
                        "status": item.status,
                        "error": item.error,
                    }
                    for item in items
                ],
            }
        )


def _items(data: Any) -> tuple[list[Any], bool]:
    """Return the contacts of a body, and whether it is a single one."""
    if isinstance(data, dict) and "contacts" in data:
        items = data["contacts"]
        if set(data) != {"contacts"} or not isinstance(items, list):
            raise Invalid(
                "batch_malformed",
                'A batch is {"contacts": [...]} and nothing beside it.',
            )
        return items, False
    return [data], True


def _pushed(pushed: Pushed) -> dict[str, Any]:
    counts = {outcome.value: pushed.count(outcome) for outcome in Outcome}
    results = [_verdict(verdict) for verdict in pushed.verdicts]
    return {"receipt": pushed.receipt, **counts, "results": results}


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "index": verdict.index,
        "event_id": verdict.event_id,
        "verdict": verdict.outcome.value,
        "id": verdict.contact,
        "errors": [
            {"pointer": one.pointer, "code": one.code, "detail": one.detail}
            for one in verdict.faults
        ],
    }


def _contact(contact: Contact, detail: ContactDetail | None) -> dict[str, Any]:
    shown = {
        "id": voter_id(contact.state, contact.contact),
        "status": "applied",
        "voter": voter_id(contact.state, contact.voter),
        "organization": contact.organization,
        "contact_type": CONTACT_TYPES.name(contact.contact_type),
        "input_type": INPUT_TYPES.name(contact.input_type),
        "result_code": RESULT_CODES.name(contact.result_code),
        "support": contact.support,
        "occurred_at": contact.event_time,
        "received_at": contact.received_at,
        "applied_at": contact.applied_at,
        "pooled": contact.pooled,
    }
    return shown | (_own(detail) if detail else {})


def _own(detail: ContactDetail) -> dict[str, Any]:
    return {
        "event_id": detail.event_id,
        "source": detail.source,
        "canvasser": detail.canvasser,
        "phone": detail.phone,
        "survey_responses": detail.survey_responses,
        "activist_codes": detail.activist_codes,
    }


def _waiting(item: InboxItem) -> dict[str, Any]:
    body = item.body
    shown = {
        "id": voter_id(item.state, item.contact),
        "status": item.status,
        "voter": voter_id(item.state, item.voter),
        "organization": item.organization,
        "contact_type": _name(CONTACT_TYPES, body.get("contact_type")),
        "input_type": _name(INPUT_TYPES, body.get("input_type")),
        "result_code": _name(RESULT_CODES, body.get("result_code")),
        "support": body.get("support"),
        "occurred_at": item.event_time,
        "received_at": item.received_at,
        "applied_at": None,
        "pooled": item.pooled,
        "event_id": item.event_id,
        "source": item.source,
        "canvasser": body.get("canvasser"),
        "phone": body.get("phone"),
        "survey_responses": body.get("survey_responses", []),
        "activist_codes": body.get("activist_codes", []),
    }
    return shown | ({"error": item.error} if item.error else {})


def _name(words: Vocabulary, number: object) -> str | None:
    """Return a word's name; a row that was set aside may hold a number that is none of ours."""
    word = words.find(number)
    return word.name if word else None


def _opened(actor: Actor, cursor: str | None) -> tuple[Any, UUID] | None:
    if cursor is None:
        return None
    at, contact = open_cursor(actor, CURSOR, cursor)
    return parse_datetime(at), UUID(contact)


urlpatterns = [
    path("contacts", ContactsView.as_view(), name="contacts"),
    path("contacts/<str:contact>", ContactView.as_view(), name="contact"),
    path("receipts/<uuid:receipt>", ReceiptView.as_view(), name="receipt"),
]

"""The resources /v1/contacts and /v1/receipts: pushing canvass results and reading them back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Final, TypeAlias
from uuid import UUID

from django.db import transaction
from django.http.response import HttpResponseBase
from django.urls import path
from django.utils.dateparse import parse_datetime
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.response import Response

from api.arriving_bodies import LINES, is_lines
from api.contact_lines import answer_lines
from api.contact_shapes import (
    CONTACT_PUSH,
    ContactPageSerializer,
    ContactSerializer,
    ContactsQuerySerializer,
    PushedSerializer,
    ReceiptSerializer,
    SetAsideQuerySerializer,
    VerdictLineSerializer,
)
from api.contact_showing import (
    shown_blind,
    shown_contact,
    shown_pushed,
    shown_receipt,
    shown_waiting,
)
from api.pagination import open_cursor, page
from api.views import CoopRequest, CoopView, Need
from coop.actors import Action, Actor, Permission
from coop.errors import Invalid
from states.canvass.access import get_receipt, get_waiting, parse_id
from states.canvass.actions import Outcome, push_contacts
from states.canvass.blind import blind_contact, blind_of_receipt
from states.canvass.draining import replay_contact
from states.canvass.queries import items_of_receipt, set_aside_in
from states.canvass.reading import (
    Seen,
    Span,
    read_contact,
    read_contacts,
    read_own_contacts,
)
from states.canvass.tasks import bell
from states.voters.ids import parse_voter_id
from states.voters.queries import freshness

CURSOR: Final = "contacts"
OWN: Final = "contacts-own"
SET_ASIDE: Final = "contacts-set-aside"


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


class LineRenderer(BaseRenderer):
    """Lets clients ask for lines; the lines themselves are written as a stream."""

    media_type = LINES
    format = "ndjson"

    def render(self, data: Any, *_more: Any) -> bytes:
        """Return a problem before the first line, as JSON."""
        return JSONRenderer().render(data)


class ContactsView(CoopView):
    """Pushing contacts, and reading a voter's."""

    needs: ClassVar = {
        # A test credential's push is kept from the inbox by the action; its entry stays.
        "POST": Need(Permission.CONTACTS_WRITE, None, writes=False),
        "GET": Need(Permission.CONTACTS_READ, Action.READ),
    }

    def get_renderers(self) -> list[BaseRenderer]:
        """Return what can write the answer: lines are answered by lines."""
        mine = [LineRenderer()] if self._has_lines() else []
        return [*super().get_renderers(), *mine]

    def _has_lines(self) -> bool:
        asked = self.request
        return asked.method == "POST" and is_lines(asked.META.get("CONTENT_TYPE", ""))

    def _answer(self, request: CoopRequest) -> HttpResponseBase:
        """Answer lines by a stream; event ids are what makes their retries harmless."""
        if self._has_lines():
            return answer_lines(request._request, request.actor)  # noqa: SLF001 - nobody has parsed it
        return super()._answer(request)

    @extend_schema(
        operation_id="contacts_push",
        request={
            "application/json": CONTACT_PUSH,
            LINES: OpenApiTypes.STR,
        },
        responses={
            (202, "application/json"): PushedSerializer,
            (202, LINES): VerdictLineSerializer,
        },
        examples=[
            OpenApiExample("One contact", _ONE, request_only=True),
            OpenApiExample(
                "A batch", {"contacts": [_ONE, _NOT_HOME]}, request_only=True
            ),
            OpenApiExample(
                "Accepted", _ACCEPTED, response_only=True, status_codes=["202"]
            ),
        ],
    )
    def post(self, request: CoopRequest) -> Response:
        """Push one contact, or up to 1,000 as `{"contacts": [...]}`.

        202 means that the accepted ones are kept for ever and will be applied exactly once,
        usually within a second. Items of a batch are judged one by one; a single contact
        that is rejected is a problem. An event id counts once per state, organization and
        source, for ever: the same again answers the same id.

        A body of `application/x-ndjson` (also with `Content-Encoding: gzip`) holds a contact a
        line, any number of them. They are kept in micro-batches; the verdict of each line is
        a line of the answer, sent once it is kept.
        """
        items, single = _items(request.data)
        pushed = push_contacts(items=items, by=request.actor)
        if pushed.count(Outcome.ACCEPTED):
            transaction.on_commit(bell.ring)
        first = pushed.verdicts[0]
        if single and first.outcome is Outcome.REJECTED:
            fault = first.faults[0]
            raise Invalid(fault.code, fault.detail, first.faults)
        return Response(shown_pushed(pushed), status=202)

    @extend_schema(
        operation_id="contacts_list",
        parameters=[ContactsQuerySerializer],
        responses=ContactPageSerializer,
    )
    def get(self, request: CoopRequest) -> Response:
        """List a voter's contacts that you may see, your own and the pool's; or your own of a state.

        The newest by `occurred_at` first, once they are applied.
        """
        asked = self.query(ContactsQuerySerializer)
        of_voter, limit = "voter" in asked, asked["limit"]
        name = CURSOR if of_voter else OWN
        before = _opened(request.actor, name, asked.get("cursor"))
        state, rows = _read(request.actor, asked, before)
        shown, following = page(
            request.actor,
            name,
            rows,
            limit,
            lambda row: [row[0].event_time.isoformat(), row[0].contact],
        )
        results = [shown_contact(contact, detail) for contact, detail in shown]
        fresh = {code: one.shown() for code, one in freshness([state]).items()}
        return Response({"results": results, "next": following, "freshness": fresh})


class ContactView(CoopView):
    """One contact."""

    needs: ClassVar = {"GET": Need(Permission.CONTACTS_READ, Action.READ)}

    @extend_schema(operation_id="contact", responses=ContactSerializer)
    def get(self, request: CoopRequest, contact: str) -> Response:
        """Return a contact that you may see; one of your own also while it waits."""
        blind = blind_contact(*parse_id(contact, "contact"))
        if blind is not None:
            return Response(shown_blind(blind))
        waiting = get_waiting(contact)
        if waiting is not None:
            return Response(shown_waiting(waiting))
        found, detail = read_contact(public_id=contact, by=request.actor)
        return Response(shown_contact(found, detail))


class SetAsideView(CoopView):
    """Contacts that could not be applied."""

    needs: ClassVar = {"GET": Need(Permission.CONTACTS_READ, Action.READ)}

    @extend_schema(
        operation_id="contacts_set_aside",
        parameters=[SetAsideQuerySerializer],
        responses=ContactPageSerializer,
    )
    def get(self, request: CoopRequest) -> Response:
        """List your own accepted contacts of a state that could not be applied, the oldest first."""
        asked = self.query(SetAsideQuerySerializer)
        limit, cursor = asked["limit"], asked.get("cursor")
        after = open_cursor(request.actor, SET_ASIDE, cursor)[0] if cursor else 0
        rows = set_aside_in(asked["state"], after=int(after), limit=limit + 1)
        shown, following = page(
            request.actor, SET_ASIDE, rows, limit, lambda row: [row.seq]
        )
        results = [shown_waiting(row) for row in shown]
        return Response({"results": results, "next": following})


class ReplayView(CoopView):
    """Trying a contact again."""

    needs: ClassVar = {"POST": Need(Permission.CONTACTS_WRITE, Action.MANAGE)}

    @extend_schema(operation_id="contact_replay", request=None, responses={202: None})
    def post(self, request: CoopRequest, contact: str) -> Response:
        """Queue one of your own contacts again that was set aside."""
        state, found = parse_id(contact, "contact")
        replay_contact(state=state, contact=found, by=request.actor)
        transaction.on_commit(bell.ring)
        return Response(status=202)


class ReceiptView(CoopView):
    """One receipt."""

    needs: ClassVar = {"GET": Need(Permission.CONTACTS_READ, Action.READ)}

    @extend_schema(operation_id="receipt", responses=ReceiptSerializer)
    def get(self, request: CoopRequest, receipt: UUID) -> Response:
        """Tell what one of your calls pushed, and how far each accepted contact has come."""
        found = get_receipt(receipt)
        items = items_of_receipt(found.states, found.id)
        blind = blind_of_receipt(found.states, found.id)
        return Response(shown_receipt(found, list(items), blind))


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


Place: TypeAlias = tuple[Any, UUID] | None


def _read(
    actor: Actor, asked: dict[str, Any], before: Place
) -> tuple[str, Sequence[Seen]]:
    """Return the state that was asked about, and a page of contacts and one more."""
    span = Span(asked.get("since"), asked.get("until"))
    limit = asked["limit"] + 1
    if "voter" not in asked:
        state = asked["state"]
        return state, read_own_contacts(
            state=state, before=before, limit=limit, span=span, by=actor
        )
    state, voter = parse_voter_id(asked["voter"])
    return state, read_contacts(
        state=state, voter=voter, before=before, limit=limit, span=span, by=actor
    )


def _opened(actor: Actor, name: str, cursor: str | None) -> Place:
    if cursor is None:
        return None
    at, contact = open_cursor(actor, name, cursor)
    return parse_datetime(at), UUID(contact)


urlpatterns = [
    path("contacts", ContactsView.as_view(), name="contacts"),
    path("contacts/set-aside", SetAsideView.as_view(), name="contacts-set-aside"),
    path("contacts/<str:contact>/replay", ReplayView.as_view(), name="contact-replay"),
    path("contacts/<str:contact>", ContactView.as_view(), name="contact"),
    path("receipts/<uuid:receipt>", ReceiptView.as_view(), name="receipt"),
]

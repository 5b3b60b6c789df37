"""/v1/ledger: the account, for whoever acted and for the owner of the state it was about."""

from __future__ import annotations

from typing import Any, ClassVar, Final
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.pagination import open_cursor, page
from api.serializers import PageQuerySerializer, StrictSerializer
from api.views import CoopRequest, CoopView, Need
from coop.actors import Action, Actor, Permission
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from coop.ledger.models import Entry
from coop.ledger.queries import LINE, Wanted, entries, fields_used, summary

LIST: Final = "ledger"
READ: Final = Need(Permission.LEDGER_READ, Action.MANAGE)
SUBJECTS_SHOWN: Final = ("grants:", "voters:", "files:", "imports:", "jurisdictions:")
"""Of another organization's acts the owner sees subjects that are its own: never a list or a key."""


class WantedSerializer(StrictSerializer):
    """Which entries."""

    state = serializers.CharField(max_length=2, required=False)
    organization = serializers.UUIDField(required=False)
    event = serializers.ChoiceField(
        choices=[one.value for one in Event], required=False
    )
    outcome = serializers.ChoiceField(choices=["done", "refused"], required=False)
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False, help_text="Not included.")


class LedgerQuerySerializer(WantedSerializer, PageQuerySerializer):
    """Which entries, and where the list continues."""


class EntrySerializer(serializers.Serializer[Any]):
    """One act."""

    id = serializers.UUIDField()
    at = serializers.DateTimeField()
    event = serializers.CharField()
    outcome = serializers.ChoiceField(choices=["done", "refused"])
    state = serializers.CharField(allow_null=True)
    organization = serializers.UUIDField()
    principal = serializers.UUIDField()
    principal_kind = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    request_id = serializers.CharField()
    subject = serializers.CharField()
    grants = serializers.ListField(child=serializers.UUIDField())
    purpose = serializers.CharField()
    groups = serializers.ListField(child=serializers.CharField())
    fields = serializers.ListField(child=serializers.CharField())  # type: ignore[assignment]
    rows = serializers.IntegerField(allow_null=True)
    code = serializers.CharField(help_text="Of the refusal; '' for what was done.")
    detail = serializers.DictField(help_text="Figures and standard names.")


class LedgerPageSerializer(serializers.Serializer[Any]):
    """A page of the ledger, newest first."""

    results = EntrySerializer(many=True)
    next = serializers.CharField(allow_null=True)


class LineSerializer(serializers.Serializer[Any]):
    """What one organization did in one day."""

    day = serializers.DateField()
    organization = serializers.UUIDField()
    event = serializers.CharField()
    outcome = serializers.ChoiceField(choices=["done", "refused"])
    state = serializers.CharField(allow_null=True)
    purpose = serializers.CharField()
    acts = serializers.IntegerField()
    rows = serializers.IntegerField()
    fields = serializers.ListField(child=serializers.CharField())  # type: ignore[assignment]


class SummarySerializer(serializers.Serializer[Any]):
    """Who used what, by day (UTC); at most 5,000 lines, so name a time for a long account."""

    results = LineSerializer(many=True)
    next = serializers.CharField(allow_null=True)


ENTRY: Final = {
    "id": "3b1f8f0a-0d0c-4a53-8f2e-0f8f1d2c3b4a",
    "at": "2026-11-22T10:15:00Z",
    "event": "targeting:universe:counted",
    "outcome": "done",
    "state": "OH",
    "organization": "5d3c8e0e-51a4-4a52-9a43-0f5a6c1e2b7d",
    "principal": "0b6ad3f0-6f35-4a4e-8e7f-1a2b3c4d5e6f",
    "principal_kind": "credential",
    "source": "field-tool",
    "request_id": "5f2d9a3c7b1e4f60a8d2c4e6b8f01234",
    "subject": "",
    "grants": ["9f0c7b1a-2d3e-4f50-8a6b-7c8d9e0f1a2b"],
    "purpose": "election",
    "groups": ["registration"],
    "fields": ["party", "status"],
    "rows": 41210,
    "code": "",
    "detail": {},
}
SUMMARY_LINE: Final = {
    "day": "2026-11-22",
    "organization": "5d3c8e0e-51a4-4a52-9a43-0f5a6c1e2b7d",
    "event": "targeting:universe:counted",
    "outcome": "done",
    "state": "OH",
    "purpose": "election",
    "acts": 17,
    "rows": 601233,
    "fields": ["party", "status"],
}


class LedgerView(CoopView):
    """The entries."""

    throttle = "query"
    needs: ClassVar = {"GET": READ}

    @extend_schema(
        operation_id="ledger_list",
        parameters=[LedgerQuerySerializer],
        responses=LedgerPageSerializer,
        examples=[
            OpenApiExample(
                "A page", {"results": [ENTRY], "next": None}, response_only=True
            )
        ],
    )
    def get(self, request: CoopRequest) -> Response:
        """List the caller's own acts and every use of a state that it owns, newest first."""
        asked = self.query(LedgerQuerySerializer)
        limit, cursor = asked.pop("limit"), asked.pop("cursor", None)
        wanted = Wanted(**asked)
        after = open_cursor(request.actor, LIST, cursor) if cursor else None
        found = entries(
            wanted, after=(after[0], after[1]) if after else None, limit=limit + 1
        )
        shown, following = page(
            request.actor, LIST, found, limit, lambda one: (one.at.isoformat(), one.id)
        )
        _account(wanted, request.actor, len(shown))
        results = [_shown(one, request.actor.organization) for one in shown]
        return Response({"results": results, "next": following})


class SummaryView(CoopView):
    """The account by day."""

    throttle = "query"
    needs: ClassVar = {"GET": READ}

    @extend_schema(
        operation_id="ledger_summary",
        parameters=[WantedSerializer],
        responses=SummarySerializer,
        examples=[
            OpenApiExample(
                "A day", {"results": [SUMMARY_LINE], "next": None}, response_only=True
            )
        ],
    )
    def get(self, request: CoopRequest) -> Response:
        """Sum up who used what, by day, organization, event and purpose, with fields and rows."""
        wanted = Wanted(**self.query(WantedSerializer))
        used = fields_used(wanted)
        lines = [
            {
                **line,
                "rows": line["total_rows"] or 0,
                "fields": used.get(tuple(line[name] for name in LINE), []),
            }
            for line in summary(wanted)
        ]
        _account(wanted, request.actor, len(lines))
        return Response(SummarySerializer({"results": lines, "next": None}).data)


def _shown(entry: Entry, reader: UUID) -> dict[str, Any]:
    shown = dict(EntrySerializer(entry).data)
    if entry.organization != reader and not entry.event.startswith(SUBJECTS_SHOWN):
        shown["subject"] = ""
    return shown


def _account(wanted: Wanted, by: Actor, rows: int) -> None:
    """Write down that the ledger was read; after reading, so that an answer never tells of itself."""
    record(Event.LEDGER_READ, by=by, use=Use(state=wanted.state, rows=rows))


urlpatterns = [
    path("ledger", LedgerView.as_view(), name="ledger"),
    path("ledger/summary", SummaryView.as_view(), name="ledger-summary"),
]

"""/v1/states/{code}/leak-traces and tracers/alarms: files that the party found, traced; and tracers that somebody contacted."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar, Final
from uuid import UUID

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.pagination import open_cursor, page
from api.parsers import body_chunks
from api.serializers import PageQuerySerializer
from api.views import CoopRequest, CoopView, Need
from coop.actors import Action, Permission
from coop.scoped_task import ring
from states.tracers.alarms import alarms_after
from states.tracers.leak_traces import get_trace, queue_trace, traces_after
from states.tracers.models import Alarm, TraceStatus
from states.tracers.tasks import trace as trace_files

NEED: Final = Need(Permission.TRACERS_MANAGE, Action.MANAGE)
_FOUND: Final[dict[str, Any]] = {
    "rows": 41_882,
    "tracers": 9,
    "ways": {"id": 7, "register": 2},
    "unreadable": 0,
    "licensees": [
        {
            "organization": "7b1e4f60-a8d2-4c5e-9b01-234f0f3c5a7e",
            "name": "Reyes for Ohio",
            "named": True,
            "by": "own_tracers",
            "positions": 31,
            "score": 24.1,
            "innocent_chance": 3.1e-8,
            "exports": [
                {
                    "export": "0f3c5a7e-9b1d-4f60-a8d2-c4e6b8f01234",
                    "at": "2026-10-02T14:11:09+00:00",
                    "own_found": 3,
                    "own": 3,
                    "code_found": 6,
                    "code": 6,
                }
            ],
        }
    ],
}
TRACE: Final[dict[str, Any]] = {
    "id": "5c5e9b01-4f0f-4c5a-a7e0-7b1e4f60a8d2",
    "state": "OH",
    "status": "done",
    "problem": "",
    "size": 9_114_220,
    "rows_read": 41_882,
    "asked_at": "2026-11-20T10:05:00Z",
    "finished_at": "2026-11-20T10:05:04Z",
    "found": _FOUND,
}


class LeakExportSerializer(serializers.Serializer[Any]):
    """How many of an export's tracers stand in a file: its own, which nobody else got, and those of the code."""

    export = serializers.UUIDField()
    at = serializers.DateTimeField()
    own_found = serializers.IntegerField()
    own = serializers.IntegerField()
    code_found = serializers.IntegerField()
    code = serializers.IntegerField()


class LeakLicenseeSerializer(serializers.Serializer[Any]):
    """A licensee of whose tracers some stand in a file.

    `named`: the file is laid to it, by its own tracers or by the code; `innocent_chance` bounds how likely an innocent
    licensee would fit the code as well, all licensees taken together.
    """

    organization = serializers.UUIDField()
    name = serializers.CharField()
    named = serializers.BooleanField()
    by = serializers.ChoiceField(["own_tracers", "code", "nothing"])
    positions = serializers.IntegerField()
    score = serializers.FloatField()
    innocent_chance = serializers.FloatField()
    exports = LeakExportSerializer(many=True)


class LeakFoundSerializer(serializers.Serializer[Any]):
    """What a file told: its rows, the tracers in it and how they were known, and whose they are, the best proven first."""

    rows = serializers.IntegerField()
    tracers = serializers.IntegerField()
    ways = serializers.DictField(child=serializers.IntegerField())
    unreadable = serializers.IntegerField(
        help_text="Chunks of the account that could not be opened."
    )
    licensees = LeakLicenseeSerializer(many=True)


class LeakTraceSerializer(serializers.Serializer[Any]):
    """A found file, and what it told once it is traced."""

    id = serializers.UUIDField()
    state = serializers.CharField()
    status = serializers.ChoiceField(TraceStatus.choices)
    problem = serializers.CharField(
        help_text="Why it failed: leak_unreadable, sheet_lost, gave_up, tracers_sealed."
    )
    size = serializers.IntegerField()
    rows_read = serializers.IntegerField()
    asked_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    found = LeakFoundSerializer(allow_null=True)


class LeakTracesSerializer(serializers.Serializer[Any]):
    """A page of traces, the newest first."""

    results = LeakTraceSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class TracerAlarmSerializer(serializers.Serializer[Any]):
    """Somebody said something of a tracer: who, how it was known, and to whom the tracer had been given.

    `tracer` is null where a phone alone was told, which several tracers share; `by_licensee` tells
    that whoever contacted it had been given it.
    """

    id = serializers.UUIDField()
    tracer = serializers.UUIDField(allow_null=True)
    organization = serializers.UUIDField()
    source = serializers.CharField()  # type: ignore[assignment]  # DRF has an attribute of this name
    way = serializers.ChoiceField(["id", "register", "email", "phone", "address"])
    exports = serializers.ListField(child=serializers.UUIDField())
    licensees = serializers.ListField(child=serializers.UUIDField())
    by_licensee = serializers.SerializerMethodField()
    said_at = serializers.DateTimeField()
    noticed_at = serializers.DateTimeField()

    def get_by_licensee(self, alarm: Alarm) -> bool:
        """Tell whether its own licensee contacted it, as anyone does who works through a list."""
        return alarm.organization in alarm.licensees


class TracerAlarmsSerializer(serializers.Serializer[Any]):
    """A page of alarms, the newest first."""

    results = TracerAlarmSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class AlarmsQuerySerializer(PageQuerySerializer):
    """Which alarms."""

    of_others = serializers.BooleanField(
        required=False,
        default=False,
        help_text="Leave out what a tracer's own licensees did, as anyone does who works through a list.",
    )


class LeakTracesView(CoopView):
    """The files that the state's party had traced."""

    needs: ClassVar = {
        "GET": NEED,
        "POST": Need(Permission.TRACERS_MANAGE, None),
    }

    @extend_schema(
        operation_id="leak_traces_list",
        parameters=[PageQuerySerializer],
        responses=LeakTracesSerializer,
    )
    def get(self, request: CoopRequest, code: str) -> Response:
        """List the traces, the newest first. To anyone but the state's party there are none."""
        asked = self.query(PageQuerySerializer)
        name = f"leak-traces|{code}"
        after = _after(request, name, asked)
        rows = traces_after(code, after, asked["limit"] + 1, by=request.actor)
        shown, following = page(
            request.actor,
            name,
            rows,
            asked["limit"],
            lambda one: [one.asked_at.isoformat(), one.id],
        )
        results = LeakTraceSerializer(shown, many=True).data
        return Response({"results": results, "next": following})

    @extend_schema(
        operation_id="leak_traces_create",
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses={202: LeakTraceSerializer},
        examples=[
            OpenApiExample(
                "Waiting",
                TRACE
                | {"status": "queued", "found": None, "finished_at": None}
                | {"rows_read": 0},
                response_only=True,
                status_codes=["202"],
            )
        ],
    )
    def post(self, request: CoopRequest, code: str) -> Response:
        """Send a file that was found (CSV of any delimiter, NDJSON or Parquet, also in gzip) as the raw body.

        A worker tells which exports it came from, and how sure that is; the file is forgotten then.
        """
        queued = queue_trace(state=code, chunks=body_chunks(request), by=request.actor)
        ring(trace_files)
        where = {"Location": f"/v1/states/{code}/leak-traces/{queued.id}"}
        return Response(LeakTraceSerializer(queued).data, 202, headers=where)


class LeakTraceView(CoopView):
    """One traced file."""

    needs: ClassVar = {"GET": NEED}

    @extend_schema(
        operation_id="leak_traces_retrieve",
        responses=LeakTraceSerializer,
        examples=[OpenApiExample("Traced", TRACE, response_only=True)],
    )
    def get(self, request: CoopRequest, code: str, trace: UUID) -> Response:
        """Show what a file told, or how many of its rows are read."""
        found = get_trace(code, trace, by=request.actor)
        return Response(LeakTraceSerializer(found).data)


class TracerAlarmsView(CoopView):
    """Alarms of a state's tracers."""

    needs: ClassVar = {"GET": NEED}

    @extend_schema(
        operation_id="tracers_alarms",
        parameters=[AlarmsQuerySerializer],
        responses=TracerAlarmsSerializer,
    )
    def get(self, request: CoopRequest, code: str) -> Response:
        """List who contacted which tracer, and the exports that held it, the newest first; the pusher was told nothing."""
        asked = self.query(AlarmsQuerySerializer)
        of_others = asked["of_others"]
        name = f"tracer-alarms|{code}|{of_others}"
        after = _after(request, name, asked)
        rows = alarms_after(
            code, after, asked["limit"] + 1, by=request.actor, of_others=of_others
        )
        shown, following = page(
            request.actor,
            name,
            rows,
            asked["limit"],
            lambda one: [one.noticed_at.isoformat(), one.id],
        )
        results = TracerAlarmSerializer(shown, many=True).data
        return Response({"results": results, "next": following})


def _after(
    request: CoopRequest, name: str, asked: dict[str, Any]
) -> tuple[dt.datetime, UUID] | None:
    if "cursor" not in asked:
        return None
    at, last = open_cursor(request.actor, name, asked["cursor"])
    return dt.datetime.fromisoformat(at), UUID(last)


urlpatterns = [
    path("states/<str:code>/leak-traces", LeakTracesView.as_view(), name="leak-traces"),
    path(
        "states/<str:code>/leak-traces/<uuid:trace>",
        LeakTraceView.as_view(),
        name="leak-trace",
    ),
    path(
        "states/<str:code>/tracers/alarms",
        TracerAlarmsView.as_view(),
        name="tracer-alarms",
    ),
]

"""/v1/imports: ordering an import, watching it, deciding about it, and its rejected lines."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterable
from typing import Any, ClassVar, Final
from uuid import UUID

from asgiref.sync import sync_to_async
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import path
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.examples.deliveries import IMPORT, PROGRESS
from api.pagination import open_cursor, page
from api.serializers import PageQuerySerializer, StrictSerializer
from api.streams import stream
from api.views import CoopRequest, CoopView, Need
from coop.actors import Action, Actor, Permission
from coop.db.scope import acting_as
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from coop.organizations.access import check_standing
from coop.scoped_task import ring
from states.imports.access import import_by_id, imports_after, rejects_after
from states.imports.actions import cancel_import, order_import, publish_import
from states.imports.models import Import, Reject, Status
from states.imports.progress import progress_of
from states.imports.tasks import run_waiting_imports

READ: Final = Need(Permission.FILES_WRITE, Action.IMPORT)
ORDER: Final = Need(Permission.FILES_WRITE, None)
DECIDE: Final = Need(Permission.IMPORTS_PUBLISH, None)
CHUNK: Final = 2_000
COLUMNS: Final = ("number", "file", "line_number", "code", "reason", "raw_line")
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


class ProgressSerializer(serializers.Serializer[Any]):
    """How far an import is."""

    phase = serializers.CharField(
        help_text="waiting, reading, gathering, comparing, ready, publishing; then how it ended."
    )
    phase_seconds = serializers.IntegerField(
        allow_null=True, help_text="How long the phase has lasted so far."
    )
    rows_done = serializers.IntegerField()
    rows_total = serializers.IntegerField(
        allow_null=True, help_text="An estimate while files are read."
    )
    rows_per_second = serializers.IntegerField(allow_null=True)
    seconds_left = serializers.IntegerField(
        allow_null=True, help_text="Of reading, at the rate so far."
    )
    files_done = serializers.IntegerField(
        help_text="Texts read whole, members of zips among them."
    )
    files_total = serializers.IntegerField(allow_null=True)
    file = serializers.CharField(allow_null=True, help_text="The one being read.")
    seconds_by_phase = serializers.DictField(
        child=serializers.FloatField(),
        help_text="How long the work that is done took: reading, gathering, comparing, "
        "publishing, facets, statistics.",
    )


class ReasonSerializer(serializers.Serializer[Any]):
    """Why an import waits for someone to look at it."""

    code = serializers.CharField()
    detail = serializers.CharField()


class ImportSerializer(serializers.Serializer[Any]):
    """An import: where it is, what it found, why it waits or failed."""

    id = serializers.UUIDField()
    state = serializers.CharField()
    delivery = serializers.UUIDField(source="delivery_id")
    file_date = serializers.DateField(source="delivery.file_date")
    counties = serializers.ListField(
        source="delivery.counties", child=serializers.IntegerField(), allow_null=True
    )
    status = serializers.ChoiceField(Status.choices)
    progress = serializers.SerializerMethodField()
    figures = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="Voters inserted, changed, unchanged, moved, gone, returned, "
        "confidential; lines read and rejected. Empty before the comparison.",
    )
    needs_review = ReasonSerializer(many=True)
    problem = serializers.DictField(
        allow_null=True, help_text="Why it failed: code, detail, and each file's fault."
    )
    publication = serializers.IntegerField(allow_null=True)
    rolls_back_to = serializers.IntegerField(
        allow_null=True, help_text="The publication that a rollback goes back to."
    )
    requested_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)

    def get_progress(self, run: Import) -> ProgressSerializer:
        """Return the progress as answers carry it."""
        return dict(ProgressSerializer(progress_of(run)).data)  # type: ignore[return-value]


class PublishSerializer(StrictSerializer):
    """Why it is published all the same."""

    reason = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=2_000,
        help_text="Needed where the file is older than what is published.",
    )


class ImportPageSerializer(serializers.Serializer[Any]):
    """A page of imports."""

    results = ImportSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class ImportsQuerySerializer(PageQuerySerializer):
    """Which imports."""

    state = serializers.RegexField(r"^[A-Z]{2}$", required=False)


WAITING: Final = OpenApiExample(
    "An import that waits for review",
    {
        **IMPORT,
        "status": "ready",
        "progress": {**PROGRESS, "phase": "ready", "seconds_left": None},
        "figures": {"inserted": 120, "changed": 911, "gone": 60211, "rejected": 3},
        "needs_review": [
            {
                "code": "many_gone",
                "detail": "60,211 of 200,000 voters would be gone: over 20.0%.",
            }
        ],
    },
    response_only=True,
)


class DeliveryImportView(CoopView):
    """The import of a delivery."""

    needs: ClassVar = {"POST": ORDER}

    @extend_schema(
        operation_id="deliveries_import",
        request=None,
        responses={202: ImportSerializer},
    )
    def post(self, request: CoopRequest, delivery: UUID) -> Response:
        """Queue an import of the delivery; one of a state runs at a time, the next waits."""
        run = order_import(delivery=delivery, by=request.actor)
        ring(run_waiting_imports)
        where = f"/v1/imports/{run.id}"
        return Response(shown(run), 202, headers={"Location": where})


class ImportsView(CoopView):
    """Imports of the states that the caller's organization owns."""

    needs: ClassVar = {"GET": READ}

    @extend_schema(
        operation_id="imports_list",
        parameters=[ImportsQuerySerializer],
        responses=ImportPageSerializer,
    )
    def get(self, request: CoopRequest) -> Response:
        """List imports, newest first."""
        asked = self.query(ImportsQuerySerializer)
        after = None
        if "cursor" in asked:
            after = tuple(open_cursor(request.actor, "imports", asked["cursor"]))
        limit = asked["limit"]
        rows, following = page(
            request.actor,
            "imports",
            imports_after(asked.get("state"), after, limit + 1),
            limit,
            lambda one: [one.requested_at.isoformat(), one.id],
        )
        return Response({"results": [shown(one) for one in rows], "next": following})


class ImportView(CoopView):
    """One import."""

    needs: ClassVar = {"GET": READ}

    @extend_schema(
        operation_id="imports_retrieve", responses=ImportSerializer, examples=[WAITING]
    )
    def get(self, request: CoopRequest, import_id: UUID) -> Response:
        """Show an import with its progress and figures."""
        return Response(shown(import_by_id(import_id)))


class PublishView(CoopView):
    """Publishing a reviewed import."""

    needs: ClassVar = {"POST": DECIDE}

    @extend_schema(
        operation_id="imports_publish",
        request=PublishSerializer,
        responses={202: ImportSerializer},
    )
    def post(self, request: CoopRequest, import_id: UUID) -> Response:
        """Publish an import that waits in `ready`, for whatever reason it waits."""
        given = self.body(PublishSerializer)
        run = publish_import(import_id=import_id, by=request.actor, **given)
        ring(run_waiting_imports)
        return Response(shown(run), 202)


class CancelView(CoopView):
    """Canceling an import."""

    needs: ClassVar = {"POST": DECIDE}

    @extend_schema(
        operation_id="imports_cancel", request=None, responses=ImportSerializer
    )
    def post(self, request: CoopRequest, import_id: UUID) -> Response:
        """End an import before it is published; what is published stays as it is."""
        run = cancel_import(import_id=import_id, by=request.actor)
        ring(run_waiting_imports)
        return Response(shown(run))


def shown(run: Import) -> dict[str, Any]:
    """Return an import as answers carry it."""
    return dict(ImportSerializer(run).data)


@stream(Permission.FILES_WRITE)
async def rejects(
    _request: HttpRequest, actor: Actor, import_id: UUID
) -> StreamingHttpResponse:
    """Stream the lines of an import that gave no row, as CSV that no spreadsheet executes."""
    run = await sync_to_async(_download)(actor, import_id)
    return StreamingHttpResponse(
        _lines(actor, run),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="rejects-{run.id}.csv"',
            "Cache-Control": "no-store",
        },
    )


def _download(actor: Actor, import_id: UUID) -> Import:
    with acting_as(actor, Action.IMPORT):
        run = import_by_id(import_id)
        record(
            Event.REJECTS_DOWNLOADED,
            by=actor,
            use=Use(state=run.state, rows=run.cursor.get("rejects", 0)),
            subject=run.id,
        )
    return run


async def _lines(actor: Actor, run: Import) -> AsyncIterator[bytes]:
    yield _csv([COLUMNS])
    last = 0
    while chunk := await sync_to_async(_chunk)(actor, run, last):
        yield _csv([[safe(getattr(one, name)) for name in COLUMNS] for one in chunk])
        last = chunk[-1].number


def _chunk(actor: Actor, run: Import, after: int) -> list[Reject]:
    with acting_as(actor, Action.IMPORT):
        check_standing(by=actor, permission=Permission.FILES_WRITE)
        return rejects_after(run, after, CHUNK)


def _csv(rows: Iterable[Iterable[object]]) -> bytes:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue().encode()


def safe(value: object) -> object:
    """Return a cell that a spreadsheet shows and does not execute."""
    is_formula = isinstance(value, str) and value.startswith(FORMULA)
    return f"'{value}" if is_formula else value


urlpatterns = [
    path(
        "deliveries/<uuid:delivery>/import",
        DeliveryImportView.as_view(),
        name="delivery-import",
    ),
    path("imports", ImportsView.as_view(), name="imports"),
    path("imports/<uuid:import_id>", ImportView.as_view(), name="import"),
    path(
        "imports/<uuid:import_id>/publish",
        PublishView.as_view(),
        name="import-publish",
    ),
    path("imports/<uuid:import_id>/cancel", CancelView.as_view(), name="import-cancel"),
    path(
        "imports/<uuid:import_id>/rejects.csv",
        rejects,
        name="import-rejects",
    ),
]

"""/v1/exports: ordering lists as files, and the holders of a voter; the link itself is in `api.v1.downloads`."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar, Final
from uuid import UUID

from django.db.models import Q
from django.urls import path
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.pagination import open_cursor, page
from api.serializers import PageQuerySerializer, StrictSerializer
from api.v1.downloads import download
from api.v1.targeting_shapes import columns_field, order_field
from api.views import CoopRequest, CoopView, Need
from coop.actors import Action, Permission
from coop.errors import not_found
from coop.jurisdictions.models import State
from coop.scoped_task import ring
from states.lists import exports
from states.lists.access import get_export
from states.lists.models import Export, Format
from states.lists.presets import PRESETS
from states.lists.progress import seconds_left
from states.lists.queries import holders_of
from states.lists.tasks import prepare as prepare_exports
from states.voters.ids import parse_voter_id
from states.voters.models import Registration

_EXPORT: Final[dict[str, Any]] = {
    "id": "7a1e4f60-a8d2-4c4e-96b8-f012340f3c5a",
    "list": "0f3c5a7e-9b1d-4f60-a8d2-c4e6b8f01234",
    "columns": ["first_name", "last_name", "res_address"],
    "format": "csv",
    "preset": "",
    "order": "walk",
    "prepare": False,
    "status": "ordered",
    "rows": 0,
    "of_rows": None,
    "seconds_left": None,
    "fetches": 0,
    "reason": "",
    "created_at": "2026-11-22T14:00:00Z",
    "expires_at": "2026-11-23T14:00:00Z",
    "progress_at": None,
    "finished_at": None,
}


class NewExportSerializer(StrictSerializer):
    """An export to be ordered."""

    list = serializers.UUIDField()
    columns = columns_field()
    format = serializers.ChoiceField(Format.choices, default=Format.CSV)
    preset = serializers.ChoiceField(
        sorted(PRESETS),
        required=False,
        help_text="In place of columns: its licensed ones; van titles them as VAN does.",
    )
    order = order_field()
    prepare = serializers.BooleanField(
        default=False,
        help_text=(
            "Have a worker make the file before it is fetched; so does `Prefer: respond-async`."
        ),
    )
    hours = serializers.IntegerField(
        default=exports.LIFETIME_HOURS,
        min_value=1,
        max_value=exports.MAX_LIFETIME_HOURS,
        help_text="How long the link lives.",
    )


class ExportSerializer(serializers.ModelSerializer[Export]):
    """An export; `rows` is what the newest pass has read, of how many in one that is prepared; `reason` why it was cut."""

    seconds_left = serializers.SerializerMethodField()

    class Meta:
        model = Export
        fields: tuple[str, ...] = (
            "id",
            "list",
            "columns",
            "format",
            "preset",
            "order",
            "prepare",
            "status",
            "rows",
            "of_rows",
            "seconds_left",
            "fetches",
            "reason",
            "created_at",
            "expires_at",
            "progress_at",
            "finished_at",
        )

    def get_seconds_left(self, export: Export) -> int | None:
        """Return the seconds until all rows are read, at the rate so far."""
        return seconds_left(export)


class OrderedSerializer(ExportSerializer):
    """A new export with its link, shown this once."""

    link = serializers.URLField()

    class Meta(ExportSerializer.Meta):
        fields = (*ExportSerializer.Meta.fields, "link")


class ExportsPageSerializer(serializers.Serializer[Any]):
    """A page of exports."""

    results = ExportSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class HolderSerializer(serializers.Serializer[Any]):
    """An organization that received a voter in exports."""

    organization = serializers.UUIDField()
    name = serializers.CharField()
    exports = serializers.IntegerField()
    first_at = serializers.DateTimeField()
    last_at = serializers.DateTimeField()


class HoldersSerializer(serializers.Serializer[Any]):
    """Who received a voter."""

    results = HolderSerializer(many=True)


class ExportsView(CoopView):
    """The organization's exports."""

    needs: ClassVar = {
        "GET": Need(Permission.VOTERS_EXPORT, Action.MANAGE),
        "POST": Need(Permission.VOTERS_EXPORT, None),
    }

    @extend_schema(
        operation_id="exports_list",
        parameters=[PageQuerySerializer],
        responses=ExportsPageSerializer,
    )
    def get(self, request: CoopRequest) -> Response:
        """List the organization's exports, newest first."""
        asked = self.query(PageQuerySerializer)
        found = Export.objects.filter(organization=request.actor.organization).order_by(
            "-created_at", "-id"
        )
        if "cursor" in asked:
            moment, last = open_cursor(request.actor, "exports", asked["cursor"])
            found = found.filter(_before(moment, last))
        limit = asked["limit"]
        rows, following = page(
            request.actor,
            "exports",
            list(found[: limit + 1]),
            limit,
            lambda one: [one.created_at.isoformat(), one.id],
        )
        results = ExportSerializer(rows, many=True).data
        return Response({"results": results, "next": following})

    @extend_schema(
        operation_id="exports_create",
        request=NewExportSerializer,
        responses={201: OrderedSerializer, 202: OrderedSerializer},
        parameters=[
            OpenApiParameter(
                "Prefer",
                location=OpenApiParameter.HEADER,
                description="`respond-async`: as `prepare`.",
            )
        ],
        examples=[
            OpenApiExample(
                "A walk list",
                {
                    "list": _EXPORT["list"],
                    "columns": _EXPORT["columns"],
                    "order": "walk",
                },
                request_only=True,
            ),
            OpenApiExample(
                "The link",
                _EXPORT | {"link": "https://coop.example.org/v1/downloads/Yk2…"},
                response_only=True,
            ),
        ],
    )
    def post(self, request: CoopRequest) -> Response:
        """Order a list as a file of CSV, NDJSON or Parquet, behind a link that needs no header, expires and can be revoked.

        Each fetch of the link is judged by the grants of its moment. One to be prepared is answered 202: see how far it is
        at `GET /v1/exports/{id}`; until it is complete its link answers 409 `export_not_ready`.
        """
        data = self.body(NewExportSerializer)
        prepare = data["prepare"] or _is_async(request)
        ordered = exports.order_export(
            list_id=data["list"],
            columns=data.get("columns"),
            hours=data["hours"],
            format_=Format(data["format"]),
            preset=data.get("preset", ""),
            plan=exports.Plan(data["order"], prepare),
            by=request.actor,
        )
        if prepare:
            ring(prepare_exports)
        shown = ExportSerializer(ordered.export).data
        return Response({**shown, "link": ordered.link}, status=202 if prepare else 201)


class ExportView(CoopView):
    """One export."""

    needs: ClassVar = {"GET": Need(Permission.VOTERS_EXPORT, Action.MANAGE)}

    @extend_schema(operation_id="exports_retrieve", responses=ExportSerializer)
    def get(self, request: CoopRequest, export: UUID) -> Response:
        """Show how far an export has come."""
        return Response(ExportSerializer(get_export(export, by=request.actor)).data)


class RevokeView(CoopView):
    """The end of a link."""

    needs: ClassVar = {"POST": Need(Permission.VOTERS_EXPORT, Action.MANAGE)}

    @extend_schema(
        operation_id="exports_revoke", request=None, responses=ExportSerializer
    )
    def post(self, request: CoopRequest, export: UUID) -> Response:
        """Revoke a link for good; a running download stops within a second."""
        revoked = exports.revoke_export(export_id=export, by=request.actor)
        return Response(ExportSerializer(revoked).data)


class HoldersView(CoopView):
    """Who holds a voter."""

    needs: ClassVar = {"GET": Need(Permission.LEDGER_READ, Action.READ)}

    @extend_schema(operation_id="voters_holders", responses=HoldersSerializer)
    def get(self, request: CoopRequest, voter: str) -> Response:
        """Name the organizations that received a voter in exports: for the state's owner alone."""
        state, voter_uuid = parse_voter_id(voter)
        owner = State.objects.filter(code=state, owner=request.actor.organization)
        known = Registration.objects.filter(state=state, voter=voter_uuid)
        if not owner.exists() or not known.exists():
            raise not_found("voter")
        held = holders_of(state, voter_uuid)
        return Response({"results": HolderSerializer(held, many=True).data})


def _is_async(request: CoopRequest) -> bool:
    """Tell whether the caller would rather not wait (RFC 7240)."""
    wishes = request.headers.get("Prefer", "").lower().split(",")
    return any(one.strip().startswith("respond-async") for one in wishes)


def _before(moment: str, last: str) -> Q:
    at = dt.datetime.fromisoformat(moment)
    return Q(created_at__lt=at) | Q(created_at=at, id__lt=UUID(last))


urlpatterns = [
    path("exports", ExportsView.as_view(), name="exports"),
    path("exports/<uuid:export>", ExportView.as_view(), name="export"),
    path("exports/<uuid:export>/revoke", RevokeView.as_view(), name="export-revoke"),
    path("voters/<str:voter>/holders", HoldersView.as_view(), name="voter-holders"),
    path("downloads/<str:token>", download, name="download"),
]

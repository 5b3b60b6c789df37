"""/v1/ballots: how far voters' ballots have come, uploaded by a state's owner at any hour."""

from __future__ import annotations

from typing import Any, ClassVar, Final
from uuid import UUID

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.pagination import open_cursor, page
from api.parsers import body_chunks
from api.serializers import PageQuerySerializer, StrictSerializer
from api.views import CoopRequest, CoopView, Need
from coop.actors import Action, Permission
from coop.scoped_task import ring
from states.ballots.access import faults_after, upload_by_id, uploads_after
from states.ballots.actions import Declared, upload_ballots
from states.ballots.models import Mode, Status, Upload
from states.ballots.progress import rate_of, seconds_left
from states.ballots.tasks import run_ballot_uploads
from states.fields.codes import ELECTION_TYPES

OWN: Final = Need(Permission.FILES_WRITE, Action.IMPORT)
ACT: Final = Need(Permission.FILES_WRITE, None)


class BallotsUploadSerializer(serializers.Serializer[Any]):
    """An upload of ballots: what it declared, how far it is, and its figures."""

    id = serializers.UUIDField()
    state = serializers.CharField()
    election = serializers.CharField(
        source="ballot_election", help_text="Day and type, `2026-11-03 general`."
    )
    mode = serializers.ChoiceField(Mode.choices)
    status = serializers.ChoiceField(Status.choices)
    lines = serializers.IntegerField(help_text="Lines read so far, the header not.")
    lines_total = serializers.IntegerField(
        allow_null=True, help_text="Of how many; null where it is read at once."
    )
    lines_per_second = serializers.SerializerMethodField()
    seconds_left = serializers.SerializerMethodField()
    faulty = serializers.IntegerField(help_text="Lines left out.")
    figures = serializers.DictField(
        help_text="`voters` named, `before` (ballots then), `added`, `changed`, `unchanged`, `removed`, `unknown`."
    )
    reason = serializers.CharField(help_text="Why it was refused or failed.")
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)

    def get_lines_per_second(self, upload: Upload) -> int | None:
        """Return the rate while a worker reads it."""
        rate = rate_of(upload)
        return round(rate) if rate else None

    def get_seconds_left(self, upload: Upload) -> int | None:
        """Return how long the reading will take at that rate."""
        return seconds_left(upload)


class BallotsUploadPageSerializer(serializers.Serializer[Any]):
    """A page of uploads."""

    results = BallotsUploadSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class LineFaultSerializer(serializers.Serializer[Any]):
    """A line that was left out."""

    line = serializers.IntegerField(help_text="From 1, the header.")
    code = serializers.CharField()
    detail = serializers.CharField(help_text="What to do.")


class LineFaultPageSerializer(serializers.Serializer[Any]):
    """A page of lines that were left out."""

    results = LineFaultSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class BallotsQuerySerializer(StrictSerializer):
    """What an upload declares."""

    state = serializers.RegexField(r"^[A-Z]{2}$")
    election = serializers.DateField(help_text="The election's day.")
    type = serializers.ChoiceField(ELECTION_TYPES, default="general")
    mode = serializers.ChoiceField(
        Mode.choices,
        help_text="`difference` adds to the ballots; `whole` replaces the election's.",
    )
    accept = serializers.BooleanField(
        default=False,
        help_text="Apply a whole upload in spite of many faults, or of ballots that go.",
    )


class BallotsListQuerySerializer(PageQuerySerializer):
    """Which uploads."""

    state = serializers.RegexField(r"^[A-Z]{2}$", required=False)


class BallotsView(CoopView):
    """Uploads of ballots of the states that the caller's organization owns."""

    needs: ClassVar = {"GET": OWN, "POST": ACT}
    queried = frozenset({"POST"})

    @extend_schema(
        operation_id="ballots_list",
        parameters=[BallotsListQuerySerializer],
        responses=BallotsUploadPageSerializer,
    )
    def get(self, request: CoopRequest) -> Response:
        """List uploads of ballots, newest first."""
        asked = self.query(BallotsListQuerySerializer)
        after = None
        if "cursor" in asked:
            after = open_cursor(request.actor, "ballots", asked["cursor"])
        limit = asked["limit"]
        rows, following = page(
            request.actor,
            "ballots",
            uploads_after(asked.get("state"), after, limit + 1),
            limit,
            lambda one: [one.started_at.isoformat(), str(one.id)],
        )
        return Response({"results": [shown(one) for one in rows], "next": following})

    @extend_schema(
        operation_id="ballots_upload",
        parameters=[BallotsQuerySerializer],
        request={"text/csv": OpenApiTypes.BINARY},
        responses={201: BallotsUploadSerializer, 202: BallotsUploadSerializer},
    )
    def post(self, request: CoopRequest) -> Response:
        """Upload ballots as CSV: columns voter (any id), status, date and, if known, method.

        Good lines count although others are at fault. Up to 20,000 lines are applied at once (201); more
        wait for a worker (202), and `GET` shows how far it is. Lists and counts follow at once.
        """
        asked = self.query(BallotsQuerySerializer)
        declared = Declared(
            asked["state"],
            f"{asked['election']} {asked['type']}",
            Mode(asked["mode"]),
            asked["accept"],
        )
        upload = upload_ballots(
            declared=declared, chunks=body_chunks(request), by=request.actor
        )
        where = {"Location": f"/v1/ballots/{upload.id}"}
        if not upload.kept:
            return Response(shown(upload), 201, headers=where)
        if not request.actor.test:
            ring(run_ballot_uploads)
        return Response(shown(upload), 202, headers=where)


class BallotsUploadView(CoopView):
    """One upload of ballots."""

    needs: ClassVar = {"GET": OWN}

    @extend_schema(operation_id="ballots_retrieve", responses=BallotsUploadSerializer)
    def get(self, request: CoopRequest, ballot_upload: UUID) -> Response:
        """Show how far an upload is, and its figures."""
        return Response(shown(upload_by_id(ballot_upload)))


class BallotsFaultsView(CoopView):
    """The lines of an upload that were left out."""

    needs: ClassVar = {"GET": OWN}

    @extend_schema(
        operation_id="ballots_faults",
        parameters=[PageQuerySerializer],
        responses=LineFaultPageSerializer,
    )
    def get(self, request: CoopRequest, ballot_upload: UUID) -> Response:
        """List the lines left out, in the file's order, each with what to do."""
        asked = self.query(PageQuerySerializer)
        found, limit = upload_by_id(ballot_upload), asked["limit"]
        listing, line = f"ballot faults|{ballot_upload}", 0
        if "cursor" in asked:
            (line,) = open_cursor(request.actor, listing, asked["cursor"])
        rows, following = page(
            request.actor,
            listing,
            faults_after(found, line, limit + 1),
            limit,
            lambda one: [one.line],
        )
        results = LineFaultSerializer(rows, many=True).data
        return Response({"results": results, "next": following})


def shown(upload: Upload) -> dict[str, Any]:
    """Return an upload as answers carry it."""
    return dict(BallotsUploadSerializer(upload).data)


urlpatterns = [
    path("ballots", BallotsView.as_view(), name="ballots"),
    path(
        "ballots/<uuid:ballot_upload>",
        BallotsUploadView.as_view(),
        name="ballots-upload",
    ),
    path(
        "ballots/<uuid:ballot_upload>/faults",
        BallotsFaultsView.as_view(),
        name="ballots-faults",
    ),
]

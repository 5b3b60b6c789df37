"""/v1/score-uploads: how far uploads of scores are, and the lines that gave no value, as pages and as a file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Sequence
from typing import ClassVar, Final
from uuid import UUID

from asgiref.sync import sync_to_async
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import path
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.response import Response

from api.pagination import open_cursor, page
from api.serializers import PageQuerySerializer
from api.streams import stream
from api.v1.imports import safe
from api.v1.score_shapes import (
    UPLOAD,
    DownloadQuerySerializer,
    RejectSerializer,
    RejectsSerializer,
    ScoreUploadSerializer,
)
from api.views import CoopRequest, CoopView, Need
from coop.actors import Action, Actor, Permission
from coop.db.scope import acting_as
from coop.organizations.access import check_standing
from states.scores.access import faults_after, get_upload
from states.scores.models import LineFault, Upload

OWN: Final = Need(Permission.SCORES_WRITE, Action.MANAGE)
CHUNK: Final = 5000
COLUMNS: Final = ("line", "code", "detail", "voter", "score")
_REJECT: Final = {
    "line": 17,
    "code": "voter_unknown",
    "detail": "No voter whom you may read has this id.",
    "voter": "OH0000000000099",
    "score": "71.5",
}


class ScoreUploadView(CoopView):
    """One upload."""

    needs: ClassVar = {"GET": OWN}

    @extend_schema(
        operation_id="score_uploads_retrieve",
        responses=ScoreUploadSerializer,
        examples=[OpenApiExample("On its way", UPLOAD, response_only=True)],
    )
    def get(self, request: CoopRequest, score_upload: UUID) -> Response:
        """Show how far an upload is: lines done of how many, rate, time left, and what became of them."""
        found = get_upload(score_upload, by=request.actor)
        return Response(ScoreUploadSerializer(found).data)


class RejectsView(CoopView):
    """The lines of an upload that gave no value."""

    needs: ClassVar = {"GET": OWN}

    @extend_schema(
        operation_id="score_uploads_rejects",
        parameters=[PageQuerySerializer],
        responses=RejectsSerializer,
        examples=[
            OpenApiExample(
                "Rejects", {"results": [_REJECT], "next": None}, response_only=True
            )
        ],
    )
    def get(self, request: CoopRequest, score_upload: UUID) -> Response:
        """List the lines that gave no value, in the file's order, each with the reason."""
        asked = self.query(PageQuerySerializer)
        found, limit = get_upload(score_upload, by=request.actor), asked["limit"]
        listing, line = f"score rejects|{score_upload}", 0
        if "cursor" in asked:
            (line,) = open_cursor(request.actor, listing, asked["cursor"])
        rows, following = page(
            request.actor,
            listing,
            faults_after(found, line, limit + 1),
            limit,
            lambda one: [one.line],
        )
        results = RejectSerializer(rows, many=True).data
        return Response({"results": results, "next": following})


@stream(Permission.SCORES_WRITE, query=DownloadQuerySerializer)
async def download(
    request: HttpRequest, actor: Actor, score_upload: UUID
) -> StreamingHttpResponse:
    """Stream the lines that gave no value, with the reasons: CSV that no spreadsheet executes, or NDJSON."""
    asked = DownloadQuerySerializer(data=request.GET)
    asked.is_valid(raise_exception=True)
    form = asked.validated_data["format"]
    upload = await sync_to_async(_found)(actor, score_upload)
    media = "text/csv; charset=utf-8" if form == "csv" else "application/x-ndjson"
    name = f"score-rejects-{upload.id}.{form}"
    return StreamingHttpResponse(
        _lines(actor, upload, form),
        content_type=media,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


def _found(actor: Actor, score_upload: UUID) -> Upload:
    with acting_as(actor, Action.MANAGE):
        return get_upload(score_upload, by=actor)


async def _lines(actor: Actor, upload: Upload, form: str) -> AsyncIterator[bytes]:
    if form == "csv":
        yield _csv([COLUMNS])
    last = 0
    while chunk := await sync_to_async(_chunk)(actor, upload, last):
        yield _written(chunk, form)
        last = chunk[-1].line


def _chunk(actor: Actor, upload: Upload, after: int) -> list[LineFault]:
    with acting_as(actor, Action.MANAGE):
        check_standing(by=actor, permission=Permission.SCORES_WRITE)
        return faults_after(upload, after, CHUNK)


def _written(chunk: Sequence[LineFault], form: str) -> bytes:
    rows = [[getattr(one, name) for name in COLUMNS] for one in chunk]
    if form == "csv":
        return _csv([[safe(cell) for cell in row] for row in rows])
    objects = (dict(zip(COLUMNS, row, strict=True)) for row in rows)
    return b"".join(json.dumps(one).encode() + b"\n" for one in objects)


def _csv(rows: Sequence[Sequence[object]]) -> bytes:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue().encode()


urlpatterns = [
    path(
        "score-uploads/<uuid:score_upload>",
        ScoreUploadView.as_view(),
        name="score-upload",
    ),
    path(
        "score-uploads/<uuid:score_upload>/rejects",
        RejectsView.as_view(),
        name="score-upload-rejects",
    ),
    path(
        "score-uploads/<uuid:score_upload>/rejects/download",
        download,
        name="score-upload-rejects-download",
    ),
]

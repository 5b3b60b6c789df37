"""Resumable uploads by the tus protocol 1.0: core, creation, checksum, expiration, termination.

`/v1/deliveries/{id}/uploads` opens them, `/v1/uploads/{id}` takes their bytes in any number
of pieces. https://tus.io/protocols/resumable-upload says what clients do.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Any, ClassVar, Final
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import path
from django.utils.http import http_date
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.response import Response

from api.arriving_bodies import (
    BodyCut,
    BodyStalled,
    arriving_body_of,
    taken_body,
)
from api.views import CoopRequest, CoopView, Need
from coop.actors import Action, Permission
from coop.db.scope import acting_as
from coop.errors import Invalid
from coop.scoped_task import ring
from states.files.access import delivery_by_id, upload_by_id, uploads_of
from states.files.checksums import ALGORITHMS, Checksum
from states.files.models import Upload
from states.files.tasks import finish_received
from states.files.upload_actions import append_bytes, end_upload, open_upload

VERSION: Final = "1.0.0"
EXTENSIONS: Final = "creation,checksum,expiration,termination"
PIECE: Final = "application/offset+octet-stream"
READ: Final = Need(Permission.FILES_WRITE, Action.IMPORT)
WRITE: Final = Need(Permission.FILES_WRITE, Action.IMPORT)
END: Final = Need(Permission.FILES_WRITE, None)
APPEND: Final = Need(Permission.FILES_WRITE, None, writes=False, once=False)
"""A test credential's piece is judged and not read: there is nothing to undo."""


def _header(name: str, description: str) -> OpenApiParameter:
    return OpenApiParameter(
        name, OpenApiTypes.STR, OpenApiParameter.HEADER, description=description
    )


RESUMABLE: Final = _header("Tus-Resumable", f"`{VERSION}`; needed but for GET.")
EXAMPLE: Final = OpenApiExample(
    "An upload that has come half way",
    {
        "id": "3f1f6a52-0d0a-4d39-9f0b-6a6b9b5c2f10",
        "delivery": "7f6f0f3e-6f58-4f0e-9b35-2b0c6f1f7a11",
        "name": "SWVF_1_22.txt.gz",
        "size": 310_000_000,
        "received": 167_772_160,
        "status": "receiving",
        "file": None,
        "problem": None,
        "opened_at": "2026-11-20T09:00:00Z",
        "expires_at": "2026-11-22T09:04:10Z",
    },
    response_only=True,
)


class UploadSerializer(serializers.Serializer[Any]):
    """An upload in pieces: how far it is, and what became of it."""

    id = serializers.UUIDField()
    delivery = serializers.UUIDField(source="delivery_id")
    name = serializers.CharField()
    size = serializers.IntegerField(help_text="Bytes, as announced.")
    received = serializers.IntegerField(help_text="Bytes that are kept for certain.")
    status = serializers.SerializerMethodField(
        help_text="receiving; judging: all came, and a worker makes a file of it; then complete or refused."
    )
    file = serializers.UUIDField(allow_null=True, help_text="The file that it became.")
    problem = serializers.DictField(
        allow_null=True, help_text="Why what was received is no file: code, detail."
    )
    opened_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()

    def get_status(self, upload: Upload) -> str:
        """Return receiving, judging, complete or refused."""
        if upload.problem:
            return "refused"
        if upload.is_open:
            return "judging" if upload.is_received else "receiving"
        return "complete"


class UploadsOfDeliverySerializer(serializers.Serializer[Any]):
    """A delivery's uploads."""

    results = UploadSerializer(many=True)


class TusView(CoopView):
    """Speaks the protocol: each answer names its version, each request but a plain GET must."""

    def finalize_response(  # type: ignore[override]  # as CoopView's
        self, request: Request, response: Any, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Add the protocol's version."""
        final = super().finalize_response(request, response, *args, **kwargs)
        final["Tus-Resumable"] = VERSION
        final["Tus-Version"] = VERSION
        return final


class DeliveryUploadsView(TusView):
    """The uploads of a delivery."""

    needs: ClassVar = {"GET": READ, "POST": WRITE}

    def dispatch(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Answer OPTIONS with what the service can do; that is the same for everyone."""
        if request.method != "OPTIONS":
            return super().dispatch(request, *args, **kwargs)
        headers = {
            "Tus-Resumable": VERSION,
            "Tus-Version": VERSION,
            "Tus-Extension": EXTENSIONS,
            "Tus-Max-Size": str(settings.MAX_UPLOAD_BYTES),
            "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
        }
        return HttpResponse(status=204, headers=headers)

    @extend_schema(
        operation_id="uploads_list",
        responses=UploadsOfDeliverySerializer,
        examples=[
            OpenApiExample("Uploads", {"results": [EXAMPLE.value]}, response_only=True)
        ],
    )
    def get(self, request: CoopRequest, delivery: UUID) -> Response:
        """List a delivery's uploads: those that are under way, and how others of late ended."""
        found = uploads_of(delivery_by_id(delivery))
        return Response({"results": [shown(one) for one in found]})

    @extend_schema(
        operation_id="uploads_open",
        request=None,
        responses={201: UploadSerializer},
        parameters=[
            RESUMABLE,
            _header("Upload-Length", "The file's bytes. Needed."),
            _header("Upload-Metadata", "`filename <name in base64>`. Needed."),
        ],
        examples=[EXAMPLE],
    )
    def post(self, request: CoopRequest, delivery: UUID) -> Response:
        """Open a resumable upload (tus 1.0); send its bytes by PATCH to `Location`."""
        delivery_by_id(delivery)
        _check_version(request)
        upload = open_upload(
            delivery=delivery,
            name=_file_name(request.headers.get("Upload-Metadata", "")),
            size=_count(request, "Upload-Length", "upload_length_invalid"),
            by=request.actor,
        )
        where = {"Location": f"/v1/uploads/{upload.id}"}
        return Response(shown(upload), 201, headers=_standing(upload) | where)


class UploadView(TusView):
    """One upload."""

    needs: ClassVar = {"GET": READ, "PATCH": APPEND, "DELETE": END}

    @extend_schema(
        operation_id="uploads_retrieve", responses=UploadSerializer, examples=[EXAMPLE]
    )
    def get(self, request: CoopRequest, upload: UUID) -> Response:
        """Tell where an upload stands: `Upload-Offset`, as HEAD does, and what became of it."""
        found = upload_by_id(upload)
        if request.method == "HEAD":
            _check_version(request)
        return Response(shown(found), headers=_standing(found))

    @extend_schema(
        operation_id="uploads_append",
        request={PIECE: OpenApiTypes.BINARY},
        responses={204: None},
        parameters=[
            RESUMABLE,
            _header(
                "Upload-Offset", "Where the piece begins: what HEAD tells. Needed."
            ),
            _header("Upload-Checksum", "`sha256 <digest in base64>` of the piece."),
        ],
    )
    def patch(self, request: CoopRequest, upload: UUID) -> Response:
        """Append the body. What arrived before a cut is kept; the last byte makes it a file.

        Of over 64 MiB a worker makes the file: the answer does not wait for it, and GET tells.
        With `Upload-Checksum` a piece is kept whole or not at all.
        """
        _check_there(request, upload)
        if (request.content_type or "").partition(";")[0].strip() != PIECE:
            raise UnsupportedMediaType(request.content_type or "", f"Send {PIECE}.")
        offset = _count(request, "Upload-Offset", "upload_offset_invalid")
        checksum = _checksum(request.headers.get("Upload-Checksum", ""))
        found = append_bytes(
            upload=upload,
            offset=offset,
            chunks=_pieces(request),
            checksum=checksum,
            by=request.actor,
        )
        if found.is_received:
            ring(finish_received, str(request.actor.organization), str(found.id))
        return Response(status=204, headers=_standing(found))

    @extend_schema(
        operation_id="uploads_end", parameters=[RESUMABLE], responses={204: None}
    )
    def delete(self, request: CoopRequest, upload: UUID) -> Response:
        """End an upload and forget its bytes; a file that it became stays."""
        _check_there(request, upload)
        end_upload(upload=upload, by=request.actor)
        return Response(status=204)


def shown(upload: Upload) -> dict[str, Any]:
    """Return an upload as answers carry it."""
    return dict(UploadSerializer(upload).data)


def _standing(upload: Upload) -> dict[str, str]:
    return {
        "Upload-Offset": str(upload.received),
        "Upload-Length": str(upload.size),
        "Upload-Expires": http_date(upload.expires_at.timestamp()),
    }


def _check_there(request: CoopRequest, upload: UUID) -> None:
    """Raise `NotFound` for another's before anything is said about the request itself."""
    with acting_as(request.actor, Action.IMPORT):
        upload_by_id(upload)
    _check_version(request)


def _check_version(request: CoopRequest) -> None:
    if request.headers.get("Tus-Resumable") != VERSION:
        raise Invalid(
            "tus_version_unsupported", f"Send the header Tus-Resumable: {VERSION}."
        )


def _count(request: CoopRequest, header: str, code: str) -> int:
    text = request.headers.get(header, "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Invalid(code, f"{header} must be a number of bytes.")
    return int(text)


def _file_name(metadata: str) -> str:
    """Return the file's name from `key base64,key base64`; other keys mean nothing here."""
    for pair in metadata.split(","):
        key, _space, value = pair.strip().partition(" ")
        if key in {"filename", "name"}:
            try:
                return base64.b64decode(value, validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                break
    raise Invalid(
        "upload_metadata_invalid",
        "Upload-Metadata must hold: filename <the file's name in base64>.",
    )


def _checksum(header: str) -> Checksum | None:
    if not header:
        return None
    algorithm, _space, value = header.partition(" ")
    try:
        return Checksum(algorithm, base64.b64decode(value, validate=True))
    except binascii.Error as error:
        raise Invalid(
            "checksum_unsupported",
            "Upload-Checksum must be: sha256 <digest in base64>.",
        ) from error


def _pieces(request: CoopRequest) -> Iterator[bytes]:
    """Yield the body as it arrives, or from where a server has spooled it."""
    plain: Any = request._request  # noqa: SLF001 - the one way to a body that nobody has parsed
    body = arriving_body_of(plain)
    if body is None:
        yield from taken_body(plain)
        return
    try:
        yield from body.pieces()
    except BodyCut as cut:
        raise Invalid(
            "upload_cut", "Fewer bytes arrived than were announced: go on from there."
        ) from cut
    except BodyStalled as stalled:
        raise Invalid(
            "upload_stalled", "Nothing came for a while: go on from where it stands."
        ) from stalled


urlpatterns = [
    path(
        "deliveries/<uuid:delivery>/uploads",
        DeliveryUploadsView.as_view(),
        name="delivery-uploads",
    ),
    path("uploads/<uuid:upload>", UploadView.as_view(), name="upload"),
]

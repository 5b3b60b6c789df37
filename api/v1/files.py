"""/v1/deliveries: opening a delivery, and uploading its files as raw bodies.

A body goes to disk in chunks; the ASGI handler spools it to a file of its own first, so
memory stays bounded whatever its size.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any, ClassVar, Final
from uuid import UUID

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.pagination import open_cursor, page
from api.serializers import PageQuerySerializer, StrictSerializer
from api.views import CoopRequest, CoopView, Need
from coop.actors import Action, Permission
from coop.db.scope import acting_as
from coop.errors import Invalid
from states.files.access import deliveries_after, delivery_by_id, files_of
from states.files.actions import (
    VendorStatement,
    enter_file,
    open_delivery,
    take_out_file,
)
from states.files.models import Delivery, File, Packing
from states.files.storage import Stored, check_size, discard, receive
from states.layouts.vendors import VENDORS

CHUNK: Final = 1 << 20
_DIGEST: Final = re.compile(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/=]+):")
_ALGORITHM: Final = re.compile(r"(?:^|,)\s*sha-256\s*=")
OWN: Final = Need(Permission.FILES_WRITE, Action.IMPORT)
ACT: Final = Need(Permission.FILES_WRITE, None)


class FileSerializer(serializers.Serializer[Any]):
    """An uploaded file."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    sha256 = serializers.CharField()
    size = serializers.IntegerField(help_text="Bytes, as uploaded.")
    packing = serializers.ChoiceField(Packing.choices)
    uploaded_at = serializers.DateTimeField()


class EnteredSerializer(FileSerializer):
    """An uploaded file, and whether its content was known."""

    repeated = serializers.BooleanField(
        help_text="The delivery had this content already; nothing changed."
    )
    same_as = serializers.UUIDField(
        allow_null=True, help_text="An earlier delivery with the same content."
    )


class DeliverySerializer(serializers.Serializer[Any]):
    """A delivery with its files."""

    id = serializers.UUIDField()
    state = serializers.CharField()
    file_date = serializers.DateField()
    counties = serializers.ListField(child=serializers.IntegerField(), allow_null=True)
    review = serializers.BooleanField()
    vendor = serializers.CharField(
        help_text="Whose files it may hold; empty: only the election authority's."
    )
    vendor_license = serializers.CharField()
    opened_at = serializers.DateTimeField()
    files = FileSerializer(many=True)


class DeliveryPageSerializer(serializers.Serializer[Any]):
    """A page of deliveries."""

    results = DeliverySerializer(many=True)
    next = serializers.CharField(allow_null=True)


class VendorStatementSerializer(StrictSerializer):
    """The statement that the party may use a vendor's files here."""

    vendor = serializers.ChoiceField(VENDORS)
    license_reference = serializers.CharField(
        max_length=200, help_text="The contract or license that lets the party do so."
    )


class NewDeliverySerializer(StrictSerializer):
    """What a delivery declares."""

    state = serializers.RegexField(r"^[A-Z]{2}$")
    file_date = serializers.DateField(help_text="The day the state made the file.")
    counties = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=99999),
        allow_null=True,
        required=False,
        max_length=300,
        help_text="County FIPS codes; absent for the whole state.",
    )
    review = serializers.BooleanField(
        required=False, default=False, help_text="Wait for someone to publish it."
    )
    vendor_statement = VendorStatementSerializer(required=False, allow_null=True)


class DeliveriesQuerySerializer(PageQuerySerializer):
    """Which deliveries."""

    state = serializers.RegexField(r"^[A-Z]{2}$", required=False)


DELIVERY_EXAMPLE: Final = OpenApiExample(
    "A state's weekly file",
    {"state": "OH", "file_date": "2026-11-20"},
    request_only=True,
)
COUNTY_EXAMPLE: Final = OpenApiExample(
    "One county's update, to be looked at first",
    {"state": "OH", "file_date": "2026-11-20", "counties": [39049], "review": True},
    request_only=True,
)


class DeliveriesView(CoopView):
    """Deliveries of the states that the caller's organization owns."""

    needs: ClassVar = {"GET": OWN, "POST": OWN}

    @extend_schema(
        operation_id="deliveries_list",
        parameters=[DeliveriesQuerySerializer],
        responses=DeliveryPageSerializer,
    )
    def get(self, request: CoopRequest) -> Response:
        """List deliveries, newest first."""
        asked = self.query(DeliveriesQuerySerializer)
        after = None
        if "cursor" in asked:
            after = tuple(open_cursor(request.actor, "deliveries", asked["cursor"]))
        limit = asked["limit"]
        rows, following = page(
            request.actor,
            "deliveries",
            deliveries_after(asked.get("state"), after, limit + 1),
            limit,
            lambda one: [one.opened_at.isoformat(), one.id],
        )
        return Response({"results": [shown(one) for one in rows], "next": following})

    @extend_schema(
        operation_id="deliveries_open",
        request=NewDeliverySerializer,
        responses={201: DeliverySerializer},
        examples=[DELIVERY_EXAMPLE, COUNTY_EXAMPLE],
    )
    def post(self, request: CoopRequest) -> Response:
        """Open a delivery: declare state, date and scope, then upload its files."""
        data = self.body(NewDeliverySerializer)
        stated = data.pop("vendor_statement", None)
        statement = VendorStatement(**stated) if stated else None
        delivery = open_delivery(**data, statement=statement, by=request.actor)
        where = f"/v1/deliveries/{delivery.id}"
        return Response(shown(delivery), 201, headers={"Location": where})


class DeliveryView(CoopView):
    """One delivery."""

    needs: ClassVar = {"GET": OWN}

    @extend_schema(operation_id="deliveries_retrieve", responses=DeliverySerializer)
    def get(self, request: CoopRequest, delivery: UUID) -> Response:
        """Show a delivery with its files."""
        return Response(shown(delivery_by_id(delivery)))


class DeliveryFileView(CoopView):
    """A file of a delivery, by name."""

    needs: ClassVar = {"PUT": ACT, "POST": ACT, "DELETE": ACT}

    @extend_schema(
        operation_id="deliveries_upload",
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses={200: EnteredSerializer, 201: EnteredSerializer},
        parameters=[
            OpenApiParameter(
                "Repr-Digest",
                OpenApiTypes.STR,
                OpenApiParameter.HEADER,
                description="RFC 9530, such as `sha-256=:…:`; what arrives must have it. "
                "`Content-Digest` is understood as well.",
            )
        ],
    )
    def put(self, request: CoopRequest, delivery: UUID, name: str) -> Response:
        """Upload one file as the raw body: plain text, gzip, zstd or zip.

        The same content again is the same file and answers 200.
        """
        with acting_as(request.actor, Action.IMPORT):
            delivery_by_id(delivery)
        stored = _received(request)
        entered = enter_file(
            delivery=delivery, name=name, stored=stored, by=request.actor
        )
        told = {"repeated": entered.repeated, "same_as": entered.same_as}
        answer = dict(FileSerializer(entered.file).data) | told
        return Response(answer, 200 if entered.repeated else 201)

    @extend_schema(exclude=True)
    def post(self, request: CoopRequest, delivery: UUID, name: str) -> Response:
        """Do as PUT, for tools that only post."""
        return self.put(request, delivery, name)

    @extend_schema(operation_id="deliveries_take_out", responses={204: None})
    def delete(self, request: CoopRequest, delivery: UUID, name: str) -> Response:
        """Take a file out of a delivery, before its import or after one that failed."""
        take_out_file(delivery=delivery, name=name, by=request.actor)
        return Response(status=204)


def shown(delivery: Delivery) -> dict[str, Any]:
    """Return a delivery as answers carry it, in an open scope."""
    files: list[File] = files_of(delivery)
    names = {str(name) for name in DeliverySerializer().fields} - {"files"}
    values: dict[str, Any] = {name: getattr(delivery, name) for name in names}
    return dict(DeliverySerializer(values | {"files": files}).data)


def _received(request: CoopRequest) -> Stored:
    """Receive the body. Raises `TooLarge`, or `Invalid` for a form, a cut or a wrong digest."""
    if (request.content_type or "").startswith("multipart/"):
        raise Invalid(
            "upload_is_a_form", "Send the file's bytes as the body, not in a form."
        )
    expected = _expected_sha256(request)
    declared = int(request.headers.get("Content-Length") or 0)
    check_size(declared)
    stored = receive(_chunks(request), expected_sha256=expected)
    if declared and stored.size != declared:
        discard(stored)
        raise Invalid(
            "upload_cut", "Fewer bytes arrived than were announced: send it again."
        )
    return stored


def _chunks(request: CoopRequest) -> Iterator[bytes]:
    body = request._request  # noqa: SLF001 - the one way to a body that nobody has parsed
    while chunk := body.read(CHUNK):
        yield chunk


def _expected_sha256(request: CoopRequest) -> str | None:
    """Return the digest that the client sent, in hex, None without one."""
    for name in ("Repr-Digest", "Content-Digest"):
        header = request.headers.get(name, "")
        if not _ALGORITHM.search(header):
            continue
        met = _DIGEST.search(header)
        try:
            raw = base64.b64decode(met[1], validate=True) if met else b""
        except binascii.Error:
            raw = b""
        if len(raw) != 32:
            raise Invalid(
                "digest_malformed", f"{name} must be sha-256=:<32 bytes in base64>:."
            )
        return raw.hex()
    return None


urlpatterns = [
    path("deliveries", DeliveriesView.as_view(), name="deliveries"),
    path("deliveries/<uuid:delivery>", DeliveryView.as_view(), name="delivery"),
    path(
        "deliveries/<uuid:delivery>/files/<str:name>",
        DeliveryFileView.as_view(),
        name="delivery-file",
    ),
]

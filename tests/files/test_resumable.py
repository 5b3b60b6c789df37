"""Uploads in pieces: where they stand is what is on disk, and what they become is one file."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from coop.actors import Permission
from states.files.parts import locked_part
from states.files.storage import place_of
from states.files.upload_actions import append_bytes
from tests.api.conftest import client_with, make_key
from tests.api.test_organizations import organization_of
from tests.cast import Cast
from tests.files.pieces import (
    TEXT,
    VERSION,
    append,
    delivery_of,
    digest,
    events,
    named,
    on_disk,
    open_upload,
    opened,
    standing,
)
from tests.grants.conftest import ClientOf

SHA256 = hashlib.sha256(TEXT).hexdigest()
HALF = len(TEXT) // 2


def test_pieces_become_the_file_and_each_answer_tells_where_it_stands(
    cast: Cast, client_of: ClientOf, storage: Path
) -> None:
    client = client_of(cast.ohio)
    delivery = delivery_of(cast)
    where = opened(client, delivery)
    assert standing(client, where) == 0
    for start in range(0, len(TEXT), 30_000):
        answer = append(client, where, start, TEXT[start : start + 30_000])
        assert answer.status_code == 204, answer.content
        assert int(answer["Upload-Offset"]) == min(start + 30_000, len(TEXT))
        assert answer["Tus-Resumable"] == "1.0.0"
        assert answer["Upload-Expires"]
    assert standing(client, where) == len(TEXT)
    assert place_of("OH", SHA256).read_bytes() == TEXT
    assert on_disk(storage) == {SHA256}
    (file,) = client.get(f"/v1/deliveries/{delivery}").json()["files"]
    assert (file["name"], file["sha256"], file["size"]) == (
        "SWVF.txt",
        SHA256,
        len(TEXT),
    )
    told = client.get(where).json()
    assert (told["status"], told["file"]) == ("complete", file["id"])
    uploaded = ("files:file:uploaded", {"bytes": len(TEXT), "sha256": SHA256})
    assert events(cast)[1:] == [uploaded]


def test_options_tells_what_the_service_can_do(client_of: ClientOf, cast: Cast) -> None:
    answer = client_of(cast.ohio).options(f"/v1/deliveries/{delivery_of(cast)}/uploads")
    assert answer.status_code == 204
    assert answer["Tus-Version"] == "1.0.0"
    assert answer["Tus-Extension"] == "creation,checksum,expiration,termination"
    assert answer["Tus-Checksum-Algorithm"] == "sha1,sha256,sha512,md5"
    assert int(answer["Tus-Max-Size"]) == 8 * 1024**3


def test_a_piece_at_another_offset_is_refused_with_the_right_one(
    cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.ohio)
    where = opened(client, delivery_of(cast))
    append(client, where, 0, TEXT[:100])
    for wrong in (0, 99, 101, len(TEXT)):
        refused = append(client, where, wrong, TEXT[wrong:])
        assert (refused.status_code, refused.json()["code"]) == (
            409,
            "upload_offset_mismatch",
        )
        assert refused.json()["offset"] == 100
    assert standing(client, where) == 100


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "sha512", "md5"])
def test_a_piece_with_a_wrong_checksum_was_never_received(
    cast: Cast, client_of: ClientOf, algorithm: str
) -> None:
    client = client_of(cast.ohio)
    where = opened(client, delivery_of(cast))
    append(client, where, 0, TEXT[:HALF])
    wrong = {"Upload-Checksum": digest(algorithm, b"other")}
    refused = append(client, where, HALF, b"x" * 500, **wrong)
    assert (refused.status_code, refused.json()["code"]) == (460, "checksum_mismatch")
    assert standing(client, where) == HALF
    right = {"Upload-Checksum": digest(algorithm, TEXT[HALF:])}
    assert append(client, where, HALF, TEXT[HALF:], **right).status_code == 204
    assert place_of("OH", SHA256).read_bytes() == TEXT


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Upload-Checksum": "crc32 AAAA"}, 400, "checksum_unsupported"),
        ({"Upload-Checksum": "sha1 ?"}, 400, "checksum_unsupported"),
        ({"Upload-Offset": "-1"}, 422, "upload_offset_invalid"),
        ({"Upload-Offset": ""}, 422, "upload_offset_invalid"),
        ({"Tus-Resumable": "0.2.2"}, 412, "tus_version_unsupported"),
        ({"Content-Type": "text/plain"}, 415, "media_type_unsupported"),
    ],
)
def test_a_piece_says_what_it_is(
    cast: Cast, client_of: ClientOf, headers: dict[str, str], status: int, code: str
) -> None:
    client = client_of(cast.ohio)
    where = opened(client, delivery_of(cast))
    kind = headers.pop("Content-Type", "application/offset+octet-stream")
    sent = VERSION | {"Upload-Offset": "0"} | headers
    refused = client.patch(where, TEXT, content_type=kind, headers=sent)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert refused["Tus-Version"] == "1.0.0"
    assert standing(client, where) == 0


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ({"Upload-Length": "0"}, 422, "file_empty"),
        ({"Upload-Length": "many"}, 422, "upload_length_invalid"),
        ({"Upload-Length": "2000"}, 413, "file_too_large"),
        ({"Upload-Metadata": ""}, 422, "upload_metadata_invalid"),
        ({"Upload-Metadata": "filename ?"}, 422, "upload_metadata_invalid"),
        ({"Upload-Metadata": named("../up.txt")}, 422, "file_name_invalid"),
        ({"Tus-Resumable": ""}, 412, "tus_version_unsupported"),
    ],
)
def test_an_upload_says_what_will_come(
    cast: Cast,
    client_of: ClientOf,
    settings: Any,
    given: dict[str, str],
    status: int,
    code: str,
) -> None:
    settings.MAX_UPLOAD_BYTES = 1000
    delivery = delivery_of(cast)
    right = {"Upload-Length": "1000", "Upload-Metadata": named("SWVF.txt")}
    refused = client_of(cast.ohio).post(
        f"/v1/deliveries/{delivery}/uploads", headers=VERSION | right | given
    )
    assert (refused.status_code, refused.json()["code"]) == (status, code)


def test_more_than_was_announced_is_refused(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.ohio)
    where = opened(client, delivery_of(cast), size=100)
    append(client, where, 0, TEXT[:60])
    refused = append(client, where, 60, TEXT[60:101])
    assert (refused.status_code, refused.json()["code"]) == (413, "upload_too_long")
    assert standing(client, where) == 60


def test_what_is_no_file_ends_the_upload_with_the_reason(
    cast: Cast, client_of: ClientOf, storage: Path
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("SWVF.txt", TEXT)
    cut = packed.getvalue()[:-40]
    client = client_of(cast.ohio)
    delivery = delivery_of(cast)
    where = opened(client, delivery, size=len(cut), name="SWVF.zip")
    refused = append(client, where, 0, cut)
    assert (refused.status_code, refused.json()["code"]) == (422, "archive_damaged")
    again = append(client, where, len(cut), b"")
    assert (again.status_code, again.json()["code"]) == (410, "upload_refused")
    assert again.json()["reason"] == "archive_damaged"
    (told,) = client.get(f"/v1/deliveries/{delivery}/uploads").json()["results"]
    assert (told["status"], told["problem"]["code"]) == ("refused", "archive_damaged")
    assert client.get(f"/v1/deliveries/{delivery}").json()["files"] == []
    assert on_disk(storage) == set()
    ended = {"bytes": len(cut), "reason": "archive_damaged"}
    assert events(cast)[1:] == [("files:upload:ended", ended)]


def test_of_two_that_append_at_once_one_is_told_to_wait(
    cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.ohio)
    where = opened(client, delivery_of(cast))
    with locked_part(UUID(where.rpartition("/")[2]), 0):
        refused = append(client, where, 0, TEXT)
    assert (refused.status_code, refused.json()["code"]) == (423, "upload_busy")
    assert append(client, where, 0, TEXT).status_code == 204


def test_what_came_before_a_break_is_kept_and_nothing_of_what_did_not(
    cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.ohio)
    where = opened(client, delivery_of(cast))

    def broken() -> Iterator[bytes]:
        yield TEXT[:1000]
        yield TEXT[1000:1500]
        raise ConnectionError

    upload = UUID(where.rpartition("/")[2])
    with pytest.raises(ConnectionError):
        append_bytes(upload=upload, offset=0, chunks=broken(), by=cast.ohio)
    assert standing(client, where) == 1500
    assert append(client, where, 1500, TEXT[1500:]).status_code == 204
    assert place_of("OH", SHA256).read_bytes() == TEXT


def test_nobody_but_the_owner_opens_sees_sends_or_ends_one(
    cast: Cast, client_of: ClientOf
) -> None:
    owner = client_of(cast.ohio)
    delivery = delivery_of(cast)
    where = opened(owner, delivery)
    for name, actor in cast.everyone.items():
        if name == "ohio":
            continue
        client = client_of(actor)
        assert open_upload(client, delivery).status_code == 404
        assert client.get(f"/v1/deliveries/{delivery}/uploads").status_code == 404
        assert client.get(where).status_code == 404
        assert client.head(where, headers=VERSION).status_code == 404
        assert append(client, where, 0, TEXT).status_code == 404
        assert client.delete(where, headers=VERSION).status_code == 404
    reader = client_of(cast.ohio, Permission.VOTERS_READ)
    assert append(reader, where, 0, TEXT).status_code == 403
    assert standing(owner, where) == 0


def test_a_test_credential_sends_nothing(cast: Cast, client_of: ClientOf) -> None:
    real = client_of(cast.ohio)
    trying = client_with(make_key(organization_of(cast.ohio), test=True))
    where = opened(real, delivery_of(cast))
    answer = append(trying, where, 0, TEXT)
    assert (answer.status_code, answer["Coop-Test"]) == (204, "true")
    assert answer["Upload-Offset"] == "0"
    assert append(trying, where, 5, TEXT).status_code == 409
    assert trying.delete(where, headers=VERSION).status_code == 204
    assert standing(real, where) == 0


def test_the_same_name_with_other_content_ends_the_second(
    cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.ohio)
    delivery = delivery_of(cast)
    first, second = opened(client, delivery), opened(client, delivery)
    assert append(client, first, 0, TEXT).status_code == 204
    other = append(client, second, 0, TEXT[::-1])
    assert (other.status_code, other.json()["code"]) == (409, "file_name_taken")
    same = opened(client, delivery)
    assert append(client, same, 0, TEXT).status_code == 204
    assert len(client.get(f"/v1/deliveries/{delivery}").json()["files"]) == 1

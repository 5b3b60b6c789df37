"""Uploading over the API: streamed to storage, checked, walled, and never twice on disk."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from coop.actors import Action, Permission
from coop.db.scope import acting_as
from coop.ledger.models import Entry
from tests.cast import Cast
from tests.grants.conftest import ClientOf

RAW = "application/octet-stream"
TEXT = b"SOS_VOTERID,LAST_NAME\nOH1,EXAMPLE\n" * 1000


def opened(client: APIClient, **given: Any) -> str:
    body = {"state": "OH", "file_date": "2026-11-15"} | given
    answer = client.post("/v1/deliveries", body, format="json")
    assert answer.status_code == 201, answer.content
    return str(answer.json()["id"])


def upload(
    client: APIClient,
    delivery: str,
    content: bytes = TEXT,
    name: str = "SWVF.txt",
    headers: dict[str, str] | None = None,
) -> Any:
    return client.put(
        f"/v1/deliveries/{delivery}/files/{name}",
        content,
        content_type=RAW,
        headers=headers or {},
    )


def kept(storage: Path) -> list[Path]:
    return [path for path in storage.rglob("*") if path.is_file()]


def test_a_file_lies_in_storage_under_its_sha256(
    cast: Cast, client_of: ClientOf, storage: Path
) -> None:
    client = client_of(cast.ohio)
    delivery = opened(client)
    answer = upload(client, delivery)
    assert answer.status_code == 201, answer.content
    told = answer.json()
    sha256 = hashlib.sha256(TEXT).hexdigest()
    assert (told["sha256"], told["size"], told["packing"]) == (
        sha256,
        len(TEXT),
        "plain",
    )
    assert (told["repeated"], told["same_as"]) == (False, None)
    assert [path.name for path in kept(storage)] == [sha256]
    assert kept(storage)[0].read_bytes() == TEXT
    shown = client.get(f"/v1/deliveries/{delivery}").json()
    assert [one["name"] for one in shown["files"]] == ["SWVF.txt"]
    with acting_as(cast.ohio, Action.MANAGE):
        assert (
            Entry.objects.filter(event="files:file:uploaded", state="OH").count() == 1
        )


def test_the_same_content_again_is_the_same_file_and_an_earlier_delivery_is_named(
    cast: Cast, client_of: ClientOf, storage: Path
) -> None:
    client = client_of(cast.ohio)
    first, second = opened(client), opened(client)
    one = upload(client, first).json()
    again = upload(client, first, name="copy.txt")
    assert (again.status_code, again.json()["id"]) == (200, one["id"])
    assert again.json()["repeated"] is True
    elsewhere = upload(client, second)
    assert elsewhere.status_code == 201
    assert elsewhere.json()["same_as"] == first
    assert len(kept(storage)) == 1


def test_a_name_stands_for_one_content(
    cast: Cast, client_of: ClientOf, storage: Path
) -> None:
    client = client_of(cast.ohio)
    delivery = opened(client)
    upload(client, delivery)
    other = upload(client, delivery, TEXT + b"more\n")
    assert (other.status_code, other.json()["code"]) == (409, "file_name_taken")
    assert len(kept(storage)) == 1


@pytest.mark.parametrize("header", ["Repr-Digest", "Content-Digest"])
def test_a_digest_that_was_sent_must_fit(
    cast: Cast, client_of: ClientOf, storage: Path, header: str
) -> None:
    client = client_of(cast.ohio)
    delivery = opened(client)
    right = base64.b64encode(hashlib.sha256(TEXT).digest()).decode()
    wrong = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    refused = upload(client, delivery, headers={header: f"sha-256=:{wrong}:"})
    assert (refused.status_code, refused.json()["code"]) == (422, "digest_mismatch")
    garbled = upload(client, delivery, headers={header: "sha-256=:x:"})
    assert garbled.json()["code"] == "digest_malformed"
    assert kept(storage) == []
    assert (
        upload(client, delivery, headers={header: f"sha-256=:{right}:"}).status_code
        == 201
    )


def test_a_file_over_the_limit_is_refused_and_nothing_stays(
    cast: Cast, client_of: ClientOf, storage: Path, settings: Any
) -> None:
    settings.MAX_UPLOAD_BYTES = 1000
    client = client_of(cast.ohio)
    delivery = opened(client)
    refused = upload(client, delivery)
    assert (refused.status_code, refused.json()["code"]) == (413, "file_too_large")
    assert refused.json()["limit"] == 1000
    assert kept(storage) == []
    assert upload(client, delivery, b"x" * 1000).status_code == 201


def test_a_body_larger_than_forms_may_be_is_no_trouble(
    cast: Cast, client_of: ClientOf, settings: Any
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    client = client_of(cast.ohio)
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024**2
    delivery = opened(client)
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    assert upload(client, delivery).status_code == 201


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("SWVF.txt", b"", "file_empty"),
        ("..hidden", TEXT, "file_name_invalid"),
        ("a\nb", TEXT, "file_name_invalid"),
        ("half.zip", b"PK\x03\x04 and no more", "archive_damaged"),
    ],
)
def test_what_is_no_file_is_told_so(
    cast: Cast, client_of: ClientOf, storage: Path, name: str, content: bytes, code: str
) -> None:
    client = client_of(cast.ohio)
    refused = upload(client, opened(client), content, name.replace("\n", "%0A"))
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert kept(storage) == []


def test_a_form_is_not_a_file(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.ohio)
    where = f"/v1/deliveries/{opened(client)}/files/SWVF.txt"
    refused = client.put(where, {"file": "x"}, format="multipart")
    assert refused.json()["code"] == "upload_is_a_form"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"file_date": "2099-01-01"}, "file_date_impossible"),
        ({"file_date": "1999-01-01"}, "file_date_impossible"),
        ({"counties": [37183]}, "county_unknown"),
        ({"counties": []}, "county_unknown"),
    ],
)
def test_a_delivery_declares_only_what_can_be(
    cast: Cast, client_of: ClientOf, given: dict[str, Any], code: str
) -> None:
    body = {"state": "OH", "file_date": "2026-11-15"} | given
    refused = client_of(cast.ohio).post("/v1/deliveries", body, format="json")
    assert (refused.status_code, refused.json()["code"]) == (422, code)


def test_nobody_but_the_owner_opens_sees_or_fills_a_delivery(
    cast: Cast, client_of: ClientOf, storage: Path
) -> None:
    owner = client_of(cast.ohio)
    delivery = opened(owner)
    for name, actor in cast.everyone.items():
        if name == "ohio":
            continue
        client = client_of(actor)
        body = {"state": "OH", "file_date": "2026-11-15"}
        assert client.post("/v1/deliveries", body, format="json").status_code == 404
        for unknown in (delivery, str(uuid4())):
            assert client.get(f"/v1/deliveries/{unknown}").status_code == 404
            assert upload(client, unknown).status_code == 404
            started = client.post(f"/v1/deliveries/{unknown}/import")
            assert started.status_code == 404
        assert client.get("/v1/deliveries").json()["results"] == []
    assert kept(storage) == []


def test_a_key_without_the_permission_is_refused(
    cast: Cast, client_of: ClientOf
) -> None:
    delivery = opened(client_of(cast.ohio))
    reader = client_of(cast.ohio, Permission.VOTERS_READ)
    assert upload(reader, delivery).status_code == 403
    assert reader.get(f"/v1/deliveries/{delivery}").status_code == 403


def test_deliveries_are_listed_newest_first_in_pages(
    cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.ohio)
    made = [opened(client) for _ in range(5)]
    found, cursor = [], None
    while True:
        query: dict[str, Any] = {"limit": 2, "state": "OH"}
        query |= {"cursor": cursor} if cursor else {}
        page = client.get("/v1/deliveries", query).json()
        found += [one["id"] for one in page["results"]]
        if not (cursor := page["next"]):
            break
    assert found == made[::-1]

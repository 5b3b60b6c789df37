"""Bodies in gzip: single contacts, batches and parts of bulk jobs, and what is packed otherwise."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.canvass.clients import client_of
from tests.canvass.pushes import body
from tests.cast import Cast

JSON = "application/json"


@pytest.fixture
def pusher(cast: Cast) -> APIClient:
    return client_of(cast.outside_group)


def push(client: APIClient, raw: bytes, coding: str = "gzip", **headers: str) -> Any:
    told = {"Content-Encoding": coding} | headers
    return client.post("/v1/contacts", raw, content_type=JSON, headers=told)


def packed(value: Any, mtime: int = 0) -> bytes:
    return gzip.compress(json.dumps(value).encode(), mtime=mtime)


def test_a_contact_and_a_batch_are_taken_in_gzip(cast: Cast, pusher: APIClient) -> None:
    one, two = body(cast.places[1][0]), body(cast.places[1][1])

    assert push(pusher, packed(one), "GZIP").status_code == 202
    answer = push(pusher, packed({"contacts": [one, two]}))

    verdicts = [each["verdict"] for each in answer.json()["results"]]
    assert verdicts == ["duplicate", "accepted"]


def test_a_body_packed_anew_is_the_same_request(cast: Cast, pusher: APIClient) -> None:
    one, key = body(cast.places[1][0]), {"Idempotency-Key": "again"}

    first = push(pusher, packed(one, mtime=1), **key)
    second = push(pusher, packed(one, mtime=2), **key)

    assert second["Idempotency-Replayed"] == "true"
    assert second.json() == first.json()


@pytest.mark.parametrize(
    ("raw", "coding", "expected"),
    [
        (zlib.compress(b"{}"), "deflate", (422, "encoding_unsupported")),
        (packed({})[:-3], "gzip", (422, "archive_damaged")),
        (b"{}", "gzip", (422, "archive_damaged")),
        (gzip.compress(b" " * 9_000_000), "gzip", (413, "body_too_large")),
    ],
)
def test_what_cannot_be_unpacked_is_a_problem(
    pusher: APIClient, raw: bytes, coding: str, expected: tuple[int, str]
) -> None:
    answer = push(pusher, raw, coding)

    assert (answer.status_code, answer.json()["code"]) == expected


@pytest.fixture
def parts(pusher: APIClient, settings: Any, tmp_path: Any) -> str:
    """Where the parts of an open job go."""
    settings.STORAGE_FOLDER = tmp_path
    job = pusher.post("/v1/contact-jobs", {"format": "ndjson"}, "json").json()["id"]
    return f"/v1/contact-jobs/{job}/parts"


def test_a_part_in_gzip_is_kept_unpacked(
    cast: Cast, pusher: APIClient, parts: str
) -> None:
    row = json.dumps(body(cast.places[1][0])).encode() + b"\n"

    answer = pusher.put(
        f"{parts}/1",
        gzip.compress(row * 3),
        content_type="application/x-ndjson",
        headers={"Content-Encoding": "gzip"},
    )

    assert (answer.status_code, answer.json()["bytes"]) == (201, 3 * len(row))


@pytest.mark.parametrize("coding", ["", "br"])
def test_a_part_that_does_not_say_how_it_is_packed_is_refused(
    pusher: APIClient, parts: str, coding: str
) -> None:
    """Its bytes would be read as rows, each of them wrong."""
    headers = {"Content-Encoding": coding} if coding else {}

    answer = pusher.put(
        f"{parts}/1", gzip.compress(b"{}"), content_type="text/csv", headers=headers
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "encoding_unsupported")


def test_a_part_that_is_cut_is_not_kept(pusher: APIClient, parts: str) -> None:
    answer = pusher.put(
        f"{parts}/1",
        gzip.compress(b"{}\n" * 9)[:-4],
        content_type="text/csv",
        headers={"Content-Encoding": "gzip"},
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "archive_damaged")

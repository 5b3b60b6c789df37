"""Uploads too large to be judged in the request that brings their end: a worker makes files of them."""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import UUID

import pytest

from api.v1 import uploads
from coop.actors import Action
from coop.db.scope import acting_as
from coop.errors import Conflict
from states.files import parts, upload_actions
from states.files.models import Upload
from states.files.parts import locked_part
from states.files.storage import place_of
from states.files.tasks import finish_received
from states.imports.actions import order_import
from tests.cast import Cast
from tests.files.pieces import (
    TEXT,
    VERSION,
    append,
    delivery_of,
    events,
    opened,
    standing,
)
from tests.grants.conftest import ClientOf

SHA256 = hashlib.sha256(TEXT).hexdigest()
HALF = len(TEXT) // 2


@pytest.fixture(autouse=True)
def rung(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Take every upload for large; return whom the bell was rung for."""
    heard: list[tuple[str, str]] = []
    monkeypatch.setattr(upload_actions, "AT_ONCE", 10_000)
    monkeypatch.setattr(uploads, "ring", lambda _task, *ids: heard.append(ids))
    return heard


def sent(cast: Cast, client: Any, delivery: str, content: bytes = TEXT) -> str:
    where = opened(client, delivery, size=len(content))
    middle = len(content) // 2
    assert append(client, where, 0, content[:middle]).status_code == 204
    assert append(client, where, middle, content[middle:]).status_code == 204
    return where


def told_by(cast: Cast, upload: str) -> str:
    with acting_as(cast.ohio, Action.IMPORT):
        return str(Upload.objects.get(id=upload).opened_by)


def test_the_last_piece_is_answered_without_reading_the_file(
    cast: Cast,
    client_of: ClientOf,
    rung: list[tuple[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client, delivery = client_of(cast.ohio), delivery_of(cast)

    def too_slow(_part: object) -> None:
        raise AssertionError

    with monkeypatch.context() as request:
        request.setattr(parts.Part, "whole", too_slow)
        where = sent(cast, client, delivery)
    assert standing(client, where) == len(TEXT)
    told = client.get(where).json()
    assert (told["status"], told["file"]) == ("judging", None)
    upload = where.rpartition("/")[2]
    assert rung == [(str(cast.ohio.organization), upload)]
    finish_received(*rung[0])
    (file,) = client.get(f"/v1/deliveries/{delivery}").json()["files"]
    told = client.get(where).json()
    assert (told["status"], told["file"]) == ("complete", file["id"])
    assert place_of("OH", SHA256).read_bytes() == TEXT
    detail = {"bytes": len(TEXT), "sha256": SHA256}
    detail["sent_by"] = told_by(cast, upload)
    assert events(cast)[1:] == [("files:file:uploaded", detail)]


def test_a_bell_that_rings_twice_makes_one_file(
    cast: Cast, client_of: ClientOf, rung: list[tuple[str, str]]
) -> None:
    client, delivery = client_of(cast.ohio), delivery_of(cast)
    where = sent(cast, client, delivery)
    assert append(client, where, len(TEXT), b"").status_code == 204
    with locked_part(UUID(where.rpartition("/")[2]), 0):
        finish_received(*rung[0])
    assert client.get(where).json()["status"] == "judging", "another is at it"
    for ids in rung:
        finish_received(*ids)
    assert len(rung) == 2
    assert len(client.get(f"/v1/deliveries/{delivery}").json()["files"]) == 1


def test_what_is_no_file_is_told_afterwards(
    cast: Cast, client_of: ClientOf, rung: list[tuple[str, str]]
) -> None:
    client, delivery = client_of(cast.ohio), delivery_of(cast)
    where = sent(cast, client, delivery, b"PK\x03\x04" + bytes(20_000))
    finish_received(*rung[0])
    told = client.get(where).json()
    assert (told["status"], told["problem"]["code"]) == ("refused", "archive_damaged")
    assert client.get(f"/v1/deliveries/{delivery}").json()["files"] == []


def test_no_import_is_ordered_while_a_file_is_on_its_way(
    cast: Cast, client_of: ClientOf, rung: list[tuple[str, str]]
) -> None:
    client, delivery = client_of(cast.ohio), delivery_of(cast)
    sent(cast, client, delivery)
    refused = client.post(f"/v1/deliveries/{delivery}/import")
    assert (refused.status_code, refused.json()["code"]) == (409, "uploads_unfinished")
    finish_received(*rung[0])
    late = opened(client, delivery, name="late.txt")
    append(client, late, 0, TEXT[:HALF])
    with pytest.raises(Conflict, match="1 uploads"):
        order_import(delivery=UUID(delivery), by=cast.ohio)
    assert client.delete(late, headers=VERSION).status_code == 204
    assert client.post(f"/v1/deliveries/{delivery}/import").status_code == 202

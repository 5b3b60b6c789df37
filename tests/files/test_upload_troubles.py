"""Uploads in pieces that go wrong: a full disk, too many, ended, expired, left over, killed."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from coop.actors import WORKER, Action
from coop.db.scope import acting_as
from coop.errors import Conflict, NotFound
from states.files import upload_actions
from states.files.models import Upload
from states.files.parts import locked_part, parts_folder
from states.files.storage import incoming_folder, place_of
from states.files.sweep import sweep_uploads
from states.files.upload_actions import append_bytes
from tests.cast import Cast
from tests.files.pieces import (
    TEXT,
    VERSION,
    append,
    delivery_of,
    events,
    on_disk,
    open_upload,
    opened,
    standing,
)
from tests.grants.conftest import ClientOf

SHA256 = hashlib.sha256(TEXT).hexdigest()
HALF = len(TEXT) // 2


def row_of(cast: Cast, where: str) -> Upload:
    with acting_as(cast.ohio, Action.IMPORT):
        return Upload.objects.get(id=where.rpartition("/")[2])


def change(cast: Cast, where: str, **values: Any) -> None:
    with acting_as(cast.ohio, Action.IMPORT):
        Upload.objects.filter(id=where.rpartition("/")[2]).update(**values)


def test_a_full_disk_is_told_and_the_offset_stays_true(
    cast: Cast, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(cast.ohio)
    where = opened(client, delivery_of(cast))
    real, room = os.pwrite, 1234

    def little_room(descriptor: int, piece: bytes, at: int) -> int:
        if at >= room:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(descriptor, piece[: room - at], at)

    with monkeypatch.context() as full:
        full.setattr(os, "pwrite", little_room)
        refused = append(client, where, 0, TEXT)
    assert (refused.status_code, refused.json()["code"]) == (503, "storage_full")
    assert refused["Retry-After"] == "60"
    assert standing(client, where) == room
    assert append(client, where, room, TEXT[room:]).status_code == 204
    assert place_of("OH", SHA256).read_bytes() == TEXT


def test_no_upload_is_opened_that_the_disk_has_no_room_for(
    cast: Cast, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = shutil.disk_usage("/")._replace(free=len(TEXT) - 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: free)
    refused = open_upload(client_of(cast.ohio), delivery_of(cast))
    assert (refused.status_code, refused.json()["code"]) == (503, "storage_full")


def test_a_plain_upload_to_a_full_disk_is_told_the_same(
    cast: Cast, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    refused = client_of(cast.ohio).put(
        f"/v1/deliveries/{delivery_of(cast)}/files/SWVF.txt",
        TEXT,
        content_type="application/octet-stream",
    )
    assert (refused.status_code, refused.json()["code"]) == (503, "storage_full")
    assert list(incoming_folder().iterdir()) == []


@pytest.mark.parametrize("limit", [{"OPEN_UPLOADS": 1}, {"OPEN_UPLOAD_BYTES": 150_000}])
def test_a_state_has_so_many_uploads_open_and_no_more(
    cast: Cast, client_of: ClientOf, settings: Any, limit: dict[str, int]
) -> None:
    for name, value in limit.items():
        setattr(settings, name, value)
    client = client_of(cast.ohio)
    delivery = delivery_of(cast)
    first = opened(client, delivery, size=100_000)
    refused = open_upload(client, delivery, size=100_000)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_uploads")
    assert client.delete(first, headers=VERSION).status_code == 204
    assert open_upload(client, delivery, size=100_000).status_code == 201


def test_an_upload_that_is_ended_is_gone_with_its_bytes(
    cast: Cast, client_of: ClientOf, storage: Path
) -> None:
    client = client_of(cast.ohio)
    where = opened(client, delivery_of(cast))
    append(client, where, 0, TEXT[:100])
    assert client.delete(where, headers=VERSION).status_code == 204
    assert client.head(where, headers=VERSION).status_code == 404
    assert append(client, where, 100, TEXT[100:]).status_code == 404
    assert on_disk(storage) == set()
    ended = {"bytes": 100, "reason": "ended"}
    assert events(cast)[1:] == [("files:upload:ended", ended)]


def test_an_upload_that_is_ended_while_it_arrives_stops(
    cast: Cast, client_of: ClientOf, storage: Path
) -> None:
    client = client_of(cast.ohio)
    where = opened(client, delivery_of(cast))

    def ended_meanwhile() -> Iterator[bytes]:
        yield TEXT[:100]
        assert client.delete(where, headers=VERSION).status_code == 204
        yield TEXT[100:]

    upload = UUID(where.rpartition("/")[2])
    with pytest.raises(NotFound):
        append_bytes(upload=upload, offset=0, chunks=ended_meanwhile(), by=cast.ohio)
    assert on_disk(storage) == set()


def test_the_sweep_forgets_what_is_over_and_finishes_what_was_left(
    cast: Cast, client_of: ClientOf, storage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(cast.ohio)
    delivery = delivery_of(cast)
    stale, fresh = opened(client, delivery), opened(client, delivery)
    append(client, stale, 0, TEXT[:100])
    change(cast, stale, expires_at=timezone.now() - timedelta(seconds=1))
    whole = opened(client, delivery)

    def die(*_given: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(upload_actions, "_finish", die)
        with pytest.raises(KeyboardInterrupt):
            append(client, whole, 0, TEXT)
    assert sweep_uploads() == 1
    assert client.head(stale, headers=VERSION).status_code == 404
    assert row_of(cast, whole).is_open, "its own request may still be at it"
    change(cast, whole, touched_at=timezone.now() - timedelta(minutes=1))
    assert sweep_uploads() == 1
    assert row_of(cast, whole).file is not None
    assert standing(client, fresh) == 0
    assert on_disk(storage) == {SHA256}


def test_the_sweep_deletes_old_bytes_of_no_upload_and_no_others(
    cast: Cast, client_of: ClientOf, storage: Path
) -> None:
    client = client_of(cast.ohio)
    where = opened(client, delivery_of(cast))
    append(client, where, 0, TEXT[:100])
    part = next(parts_folder().iterdir())
    left = parts_folder() / UUID(int=7).hex
    killed, new = incoming_folder() / "tmpkilled", incoming_folder() / "tmpnew"
    long_ago = time.time() - 25 * 3600
    for path in (left, killed, new):
        path.write_bytes(b"x")
    for path in (left, killed, part):
        os.utime(path, (long_ago, long_ago))
    sweep_uploads()
    assert on_disk(storage) == {part.name, new.name}


def test_bytes_that_the_storage_lost_are_asked_for_again(
    cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.ohio)
    where = opened(client, delivery_of(cast))
    append(client, where, 0, TEXT[:100])
    next(parts_folder().iterdir()).unlink()
    lost = append(client, where, 100, TEXT[100:])
    assert (lost.status_code, lost.json()["code"]) == (410, "upload_lost")
    assert client.head(where, headers=VERSION).status_code == 404


def test_the_lock_goes_with_its_process(tmp_path: Path, storage: Path) -> None:
    upload = UUID(int=1)
    if (child := os.fork()) == 0:
        with locked_part(upload, 0):
            time.sleep(60)
        os._exit(0)
    deadline = time.monotonic() + 20
    while not _is_locked(upload):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.kill(child, 9)
    os.waitpid(child, 0)
    assert not _is_locked(upload)


def _is_locked(upload: UUID) -> bool:
    try:
        with locked_part(upload, 0):
            return False
    except Conflict:
        return True


def test_nobody_but_the_worker_learns_what_is_due_or_there(
    cast: Cast, client_of: ClientOf
) -> None:
    where = opened(client_of(cast.ohio), delivery_of(cast))
    change(cast, where, expires_at=timezone.now() - timedelta(seconds=1))
    upload = where.rpartition("/")[2]
    asked = [
        (actor, action)
        for actor in (cast.rival, cast.ohio, cast.stranger)
        for action in Action
        if action is not Action.WORK
    ]
    for actor, action in asked:
        with acting_as(actor, action), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM sec.uploads_due()")
            assert cursor.fetchone() == (0,), action
            cursor.execute("SELECT sec.is_upload(%s)", [upload])
            assert cursor.fetchone() == (None,), action
    with acting_as(WORKER, Action.WORK), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM sec.uploads_due()")
        assert cursor.fetchall() == [(UUID(upload),)]

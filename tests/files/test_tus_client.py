"""A client of the protocol that we did not write, against a real server: cut, revoked, killed, and never a byte wrong."""

from __future__ import annotations

import hashlib
import io
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.utils import timezone
from pytest_django.plugin import DjangoDbBlocker
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError, TusUploadFailed

from coop.actors import Action
from coop.db.scope import acting_as
from coop.ledger.models import Entry
from coop.organizations.keys import Key
from coop.organizations.models import Credential
from states.files.models import File, Upload
from states.files.parts import parts_folder
from states.files.storage import place_of
from tests.cast import Cast, load_cast
from tests.conftest import CommittedDatabase
from tests.databases import cloned_database
from tests.feeds.streaming import Server, key_of, web_server
from tests.files.pieces import PIECE, VERSION, delivery_of, digest, named

pytestmark = pytest.mark.slow
CONTENT = b"".join(hashlib.sha256(b"%d" % n).digest() for n in range(100_000))
"""3.2 MB in which no two places look alike: a byte lost, doubled or moved is seen."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The storage folder of the servers of this module."""
    return tmp_path_factory.mktemp("storage")


@pytest.fixture(scope="module")
def database(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[CommittedDatabase]:
    """One database for this module, where commits are real."""
    with django_db_blocker.unblock(), cloned_database("tus") as name:
        yield CommittedDatabase(name)


@pytest.fixture(scope="module")
def server(database: CommittedDatabase, folder: Path) -> Iterator[Server]:
    """One server for the tests that do not kill it."""
    with web_server(database, STORAGE_FOLDER=str(folder)) as running:
        yield running


@pytest.fixture(autouse=True)
def storage(settings: Any, folder: Path) -> Path:
    """Look where the server keeps what it gets."""
    settings.STORAGE_FOLDER = folder
    return folder


@pytest.fixture
def cast(database: CommittedDatabase) -> Cast:
    return load_cast()


def tus(server: Server, key: Key, delivery: str) -> TusClient:
    return TusClient(
        f"{server.url}/v1/deliveries/{delivery}/uploads", headers=bearer(key)
    )


def bearer(key: Key) -> dict[str, str]:
    return {"Authorization": f"Bearer {key.text}"}


def uploader(client: TusClient, content: bytes = CONTENT, **more: Any) -> Any:
    more = {"metadata": {"filename": "SWVF.txt"}, "chunk_size": 1_000_000} | more
    return client.uploader(file_stream=io.BytesIO(content), **more)


def cut_after(url: str, key: Key, offset: int, piece: bytes) -> None:
    """Announce all that is left, send some of it, and cut the connection without a word."""
    where = httpx.URL(url)
    head = {
        "Host": where.netloc.decode(),
        "Content-Type": PIECE,
        "Content-Length": str(len(CONTENT) - offset),
        "Upload-Offset": str(offset),
    }
    lines = "".join(f"{k}: {v}\r\n" for k, v in (head | VERSION | bearer(key)).items())
    with socket.create_connection((where.host, where.port)) as wire:
        wire.sendall(f"PATCH {where.path} HTTP/1.1\r\n{lines}\r\n".encode() + piece)
        _wait_until(lambda: _on_disk(url) >= offset + len(piece))
        # RST instead of FIN: as when a cable is pulled and the other end learns it late.
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def _on_disk(url: str) -> int:
    part = parts_folder() / url.rpartition("/")[2].replace("-", "")
    return part.stat().st_size if part.exists() else 0


def _wait_until(met: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def offset_of(url: str, key: Key) -> int:
    answer = httpx.head(url, headers=VERSION | bearer(key))
    return int(answer.headers["upload-offset"])


def entered(cast: Cast, delivery: str) -> list[tuple[str, str, int]]:
    with acting_as(cast.ohio, Action.IMPORT):
        found = File.objects.filter(delivery_id=delivery).order_by("name")
        return [(one.name, one.sha256, one.size) for one in found]


EXPECTED = ("SWVF.txt", hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))


def test_a_connection_cut_in_the_middle_loses_and_doubles_no_byte(
    server: Server, cast: Cast
) -> None:
    key, delivery = key_of(cast.ohio), delivery_of(cast)
    first = uploader(tus(server, key, delivery))
    first.upload_chunk()
    url, at = first.url, 1_000_000
    for more in (70_001, 333_333, 1):
        piece = CONTENT[at : at + more]
        cut_after(url, key, at, piece)
        at += more
        _wait_until(lambda at=at: offset_of(url, key) == at)  # type: ignore[misc]
    second = uploader(tus(server, key_of(cast.ohio), "none"), url=url)
    assert second.offset == at
    second.upload()
    assert entered(cast, delivery) == [EXPECTED]
    assert place_of("OH", EXPECTED[1]).read_bytes() == CONTENT
    with acting_as(cast.ohio, Action.IMPORT):
        file = File.objects.get(delivery_id=delivery).id
    with acting_as(cast.ohio, Action.MANAGE):
        assert Entry.objects.filter(subject=str(file)).count() == 1


def test_a_server_killed_in_the_middle_goes_on_from_what_it_kept(
    server: Server, cast: Cast, database: CommittedDatabase, folder: Path
) -> None:
    key, delivery = key_of(cast.ohio), delivery_of(cast)
    with web_server(database, STORAGE_FOLDER=str(folder)) as dying:
        client = uploader(tus(dying, key, delivery))
        client.upload_chunk()
        path = httpx.URL(client.url).path

        def until_killed() -> Iterator[bytes]:
            yield CONTENT[1_000_000:2_000_000]
            _wait_until(lambda: _on_disk(client.url) >= 2_000_000)
            dying.process.kill()
            dying.process.wait()
            yield CONTENT[2_000_000:]

        headers = VERSION | bearer(key)
        headers |= {"Upload-Offset": "1000000", "Content-Type": PIECE}
        with pytest.raises(httpx.TransportError):
            httpx.patch(client.url, content=until_killed(), headers=headers)
    with web_server(database, STORAGE_FOLDER=str(folder)) as again:
        url = f"{again.url}{path}"
        assert offset_of(url, key) in {1_000_000, 2_000_000}
        uploader(tus(again, key, "none"), url=url).upload()
    assert entered(cast, delivery) == [EXPECTED]
    assert place_of("OH", EXPECTED[1]).read_bytes() == CONTENT


def test_a_key_revoked_in_the_middle_ends_what_it_sends(
    server: Server, cast: Cast
) -> None:
    key, other = key_of(cast.ohio), key_of(cast.ohio)
    delivery = delivery_of(cast)
    client = uploader(tus(server, key, delivery))
    client.upload_chunk()

    def slowly() -> Iterator[bytes]:
        yield CONTENT[1_000_000:1_100_000]
        _wait_until(lambda: _on_disk(client.url) > 1_000_000)
        with acting_as(cast.ohio, Action.MANAGE):
            mine = Credential.objects.filter(prefix=key.prefix)
            assert mine.update(revoked_at=timezone.now())
        for start in range(1_100_000, 1_700_000, 100_000):
            time.sleep(0.5)
            yield CONTENT[start : start + 100_000]

    headers = VERSION | bearer(key)
    headers |= {"Upload-Offset": "1000000", "Content-Type": PIECE}
    refused = httpx.patch(client.url, content=slowly(), headers=headers, timeout=20)
    assert (refused.status_code, refused.json()["code"]) == (403, "standing_ended")
    assert offset_of(client.url, other) == 1_000_000
    again = httpx.patch(client.url, content=b"x", headers=headers)
    assert (again.status_code, again.json()["code"]) == (401, "key_revoked")
    uploader(tus(server, other, "none"), url=client.url).upload()
    assert entered(cast, delivery) == [EXPECTED]


def test_another_organization_meets_nothing(server: Server, cast: Cast) -> None:
    delivery = delivery_of(cast)
    with pytest.raises(TusCommunicationError) as refused:
        uploader(tus(server, key_of(cast.rival), delivery)).upload()
    assert refused.value.status_code == 404
    mine = uploader(tus(server, key_of(cast.ohio), delivery))
    mine.upload_chunk()
    with pytest.raises(TusCommunicationError) as hidden:
        uploader(tus(server, key_of(cast.rival), delivery), url=mine.url)
    assert hidden.value.status_code == 404


def test_each_piece_with_its_checksum_and_one_that_was_garbled(
    server: Server, cast: Cast
) -> None:
    key, delivery = key_of(cast.ohio), delivery_of(cast)
    client = uploader(tus(server, key, delivery), upload_checksum=True)
    client.upload_chunk()
    headers = VERSION | bearer(key) | {"Content-Type": PIECE}
    headers |= {
        "Upload-Offset": "1000000",
        "Upload-Checksum": digest("sha1", b"not it"),
    }
    garbled = httpx.patch(client.url, content=CONTENT[:5000], headers=headers)
    assert (garbled.status_code, garbled.json()["code"]) == (460, "checksum_mismatch")
    assert offset_of(client.url, key) == 1_000_000
    client.upload()
    assert entered(cast, delivery) == [EXPECTED]


def test_many_files_at_once_each_arrive_whole(server: Server, cast: Cast) -> None:
    key, delivery = key_of(cast.ohio), delivery_of(cast)
    files = {
        f"county{n:02d}.txt": CONTENT[n * 999 : n * 9_999 + 50_000] for n in range(24)
    }

    def send(name: str) -> None:
        client = tus(server, key, delivery)
        given = {"metadata": {"filename": name}, "chunk_size": 40_000}
        uploader(client, files[name], **given).upload()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(send, files))
    assert entered(cast, delivery) == [
        (name, hashlib.sha256(content).hexdigest(), len(content))
        for name, content in files.items()
    ]


def test_two_that_send_at_once_do_not_mix(server: Server, cast: Cast) -> None:
    key, delivery = key_of(cast.ohio), delivery_of(cast)
    client = uploader(tus(server, key, delivery))
    client.upload_chunk()
    headers = (
        VERSION | bearer(key) | {"Content-Type": PIECE, "Upload-Offset": "1000000"}
    )

    def slowly() -> Iterator[bytes]:
        yield CONTENT[1_000_000:1_500_000]
        _wait_until(lambda: _on_disk(client.url) >= 1_500_000)
        second = httpx.patch(client.url, content=b"x" * 100, headers=headers)
        assert (second.status_code, second.json()["code"]) == (423, "upload_busy")
        yield CONTENT[1_500_000:]

    first = httpx.patch(client.url, content=slowly(), headers=headers, timeout=20)
    assert first.status_code == 204, first.text
    assert entered(cast, delivery) == [EXPECTED]


def test_where_only_post_gets_through_a_header_names_the_method(
    server: Server, cast: Cast
) -> None:
    key, delivery = key_of(cast.ohio), delivery_of(cast)
    opened = httpx.post(
        f"{server.url}/v1/deliveries/{delivery}/uploads",
        headers=VERSION
        | bearer(key)
        | {"Upload-Length": "5", "Upload-Metadata": named("SWVF.txt")},
    )
    url = f"{server.url}{opened.headers['location']}"
    headers = VERSION | bearer(key) | {"X-HTTP-Method-Override": "PATCH"}
    headers |= {"Content-Type": PIECE, "Upload-Offset": "0"}
    assert httpx.post(url, content=b"hello", headers=headers).status_code == 204
    headers["X-HTTP-Method-Override"] = "DELETE"
    assert httpx.post(url, headers=headers).status_code == 204
    with acting_as(cast.ohio, Action.IMPORT):
        assert not Upload.objects.filter(delivery_id=delivery).exists()


def test_a_failed_upload_says_so_to_the_client(server: Server, cast: Cast) -> None:
    client = tus(server, key_of(cast.ohio), delivery_of(cast))
    with pytest.raises(TusUploadFailed) as refused:
        uploader(client, b"PK\x03\x04 and no more").upload()
    assert refused.value.status_code == 422
    assert b"archive_damaged" in refused.value.response_content

"""A found file is sent to be traced; a worker tells whose it is, to its party alone, and the file is forgotten."""

from __future__ import annotations

import gzip
import time
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection, connections

from coop.actors import WORKER, Action
from coop.db.scope import acting_as
from states.files.sheet_store import sheet_path
from states.tracers import leak_traces
from states.tracers.leak_traces import run_traces
from states.tracers.models import LeakTrace
from states.tracers.points import Points
from tests.cast import Cast
from tests.grants.conftest import ClientOf
from tests.imports.conftest import storage
from tests.lists.test_exports import entries, fetch, order, path_of
from tests.lists.test_lists import save

__all__ = ["storage"]
ADDRESS = "/v1/states/OH/leak-traces"


@pytest.fixture(autouse=True)
def _kept_nowhere_else(storage: Path) -> None:
    """Keep sent files in a folder that goes away."""


def sent(client: Any, content: bytes) -> Any:
    return client.post(ADDRESS, content, content_type="application/octet-stream")


@pytest.fixture
def leaked(ohio_traces: Points, cast: Cast, client_of: ClientOf) -> tuple[str, bytes]:
    """An export of the campaign's, and the bytes of its file."""
    client = client_of(cast.campaign)
    ordered = order(client, save(client, states=["OH"])["id"])
    status, parts = async_to_sync(fetch)(path_of(ordered))
    assert status == 200
    return str(ordered["id"]), b"".join(parts)


@pytest.mark.parametrize("packed", [False, True])
def test_a_found_file_names_the_export_it_came_from(
    leaked: tuple[str, bytes], cast: Cast, client_of: ClientOf, packed: bool
) -> None:
    export, content = leaked
    client = client_of(cast.ohio)
    answer = sent(client, gzip.compress(content) if packed else content)
    assert answer.status_code == 202
    where = answer.headers["Location"]
    assert client.get(where).json()["status"] == "queued"
    assert run_traces() == 1
    shown = client.get(where).json()
    assert (shown["status"], shown["problem"]) == ("done", "")
    (named,) = shown["found"]["licensees"]
    assert (named["named"], named["by"]) == (True, "own_tracers")
    assert named["organization"] == str(cast.campaign.organization)
    assert [one["export"] for one in named["exports"]] == [export]
    assert named["exports"][0]["own_found"] == named["exports"][0]["own"] > 0
    assert not sheet_path(shown["id"]).exists()
    (entry,) = entries(cast.ohio, "tracers:leak:traced")
    assert entry.detail["named"] == [named["organization"]]
    assert client.get(ADDRESS).json()["results"] == [shown]


def test_a_file_without_tracers_names_nobody(
    leaked: tuple[str, bytes], cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.ohio)
    where = sent(client, b"name\r\nNOBODY\r\n").headers["Location"]
    run_traces()
    found = client.get(where).json()["found"]
    assert (found["rows"], found["tracers"], found["licensees"]) == (2, 0, [])


@pytest.mark.parametrize(
    "content",
    [gzip.compress(b"a,b\n" * 900)[:40], b"PAR1 and no more", b'{"a": 1}\n{"a":'],
    ids=["gzip", "parquet", "ndjson"],
)
def test_what_cannot_be_read_is_said_so(
    leaked: tuple[str, bytes], cast: Cast, client_of: ClientOf, content: bytes
) -> None:
    client = client_of(cast.ohio)
    where = sent(client, content).headers["Location"]
    assert run_traces() == 1
    shown = client.get(where).json()
    assert (shown["status"], shown["problem"]) == ("failed", "leak_unreadable")


def test_only_the_party_sends_and_reads(
    leaked: tuple[str, bytes], cast: Cast, client_of: ClientOf
) -> None:
    _, content = leaked
    where = sent(client_of(cast.ohio), content).headers["Location"]
    run_traces()
    for who in (cast.campaign, cast.carolina, cast.stranger):
        client = client_of(who)
        assert sent(client, content).status_code in {403, 404}
        assert client.get(where).status_code in {403, 404}
        assert client.get(ADDRESS).status_code in {403, 404}
    assert sent(client_of(cast.ohio), b"").status_code == 422


def test_without_tracers_ever_there_is_nothing_to_trace(
    cast: Cast, client_of: ClientOf
) -> None:
    assert sent(client_of(cast.ohio), b"x\n").status_code == 404


def test_a_lost_workers_file_is_taken_up_again_and_given_up_in_the_end(
    leaked: tuple[str, bytes],
    cast: Cast,
    client_of: ClientOf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = client_of(cast.ohio)
    where = sent(client, leaked[1]).headers["Location"]

    def lost(**_: Any) -> Any:
        raise KeyboardInterrupt

    for _ in range(3):
        with monkeypatch.context() as patch:
            patch.setattr(leak_traces, "trace_leak", lost)
            with pytest.raises(KeyboardInterrupt):
                run_traces()
        assert run_traces() == 0  # its worker may be alive still
        with acting_as(cast.ohio, Action.MANAGE):
            LeakTrace.objects.update(heartbeat_at="2026-01-01T00:00:00Z")
    assert run_traces() == 1
    assert client.get(where).json()["problem"] == "gave_up"


def test_two_workers_never_take_up_the_same_file(
    leaked: tuple[str, bytes], cast: Cast, client_of: ClientOf
) -> None:
    """The second waits for the first one's claim, and finds nothing."""
    sent(client_of(cast.ohio), leaked[1])
    taken: list[Any] = []

    def claim() -> None:
        with acting_as(WORKER, Action.WORK), connection.cursor() as cursor:
            cursor.execute("SELECT * FROM sec.claim_trace('second')")
            taken.extend(cursor.fetchall())
        connections.close_all()

    second = Thread(target=claim)
    with acting_as(WORKER, Action.WORK), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM sec.claim_trace('first')")
        taken.extend(cursor.fetchall())
        second.start()
        time.sleep(1.0)  # long enough to wait for the first one's row
    second.join(10)
    assert len(taken) == 1

"""A real server on a test's own database, and clients that hold streams of changes open."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from django.conf import settings

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.organizations.keys import Key
from coop.organizations.models import Organization
from tests.api.conftest import make_key
from tests.conftest import CommittedDatabase
from tests.servers import free_port


@dataclass(frozen=True, slots=True)
class Server:
    """A web process of the service, over HTTP."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path


@dataclass(frozen=True, slots=True)
class Event:
    """One server-sent event, or a comment (`name` empty)."""

    name: str
    id: str
    data: Any


class Stream:
    """An open stream; `next` waits for the next event."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.iter_lines()

    def next(self) -> Event:
        """Return the next event that dispatches; comments and moved ids are passed over."""
        while True:
            event = self._block()
            if event.name:
                return event

    def _block(self) -> Event:
        found: dict[str, str] = {}
        for line in self._lines:
            if not line:
                data = found.get("data", "null")
                return Event(
                    found.get("event", ""), found.get("id", ""), json.loads(data)
                )
            name, _colon, value = line.partition(": ")
            found[name] = value
        raise EOFError


@contextmanager
def web_server(database: CommittedDatabase, **more: str) -> Iterator[Server]:
    """Run one web process on a test's database until the block ends."""
    port = free_port()
    words = ["-m", "uvicorn", "coop.asgi:application", "--port", str(port)]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, *words, "--log-level", "warning"],
                cwd=settings.BASE_DIR,
                env=dict(os.environ) | database.environment() | more,
                stdout=output,
                stderr=output,
            )
        server = Server(f"http://127.0.0.1:{port}", process, log)
        try:
            _wait_for(server)
            yield server
        finally:
            process.kill()
            process.wait()


@contextmanager
def followed(server: Server, key: Key, **asked: Any) -> Iterator[Stream]:
    """Hold a stream of Ohio's changes open, which must be answered 200."""
    headers = {"Authorization": f"Bearer {key.text}"} | asked.pop("headers", {})
    with httpx.stream(
        "GET",
        f"{server.url}/v1/changes/stream",
        params={"state": "OH"} | asked,
        headers=headers,
        timeout=10,
    ) as response:
        assert response.status_code == 200, response.read()
        assert response.headers["content-type"] == "text/event-stream"
        yield Stream(response)


def key_of(actor: Actor, **fields: Any) -> Key:
    """Return a new key of the actor's organization."""
    with acting_as(actor, Action.MANAGE):
        organization = Organization.objects.get(id=actor.organization)
    return make_key(organization, **fields)


def _wait_for(server: Server) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            httpx.get(f"{server.url}/health/live", timeout=2)
        except httpx.TransportError:
            assert server.process.poll() is None, server.log.read_text()
            assert time.monotonic() < deadline, server.log.read_text()
            time.sleep(0.1)
        else:
            return

"""Kill -9 of worker, web and PostgreSQL at every phase: yesterday's voters or the new, and it finishes.

Real processes on servers of their own: nothing is simulated but the place where they are hit.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import httpx
import psutil
import psycopg
import pytest
from django.conf import settings

from coop import embedded
from coop.embedded import postgresql
from coop.embedded.folder import SUPERUSER, open_run_folder
from coop.embedded.processes import kill_survivors, wait_until
from tests.imports.doomed import PLACES
from tests.imports.people import CUYAHOGA, FRANKLIN, ohio_file, people, person
from tests.servers import clean_environment, free_port, manage

pytestmark = pytest.mark.slow
Voters = dict[str, tuple[Any, ...]]
PHASES = list(PLACES)
CRASHES = ("reading", "gathering", "comparing", "publishing", "published")
"""Phases that differ to a server: what it loses of each is all it ever loses."""
HIDDEN = people(range(297, 301), confidential=True)
FIRST = [*people(range(1, 297)), *HIDDEN]
SECOND = [
    *(person(n, last_name=f"RENAMED{n}") for n in range(1, 11)),
    *(person(n, county=FRANKLIN if n % 2 == 0 else CUYAHOGA) for n in range(11, 16)),
    *(person(n, confidential=True) for n in range(16, 19)),
    *people(range(19, 294)),
    *HIDDEN,
    *people(range(301, 307)),
]
SEEN = """
    SELECT r.state_voter_id, r.last_name, r.county, r.shielded, r.place < 0, d.birth_date,
           coalesce(cardinality(h.elections), 0), (r.place, r.place, r.place) = (d.place, h.place, c.place)
    FROM voters_registration AS r
    LEFT JOIN voters_demographics AS d USING (state, voter)
    LEFT JOIN voters_votehistory AS h USING (state, voter)
    LEFT JOIN voters_contactdetails AS c USING (state, voter)
"""


class House:
    """Servers of a test's own, what was published last, and a process that has children killed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.environment = clean_environment() | {
            "RUN_FOLDER": str(path / ".run"),
            "LOG_LEVEL": "CRITICAL",
            "DJANGO_SETTINGS_MODULE": "coop.settings",
        }
        manage("migrate", "--verbosity=0", env=self.environment, seconds=300)
        self.folder = open_run_folder(path / ".run")
        self.nursery = self._nursery()
        self.published: Voters = {}
        self.numbers = 0
        told = self.ask(do="found")
        self.party, self.key = told["party"], told["key"]

    def _nursery(self) -> subprocess.Popen[str]:
        nursery = subprocess.Popen(
            [sys.executable, "-m", "tests.imports.doomed"],
            cwd=settings.BASE_DIR,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert json.loads(_pipe(nursery.stdout).readline()) == {"answer": "ready"}
        return nursery

    def send(self, **asked: str) -> None:
        stdin = _pipe(self.nursery.stdin)
        stdin.write(json.dumps(asked) + "\n")
        stdin.flush()

    def hear(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(_pipe(self.nursery.stdout).readline())
        return told

    def ask(self, **asked: str) -> Any:
        self.send(**asked)
        told = self.hear()
        assert "answer" in told, told
        return told["answer"]

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        address = self.folder.database_url(SUPERUSER)
        with psycopg.connect(address, autocommit=True) as connection:
            found = connection.execute(statement)
            return found.fetchall() if found.description else []

    def voters(self) -> Voters:
        """Return every voter by its identifier, as it is published at this moment."""
        return {row[0]: row[1:] for row in self.sql(SEEN)}

    def order(self, voters: list[dict[str, Any]]) -> str:
        file = self.path / "delivered.txt"
        file.write_bytes(ohio_file(voters))
        return str(self.ask(do="order", party=self.party, file=str(file)))

    def reach(self, phase: str) -> int:
        """Let a worker work up to a phase; return its process id."""
        self.send(do="work", phase=phase)
        told = self.hear()
        assert "reached" in told, told
        return int(told["reached"])

    def finish(self, run: str) -> None:
        """Let the lease of whoever was killed run out, and another worker go on."""
        self.sql(
            "UPDATE imports_import SET heartbeat_at = heartbeat_at - interval '31 seconds'"
        )
        assert self.ask(do="work") == "over"
        assert self.ask(do="status", party=self.party, run=run) == "published"
        left = "SELECT count(*) FROM pg_tables WHERE schemaname = 'staging'"
        assert self.sql(left) == [(0,)]
        (numbers,) = self.sql("SELECT count(*), max(number) FROM voters_publication")
        self.numbers += 1
        assert numbers == (self.numbers, self.numbers), "published once"

    def kill_postgresql(self, *, alone: bool) -> None:
        """Kill the server with its sessions at one moment, or it alone: they undo their work and go."""
        pid = postgresql.running_pid(self.folder)
        assert pid
        server = psutil.Process(pid)
        sessions = server.children(recursive=True)
        if alone:
            server.kill()
            psutil.wait_procs([server, *sessions], timeout=20)
        else:
            server.suspend()
            for process in (*server.children(recursive=True), server):
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            kill_survivors(self.folder.postgresql)
        embedded.start(self.folder, ("postgresql",))


def _pipe(stream: IO[str] | None) -> IO[str]:
    assert stream
    return stream


def after(before: Voters, delivered: list[dict[str, Any]]) -> Voters:
    """Return what is published after a delivery of the whole state: the gone stay, out of sight."""
    found = {
        key: (*values[:2], "gone", True, *values[4:]) for key, values in before.items()
    }
    for one in delivered:
        shielded = "confidential" if one["confidential"] else None
        found[one["state_voter_id"]] = (
            one["last_name"],
            one["county"],
            shielded,
            shielded is not None,
            one["birth_date"],
            len(one["history"]),
            True,
        )
    return found


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("house"))
    run = made.order(FIRST)
    made.finish(run)
    made.published = after({}, FIRST)
    assert made.voters() == made.published
    yield made
    with made.nursery:
        _pipe(made.nursery.stdin).close()
    embedded.stop(made.folder)
    shutil.rmtree(made.folder.sockets)


@pytest.fixture
def tomorrow(house: House) -> tuple[list[dict[str, Any]], Voters]:
    """The delivery that comes next, never the one that is published, and what it makes of the voters."""
    delivered = SECOND if house.numbers % 2 else FIRST
    return delivered, after(house.published, delivered)


@pytest.mark.parametrize("phase", PHASES)
def test_a_worker_killed(
    house: House, phase: str, tomorrow: tuple[list[dict[str, Any]], Voters]
) -> None:
    delivered, new = tomorrow
    run = house.order(delivered)
    os.kill(house.reach(phase), signal.SIGKILL)
    assert house.voters() == (new if phase == "published" else house.published)
    house.finish(run)
    assert house.voters() == new
    house.published = new


@pytest.mark.parametrize("alone", [False, True], ids=["whole", "alone"])
@pytest.mark.parametrize("phase", CRASHES)
def test_postgresql_killed(
    house: House,
    phase: str,
    alone: bool,
    tomorrow: tuple[list[dict[str, Any]], Voters],
) -> None:
    delivered, new = tomorrow
    run = house.order(delivered)
    worker = house.reach(phase)
    house.kill_postgresql(alone=alone)
    assert house.voters() == (new if phase == "published" else house.published)
    # Its worker lives on, finds its connections dead, and does no harm with what it knows.
    os.kill(worker, signal.SIGUSR1)
    house.hear()
    house.finish(run)
    assert house.voters() == new
    house.published = new


def test_web_killed_while_an_import_is_published(
    house: House, tomorrow: tuple[list[dict[str, Any]], Voters]
) -> None:
    delivered, new = tomorrow
    run = house.order(delivered)
    first = Web(house)
    worker = house.reach("publishing")
    begun = time.monotonic()
    assert first.count() == _active(house.published)
    assert time.monotonic() - begun < 3, "readers do not wait for a publication"
    first.kill()
    second = Web(house)
    assert second.count() == _active(house.published)
    assert second.status(run) == "publishing"
    os.kill(worker, signal.SIGUSR1)
    assert house.hear() == {"answer": "over"}
    assert second.count() == _active(new)
    assert second.status(run) == "published"
    second.kill()
    house.numbers += 1
    assert house.voters() == new
    house.published = new


class Web:
    """A web process on the house, to be killed."""

    def __init__(self, house: House) -> None:
        port = free_port()
        words = ["-m", "uvicorn", "coop.asgi:application", "--port", str(port)]
        self._process = subprocess.Popen(
            [sys.executable, *words, "--log-level", "critical"],
            cwd=settings.BASE_DIR,
            env=house.environment,
        )
        self._client = httpx.Client(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Authorization": f"Bearer {house.key}"},
            timeout=20,
        )
        wait_until(self._answers, "the web process does not answer")

    def _answers(self) -> bool:
        try:
            return self._client.get("/health/live").status_code == 200
        except httpx.TransportError:
            return False

    def count(self) -> int:
        answer = self._client.post("/v1/counts", json={"states": ["OH"]})
        assert answer.status_code == 200, answer.text
        return int(answer.json()["states"][0]["count"])

    def status(self, run: str) -> str:
        return str(self._client.get(f"/v1/imports/{run}").json()["status"])

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._client.close()


def _active(voters: Voters) -> int:
    return sum(one[2] is None for one in voters.values())

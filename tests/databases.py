"""Test databases: one migrated template, cloned for each process of a run and for each test that commits.

They are made and migrated as the tables' owner; tests talk to them as the app role (and
the loader), so that the walls stand in every test. A name carries the checkout and the
process that made it: runs side by side never meet, and what a killed run left is dropped.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.utils import timezone
from psycopg import Connection, connect, sql
from psycopg.conninfo import make_conninfo
from psycopg.errors import InsufficientPrivilege

from coop.db.roles import create_roles, grant_in_database
from tests.cast import build_cast

CHECKOUT = hashlib.sha256(os.fsencode(settings.BASE_DIR)).hexdigest()[:8]
PREFIX = f"coop_test_{CHECKOUT}_"
TEMPLATES_KEPT = 4
LOCK = 0x74657374


def migrations_hash() -> str:
    """Return a hash of everything that shapes a migrated database."""
    root = settings.BASE_DIR
    files = [
        root / "requirements.txt",
        root / "coop" / "settings.py",
        root / "tests" / "cast.py",
    ]
    files += [path for path in (root / "coop" / "db").rglob("*") if _is_source(path)]
    for package in ("coop", "states", "api"):
        for folder in (root / package).rglob("migrations"):
            files += [path for path in folder.rglob("*") if _is_source(path)]
        for folder in (root / package).rglob("data"):
            files += [path for path in folder.rglob("*") if path.is_file()]
    digest = hashlib.sha256(settings.SCOPE_SIGNING_KEY.encode())
    digest.update(timezone.now().date().isoformat().encode())  # its partitions
    for path in sorted(set(files)):
        digest.update(os.fsencode(path.relative_to(root)) + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def _is_source(path: Path) -> bool:
    return path.suffix in {".py", ".sql", ".csv"} and path.is_file()


@contextmanager
def cloned_database(kind: str) -> Iterator[str]:
    """Clone the template, point all aliases at the clone, and drop it afterwards.

    Yields its name. `kind` tells clones of one process apart.
    """
    name = f"{PREFIX}{os.getpid()}_{kind}"
    with _as_owner("postgres") as server:
        template = _template(server)
        _drop(server, name)
        words = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
        server.execute(words.format(sql.Identifier(name), sql.Identifier(template)))
    with _as_owner(name) as database:
        grant_in_database(database)
    try:
        with pointed_at(name):
            yield name
    finally:
        with _as_owner("postgres") as server:
            _drop(server, name)


@contextmanager
def pointed_at(name: str) -> Iterator[None]:
    """Point every alias at the database `name`, also in threads started meanwhile."""
    before = {alias: connections[alias].settings_dict["NAME"] for alias in connections}
    _point(dict.fromkeys(connections, name))
    try:
        yield
    finally:
        _point(before)


def _point(names: dict[str, str]) -> None:
    for alias, name in names.items():
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name


@contextmanager
def _as_owner(database: str) -> Iterator[Connection]:
    conninfo = make_conninfo(settings.MIGRATE_DATABASE_URL, dbname=database)
    with connect(conninfo, autocommit=True) as connection:
        yield connection


def prepare_server() -> None:
    """Make the roles, and drop the databases of runs that are over."""
    create_roles()
    with _as_owner("postgres") as server:
        for name in _names(server, f"{PREFIX}%"):
            pid = name.removeprefix(PREFIX).split("_", 1)[0]
            if pid.isdigit() and not psutil.pid_exists(int(pid)):
                _drop(server, name)


def _template(server: Connection) -> str:
    """Return the migrated template of today's migrations, making it on first need."""
    name = f"{PREFIX}template_{migrations_hash()}"
    server.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    try:
        if not _names(server, name):
            _build_template(server, name)
    finally:
        server.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
    return name


def _build_template(server: Connection, name: str) -> None:
    """Migrate beside, then rename: a template that has its name is whole."""
    draft = f"{PREFIX}draft"
    _drop(server, draft)
    server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(draft)))
    with pointed_at(draft):
        call_command("migrate", verbosity=0)
        build_cast()
    words = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    server.execute(words.format(sql.Identifier(draft), sql.Identifier(name)))
    for outdated in _names(server, f"{PREFIX}template_%")[:-TEMPLATES_KEPT]:
        _drop(server, outdated)


def _names(server: Connection, pattern: str) -> list[str]:
    """Return the databases whose names match, oldest first."""
    query = "SELECT datname FROM pg_database WHERE datname LIKE %s ORDER BY oid"
    return [str(row[0]) for row in server.execute(query, [pattern])]


def _drop(server: Connection, name: str) -> None:
    """Drop a database with whoever is in it.

    FORCE may not end a session of the server's own, such as autovacuum's: that goes by
    itself, so trying again helps.
    """
    words = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
    for pause in (0.1, 0.3, 1.0, 3.0, None):
        try:
            server.execute(words.format(sql.Identifier(name)))
        except InsufficientPrivilege:
            if pause is None:
                raise
            time.sleep(pause)
        else:
            return

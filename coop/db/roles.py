"""The roles that the walls are made of, and what each may do in a database as a whole.

Roles belong to the server, not to one database: migrations only grant to them. Whoever
makes them holds one advisory lock, since a guarded CREATE ROLE fails when two run at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, LiteralString

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from psycopg import Connection, connect, sql
from psycopg.conninfo import make_conninfo

from coop.db.server_version import check_server_version

OWNER: Final = "coop_owner"
APP: Final = "coop_app"
LOADER: Final = "coop_loader"
POLICY: Final = "coop_policy"
COUNTER: Final = "coop_counter"
PUBLISHER: Final = "coop_publisher"
WORKER: Final = "coop_worker"

WITHOUT_LOGIN: Final = (POLICY, COUNTER, PUBLISHER, WORKER)
"""Own definer functions: behind the policies, counting, publishing, claiming work."""

LOCK: Final = 0x636F6F70
MAINTENANCE_DATABASE: Final = "postgres"

_ATTRIBUTES: Final[dict[str, LiteralString]] = {
    "owner": "LOGIN CREATEROLE CREATEDB",
    "default": "LOGIN NOCREATEROLE NOCREATEDB",
    "loader": "LOGIN NOCREATEROLE NOCREATEDB",
}


@dataclass(frozen=True, slots=True)
class LogIn:
    """A role that logs in, as a database alias names it."""

    alias: str
    role: str
    password: str


def create_roles() -> list[str]:
    """Make or mend all roles and the database's own rights; return the names of new roles.

    Works as ADMIN_DATABASE_URL, else as the role of MIGRATE_DATABASE_URL, which then
    needs CREATEROLE. Safe to run again, and by many at once.
    Raises `ImproperlyConfigured` where no role that can do it is named.
    """
    with _locked_server() as server:
        _check_may_create(server)
        made = [role for role in _all_roles() if _make(server, role)]
        for log_in in log_ins():
            _mend_log_in(server, log_in)
        _let_owner_manage_the_others(server)
        _make_database(server)
    with _as_administrator(
        str(connections["default"].settings_dict["NAME"])
    ) as database:
        grant_in_database(database)
    return made


def log_ins() -> list[LogIn]:
    """Return the roles that the configured aliases log in as."""
    return [
        LogIn(alias, str(one["USER"]), str(one["PASSWORD"]))
        for alias, one in settings.DATABASES.items()
    ]


def owner() -> str:
    """Return the name of the role that owns the tables."""
    return next((one.role for one in log_ins() if one.alias == "owner"), OWNER)


def _all_roles() -> list[str]:
    return [*(one.role for one in log_ins()), *WITHOUT_LOGIN]


@contextmanager
def _as_administrator(database: str) -> Iterator[Connection]:
    """Connect to a database as the role that makes roles."""
    address = settings.ADMIN_DATABASE_URL or settings.MIGRATE_DATABASE_URL
    if not address:
        raise ImproperlyConfigured(
            "MIGRATE_DATABASE_URL or ADMIN_DATABASE_URL must be set."
        )
    conninfo = make_conninfo(address, dbname=database)
    with connect(conninfo, autocommit=True, connect_timeout=10) as connection:
        check_server_version(connection.info.server_version, connection.info.host)
        yield connection


@contextmanager
def _locked_server() -> Iterator[Connection]:
    """Hold the lock in the one database where every run meets, whatever its own is called."""
    with _as_administrator(MAINTENANCE_DATABASE) as server:
        server.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        yield server


def _check_may_create(server: Connection) -> None:
    row = server.execute(
        "SELECT rolname, rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    if row is None or not row[1]:
        name = row[0] if row else "nobody"
        msg = f"The role {name} may not create roles: set ADMIN_DATABASE_URL to one that may."
        raise ImproperlyConfigured(msg)


def _make(server: Connection, role: str) -> bool:
    if server.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
        return False
    server.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
    return True


def _mend_log_in(server: Connection, log_in: LogIn) -> None:
    """Give a role its attributes and today's password; only its hash crosses the wire."""
    if log_in.role == server.info.user:
        return
    role = sql.Identifier(log_in.role)
    attributes = sql.SQL(_ATTRIBUTES[log_in.alias])
    server.execute(sql.SQL("ALTER ROLE {} {}").format(role, attributes))
    if log_in.password:
        hashed = server.pgconn.encrypt_password(
            log_in.password.encode(), log_in.role.encode(), b"scram-sha-256"
        )
        server.execute(
            sql.SQL("ALTER ROLE {} PASSWORD {}").format(
                role, sql.Literal(hashed.decode())
            )
        )


def _let_owner_manage_the_others(server: Connection) -> None:
    """Let the owner mend all roles and become those without log-in, and inherit from none.

    PostgreSQL gives a role that makes others the same right to mend them.
    """
    for role in _all_roles():
        become = "TRUE" if role in WITHOUT_LOGIN else "FALSE"
        if role != owner() and not _is_settled(server, role):
            mend = "" if server.info.user == owner() else "ADMIN TRUE, "
            words = f"GRANT {{}} TO {{}} WITH {mend}SET {become}, INHERIT FALSE"
            server.execute(
                sql.SQL(words).format(sql.Identifier(role), sql.Identifier(owner()))
            )


def _is_settled(server: Connection, role: str) -> bool:
    """Tell whether the owner has what `_let_owner_manage_the_others` gives for this role."""
    wanted = "SET" if role in WITHOUT_LOGIN else "MEMBER WITH ADMIN OPTION"
    row = server.execute(
        "SELECT pg_has_role(%s, %s, %s)", [owner(), role, wanted]
    ).fetchone()
    return row is not None and bool(row[0])


def _make_database(server: Connection) -> None:
    """Make the database, owned by the owner, where there is none."""
    name = str(connections["default"].settings_dict["NAME"])
    if server.execute(
        "SELECT 1 FROM pg_database WHERE datname = %s", [name]
    ).fetchone():
        return
    if server.info.user != owner():
        _join(server, owner())
    server.execute(
        sql.SQL("CREATE DATABASE {} OWNER {}").format(
            sql.Identifier(name), sql.Identifier(owner())
        )
    )


def _join(server: Connection, role: str) -> None:
    """Let an administrator who is no superuser act for a role that it made."""
    row = server.execute("SELECT pg_has_role(%s, 'SET')", [role]).fetchone()
    if row is not None and not row[0]:
        server.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(role)))


def grant_in_database(database: Connection) -> None:
    """Take from everybody what PostgreSQL gives everybody, then let our own connect.

    `database` is a connection to it as its owner, or as an administrator.
    """
    name = sql.Identifier(database.info.dbname)
    if database.info.user != owner():
        _join(database, owner())
        database.execute(
            sql.SQL("ALTER DATABASE {} OWNER TO {}").format(
                name, sql.Identifier(owner())
            )
        )
        database.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(owner())))
    members = sql.SQL(", ").join(sql.Identifier(one.role) for one in log_ins())
    database.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
    database.execute(
        sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, members)
    )
    database.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")

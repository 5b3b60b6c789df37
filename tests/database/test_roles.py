"""The roles: made once by many at once, by whoever may, and none with more than it needs."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from coop.db.roles import WITHOUT_LOGIN
from tests.servers import RealPostgres, manage, real_postgres

pytestmark = pytest.mark.slow


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RealPostgres]:
    with real_postgres(tmp_path / "pg") as running:
        yield running


def _rows(
    server: RealPostgres, query: str, database: str = "postgres"
) -> list[tuple[object, ...]]:
    address = server.admin_url.replace("/postgres", f"/{database}")
    with psycopg.connect(address) as connection:
        return connection.execute(query).fetchall()


def _execute(server: RealPostgres, *statements: str) -> None:
    with psycopg.connect(server.admin_url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def _check_everything(server: RealPostgres) -> None:
    with psycopg.connect(server.url("coop_owner", "of-the-owner")) as owner:
        for role in WITHOUT_LOGIN:
            owner.execute(f"SET ROLE {role}")
            owner.execute("RESET ROLE")
    for role, password in (
        ("coop_app", "of-the-app"),
        ("coop_loader", "of-the-loader"),
    ):
        with psycopg.connect(server.url(role, password)) as connection:
            for statement in ("CREATE TABLE mine ()", "CREATE TEMP TABLE mine ()"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(statement)
                connection.rollback()


def test_the_roles_have_what_they_need_and_no_more(server: RealPostgres) -> None:
    manage("create_roles", env=server.environment())
    query = (
        "SELECT rolname, rolcanlogin, rolcreaterole, rolcreatedb FROM pg_roles"
        " WHERE rolname LIKE 'coop_%' ORDER BY rolname"
    )
    assert _rows(server, query) == [
        ("coop_app", True, False, False),
        ("coop_counter", False, False, False),
        ("coop_loader", True, False, False),
        ("coop_owner", True, True, True),
        ("coop_policy", False, False, False),
        ("coop_publisher", False, False, False),
        ("coop_worker", False, False, False),
    ]
    over = "SELECT rolname FROM pg_roles WHERE rolname LIKE 'coop_%' AND (rolsuper OR rolbypassrls)"
    assert _rows(server, over) == []
    members = (
        "SELECT DISTINCT member::regrole::text FROM pg_auth_members"
        " WHERE member::regrole::text LIKE 'coop_%'"
    )
    assert _rows(server, members) == [("coop_owner",)]
    inherited = "SELECT 1 FROM pg_auth_members WHERE member::regrole::text LIKE 'coop_%' AND inherit_option"
    assert _rows(server, inherited) == []
    _check_everything(server)


def test_everybody_else_cannot_connect(server: RealPostgres) -> None:
    manage("create_roles", env=server.environment())
    _execute(server, "CREATE ROLE stranger LOGIN PASSWORD 'x'")
    with pytest.raises(
        psycopg.OperationalError, match="permission denied for database"
    ):
        psycopg.connect(server.url("stranger", "x"))


def test_many_at_once_make_them_once(server: RealPostgres) -> None:
    with ThreadPoolExecutor(6) as pool:
        runs = [
            pool.submit(manage, "create_roles", env=server.environment())
            for _ in range(6)
        ]
        answers = [run.result().stdout for run in runs]
    assert sum("New roles" in answer for answer in answers) == 1
    assert sum("All roles were there" in answer for answer in answers) == 5
    _check_everything(server)


def test_an_administrator_who_is_no_superuser_can_make_them(
    server: RealPostgres,
) -> None:
    _execute(server, "CREATE ROLE dba LOGIN CREATEROLE CREATEDB PASSWORD 'of-the-dba'")
    address = server.url("dba", "of-the-dba", "postgres")
    manage("create_roles", env=server.environment(ADMIN_DATABASE_URL=address))
    _check_everything(server)


def test_the_owner_can_make_them_where_it_may_create_roles(
    server: RealPostgres,
) -> None:
    _execute(
        server,
        "CREATE ROLE coop_owner LOGIN CREATEROLE CREATEDB PASSWORD 'of-the-owner'",
    )
    environment = server.environment(ADMIN_DATABASE_URL="")
    manage("create_roles", env=environment)
    manage("create_roles", env=environment)
    _check_everything(server)


def test_who_may_not_create_roles_is_told_what_to_set(server: RealPostgres) -> None:
    _execute(server, "CREATE ROLE coop_owner LOGIN PASSWORD 'of-the-owner'")
    environment = server.environment(ADMIN_DATABASE_URL="")
    answer = manage("create_roles", env=environment, check=False)
    assert answer.returncode != 0
    assert "coop_owner may not create roles: set ADMIN_DATABASE_URL" in answer.stderr


def test_a_new_password_in_the_address_is_taken_over(server: RealPostgres) -> None:
    manage("create_roles", env=server.environment())
    changed = server.url("coop_app", "of-the-app-anew")
    manage("create_roles", env=server.environment(DATABASE_URL=changed))
    with psycopg.connect(changed) as connection:
        assert connection.info.user == "coop_app"


def test_an_old_server_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with real_postgres(tmp_path / "pg", version=16) as old:
        answer = manage("create_roles", env=old.environment(), check=False)
        assert answer.returncode != 0
        assert "PostgreSQL 18 or later is required" in answer.stderr
        assert _rows(old, "SELECT 1 FROM pg_roles WHERE rolname LIKE 'coop_%'") == []

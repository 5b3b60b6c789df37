"""The ground the other tests stand on: they are the app role, and nothing they do lasts."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing

import psycopg
import pytest
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import connections

from tests.conftest import CommittedDatabase
from tests.databases import PREFIX, prepare_server


def _one(alias: str, query: str) -> object:
    with connections[alias].cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]


@pytest.mark.django_db(databases=["default", "loader", "owner"])
@pytest.mark.parametrize(
    ("alias", "role"),
    [("default", "coop_app"), ("loader", "coop_loader"), ("owner", "coop_owner")],
)
def test_each_alias_logs_in_as_its_role(alias: str, role: str) -> None:
    assert _one(alias, "SELECT session_user || ' ' || current_user") == f"{role} {role}"


@pytest.mark.django_db(databases=["default", "loader", "owner"])
def test_no_alias_is_a_superuser_or_passes_row_security() -> None:
    for alias in settings.DATABASES:
        query = (
            "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
        )
        assert _one(alias, query) is False


@pytest.mark.django_db(databases=["default", "owner"])
def test_all_aliases_meet_in_one_database_of_this_process() -> None:
    names = {_one(alias, "SELECT current_database()") for alias in ("default", "owner")}
    assert names == {settings.DATABASES["default"]["NAME"]}
    assert str(names.pop()).startswith("coop_test_")


def test_what_a_killed_run_left_is_dropped(test_server: None) -> None:
    abandoned, living = f"{PREFIX}999999999_run", f"{PREFIX}{os.getpid()}_kept"
    with closing(
        psycopg.connect(settings.MIGRATE_DATABASE_URL, autocommit=True)
    ) as owner:
        for name in (abandoned, living):
            owner.execute(f"CREATE DATABASE {name}")
        prepare_server()
        query = "SELECT datname FROM pg_database WHERE datname IN (%s, %s)"
        assert owner.execute(query, [abandoned, living]).fetchall() == [(living,)]
        owner.execute(f"DROP DATABASE {living}")


def test_a_committed_database_is_seen_by_other_connections(
    committed_db: CommittedDatabase,
) -> None:
    ContentType.objects.using("owner").create(app_label="seen", model="elsewhere")
    assert _one("owner", "SELECT current_database()") == committed_db.name
    assert (
        _one(
            "owner", "SELECT count(*) FROM django_content_type WHERE app_label = 'seen'"
        )
        == 1
    )


@pytest.mark.django_db
def test_a_committed_database_outdoes_the_marker(
    committed_db: CommittedDatabase,
) -> None:
    assert connections["default"].in_atomic_block is False
    assert _one("default", "SELECT current_database()") == committed_db.name


def test_another_process_can_work_on_a_committed_database(
    committed_db: CommittedDatabase,
) -> None:
    code = (
        "import django; django.setup(); from django.db import connection as c; "
        "k = c.cursor(); k.execute('SELECT current_database()'); print(k.fetchone()[0])"
    )
    environment = committed_db.environment() | {
        "DJANGO_SETTINGS_MODULE": "coop.settings"
    }
    answer = subprocess.run(
        [sys.executable, "-c", code],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == committed_db.name

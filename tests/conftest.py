"""What every test stands on: services up, a database of its own, nothing that leaves the process.

A plain `django_db` test runs as the app role in a transaction that is rolled back. A test
that needs real commits (workers, several connections) takes `committed_db` instead.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import caches
from psycopg.conninfo import make_conninfo
from pytest_django.plugin import DjangoDbBlocker

import coop.celery
from coop.embedded import ensure_running
from states.facets.cache import CACHE
from tests.cast import Cast, load_cast
from tests.databases import cloned_database, prepare_server


def pytest_configure(config: pytest.Config) -> None:
    """Keep the broker, the cache and the password hashing inside the process, and cheap."""
    # A pool would go on serving the database that an alias pointed at before.
    settings.DATABASES["default"]["OPTIONS"].pop("pool", None)
    coop.celery.app.conf.update(broker_url="memory://")
    locmem = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {
        name: {"BACKEND": locmem, "LOCATION": name} for name in ("default", "process")
    }
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse what cannot work: the app role may not truncate, which Django does after commits."""
    for item in items:
        marker = item.get_closest_marker("django_db")
        if marker and marker.kwargs.get("transaction"):
            msg = f"{item.nodeid}: take the fixture `committed_db` instead of transaction=True."
            raise pytest.UsageError(msg)


@pytest.fixture(scope="session")
def test_server(django_db_blocker: DjangoDbBlocker) -> None:
    """The database server is up, with its roles made."""
    ensure_running()
    with django_db_blocker.unblock():
        prepare_server()


@pytest.fixture(scope="session")
def django_db_setup(
    test_server: None, django_test_environment: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Instead of pytest-django's: one clone of the migrated template a process."""
    with django_db_blocker.unblock():
        clone = cloned_database("run")
        clone.__enter__()
    yield
    with django_db_blocker.unblock():
        clone.__exit__(None, None, None)


@pytest.fixture(autouse=True)
def _django_db_marker(request: pytest.FixtureRequest) -> None:
    """Instead of pytest-django's: `committed_db` outdoes the marker, which opens transactions."""
    if "committed_db" not in request.fixturenames and request.node.get_closest_marker(
        "django_db"
    ):
        request.getfixturevalue("_django_db_helper")


@pytest.fixture
def cast(request: pytest.FixtureRequest) -> Cast:
    """The named cast of `tests/cast.py`, in the database that the test uses."""
    if "committed_db" not in request.fixturenames:
        request.getfixturevalue("db")
    return load_cast()


@dataclass(frozen=True, slots=True)
class CommittedDatabase:
    """A database of one test's own, where commits are real."""

    name: str

    def environment(self) -> dict[str, str]:
        """Return the environment in which another process works on this database."""
        variables = {"default": "DATABASE_URL", "loader": "LOADER_DATABASE_URL"}
        variables["owner"] = "MIGRATE_DATABASE_URL"
        addresses = {
            variables[alias]: self._address(one)
            for alias, one in settings.DATABASES.items()
        }
        secrets = {
            name: getattr(settings, name)
            for name in ("SECRET_KEY", "SCOPE_SIGNING_KEY")
        }
        rest = {"DEBUG": "true", "REDIS_URL": settings.REDIS_URL}
        return dict(os.environ) | addresses | secrets | rest

    def _address(self, one: dict[str, Any]) -> str:
        parts = {"user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
        given = {part: one[key] for part, key in parts.items() if one[key]}
        return make_conninfo("", dbname=self.name, **given)


@pytest.fixture
def committed_db(
    request: pytest.FixtureRequest,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[CommittedDatabase]:
    """A fresh migrated database for one test; every alias points at it and may commit."""
    if "db" in request.fixturenames:
        raise pytest.UsageError("`committed_db` and `db` exclude each other.")
    with django_db_blocker.unblock(), cloned_database("committed") as name:
        yield CommittedDatabase(name)


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """Throttles count in the cache, and a process keeps bitmaps: each test starts without a past."""
    CACHE.clear()
    for cache in caches.all(initialized_only=True):
        cache.clear()
    yield
    for cache in caches.all(initialized_only=True):
        cache.clear()

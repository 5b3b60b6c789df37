"""With the variables set, the same code uses real servers; one too old is refused."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from tests.servers import clean_environment, manage, real_postgres, real_valkey

pytestmark = pytest.mark.slow

READ_BOTH = (
    "from django.db import connection as c; k = c.cursor(); "
    "k.execute('SELECT session_user || inet_server_port()'); print(k.fetchone()[0]); "
    "from django.core.cache import cache; cache.set('a', 'kept'); print(cache.get('a'))"
)

PRODUCTION = {
    "DATABASE_URL": "postgresql://coop_app:x@127.0.0.1/coop?sslmode=require",
    "REDIS_URL": "redis://127.0.0.1/0",
    "SECRET_KEY": "x" * 50,
    "SCOPE_SIGNING_KEY": "0" * 64,
    "ALLOWED_HOSTS": "coop.example.org",
    "PUBLIC_URL": "https://coop.example.org",
    "STORAGE_FOLDER": "/var/lib/coop",
}


def test_a_server_over_tcp_with_a_password_is_migrated_and_used(tmp_path: Path) -> None:
    with (
        real_postgres(tmp_path / "pg") as server,
        real_valkey(tmp_path / "valkey", "of-valkey") as redis_url,
    ):
        environment = server.environment(REDIS_URL=redis_url)
        manage("migrate", "--verbosity=0", env=environment)
        answer = manage("shell", "--no-imports", "-c", READ_BOTH, env=environment)
        assert answer.stdout.split() == [f"coop_app{server.port}", "kept"]
        pooled = environment | {"DATABASE_POOL_SIZE": "2"}
        again = manage("shell", "--no-imports", "-c", READ_BOTH, env=pooled)
        assert again.stdout == answer.stdout
        assert "nothing is embedded" in manage("services", "up", env=environment).stdout
        with pytest.raises(
            psycopg.OperationalError, match="password authentication failed"
        ):
            psycopg.connect(server.url("coop_app", "wrong"))
        without_admin = environment | {"ADMIN_DATABASE_URL": ""}
        manage("migrate", "--verbosity=0", env=without_admin)


def test_an_older_server_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with real_postgres(tmp_path / "pg", version=16) as server:
        answer = manage("migrate", env=server.environment(), check=False)
    assert answer.returncode != 0
    assert (
        "PostgreSQL 18 or later is required, and the server at 127.0.0.1"
        in answer.stderr
    )
    assert "is PostgreSQL 16." in answer.stderr


@pytest.mark.parametrize(
    "missing",
    ["SECRET_KEY", "SCOPE_SIGNING_KEY", "ALLOWED_HOSTS", "REDIS_URL", "PUBLIC_URL"],
)
def test_a_production_setting_that_is_missing_names_itself(missing: str) -> None:
    without = {name: value for name, value in PRODUCTION.items() if name != missing}
    answer = manage("diffsettings", env=clean_environment() | without, check=False)
    assert answer.returncode != 0
    assert missing in answer.stderr.splitlines()[-1]


def test_production_starts_with_all_of_them_and_without_debug() -> None:
    answer = manage(
        "diffsettings", "--all", env=clean_environment() | PRODUCTION
    ).stdout
    assert "DEBUG = False" in answer
    assert "EMBEDDED_SERVICES = ()" in answer
    assert "'sslmode': 'require'" in answer
    assert "SESSION_COOKIE_SECURE = True" in answer

"""The compose file runs what the settings expect: versions, variables, commands, and nothing as root."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from coop.db.server_version import OLDEST
from coop.embedded import postgresql, procfile, valkey
from coop.embedded.folder import RunFolder
from tests.servers import clean_environment, manage

APPLICATION = ("web", "worker", "sender", "preparer", "beat", "migrate")
SERVICES = ("database", "broker", *APPLICATION)


@cache
def _compose() -> dict[str, Any]:
    return yaml.safe_load((settings.BASE_DIR / "docker-compose.yml").read_text())  # type: ignore[no-any-return]


def _service(name: str) -> dict[str, Any]:
    return _compose()["services"][name]  # type: ignore[no-any-return]


def _filled(value: str) -> str:
    """Fill in `${NAME:-default}` and `${NAME:?}`, as compose does, with invented secrets."""
    invented = {
        "SCOPE_SIGNING_KEY": "ab" * 32,
        "PUBLIC_URL": "https://coop.example.org",
        "ALLOWED_HOSTS": "coop.example.org",
        "DEFAULT_FROM_EMAIL": "coop@example.org",
    }

    def fill(match: re.Match[str]) -> str:
        default = match["default"] or ""
        return (
            default if match["sign"] == ":-" else invented.get(match["name"], "x" * 40)
        )

    return re.sub(
        r"\$\{(?P<name>\w+)(?P<sign>:[-?])(?P<default>[^}]*)\}", fill, str(value)
    )


def _environment(name: str) -> dict[str, str]:
    return {key: _filled(value) for key, value in _service(name)["environment"].items()}


def _variables_read() -> set[str]:
    """Return every variable that the settings, gunicorn's settings or the Procfile read."""
    paths = [settings.BASE_DIR / name for name in ("gunicorn.conf.py", "Procfile")]
    text = (settings.BASE_DIR / "coop" / "settings.py").read_text()
    text += "".join(path.read_text() for path in paths)
    return set(re.findall(r"\b[A-Z]+_[A-Z_]+\b", text)) | {"HOST", "PORT", "DEBUG"}


def test_it_runs_exactly_these_services() -> None:
    assert set(_compose()["services"]) == set(SERVICES)


def test_the_database_is_of_the_version_that_the_settings_demand() -> None:
    assert _service("database")["image"] == f"postgres:{OLDEST}"
    assert postgresql.programs().parent.name == f"pginstall{OLDEST}"


@pytest.mark.parametrize(
    "name",
    [
        "max_locks_per_transaction",
        "jit",
        "random_page_cost",
        "max_wal_size",
        "log_min_error_statement",
        "log_error_verbosity",
    ],
)
def test_the_database_is_set_as_the_embedded_one(name: str) -> None:
    embedded_settings = postgresql.settings(_no_folder())
    assert f"{name}={embedded_settings[name]}" in _service("database")["command"]


@pytest.mark.parametrize(
    "name", ["appendonly", "appendfsync", "maxmemory", "maxmemory-policy"]
)
def test_the_broker_is_set_as_the_embedded_one(name: str) -> None:
    assert (
        f"--{name} {valkey.settings(_no_folder())[name]}"
        in _service("broker")["command"][-1]
    )


def _no_folder() -> RunFolder:
    nowhere = Path("/nowhere")
    return RunFolder(nowhere, nowhere, {"valkey": "x"})


@pytest.mark.parametrize("name", ["web", "worker", "sender", "preparer", "beat"])
def test_a_process_runs_the_procfiles_command(name: str) -> None:
    words = [_filled(word) for word in _service(name)["command"]]
    assert words == procfile.commands(settings.BASE_DIR / "Procfile", {})[name]


@pytest.mark.parametrize("name", APPLICATION)
def test_each_variable_is_one_that_something_reads(name: str) -> None:
    assert set(_service(name)["environment"]) <= _variables_read()


@pytest.mark.slow
@pytest.mark.parametrize("name", APPLICATION)
def test_the_settings_take_a_services_environment(name: str) -> None:
    image = {
        "DEBUG": "false",
        "STORAGE_FOLDER": "/var/lib/coop",
        "STATIC_FOLDER": "/srv/static",
    }
    shown = manage(
        "diffsettings", "--all", env=clean_environment() | image | _environment(name)
    )
    assert "EMBEDDED_SERVICES = ()" in shown.stdout
    assert "DEBUG = False" in shown.stdout


def test_whoever_writes_or_serves_files_has_one_folder_for_them() -> None:
    """Any other folder of theirs is read-only, or gone with the container."""
    for name in ("web", "worker", "preparer"):
        assert "storage:/var/lib/coop" in _service(name)["volumes"]


def test_only_the_migration_knows_the_owner_and_the_administrator() -> None:
    knowing = {"ADMIN_DATABASE_URL", "MIGRATE_DATABASE_URL"}
    for name in ("web", "worker", "sender", "preparer", "beat"):
        assert not knowing & set(_service(name)["environment"])
    assert knowing <= set(_service("migrate")["environment"])
    assert "LOADER_DATABASE_URL" not in _service("web")["environment"]


def test_no_secret_is_written_in_the_file() -> None:
    text = (settings.BASE_DIR / "docker-compose.yml").read_text()
    secret = re.compile(
        r"^\s*(?P<name>\w*(?:PASSWORD|SECRET|KEY|AUTH)\w*): (?P<value>.*)$",
        re.MULTILINE,
    )
    found = {match["name"]: match["value"] for match in secret.finditer(text)}
    assert {"SECRET_KEY", "SCOPE_SIGNING_KEY", "POSTGRES_PASSWORD"} <= set(found)
    assert all(re.fullmatch(r"\$\{\w+:[?-]\}", value) for value in found.values())
    assert not re.search(r"://\w*:(?!\$\{)", text)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_hardened(name: str) -> None:
    service = _service(name)
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate"}))
def test_a_service_is_watched_and_starts_again(name: str) -> None:
    assert _service(name)["healthcheck"]["test"]
    assert _service(name)["restart"] == "unless-stopped"


def test_nothing_runs_as_root() -> None:
    final_stage = (settings.BASE_DIR / "Dockerfile").read_text().rsplit("\nFROM ", 1)[1]
    assert re.search(r"^USER coop$", final_stage, re.MULTILINE)
    assert all(
        _service(name)["user"] in {"postgres", "valkey"}
        for name in ("database", "broker")
    )


def test_only_the_web_server_listens_outside_and_only_to_this_machine() -> None:
    listening = {
        name: one["ports"]
        for name, one in _compose()["services"].items()
        if "ports" in one
    }
    assert list(listening) == ["web"]
    assert all(port.startswith("127.0.0.1:") for port in listening["web"])


def test_tasks_end_before_the_broker_gives_them_to_another_worker() -> None:
    visible_again = settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]
    limits = (settings.CELERY_TASK_SOFT_TIME_LIMIT, settings.CELERY_TASK_TIME_LIMIT)
    assert limits[0] < limits[1] < visible_again
    assert 60 <= visible_again <= 300

"""The embedded services start once, stop cleanly, and lose nothing to a kill."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psutil
import psycopg
import pytest
import redis
from django.conf import settings

from coop import embedded
from coop.embedded import postgresql, valkey
from coop.embedded.errors import EmbeddedError
from coop.embedded.folder import RunFolder, open_run_folder
from coop.embedded.processes import wait_until
from tests.servers import clean_environment, manage

pytestmark = pytest.mark.slow


def _connect(folder: RunFolder) -> psycopg.Connection:
    return psycopg.connect(folder.database_url("postgres", "postgres"), autocommit=True)


def _write(folder: RunFolder) -> None:
    with _connect(folder) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    with redis.Redis.from_url(folder.valkey_url()) as client:
        client.set("kept", "42")


def _write_more(folder: RunFolder) -> None:
    with _connect(folder) as connection:
        connection.execute("CREATE TABLE more AS SELECT 43 AS answer")


def _read(folder: RunFolder) -> tuple[int, bytes]:
    with (
        _connect(folder) as connection,
        redis.Redis.from_url(folder.valkey_url()) as client,
    ):
        row = connection.execute("SELECT answer FROM kept").fetchone()
        assert row is not None
        return row[0], client.get("kept")


def _kill(folder: RunFolder) -> None:
    for pid in embedded.status(folder).values():
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: set(embedded.status(folder).values()) == {None}, "they live", 20)


def test_a_clean_stop_keeps_everything(folder: RunFolder) -> None:
    embedded.start(folder)
    _write(folder)
    embedded.stop(folder)
    assert set(embedded.status(folder).values()) == {None}
    embedded.start(folder)
    assert _read(folder) == (42, b"42")


def test_kill_9_loses_nothing(folder: RunFolder) -> None:
    embedded.start(folder)
    _write(folder)
    _kill(folder)
    assert not postgresql.is_ready(folder)
    assert not valkey.is_ready(folder)
    embedded.start(folder)
    assert _read(folder) == (42, b"42")


def test_a_kill_while_sessions_work_is_recovered_from(folder: RunFolder) -> None:
    embedded.start(folder)
    _write(folder)
    with closing(_connect(folder)) as busy:
        busy.execute("BEGIN")
        busy.execute("INSERT INTO kept SELECT generate_series(1, 1000)")
        _kill(folder)
        embedded.start(folder)
    assert _read(folder) == (42, b"42")


def test_what_a_session_undid_after_the_server_was_killed_hinders_no_start(
    folder: RunFolder,
) -> None:
    embedded.start(folder)
    _write(folder)
    with closing(psycopg.connect(folder.database_url("postgres", "postgres"))) as busy:
        busy.execute("CREATE UNLOGGED TABLE staged AS SELECT generate_series(1, 1000)")
        _write_more(folder)  # what another session commits takes the log to disk
        server = psutil.Process(postgresql.running_pid(folder))
        sessions = server.children()
        server.kill()
        psutil.wait_procs([server, *sessions], timeout=20)
    embedded.start(folder)
    assert _read(folder) == (42, b"42")
    log = (folder.postgresql / "server.log").read_text()
    assert log.count("starting PostgreSQL") == log.count("File exists") + 2


def test_a_session_that_hangs_after_the_server_was_killed_goes_with_it(
    folder: RunFolder,
) -> None:
    embedded.start(folder)
    _write(folder)
    with closing(_connect(folder)) as busy:
        session = psutil.Process(busy.info.backend_pid)
        session.suspend()
        server = psutil.Process(postgresql.running_pid(folder))
        server.kill()
        server.wait(20)
        assert session.is_running()
        embedded.start(folder)
        assert not session.is_running()
    assert _read(folder) == (42, b"42")


def test_a_server_that_cannot_start_says_why_and_is_not_tried_for_ever(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded.start(folder)
    embedded.stop(folder)
    wrong = postgresql.settings(folder) | {"shared_buffers": "many"}
    with monkeypatch.context() as broken:
        broken.setattr(postgresql, "settings", lambda _folder: wrong)
        with pytest.raises(EmbeddedError, match="shared_buffers"):
            embedded.start(folder)
    log = (folder.postgresql / "server.log").read_text()
    assert log.count("contains errors") == postgresql.STARTS
    embedded.start(folder)


def test_a_process_id_that_is_anothers_by_now_does_not_hinder(
    folder: RunFolder,
) -> None:
    embedded.start(folder)
    _write(folder)
    _kill(folder)
    for path in (folder.postgresql / "postmaster.pid", folder.valkey / "valkey.pid"):
        lines = path.read_text().split("\n")
        path.write_text("\n".join([str(os.getpid()), *lines[1:]]))
    assert set(embedded.status(folder).values()) == {None}
    embedded.start(folder)
    assert _read(folder) == (42, b"42")


def test_removed_sockets_heal(folder: RunFolder) -> None:
    embedded.start(folder)
    _write(folder)
    shutil.rmtree(folder.sockets)
    again = open_run_folder(folder.path)
    embedded.start(again)
    assert _read(again) == (42, b"42")


def test_many_starts_at_once_make_one_pair(folder: RunFolder) -> None:
    words = "from pathlib import Path; import sys; from coop import embedded; "
    words += "embedded.start(embedded.open_run_folder(Path(sys.argv[1])))"
    command = [sys.executable, "-c", words, str(folder.path)]
    with ThreadPoolExecutor(5) as pool:
        starts = [
            pool.submit(subprocess.run, command, cwd=settings.BASE_DIR, check=True)
            for _ in range(5)
        ]
        [start.result() for start in starts]
    found = [
        p.info["cwd"]
        for p in psutil.process_iter(["cwd", "ppid"])
        if p.info["ppid"] == 1
    ]
    assert found.count(str(folder.postgresql)) <= 1
    assert None not in embedded.status(folder).values()


def test_two_checkouts_never_meet(folder: RunFolder, other_folder: RunFolder) -> None:
    embedded.start(folder)
    embedded.start(other_folder)
    _write(folder)
    with _connect(other_folder) as connection:
        assert connection.execute("SELECT to_regclass('kept')").fetchone() == (None,)
    with redis.Redis.from_url(other_folder.valkey_url()) as client:
        assert client.get("kept") is None
    stranger = other_folder.database_url("postgres", "postgres").split("?")[0]
    with pytest.raises(
        psycopg.OperationalError, match="password authentication failed"
    ):
        psycopg.connect(f"{stranger}?host={folder.sockets}")


def test_the_servers_outlive_a_ctrl_c_in_the_terminal_that_started_them(
    folder: RunFolder,
) -> None:
    embedded.start(folder)
    for pid in embedded.status(folder).values():
        assert pid is not None
        assert os.getsid(pid) != os.getsid(0)


def test_settings_are_the_promised_ones(folder: RunFolder) -> None:
    embedded.start(folder)
    with _connect(folder) as connection:
        for name, wanted in (
            ("fsync", "on"),
            ("synchronous_commit", "on"),
            ("listen_addresses", ""),
        ):
            assert connection.execute(f"SHOW {name}").fetchone() == (wanted,)
        assert connection.info.server_version >= 180000
    with redis.Redis.from_url(folder.valkey_url()) as client:
        wanted_of = {
            "appendonly": "yes",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
        }
        assert {name: client.config_get(name)[name] for name in wanted_of} == wanted_of


def test_the_log_keeps_no_data_of_a_failed_statement(folder: RunFolder) -> None:
    embedded.start(folder)
    with _connect(folder) as connection:
        connection.execute("CREATE TABLE names (name text PRIMARY KEY)")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO names VALUES ('Xanthippe'), ('Xanthippe')")
    log = (folder.postgresql / "server.log").read_text()
    assert "duplicate key" in log
    assert "Xanthippe" not in log


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs it as another user")
def test_roots_server_runs_as_a_user_of_its_own_without_roots_rights(
    folder: RunFolder,
) -> None:
    embedded.start(folder)
    pid = embedded.status(folder)["postgresql"]
    state = dict(
        line.split(":\t", 1)
        for line in Path(f"/proc/{pid}/status").read_text().splitlines()
    )
    assert state["Uid"].split()[0] != "0"
    # At most CAP_DAC_READ_SEARCH (bit 2), where a folder above is closed to others.
    assert int(state["CapEff"], 16) & ~(1 << 2) == 0


@pytest.mark.skipif(
    os.geteuid() != 0, reason="the other tests show it for a plain user"
)
def test_a_plain_user_needs_no_rights(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, 65534, 65534)
    words = "from pathlib import Path; import os, sys; from coop import embedded; "
    words += (
        "folder = embedded.open_run_folder(Path(sys.argv[1])); embedded.start(folder); "
    )
    words += "print(os.geteuid(), embedded.postgresql.is_ready(folder)); embedded.stop(folder)"
    # The one right kept lets the plain user pass to this checkout and its interpreter.
    keep = "-all,+dac_read_search"
    plain = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    plain += [f"--inh-caps={keep}", f"--ambient-caps={keep}", f"--bounding-set={keep}"]
    plain += [
        "--securebits=+no_setuid_fixup",
        sys.executable,
        "-B",
        "-c",
        words,
        str(home / ".run"),
    ]
    answer = subprocess.run(
        plain,
        cwd=settings.BASE_DIR,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.stdout.split() == ["65534", "True"], answer.stderr


def test_the_command_starts_shows_and_stops(tmp_path: Path) -> None:
    environment = clean_environment() | {"RUN_FOLDER": str(tmp_path / ".run")}
    assert "does not run" in manage("services", "status", env=environment).stdout
    assert (
        "postgresql runs as process" in manage("services", "up", env=environment).stdout
    )
    assert manage("services", "down", env=environment).stdout.count("does not run") == 2

"""`manage.py run` serves over real HTTP with a real worker and beat, and ends them all."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from django.conf import settings

from coop.embedded import procfile
from coop.embedded.processes import wait_until
from tests.servers import clean_environment, free_port, manage

pytestmark = pytest.mark.slow


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    chosen = clean_environment() | {
        "RUN_FOLDER": str(tmp_path / ".run"),
        "PORT": str(free_port()),
        "WEB_PROCESSES": "1",
        "WORKER_PROCESSES": "1",
    }
    yield chosen
    manage("services", "down", env=chosen)


def _answer(url: str, seconds: float = 60) -> httpx.Response:
    deadline = time.monotonic() + seconds
    while True:
        try:
            return httpx.get(url, timeout=5)
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def _kill_all(run: subprocess.Popen[bytes]) -> None:
    """Leave nothing behind, however the test went."""
    if run.poll() is None:
        for process in psutil.Process(run.pid).children(recursive=True):
            process.kill()
        run.kill()
    run.wait()


def test_web_worker_and_beat_run_until_interrupted(
    environment: dict[str, str], tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with log.open("wb") as output:
        run = subprocess.Popen(
            [sys.executable, "manage.py", "run"],
            cwd=settings.BASE_DIR,
            env=environment,
            stdout=output,
            stderr=output,
        )
    try:
        response = _answer(f"http://127.0.0.1:{environment['PORT']}/health/ready")
        checks = {"database": "ok", "broker": "ok"}
        assert response.json() == {"status": "ok", "checks": checks}
        assert len(response.headers["X-Request-ID"]) == 32
        for sign in ("beat: Starting", "ready."):
            wait_until(lambda sign=sign: sign in log.read_text(), sign, 40)  # type: ignore[misc]
        children = psutil.Process(run.pid).children(recursive=True)
        run.send_signal(signal.SIGINT)
        assert run.wait(40) == 0, log.read_text()
        assert not [child for child in children if child.is_running()]
    finally:
        _kill_all(run)


def test_a_command_is_filled_from_the_environment(tmp_path: Path) -> None:
    (tmp_path / "Procfile").write_text("one: work --count ${COUNT:-2} --name x\n")
    path = tmp_path / "Procfile"
    assert procfile.commands(path, {})["one"] == ["work", "--count", "2", "--name", "x"]
    assert procfile.commands(path, {"COUNT": "7"})["one"][2] == "7"


def test_when_one_process_ends_the_others_are_stopped(tmp_path: Path) -> None:
    (tmp_path / "Procfile").write_text("short: python -c 'exit(3)'\nlong: sleep 60\n")
    with procfile.running(tmp_path) as processes:
        assert procfile.wait_for_first_end(processes) == ("short", 3)
        long = processes["long"]
    assert long.returncode == -signal.SIGTERM

"""The real processes that the demo talks to: web, worker and beat, as the Procfile names them."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen

import httpx
from django.conf import settings

from coop.demo.client import UnexpectedAnswer
from coop.embedded.procfile import running

PATIENCE_SECONDS = 60


@contextmanager
def serving(first_port: int, log: Path) -> Iterator[str]:
    """Run the service until the block ends; yields its address."""
    port = free_port(first_port)
    base = f"http://127.0.0.1:{port}"
    environment = dict(os.environ) | {
        "PORT": str(port),
        "PUBLIC_URL": base,
        "LOG_FORMAT": "json",
    }
    with (
        log.open("wb") as opened,
        running(Path(settings.BASE_DIR), environment, opened) as processes,
    ):
        _wait_until_ready(base, processes, log)
        yield base


def free_port(first: int) -> int:
    """Return the first port from `first` on that nobody listens at."""
    for port in range(first, first + 50):
        with socket.socket() as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                attempt.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise UnexpectedAnswer(f"no free port from {first} on")


def _wait_until_ready(
    base: str, processes: Mapping[str, Popen[bytes]], log: Path
) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        ended = [
            name for name, process in processes.items() if process.poll() is not None
        ]
        if ended:
            raise UnexpectedAnswer(f"{', '.join(ended)} ended at once; {log} says why")
        try:
            if httpx.get(f"{base}/health/ready", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise UnexpectedAnswer(
        f"the service was not ready after {PATIENCE_SECONDS} s; {log} says why"
    )

"""Which process a service is, and waiting for it to come or go.

A process id in a file proves nothing after a crash: the number may be another's by now.
Both services work in their data folder, so a process is the service if it does.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

from coop.embedded.errors import EmbeddedError

PATIENCE_SECONDS = 60.0


def pid_in(pid_file: Path) -> int | None:
    """Return the number on the first line of a file, None where there is none."""
    try:
        first = pid_file.read_text().split("\n", 1)[0].strip()
    except FileNotFoundError:
        return None
    return int(first) if first.isdigit() else None


def works_in(pid: int | None, folder: Path) -> bool:
    """Tell whether a live process with this id has `folder` as its working folder."""
    if pid is None:
        return False
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and process.cwd() == str(folder)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def wait_until(
    true: Callable[[], bool], failure: str, seconds: float = PATIENCE_SECONDS
) -> None:
    """Return as soon as `true()`; raise `EmbeddedError(failure)` when time is up."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise EmbeddedError(failure)
        time.sleep(0.02)


def kill_survivors(folder: Path) -> None:
    """Kill what still works in the folder of a service whose main process is dead.

    A session orphaned by a crash holds the shared memory, and a new server would refuse
    to start; its transaction is lost already. Raises `EmbeddedError` for one that
    does not go: whatever it still writes would meet the new server's.
    """
    while survivors := [p for p in psutil.process_iter() if works_in(p.pid, folder)]:
        for process in survivors:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        _, alive = psutil.wait_procs(survivors, timeout=PATIENCE_SECONDS)
        if alive:
            numbers = ", ".join(str(one.pid) for one in alive)
            msg = f"Processes {numbers} of a killed server in {folder} do not end."
            raise EmbeddedError(msg)

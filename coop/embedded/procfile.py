"""The processes of the Procfile in the foreground, for a machine without a process manager."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from string import Template
from typing import IO

PATIENCE_SECONDS = 20


def commands(procfile: Path, environment: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the words of each process, with `${NAME:-default}` filled from the environment."""
    lines = [line for line in procfile.read_text().splitlines() if ":" in line]
    named = (line.split(":", 1) for line in lines)
    return {
        name: [_filled(w, environment) for w in shlex.split(words)]
        for name, words in named
    }


def _filled(word: str, environment: Mapping[str, str]) -> str:
    if not word.startswith("${"):
        return Template(word).safe_substitute(environment)
    name, _, default = word[2:-1].partition(":-")
    return environment.get(name, default)


@contextmanager
def running(
    folder: Path,
    environment: Mapping[str, str] | None = None,
    log: IO[bytes] | None = None,
) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """Run all processes of `folder`'s Procfile until the block ends; yields them by name.

    They write to `log`, else to this process's own output. At the end each is asked to
    stop, and killed if it has not after 20 seconds.
    """
    env = dict(os.environ if environment is None else environment)
    env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env.get('PATH', '')}"
    started: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, words in commands(folder / "Procfile", env).items():
            started[name] = subprocess.Popen(  # noqa: S603 - words of the Procfile
                words,
                cwd=folder,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # A Ctrl-C in the terminal reaches us alone, who then stop them in order.
                start_new_session=True,
            )
        yield started
    finally:
        _stop(started)


def wait_for_first_end(
    processes: Mapping[str, subprocess.Popen[bytes]],
) -> tuple[str, int]:
    """Wait until one process ends; return its name and exit code."""
    while True:
        for name, process in processes.items():
            if (code := process.poll()) is not None:
                return name, code
        time.sleep(0.2)


def _stop(processes: Mapping[str, subprocess.Popen[bytes]]) -> None:
    for process in processes.values():
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + PATIENCE_SECONDS
    for process in processes.values():
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

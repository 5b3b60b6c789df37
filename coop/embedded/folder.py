"""The run folder: where the embedded services keep data, sockets and secrets, and their addresses.

Read by the settings, so it imports nothing of Django and starts nothing.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coop.embedded.errors import EmbeddedError

DATABASE = "coop"
SUPERUSER = "postgres"
SECRETS = (
    "postgres",
    "coop_owner",
    "coop_app",
    "coop_loader",
    "valkey",
    "secret_key",
    "scope_signing_key",
)
LONGEST_SOCKET_FOLDER = 80


@dataclass(frozen=True, slots=True)
class RunFolder:
    """One checkout's folder of running things.

    `sockets` is a short folder outside of it, since a socket's path may have 107 bytes
    at most. `secrets` maps a name of SECRETS to 64 hexadecimal digits.
    """

    path: Path
    sockets: Path
    secrets: dict[str, str] = field(repr=False)

    @property
    def postgresql(self) -> Path:
        return self.path / "postgresql"

    @property
    def valkey(self) -> Path:
        return self.path / "valkey"

    @property
    def valkey_socket(self) -> Path:
        return self.sockets / "valkey.sock"

    def database_url(self, role: str, database: str = DATABASE) -> str:
        """Return the address of a database for one of the roles in SECRETS."""
        password = self.secrets[role]
        return f"postgresql://{role}:{password}@/{database}?host={self.sockets}"

    def valkey_url(self) -> str:
        """Return the address of Valkey as redis-py takes it."""
        return f"unix://:{self.secrets['valkey']}@{self.valkey_socket}?db=0"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder's lock, which the kernel drops when its holder dies."""
        with _locked(self.path):
            yield


def open_run_folder(path: Path) -> RunFolder:
    """Return the run folder at `path`, made with fresh secrets where there is none.

    A folder that was moved or copied gets sockets of its own. Raises `EmbeddedError`
    where the folder belongs to another user.
    """
    path = path.resolve()
    known = _read(path)
    if known is None:
        _make(path)
        with _locked(path):
            known = _read(path) or _write(path)
    return RunFolder(path, Path(known["sockets"]), known["secrets"])


def _make(path: Path) -> None:
    # As root, PostgreSQL runs as another user, who must get through to its data.
    path.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
    owner = path.stat().st_uid
    if owner != os.geteuid():
        msg = (
            f"The run folder {path} belongs to user {owner}. Run as that user, name "
            "another in RUN_FOLDER, or set DATABASE_URL and REDIS_URL."
        )
        raise EmbeddedError(msg)


def _read(path: Path) -> dict[str, Any] | None:
    """Return what is recorded, unless it speaks of another place or its sockets are gone."""
    try:
        known: dict[str, Any] = json.loads((path / "services.json").read_text())
    except FileNotFoundError:
        return None
    except PermissionError as error:
        msg = f"{error.filename} can be read by the user who started the services only."
        raise EmbeddedError(msg) from error
    is_here = known["path"] == str(path) and Path(known["sockets"]).is_dir()
    return known if is_here else None


def _write(path: Path) -> dict[str, Any]:
    record = path / "services.json"
    before = json.loads(record.read_text()) if record.exists() else {"secrets": {}}
    fresh = {name: secrets.token_hex(32) for name in SECRETS}
    known = {
        "path": str(path),
        "sockets": str(_make_sockets(path)),
        "secrets": fresh | before["secrets"],
    }
    draft = path / "services.json.new"
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(known, indent=1))
    draft.replace(record)
    return known


def _make_sockets(path: Path) -> Path:
    """Make a private folder for sockets; its random end keeps others from taking the name."""
    prefix = f"coop-{hashlib.sha256(os.fsencode(path)).hexdigest()[:8]}-"
    parent = tempfile.gettempdir()
    if len(os.fsencode(parent)) + len(prefix) > LONGEST_SOCKET_FOLDER:
        parent = "/tmp"  # noqa: S108 - mkdtemp makes the name private; sockets need a short path
    return Path(tempfile.mkdtemp(prefix=prefix, dir=parent))


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with (path / "services.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

"""The user that PostgreSQL runs as: root's server runs as a user of its own, since it refuses root."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path

from coop.embedded.errors import EmbeddedError

NAME = "coop-embedded"
SEARCH_ONLY = "-all,+dac_read_search"


def own(path: Path) -> None:
    """Give a folder to the user that PostgreSQL runs as."""
    if os.geteuid() == 0:
        entry = _entry()
        os.chown(path, entry.pw_uid, entry.pw_gid)


def run_as(*needed: Path) -> list[str]:
    """Return the words that, put before a command, run it as that user (none for a plain user).

    Where a folder above a `needed` path is closed to others, as /root is, the command
    keeps root's right to pass and read folders and loses all others: opening such a
    folder to everybody would be worse.
    """
    if os.geteuid() != 0:
        return []
    entry = _entry()
    words = [_program("setpriv"), f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}"]
    words += ["--clear-groups", "--no-new-privs"]
    if all(_is_open(path) for path in needed):
        return [*words, "--inh-caps=-all", "--bounding-set=-all"]
    capabilities = [
        f"--{kind}={SEARCH_ONLY}"
        for kind in ("inh-caps", "ambient-caps", "bounding-set")
    ]
    # Without this bit the kernel's access() ignores the capability, and pg_ctl asks it.
    return [*words, *capabilities, "--securebits=+no_setuid_fixup"]


def _entry() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        command = [_program("useradd"), "--system", "--no-create-home"]
        command += ["--shell", "/usr/sbin/nologin", NAME]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - words of our own
        return pwd.getpwnam(NAME)


def _program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None:
        msg = (
            f"As root, the embedded PostgreSQL needs the program {name} to run as another "
            "user. Install it, run as a plain user, or set DATABASE_URL."
        )
        raise EmbeddedError(msg)
    return found


def _is_open(path: Path) -> bool:
    return all(
        parent.stat().st_mode & stat.S_IXOTH for parent in path.resolve().parents
    )

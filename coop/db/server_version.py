"""The oldest PostgreSQL that the walls were proven on, and the sentence that refuses an older one."""

from __future__ import annotations

from typing import Final

from django.db import NotSupportedError

OLDEST: Final = 18


def check_server_version(number: int, where: str) -> None:
    """Raise `NotSupportedError` for a server before 18.

    `number` is as PostgreSQL counts, 180004 being 18.4; `where` names the server.
    """
    major, minor = divmod(number, 10_000)
    if major < OLDEST:
        msg = (
            f"PostgreSQL {OLDEST} or later is required, and the server at "
            f"{where or 'the local socket'} is PostgreSQL {major}.{minor}. "
            "Upgrade it, or name another in DATABASE_URL."
        )
        raise NotSupportedError(msg)

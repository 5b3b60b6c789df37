"""The registry of advisory locks, so that two parts of the house never share a number by chance."""

from __future__ import annotations

from enum import IntEnum

from django.db import connections


class Lock(IntEnum):
    """First key of a two-key advisory lock: what is locked."""

    IMPORT_OF_STATE = 1
    ROLES = 2
    GRANTS_OF_PAIR = 3
    PLACES_OF_STATE = 4
    DELIVERY = 5
    CONTENT = 6
    PULL = 7
    UPLOADS_OF_STATE = 7
    SCORE_SET = 8
    EXPORTS = 9


def hold_lock(lock: Lock, subject: str, *, using: str = "default") -> None:
    """Wait for the lock on `subject`, and hold it until the transaction ends."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [int(lock), subject]
        )


def share_lock(lock: Lock, subject: str, *, using: str = "default") -> None:
    """Wait for the lock on `subject` together with whoever shares it, until the transaction ends."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock_shared(%s, hashtext(%s))",
            [int(lock), subject],
        )


def try_lock(lock: Lock, subject: str, *, using: str = "default") -> bool:
    """Take the lock until the transaction ends if nobody holds it; tell whether it was taken."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", [int(lock), subject]
        )
        return bool(cursor.fetchone()[0])

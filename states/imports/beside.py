"""A state's first publication, before its transaction: the tables of voters, built beside on two connections.

Each table is filled in a transaction of its own, and so is each index of the largest, so what stands is whole.
None waits for the disk: the publishing transaction that attaches them does, and what it needs was written before it.
What a killed worker leaves is taken away by whoever publishes next.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import Final

import structlog
from django.db import OperationalError, connections
from psycopg import sql

from states.imports.lease import Claim, importing
from states.imports.staging import execute

TRIES: Final = 5
PAUSE_SECONDS: Final = 0.5
LOCK_NOT_AVAILABLE: Final = "55P03"
LARGEST: Final = "voters_registration"
"""It costs about as much as all others, half of it in its indexes."""
OTHERS: Final = ("voters_votehistory", "voters_contactdetails", "voters_demographics")

_log = structlog.get_logger("states.imports")


def build_beside(claim: Claim) -> bool:
    """Build a first publication's tables; false where the state's own are to be filled instead.

    That is so where it has voters, and where readers leave no moment to take its empty tables
    away. Raises `DatabaseError` as the publishing functions do.
    """
    if not _clear_way(claim):
        return False
    with importing(claim, waits_for_disk=False):
        execute(
            sql.SQL("SELECT sec.begin_beside(%s, %s)"), [claim.import_id, claim.worker]
        )
    _on_two_connections(claim)
    return True


def _on_two_connections(claim: Claim) -> None:
    """Fill the largest table on one and the others on one, and build the largest's indexes on both."""
    indexes: deque[str] = deque()
    is_filled = Event()
    with ThreadPoolExecutor(2) as pool:
        shares = (
            pool.submit(_fill_largest, claim, indexes, is_filled),
            pool.submit(_fill_others, claim, indexes, is_filled),
        )
        for share in shares:
            share.result()


def _fill_largest(claim: Claim, indexes: deque[str], is_filled: Event) -> None:
    with _own_connections():
        try:
            _fill(claim, LARGEST)
            indexes += _indexes(claim)
        finally:
            is_filled.set()
        _build(claim, indexes)


def _fill_others(claim: Claim, indexes: deque[str], is_filled: Event) -> None:
    with _own_connections():
        for table in OTHERS:
            _fill(claim, table)
        is_filled.wait()
        _build(claim, indexes)


def _clear_way(claim: Claim) -> bool:
    for _ in range(TRIES):
        try:
            with importing(claim) as run:
                found = execute(sql.SQL("SELECT sec.clear_way(%s)"), [run.state])
                return bool(found[0][0])
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", None) != LOCK_NOT_AVAILABLE:
                raise
            _log.info("readers hold the tables", import_id=str(claim.import_id))
            time.sleep(PAUSE_SECONDS)
    return False


@contextmanager
def _own_connections() -> Iterator[None]:
    """Close the connections of this thread in the end."""
    try:
        yield
    finally:
        connections.close_all()


def _fill(claim: Claim, table: str) -> None:
    """Fill a table in a transaction of its own, walls and statistics with it."""
    with importing(claim, waits_for_disk=False):
        execute(
            sql.SQL("SELECT sec.fill_beside(%s, %s, %s)"),
            [claim.import_id, claim.worker, table],
        )


def _indexes(claim: Claim) -> list[str]:
    with importing(claim):
        found = execute(sql.SQL("SELECT sec.indexes_beside(%s)"), [LARGEST])
    return [name for (name,) in found]


def _build(claim: Claim, indexes: deque[str]) -> None:
    """Build indexes as long as there are any left, each in a transaction of its own."""
    while True:
        try:
            index = indexes.popleft()
        except IndexError:
            return
        _build_one(claim, index)


def _build_one(claim: Claim, index: str) -> None:
    with importing(claim, waits_for_disk=False) as run:
        execute(sql.SQL("SELECT sec.index_beside(%s, %s)"), [run.state, index])


def drop_beside(state: str) -> None:
    """Take away what stands beside, in the open step: the publication it was made for does not come."""
    execute(sql.SQL("SELECT sec.drop_beside(%s)"), [state])

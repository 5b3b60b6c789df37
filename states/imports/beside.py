"""A state's first publication, before its transaction: the tables of voters, built beside on two connections.

Each table is filled and indexed in a transaction of its own, so it is whole or not there. What a
killed worker leaves is taken away by whoever publishes next.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

import structlog
from django.db import OperationalError, connections
from psycopg import sql

from states.imports.lease import Claim, importing
from states.imports.staging import execute

TRIES: Final = 5
PAUSE_SECONDS: Final = 0.5
LOCK_NOT_AVAILABLE: Final = "55P03"
SHARES: Final = (
    ("voters_registration",),
    ("voters_demographics", "voters_contactdetails", "voters_votehistory"),
)
"""Tables by the connection that fills them: the first costs about as much as all others."""

_log = structlog.get_logger("states.imports")


def build_beside(claim: Claim) -> bool:
    """Build a first publication's tables; false where the state's own are to be filled instead.

    That is so where it has voters, and where readers leave no moment to take its empty tables
    away. Raises `DatabaseError` as the publishing functions do.
    """
    if not _clear_way(claim):
        return False
    with importing(claim):
        execute(
            sql.SQL("SELECT sec.begin_beside(%s, %s)"), [claim.import_id, claim.worker]
        )
    with ThreadPoolExecutor(len(SHARES)) as pool:
        list(pool.map(partial(_fill, claim), SHARES))
    return True


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


def _fill(claim: Claim, tables: Iterable[str]) -> None:
    """Fill tables one after the other, on a connection of this thread's."""
    try:
        for table in tables:
            with importing(claim):
                execute(
                    sql.SQL("SELECT sec.fill_beside(%s, %s, %s)"),
                    [claim.import_id, claim.worker, table],
                )
    finally:
        connections.close_all()


def drop_beside(state: str) -> None:
    """Take away what stands beside, in the open step: the publication it was made for does not come."""
    execute(sql.SQL("SELECT sec.drop_beside(%s)"), [state])

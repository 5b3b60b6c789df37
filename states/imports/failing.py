"""What becomes of an import whose step failed for no reason of its delivery.

What passes by itself is left to the lease, which runs out. What another release staged is
read again. A full disk ends the import, which makes room. Anything else is done once more
at once: if it fails in the same place again it will for ever, and the owner is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Final

import structlog
from django.db import DatabaseError

from coop.errors import CoopError
from states.files.storage import FULL
from states.imports import publishing, staging
from states.imports.errors import ImportRefused, LeaseLost
from states.imports.lease import Claim, importing, save

DISK_FULL: Final = "53100"
_PASSING: Final = ("08", "40", "53", "55", "57")
"""Classes of SQLSTATE: the connection, deadlocks, resources, locks, the server's shutdown."""
_ANOTHER_SHAPE: Final = frozenset({"42P01", "42703"})
"""A table or a column that is not there: staging was made by another release."""

_log = structlog.get_logger("states.imports")


class Kind(StrEnum):
    """What a failure asks for."""

    PASSING = "passing"
    DISK_FULL = "disk_full"
    ANOTHER_SHAPE = "another_shape"
    UNEXPECTED = "unexpected"


def kind_of(error: BaseException) -> Kind:
    """Tell what a failure asks for, by its codes and those of what caused it."""
    for one in _causes(error):
        state = getattr(one, "sqlstate", None)
        if state == DISK_FULL or _is_full(one):
            return Kind.DISK_FULL
        if state in _ANOTHER_SHAPE:
            return Kind.ANOTHER_SHAPE
        if state and state.startswith(_PASSING):
            return Kind.PASSING
    # Without a code the server said nothing: it is the connection that broke.
    is_cut = isinstance(error, DatabaseError) and not _state_of(error)
    return Kind.PASSING if is_cut else Kind.UNEXPECTED


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__


def _state_of(error: BaseException) -> str:
    states = (getattr(one, "sqlstate", None) for one in _causes(error))
    return next((state for state in states if state), "")


def _is_full(error: BaseException) -> bool:
    if isinstance(error, CoopError):
        return error.code == "storage_full"
    return isinstance(error, OSError) and error.errno in FULL


def take_failure(claim: Claim, error: Exception) -> None:
    """Do with a leased import what its failed step asks for."""
    kind = kind_of(error)
    try:
        if kind is Kind.DISK_FULL:
            _end_for_room(claim)
        elif kind is not Kind.PASSING:
            _try_once_more(claim, kind, _named(error))
    except (LeaseLost, DatabaseError) as meanwhile:
        # The lease runs out, and the next worker comes to the same.
        _log.warning("failure not taken", error=type(meanwhile).__name__)


def _end_for_room(claim: Claim) -> None:
    """Fail the import: its staging goes first, by itself, so that there is room to say so."""
    with importing(claim) as run:
        staging.drop(run.id)
    detail = (
        "The disk is full: what the import had read was dropped, and nothing published has "
        "changed. Tell the operator, and order the import again when there is room."
    )
    publishing.fail(claim, ImportRefused("storage_full", detail))


def _named(error: Exception) -> str:
    """Name a failure without anything that it says: that may hold people's data."""
    return f"{type(error).__name__} {_state_of(error)}".strip()


def _try_once_more(claim: Claim, kind: Kind, what: str) -> None:
    """Give the import back for one more try; fail it where this was that."""
    with importing(claim) as run:
        failed = f"{run.phase}, {run.rows_done:,} rows: {what}"
        is_second = run.cursor.get("failed") == failed
    if is_second:
        publishing.fail(claim, ImportRefused("step_failed", _SENTENCE.format(failed)))
    elif kind is Kind.ANOTHER_SHAPE:
        publishing.begin_again(claim, {"failed": failed})
    else:
        with importing(claim) as run:
            cursor = run.cursor | {"failed": failed}
            attempts = run.attempts + 1
            save(run, cursor=cursor, attempts=attempts, worker="", heartbeat_at=None)


_SENTENCE: Final = (
    "The work failed twice in the same place ({}): it would again. Nothing published has "
    "changed. Tell the operator, whose log says more under the import's id."
)

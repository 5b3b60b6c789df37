"""The end of an import: published, failed, or begun again; staging goes in the same transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from django.db import DatabaseError, connections
from django.utils import timezone
from psycopg import sql

from coop.actors import Action, worker_for
from coop.db.scope import acting_as, current_scope, renew_scope
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from states.facets.building import build_facets
from states.imports import lines, staging
from states.imports.beside import build_beside, drop_beside
from states.imports.errors import ImportRefused, StagingLost
from states.imports.lease import LOADER, Claim, importing, save
from states.imports.models import Status
from states.imports.timings import timed

STATISTICS_FROM: Final = 0.05
"""The share of voters from which the planner is told anew; of less the server takes note by itself."""
DATA_CORRUPTED = "XX001"
"""What the publishing functions raise where staged rows are missing."""

Result = TypeVar("Result")


def publish(claim: Claim) -> int:
    """Publish the difference in one transaction; return the publication's number.

    Raises `StagingLost` where staged rows are missing.
    """
    with timed(claim, "publishing"):
        is_beside = _called(build_beside, claim)
    with importing(claim) as run:
        with timed(claim, "publishing"):
            number = _called(_publish, claim)
        with timed(claim, "facets"):
            build_facets(run.state, run.id)
        staging.drop(run.id)
        lines.forget(run.state, but=run.id)
        if scope := current_scope():
            renew_scope(scope)
        record(
            Event.IMPORT_PUBLISHED,
            by=worker_for(claim.organization),
            use=Use(state=run.state, rows=run.figures["in_scope"]),
            subject=run.id,
            detail={"publication": number, "figures": run.figures},
        )
    if _touched(run.figures) >= STATISTICS_FROM:
        with timed(claim, "statistics"):
            take_statistics(claim, run.state, is_beside=is_beside)
    return number


def _touched(figures: dict[str, int]) -> float:
    """Return the share of the state's voters that a publication wrote."""
    kinds = ("inserted", "changed", "returned", "gone")
    return sum(figures[kind] for kind in kinds) / max(
        1, figures["in_scope"] + figures["inserted"]
    )


def take_statistics(claim: Claim, state: str, *, is_beside: bool = False) -> None:
    """Let the planner know of the new voters at once, in transactions of their own.

    It judges rows by the state's own tables, of which those that were built beside had theirs taken, and joins by
    the tables of all states.
    """
    owner = worker_for(claim.organization)
    if not is_beside:
        with acting_as(owner, Action.IMPORT, using=LOADER):
            staging.execute(sql.SQL("SELECT sec.analyze_voters(%s)"), [state])
    with acting_as(owner, Action.IMPORT, using=LOADER):
        staging.execute(sql.SQL("SELECT sec.analyze_joins()"))


def _publish(claim: Claim) -> int:
    with connections[LOADER].cursor() as cursor:
        cursor.execute(
            "SELECT sec.publish_import(%s, %s)", [claim.import_id, claim.worker]
        )
        return int(cursor.fetchone()[0])


def _called(function: Callable[[Claim], Result], claim: Claim) -> Result:
    """Call a function that publishes; raise `StagingLost` where it misses staged rows."""
    try:
        return function(claim)
    except DatabaseError as error:
        if getattr(error.__cause__, "sqlstate", None) == DATA_CORRUPTED:
            raise StagingLost from error
        raise


def fail(claim: Claim, refused: ImportRefused) -> None:
    """End the import with its reason: nothing staged is left, nothing published has changed."""
    with importing(claim) as run:
        drop_beside(run.state)
        staging.drop(run.id)
        lines.forget_of(run)
        record(
            Event.IMPORT_FAILED,
            by=worker_for(claim.organization),
            use=Use(state=run.state),
            subject=run.id,
            detail={"code": refused.code},
        )
        save(
            run,
            status=Status.FAILED,
            phase="failed",
            problem=refused.problem(),
            **_ended(),
        )


def _ended() -> dict[str, Any]:
    return {"worker": "", "heartbeat_at": None, "finished_at": timezone.now()}


def begin_again(claim: Claim, cursor: dict[str, Any] | None = None) -> None:
    """Put the import back to the beginning, but for a cursor to start with; it counts as an attempt."""
    with importing(claim) as run:
        drop_beside(run.state)
        staging.drop(run.id)
        save(
            run,
            status=Status.QUEUED,
            phase="waiting",
            cursor=cursor or {},
            figures={},
            needs_review=[],
            review={},
            timings={},
            compared_at=None,
            attempts=run.attempts + 1,
            rows_done=0,
            rows_total=None,
            worker="",
            heartbeat_at=None,
        )

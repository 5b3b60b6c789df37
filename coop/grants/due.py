"""Steps that time takes. The policies keep the dates by themselves: this makes statuses say so."""

from __future__ import annotations

from uuid import UUID

import structlog
from django.db import DatabaseError, connection

from coop.actors import WORKER, Action, worker_for
from coop.db.scope import acting_as
from coop.errors import CoopError
from coop.grants.actions import activate_grant, expire_grant

logger = structlog.get_logger(__name__)

STEPS = {"activate": activate_grant, "expire": expire_grant}


def apply_due_grants() -> int:
    """Take every step that is due, each in a transaction of its owner's; return how many.

    A grant whose step fails is logged and steps aside; the next run tries it again.
    """
    return sum(_apply(*due) for due in _due())


def _due() -> list[tuple[UUID, UUID, str]]:
    with acting_as(WORKER, Action.WORK), connection.cursor() as cursor:
        cursor.execute("SELECT organization, id, step FROM sec.grants_due()")
        return [(owner, grant, step) for owner, grant, step in cursor.fetchall()]


def _apply(owner: UUID, grant: UUID, step: str) -> bool:
    try:
        STEPS[step](grant=grant, by=worker_for(owner))
    except (CoopError, DatabaseError) as error:
        logger.warning(
            "grant_step_failed", grant=str(grant), step=step, error=type(error).__name__
        )
        return False
    return True

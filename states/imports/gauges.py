"""How many imports are under way: what the operator's metrics show of them."""

from __future__ import annotations

from django.db import connection

from coop.actors import OPERATOR, Action
from coop.db.scope import acting_as


def import_gauges() -> dict[str, tuple[int, float]]:
    """Return imports that are not over by status, and the seconds since the oldest was ordered."""
    with acting_as(OPERATOR, Action.OPERATE), connection.cursor() as cursor:
        cursor.execute(
            "SELECT import_status, imports, oldest_seconds FROM sec.import_gauges()"
        )
        return {status: (count, oldest) for status, count, oldest in cursor.fetchall()}

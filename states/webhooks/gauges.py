"""How many messages are due: what the operator's metrics show of webhooks."""

from __future__ import annotations

from django.db import connection

from coop.actors import OPERATOR, Action
from coop.db.scope import acting_as


def webhook_gauges() -> tuple[int, float]:
    """Return how many messages are due, and how many seconds the oldest is late."""
    with acting_as(OPERATOR, Action.OPERATE), connection.cursor() as cursor:
        cursor.execute("SELECT due, oldest_seconds FROM sec.webhook_gauges()")
        due, oldest = cursor.fetchone()
        return due, oldest

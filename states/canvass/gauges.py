"""How much waits in the inbox: what the operator's metrics show of it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from coop.actors import OPERATOR, Action
from coop.db.scope import acting_as


@dataclass(frozen=True, slots=True)
class InboxGauges:
    """Rows and seconds, of all states and organizations together.

    `oldest_seconds` is how long the oldest row has waited, 0 where none waits. The lags
    are from receipt to applied, of the newest thousand within five minutes.
    """

    queued: int
    oldest_seconds: float
    set_aside: int
    mean_lag_seconds: float
    worst_lag_seconds: float


def inbox_gauges() -> InboxGauges:
    """Read how much waits, in the operator's scope."""
    with acting_as(OPERATOR, Action.OPERATE), connection.cursor() as cursor:
        cursor.execute(
            "SELECT queued, oldest_seconds, set_aside, mean_lag, worst_lag FROM sec.inbox_gauges()"
        )
        return InboxGauges(*cursor.fetchone())

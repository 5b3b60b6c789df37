"""Keeping the log of deliveries within bounds."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db import connection

from coop.actors import Action, Actor
from coop.db.scope import acting_as

MOST_A_WEBHOOK: Final = 10_000
AT_ONCE: Final = 20_000


def trim_log(*, by: Actor) -> int:
    """Forget attempts that are too old, or too many of one webhook; return how many went.

    `by` is the WORKER. Batches of their own transactions, until nothing is left to forget.
    """
    total = 0
    while True:
        with acting_as(by, Action.WORK), connection.cursor() as cursor:
            cursor.execute(
                "SELECT sec.trim_webhook_log(%s, %s, %s)",
                [settings.WEBHOOK_LOG_DAYS, MOST_A_WEBHOOK, AT_ONCE],
            )
            forgotten = int(cursor.fetchone()[0])
        total += forgotten
        if forgotten < AT_ONCE:
            return total

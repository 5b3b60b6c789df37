"""The rules of webhooks: how many, how often a failing one is tried again, and when it is given up."""

from __future__ import annotations

import datetime as dt
import random
from typing import Final

ENDPOINTS_AT_MOST: Final = 20
OVERLAP_AT_MOST: Final = dt.timedelta(days=7)
PAUSE: Final = dt.timedelta(seconds=0.8)
"""Between two messages to one endpoint about one state: what comes meanwhile is told together.
A little less than between two of beat's rings, of which every other one would find nothing due else."""

WAITS: Final = tuple(
    dt.timedelta(seconds=seconds)
    for seconds in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""After each failed attempt; about three and a half days in all, then it is given up."""


def next_wait(attempts: int) -> dt.timedelta | None:
    """Return how long to wait after that many failed attempts, jittered by a fifth; None: give up."""
    if attempts > len(WAITS):
        return None
    jitter = random.uniform(0.8, 1.2)  # noqa: S311 - spreads load, guards nothing
    return WAITS[attempts - 1] * jitter

"""How many requests each route answered, how, and in what time: counted by each process.

Routes, methods and statuses alone: never a path, an id or an organization.
"""

from __future__ import annotations

from typing import Final

from prometheus_client import Gauge, Histogram

SECONDS: Final = Histogram(
    "coop_request_seconds",
    "Seconds until a request was answered (a stream: until it began), by route.",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
STREAMS: Final = Gauge(
    "coop_streams_open",
    "Streams of changes that are open now.",
    multiprocess_mode="livesum",
)
METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})


def count_request(
    *, method: str | None, route: str | None, status: int, seconds: float
) -> None:
    """Count one answered request; what a stranger may spell as he likes is counted as `other`."""
    named = method if method in METHODS else "other"
    SECONDS.labels(named, route or "other", str(status)).observe(seconds)

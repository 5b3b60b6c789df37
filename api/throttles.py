"""Throttles: how often a credential or a person may call, counted in the cache by the minute.

Headers follow draft-ietf-httpapi-ratelimit-headers: `RateLimit-Policy: "write";q=600;w=60`
(quota, window in seconds) and `RateLimit: "write";r=599;t=41` (remaining, seconds until it resets).
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import structlog
from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from redis import Redis
from redis.exceptions import RedisError

from coop.actors import Actor
from coop.errors import TooMany

WINDOW_SECONDS: Final = 60

_log = structlog.get_logger("coop.throttle")


@dataclass(frozen=True, slots=True)
class Rate:
    """Where a caller stands in the current window of one throttle."""

    name: str
    quota: int
    used: int
    resets_in: int

    def headers(self) -> dict[str, str]:
        """Return the headers that tell the caller."""
        remaining = max(0, self.quota - self.used)
        return {
            "RateLimit-Policy": f'"{self.name}";q={self.quota};w={WINDOW_SECONDS}',
            "RateLimit": f'"{self.name}";r={remaining};t={self.resets_in}',
        }


def check_rate(actor: Actor, name: str) -> Rate:
    """Count a call against the throttle `name` and return where the caller stands.

    Raises `TooMany` over the quota; the error carries the same headers' figures.
    """
    rate = count(name, f"{actor.organization}:{actor.principal}")
    if rate.used > rate.quota:
        raise Throttled(rate)
    return rate


class Throttled(TooMany):
    """A caller over the quota, with the rate that says so."""

    def __init__(self, rate: Rate) -> None:
        detail = (
            f"More than {rate.quota} calls a minute; wait {rate.resets_in} seconds."
        )
        super().__init__("throttled", detail, extra={"retry_after": rate.resets_in})
        self.rate = rate


def count(name: str, who: str, *, by: int = 1) -> Rate:
    """Add to a counter of this window and return the rate; `by` 0 only looks.

    Where the shared cache does not answer, each process counts for itself: callers are
    bounded still, by as many times the quota as there are processes.
    """
    now = time.time()
    window, past = divmod(int(now), WINDOW_SECONDS)
    # Hashed, since an address or a token may hold what a cache's key may not.
    key = f"throttle:{name}:{hashlib.sha256(who.encode()).hexdigest()[:32]}:{window}"
    try:
        used = _add_shared(key, by)
    except RedisError as error:
        _log.warning("cache unavailable", error=type(error).__name__)
        used = _add(caches["process"], key, by)
    return Rate(name, settings.API_RATES[name], used, WINDOW_SECONDS - past)


def _add_shared(key: str, by: int) -> int:
    """Add in the shared cache, mostly in one call: it stands in every request's way.

    Django's own way would be three calls, on a connection opened for each request.
    """
    server = _server()
    if server is None:
        return _add(caches["default"], key, by)
    if not by:
        return int(server.get(key) or 0)
    used = int(server.incrby(key, by))
    if used == by:  # the first of this window, or since the cache was emptied
        server.expire(key, 2 * WINDOW_SECONDS)
    return used


@cache
def _server() -> Redis | None:
    """Return a client for the whole process, or None where the shared cache is no Valkey."""
    shared: dict[str, Any] = settings.CACHES["default"]
    if not shared["BACKEND"].endswith(".RedisCache"):
        return None
    return Redis.from_url(shared["LOCATION"], **shared.get("OPTIONS", {}))


def _add(counters: BaseCache, key: str, by: int) -> int:
    counters.add(key, 0, timeout=2 * WINDOW_SECONDS)
    return int(counters.incr(key, by)) if by else int(counters.get(key, 0))

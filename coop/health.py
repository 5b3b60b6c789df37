"""Whether the process lives, and whether it can do its work now; for probes, so without an actor."""

from __future__ import annotations

import structlog
from django.core.cache import cache
from django.db import Error as DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from redis.exceptions import RedisError

_log = structlog.get_logger("coop.health")


def live(request: HttpRequest) -> JsonResponse:  # noqa: ARG001 - Django fixes it
    """Answer 200 while the process serves at all."""
    return JsonResponse({"status": "ok"})


def ready(request: HttpRequest) -> JsonResponse:  # noqa: ARG001 - Django fixes it
    """Answer 200 if the database and the broker answer, else 503 naming the one that does not."""
    checks = {"database": _database_answers(), "broker": _broker_answers()}
    good = all(checks.values())
    names = {name: "ok" if fine else "unavailable" for name, fine in checks.items()}
    body = {"status": "ok" if good else "unavailable", "checks": names}
    return JsonResponse(body, status=200 if good else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        _log.warning("database unavailable", exc_info=True)
        return False
    return True


def _broker_answers() -> bool:
    try:
        cache.get("health")
    except RedisError:
        _log.warning("broker unavailable", exc_info=True)
        return False
    return True

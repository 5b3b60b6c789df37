"""One log line a request, and the request's id on it and on everything logged meanwhile.

The line names the route, never the path, the query or the body: those hold people's data.
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Awaitable, Callable

import structlog
from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponseBase

from coop.request_metrics import count_request

HEADER = "X-Request-ID"
ACCEPTABLE = re.compile(r"[A-Za-z0-9._-]{8,64}")

_log = structlog.get_logger("coop.request")


class RequestLog:
    """Middleware: takes a caller's acceptable `X-Request-ID` or makes one, as `request.request_id`."""

    sync_capable = True
    async_capable = True

    def __init__(
        self,
        get_response: Callable[
            [HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]
        ],
    ) -> None:
        self.get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(
        self, request: HttpRequest
    ) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self._is_async:
            return self._answer_async(request)
        started = _begin(request)
        response = self.get_response(request)
        assert isinstance(response, HttpResponseBase)
        return _end(request, response, started)

    async def _answer_async(self, request: HttpRequest) -> HttpResponseBase:
        started = _begin(request)
        response = self.get_response(request)
        assert isinstance(response, Awaitable)
        return _end(request, await response, started)


def request_id_of(request: HttpRequest) -> str:
    """Return the request's id, empty outside this middleware."""
    return str(getattr(request, "request_id", ""))


def _begin(request: HttpRequest) -> float:
    offered = request.headers.get(HEADER, "")
    chosen = offered if ACCEPTABLE.fullmatch(offered) else uuid.uuid4().hex
    request.request_id = chosen  # type: ignore[attr-defined]
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=chosen)
    return time.perf_counter()


def _end(
    request: HttpRequest, response: HttpResponseBase, started: float
) -> HttpResponseBase:
    response[HEADER] = request_id_of(request)
    match = request.resolver_match
    route = match.route if match else None
    seconds = time.perf_counter() - started
    count_request(
        method=request.method, route=route, status=response.status_code, seconds=seconds
    )
    _log.info(
        "request",
        method=request.method,
        route=route,
        status=response.status_code,
        milliseconds=round(seconds * 1000, 1),
    )
    return response

"""Requests under ASGI: one change of thread, threads that are kept, streams that end as they should."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import pytest
from asgiref.sync import SyncToAsync
from django.core.signals import request_finished
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from coop.one_hop import OneHop

Messages = list[Mapping[str, Any]]


@csrf_exempt
def named(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{threading.current_thread().name} {request.body.decode()}")


def failing(request: HttpRequest) -> StreamingHttpResponse:
    async def lines() -> AsyncIterator[bytes]:
        yield b"one"
        raise ConnectionError("The source is gone.")

    return StreamingHttpResponse(lines())


def endless(request: HttpRequest) -> StreamingHttpResponse:
    async def lines() -> AsyncIterator[bytes]:
        yield b"one"
        await asyncio.Event().wait()

    return StreamingHttpResponse(lines())


urlpatterns = [path("named", named), path("failing", failing), path("endless", endless)]

pytestmark = pytest.mark.urls(__name__)


def call(
    address: str, *, body: bytes = b"", leaves_after: int | None = None, times: int = 1
) -> list[Messages]:
    """Send a request to a handler so often; the client leaves after so many messages, or never."""

    async def calls() -> list[Messages]:
        handler = OneHop()
        return [
            await _called(handler, address, body, leaves_after) for _ in range(times)
        ]

    return asyncio.run(calls())


async def _called(
    handler: OneHop, address: str, body: bytes, leaves_after: int | None
) -> Messages:
    sent: Messages = []
    incoming: list[Mapping[str, Any]] = [{"type": "http.request", "body": body}]
    left = asyncio.Event()

    async def receive() -> Mapping[str, Any]:
        if incoming:
            return incoming.pop()
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)
        if leaves_after is not None and len(sent) >= leaves_after:
            left.set()

    scope = {
        "type": "http",
        "method": "POST" if body else "GET",
        "path": address,
        "headers": [(b"host", b"localhost")],
        "query_string": b"",
    }
    await asyncio.wait_for(handler(scope, receive, send), 20)
    return sent


@pytest.fixture
def ended() -> Any:
    """How many requests have told their end."""
    seen: list[str] = []

    def note(**_more: Any) -> None:
        seen.append(threading.current_thread().name)

    request_finished.connect(note)
    yield seen
    request_finished.disconnect(note)


def test_a_request_changes_its_thread_once(
    monkeypatch: pytest.MonkeyPatch, ended: list[str]
) -> None:
    """Each change of thread costs as much as a small view."""
    changes: list[object] = []
    called: Callable[..., Any] = SyncToAsync.__call__

    async def noted(self: Any, *args: Any, **kwargs: Any) -> Any:
        changes.append(self)
        return await called(self, *args, **kwargs)

    monkeypatch.setattr(SyncToAsync, "__call__", noted)

    (sent,) = call("/named", body=b"whole")

    assert sent[0]["status"] == 200
    assert sent[1]["body"].endswith(b" whole")
    assert len(changes) == 1
    assert len(ended) == 1


def test_few_threads_serve_many_requests_each_from_beginning_to_end(
    ended: list[str],
) -> None:
    """A thread counts as idle a moment after its answer is out, so the next may find it or not."""
    answers = call("/named", times=50)

    names = [sent[1]["body"].decode().strip() for sent in answers]
    assert ended == names
    assert len(set(names)) < 10


def test_a_stream_that_fails_is_cut_and_told_to_the_server(ended: list[str]) -> None:
    with pytest.raises(ConnectionError, match="source is gone"):
        call("/failing")

    assert len(ended) == 1


def test_a_stream_ends_when_its_client_leaves(ended: list[str]) -> None:
    (sent,) = call("/endless", leaves_after=2)

    assert [one.get("body") for one in sent] == [None, b"one"]
    assert len(ended) == 1


def test_a_client_that_left_before_the_end_of_its_body_is_not_answered(
    ended: list[str],
) -> None:
    async def left() -> Messages:
        sent: Messages = []

        async def receive() -> Mapping[str, Any]:
            return {"type": "http.disconnect"}

        async def send(message: Mapping[str, Any]) -> None:
            sent.append(message)

        await OneHop()({"type": "http"}, receive, send)
        return sent

    assert asyncio.run(left()) == []
    assert ended == []

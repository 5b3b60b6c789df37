"""A body as it arrives: piece by piece, cut, or silent; and nothing of it for Django."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from api import arriving_bodies
from api.arriving_bodies import MEMBER, ArrivingBodies, BodyCut, BodyStalled

UPLOAD = "/v1/uploads/3f1f6a52-0d0a-4d39-9f0b-6a6b9b5c2f10"
Messages = list[dict[str, Any]]


def piece(body: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def taken(messages: Messages, **scope: Any) -> tuple[list[bytes], dict[str, Any]]:
    """Run a request whose view, in a thread of its own, takes the body; return both."""
    seen: dict[str, Any] = {}
    got: list[bytes] = []

    async def receive() -> dict[str, Any]:
        if messages:
            return messages.pop(0)
        await asyncio.sleep(60)
        raise AssertionError

    async def application(
        given: Any, body: Callable[[], Awaitable[Any]], _send: Any
    ) -> None:
        seen.update(given, django=await body())
        if MEMBER in given:
            await asyncio.to_thread(lambda: got.extend(given[MEMBER].pieces()))

    async def send(_message: Any) -> None:
        raise AssertionError

    asked = {"type": "http", "path": UPLOAD, "method": "PATCH", "headers": []} | scope
    try:
        asyncio.run(ArrivingBodies(application)(asked, receive, send))
    finally:
        seen["got"] = got
    return got, seen


def test_pieces_come_one_by_one_and_django_is_told_of_none() -> None:
    messages = [piece(b"a", more=True), piece(b"", more=True), piece(b"b", more=False)]
    got, seen = taken(messages)
    assert got == [b"a", b"b"]
    assert seen["django"] == piece(b"", more=False)


@pytest.mark.parametrize(
    "scope",
    [{"method": "PUT"}, {"path": "/v1/deliveries"}, {"path": f"{UPLOAD}/more"}],
)
def test_other_requests_are_left_alone(scope: dict[str, Any]) -> None:
    _got, seen = taken([piece(b"a", more=False)], **scope)
    assert seen["django"] == piece(b"a", more=False)


def test_a_cut_is_told() -> None:
    with pytest.raises(BodyCut):
        taken([piece(b"a", more=True), {"type": "http.disconnect"}])


def test_silence_is_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arriving_bodies, "SILENCE_SECONDS", 0.05)
    with pytest.raises(BodyStalled):
        taken([piece(b"a", more=True)])


@pytest.mark.parametrize(
    ("header", "method"), [(b"PATCH", "PATCH"), (b"delete", "DELETE"), (b"PUT", "POST")]
)
def test_a_header_may_name_the_method(header: bytes, method: str) -> None:
    headers = [(b"x-http-method-override", header)]
    _got, seen = taken([piece(b"a", more=False)], method="POST", headers=headers)
    assert seen["method"] == method


def lines(messages: Messages) -> tuple[list[bytes], dict[str, Any]]:
    """Run a request of pushed lines, whose view takes the body on the loop; return what came, and Django's end."""
    seen: dict[str, Any] = {}
    got: list[bytes] = []

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def application(
        given: Any, body: Callable[[], Awaitable[Any]], _send: Any
    ) -> None:
        seen["django"] = await body()
        waiting = asyncio.ensure_future(body())
        async for chunk in given[MEMBER].chunks():
            assert not waiting.done()
            got.append(chunk)
        seen["end"] = await waiting

    async def send(_message: Any) -> None:
        raise AssertionError

    kind = [(b"content-type", b"application/x-ndjson; charset=utf-8")]
    asked = {"type": "http", "path": "/v1/contacts", "method": "POST", "headers": kind}
    try:
        asyncio.run(ArrivingBodies(application)(asked, receive, send))
    finally:
        seen["got"] = got
    return got, seen


def test_lines_come_as_they_are_sent_and_django_hears_of_the_clients_leaving() -> None:
    gone = {"type": "http.disconnect"}
    got, seen = lines([piece(b"a", more=True), piece(b"b", more=False), gone])
    assert got == [b"a", b"b"]
    assert (seen["django"], seen["end"]) == (piece(b"", more=False), gone)


def test_lines_that_are_cut_are_told() -> None:
    with pytest.raises(BodyCut):
        lines([piece(b"a", more=True), {"type": "http.disconnect"}])

"""Bodies read while they are still being sent: Django under ASGI takes a body whole before any view.

Pushed lines are answered one micro-batch after the other, for as long as the client goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import Any, Final

from django.http import HttpRequest

Scope = dict[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MEMBER: Final = "coop.live_body"
CHUNK: Final = 1 << 18
LINES: Final = "application/x-ndjson"
PATHS: Final = frozenset({"/v1/contacts"})


class LiveBodies:
    """An ASGI application around Django's, which keeps the body of pushed lines for the view."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; where its body is live, Django sees an empty one."""
        if not _is_live(scope):
            await self._app(scope, receive, send)
            return
        body = LiveBody(receive)
        await self._app({**scope, MEMBER: body}, body.shown_to_django, send)


def _is_live(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "POST":
        return False
    kinds = [value for name, value in scope["headers"] if name == b"content-type"]
    return scope["path"] in PATHS and is_lines(
        kinds[-1].decode("latin-1") if kinds else ""
    )


def is_lines(content_type: str) -> bool:
    """Tell whether a content type is that of lines of JSON."""
    return content_type.partition(";")[0].strip().lower() == LINES


class LiveBody:
    """The body of one request, as the server receives it."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._told = False
        self._over = asyncio.Event()
        self._gone = False

    async def shown_to_django(self) -> Message:
        """Give an empty body at once, then nothing before the client has left."""
        if not self._told:
            self._told = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._over.wait()
        while not self._gone:
            message = await self._receive()
            self._gone = message["type"] == "http.disconnect"
        return {"type": "http.disconnect"}

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes. Raises `ClientGone` where the client leaves in the middle."""
        while not self._over.is_set():
            message = await self._receive()
            if message["type"] == "http.disconnect":
                self._gone = True
                self._over.set()
                raise ClientGone
            if not message.get("more_body", False):
                self._over.set()
            if chunk := message.get("body", b""):
                yield chunk


class ClientGone(Exception):  # noqa: N818 - reads as what happened
    """The client left before its body was whole."""


def live_body_of(request: HttpRequest) -> LiveBody | None:
    """Return the live body of a request; None where a server without one took it whole."""
    found = getattr(request, "scope", {}).get(MEMBER)
    assert found is None or isinstance(found, LiveBody)
    return found


def taken_body(request: HttpRequest) -> Iterator[bytes]:
    """Yield a body that the server has taken already, or hands over by reading."""
    while chunk := request.read(CHUNK):
        yield chunk

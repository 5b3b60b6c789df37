"""Bodies that reach their view while they are still being sent, so that lines are answered as they come and no byte before a cut is lost.

Django under ASGI takes a body whole before any view, and throws it away when the connection is cut. For pushed lines
and for uploads in pieces it is shown an empty body, and the view takes the body from here. Everything else of a
request (middleware, routes, problems) goes its usual way.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import Any, Final

from django.http import HttpRequest

Scope = dict[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MEMBER: Final = "coop.arriving_body"
CHUNK: Final = 1 << 18
SILENCE_SECONDS: Final = 15.0
"""How long a thread waits for nothing; a client that is cut off without a word holds its upload as long."""
LINES: Final = "application/x-ndjson"
_LINES_PATH: Final = "/v1/contacts"
_UPLOAD: Final = re.compile(r"/v1/uploads/[^/]+")
_OVERRIDE: Final = b"x-http-method-override"
_OVERRIDDEN: Final = frozenset({b"PATCH", b"DELETE", b"HEAD"})


class BodyCut(Exception):  # noqa: N818 - errors are named for what happened
    """The client is gone in the middle of its body."""


class BodyStalled(Exception):  # noqa: N818 - errors are named for what happened
    """The client has sent nothing for too long."""


class ArrivingBodies:
    """An ASGI application around Django's, which keeps such bodies for their views."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; where its body is taken as it arrives, Django sees an empty one."""
        if scope["type"] == "http" and _UPLOAD.fullmatch(scope["path"]):
            scope = {**scope, "method": _method_of(scope)}
        is_lines_body = _is_pushed_lines(scope)
        if is_lines_body or _is_piece(scope):
            body = ArrivingBody(receive, outlives_client=not is_lines_body)
            scope, receive = {**scope, MEMBER: body}, body.shown_to_django
        await self._app(scope, receive, send)


class ArrivingBody:
    """The body of one request, as the server receives it; to be made on the event loop that does.

    `outlives_client`: its view is not told that the client has left, but meets that in the body itself.
    """

    def __init__(self, receive: Receive, *, outlives_client: bool) -> None:
        self._receive = receive
        self._outlives_client = outlives_client
        self._loop = asyncio.get_running_loop()
        self._told = False
        self._over = asyncio.Event()
        self._gone = False

    async def shown_to_django(self) -> Message:
        """Give an empty body at once, then nothing before the client has left, or ever."""
        if not self._told:
            self._told = True
            return {"type": "http.request", "body": b"", "more_body": False}
        if self._outlives_client:
            never: asyncio.Future[Message] = self._loop.create_future()
            return await never
        await self._over.wait()
        while not self._gone:
            message = await self._receive()
            self._gone = message["type"] == "http.disconnect"
        return {"type": "http.disconnect"}

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes, on the event loop. Raises `BodyCut`."""
        while not self._over.is_set():
            if chunk := await self._next():
                yield chunk

    def pieces(self) -> Iterator[bytes]:
        """Yield the body as it comes, in a thread, which waits. Raises `BodyCut`, `BodyStalled`."""
        while not self._over.is_set():
            coming = asyncio.run_coroutine_threadsafe(self._next(), self._loop)
            try:
                piece = coming.result(SILENCE_SECONDS)
            except TimeoutError as error:
                coming.cancel()
                raise BodyStalled from error
            if piece:
                yield piece

    async def _next(self) -> bytes:
        """Receive what comes next, which may be nothing but the end."""
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self._gone = True
            self._over.set()
            raise BodyCut
        if not message.get("more_body", False):
            self._over.set()
        return bytes(message.get("body", b""))


def arriving_body_of(request: HttpRequest) -> ArrivingBody | None:
    """Return the arriving body of a request; None where a server without one took it whole."""
    found = getattr(request, "scope", {}).get(MEMBER)
    assert found is None or isinstance(found, ArrivingBody)
    return found


def taken_body(request: HttpRequest) -> Iterator[bytes]:
    """Yield a body that the server has taken already, or hands over by reading."""
    while chunk := request.read(CHUNK):
        yield chunk


def is_lines(content_type: str) -> bool:
    """Tell whether a content type is that of lines of JSON."""
    return content_type.partition(";")[0].strip().lower() == LINES


def _is_pushed_lines(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "POST":
        return False
    kinds = [value for name, value in scope["headers"] if name == b"content-type"]
    kind = kinds[-1].decode("latin-1") if kinds else ""
    return scope["path"] == _LINES_PATH and is_lines(kind)


def _is_piece(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "PATCH":
        return False
    return _UPLOAD.fullmatch(scope["path"]) is not None


def _method_of(scope: Scope) -> str:
    """Return the method that is meant: where only POST gets through, a header names another."""
    if scope["method"] == "POST":
        for name, value in scope["headers"]:
            if name == _OVERRIDE and value.upper() in _OVERRIDDEN:
                return str(value.upper().decode())
    return str(scope["method"])

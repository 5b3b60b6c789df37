"""Bodies that reach their view as they arrive, so that what came before a cut is not lost.

Django's ASGI handler spools a whole body before any view sees it, and throws it away when
the connection is cut. For uploads in pieces it is told that there is no body, and the view
takes the pieces from here. Everything else of a request (middleware, routes, problems)
goes its usual way. `api.live_body` does the same for async views; here a thread takes the
body, since it writes to disk and outlives the client.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Final

from api.live_body import App, Message, Receive, Scope, Send

KEY: Final = "coop.raw_body"
OVERRIDE: Final = b"x-http-method-override"
SILENCE_SECONDS: Final = 15.0
"""How long nothing may come; a client that is cut off without a word holds its upload as long."""

_UPLOAD: Final = re.compile(r"/v1/uploads/[^/]+")
_OVERRIDDEN: Final = frozenset({b"PATCH", b"DELETE", b"HEAD"})


class BodyCut(Exception):  # noqa: N818 - errors are named for what happened
    """The client is gone in the middle of its body."""


class BodyStalled(Exception):  # noqa: N818 - errors are named for what happened
    """The client has sent nothing for too long."""


class RawBody:
    """A body on its way in: `pieces` blocks its thread while the event loop receives."""

    def __init__(self, receive: Receive, loop: asyncio.AbstractEventLoop) -> None:
        self._receive = receive
        self._loop = loop
        self._told = False

    def pieces(self) -> Iterator[bytes]:
        """Yield the body as it comes. Raises `BodyCut`, `BodyStalled`."""
        more = True
        while more:
            message = self._next()
            if message["type"] != "http.request":
                raise BodyCut
            more = bool(message.get("more_body", False))
            if piece := message.get("body", b""):
                yield piece

    def _next(self) -> Message:
        async def receive() -> Message:
            return await self._receive()

        coming = asyncio.run_coroutine_threadsafe(receive(), self._loop)
        try:
            return coming.result(SILENCE_SECONDS)
        except TimeoutError as error:
            coming.cancel()
            raise BodyStalled from error

    async def nothing(self) -> Message:
        """Tell Django of an empty body, and of no end of the connection: the view meets that itself."""
        if not self._told:
            self._told = True
            return {"type": "http.request", "body": b"", "more_body": False}
        never: asyncio.Future[Message] = self._loop.create_future()
        return await never


class RawBodies:
    """ASGI middleware: gives requests that append to an upload their body as it arrives."""

    def __init__(self, application: App) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, its body kept back where it appends to an upload."""
        if scope["type"] == "http" and _UPLOAD.fullmatch(scope["path"]):
            scope = dict(scope, method=_method_of(scope))
            if scope["method"] == "PATCH":
                body = RawBody(receive, asyncio.get_running_loop())
                scope[KEY], receive = body, body.nothing
        await self._application(scope, receive, send)


def _method_of(scope: Scope) -> str:
    """Return the method that is meant: where only POST gets through, a header names another."""
    if scope["method"] == "POST":
        for name, value in scope["headers"]:
            if name == OVERRIDE and value.upper() in _OVERRIDDEN:
                return str(value.upper().decode())
    return str(scope["method"])

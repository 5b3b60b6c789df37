"""Django's ASGI handler with all middleware and the view in one thread, of a few that are kept.

Django calls each synchronous middleware in a thread of its own turn, and makes a new thread, with
connections of its own, for each request: that costs as much as most of our views.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import IO, Any, Final

from asgiref.sync import sync_to_async
from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.db import close_old_connections
from django.http import FileResponse
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]

THREADS_MOST: Final = 1000
"""Threads that wait (for news, for pieces of an upload) hold up nobody else: idle ones are used first."""


class OneHop(ASGIHandler):
    """Answers each request by the synchronous chain of middleware, whole, in one thread.

    Its beginning and end are told there too, so the thread's database connection goes back
    to the pool before the answer is sent. Streams are sent by their async iterators, and
    end when the client leaves. An async view is run on the event loop, and called from
    the thread.
    """

    def __init__(self) -> None:
        # Not Django's own, which would load the middleware for its way of calling it.
        self.load_middleware(is_async=False)
        self._threads = ThreadPoolExecutor(THREADS_MOST, thread_name_prefix="request")
        self._answered_apart = sync_to_async(
            self._answered, thread_sensitive=False, executor=self._threads
        )

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; called by Django, for HTTP alone."""
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        with closing(body):
            answer = await self._answered_apart(scope, body)
            if answer.streaming:
                await self._stream(answer, receive, send)
            else:
                await self.send_response(answer, send)

    def _answered(self, scope: Scope, body: IO[bytes]) -> HttpResponseBase:
        """Return the answer of the middleware and the view, closed unless it is a stream."""
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=self.__class__, scope=scope)
        request, refusal = self.create_request(scope, body)
        answer: HttpResponseBase | None
        answer = refusal if request is None else self.get_response(request)
        assert answer is not None
        answer._handler_class = self.__class__  # type: ignore[attr-defined]  # noqa: SLF001 - as Django's handlers do
        if isinstance(answer, FileResponse):
            answer.block_size = self.chunk_size
        if answer.streaming:
            close_old_connections()
        else:
            answer.close()
        return answer

    async def _stream(
        self, answer: HttpResponseBase, receive: Receive, send: Send
    ) -> None:
        """Send a stream until its end or until the client has left. Raises what the stream raises."""
        leaving = asyncio.ensure_future(self.listen_for_disconnect(receive))
        sending = asyncio.ensure_future(self.send_response(answer, send))
        try:
            await asyncio.wait({leaving, sending}, return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()
        finally:
            leaving.cancel()
            sending.cancel()
            await asyncio.gather(leaving, sending, return_exceptions=True)
            await sync_to_async(answer.close)()

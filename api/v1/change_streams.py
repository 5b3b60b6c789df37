"""GET /v1/changes/stream: a state's feed as server-sent events, for as long as the reader may follow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, Final

from asgiref.sync import SyncToAsync, sync_to_async
from django.db import connections
from django.http import HttpRequest, StreamingHttpResponse

from api.change_shapes import StreamQuerySerializer, feed_position
from api.fanout import Hub, hub_here
from api.stream_reader import Reader, place_frame
from api.streams import stream
from coop.actors import Action, Actor, Permission
from coop.db.scope import acting_as
from states.feeds.reading import check_following

LAST_ID: Final = "Last-Event-ID"
KEEP_ALIVE_SECONDS: Final = 15.0
RETRY_MILLISECONDS: Final = 3000
HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@stream(
    Permission.CHANGES_READ,
    media_type="text/event-stream",
    query=StreamQuerySerializer,
)
async def changes_stream(request: HttpRequest, actor: Actor) -> StreamingHttpResponse:
    """Stream a state's changes as server-sent events, as far as your grants go at each moment.

    An event `changes` carries what a page of `GET /v1/changes` carries; its `id` is the same
    cursor, so that `Last-Event-ID` (or `after`) goes on where you were. An event `end` says by
    its `code` why the stream ends. Comments keep idle connections alive.
    """
    asked = _asked(request)
    hub = hub_here()
    hub.check_room(actor)
    state = asked["state"]
    cursor = request.headers.get(LAST_ID) or asked.get("after")
    position = feed_position(actor, state, cursor)
    await sync_to_async(_check)(actor, state)
    now = asyncio.get_running_loop().time()
    reader = Reader(actor, state, position, request, opened_at=now, taken_at=now)
    return StreamingHttpResponse(
        _events(hub, reader), content_type="text/event-stream", headers=HEADERS
    )


def _asked(request: HttpRequest) -> dict[str, Any]:
    asked = StreamQuerySerializer(data=request.GET)
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)


def _check(actor: Actor, state: str) -> None:
    with acting_as(actor, Action.READ):
        check_following(state, by=actor)


async def _events(hub: Hub, reader: Reader) -> AsyncIterator[bytes]:
    """Yield what the hub hands over; whoever hears nothing is told that we live."""
    await _release_thread()
    reader.task = asyncio.current_task()
    hub.join(reader)
    try:
        yield f"retry: {RETRY_MILLISECONDS}\n\n".encode()
        while not reader.is_over:
            frame = await reader.take(KEEP_ALIVE_SECONDS)
            yield frame or place_frame(reader.actor, reader.state, reader.position)
    finally:
        hub.leave(reader)


async def _release_thread() -> None:
    """Give back the thread and the connection that this request's checks used.

    The framework keeps a thread for each request that called anything synchronous; a stream
    that lives for an hour must not hold one.
    """
    await sync_to_async(connections.close_all)()
    with suppress(LookupError):
        context = SyncToAsync.thread_sensitive_context.get()
        SyncToAsync.context_to_thread_executor.pop(context).shutdown(wait=False)

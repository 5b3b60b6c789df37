"""One open stream of changes: what waits to be sent, bounded, and how it ends."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest
from rest_framework.utils.encoders import JSONEncoder

from api.change_shapes import feed_cursor
from coop.actors import Actor
from coop.errors import CoopError
from states.feeds.following import Follower

FULL_BYTES: Final = 256 * 1024
"""A reader that has this much waiting is handed no more until it has taken it."""


@dataclass(eq=False)
class Reader:
    """A reader at a place in a state's feed. Used on the event loop alone.

    `position` is the place up to which frames were handed over, not up to which they
    arrived: a client goes on from the last id that it saw.
    """

    actor: Actor
    state: str
    position: int
    request: HttpRequest
    opened_at: float
    taken_at: float
    task: asyncio.Task[Any] | None = None
    ended: bool = False
    _frames: deque[bytes] = field(default_factory=deque)
    _bytes: int = 0
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def line(self) -> tuple[str, UUID]:
        """Return what one scoped read can serve: a state, for an organization."""
        return self.state, self.actor.organization

    @property
    def follower(self) -> Follower:
        """Return who follows, for judging."""
        return Follower(self.state, self.actor.organization, self.actor.principal)

    @property
    def wants_more(self) -> bool:
        """Tell whether there is room for another page."""
        return not self.ended and self._bytes < FULL_BYTES

    def is_stalled(self, now: float, seconds: float) -> bool:
        """Tell whether frames have waited that long without one being taken."""
        return bool(self._frames) and now - self.taken_at > seconds

    def hand(self, frame: bytes, now: float) -> None:
        """Let a frame wait for its turn."""
        if not self._frames:
            self.taken_at = now
        self._frames.append(frame)
        self._bytes += len(frame)
        self._news.set()

    def end(self, error: CoopError, *, drop: bool = False) -> None:
        """Say why the stream ends, after what waits already; `drop` forgets what waits."""
        if self.ended:
            return
        if drop:
            self._frames.clear()
            self._bytes = 0
        frame = end_frame(error)
        self._frames.append(frame)
        self._bytes += len(frame)
        self.ended = True
        self._news.set()

    async def take(self, seconds: float) -> bytes | None:
        """Return the next frame, or None where none came in that time."""
        if not self._frames:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), seconds)
        if not self._frames:
            return None
        frame = self._frames.popleft()
        self._bytes -= len(frame)
        self.taken_at = asyncio.get_running_loop().time()
        if not self._frames:
            self._news.clear()
        return frame

    @property
    def is_over(self) -> bool:
        """Tell whether the reason of the end was taken: nothing follows it."""
        return self.ended and not self._frames


def changes_frame(
    cursor: str, changes: Sequence[bytes], fresh: Mapping[str, Any]
) -> bytes:
    """Return an event of changes, each encoded already; `cursor` is the event's id."""
    head = f'event: changes\nid: {cursor}\ndata: {{"results":['.encode()
    tail = encoded({"next": cursor, "freshness": fresh})
    return b"".join((head, b",".join(changes), f"],{tail[1:]}\n\n".encode()))


def end_frame(error: CoopError) -> bytes:
    """Return the event that says why no other follows."""
    said = {"code": error.code, "detail": error.detail} | dict(error.extra)
    return f"event: end\ndata: {encoded(said)}\n\n".encode()


def place_frame(actor: Actor, state: str, position: int) -> bytes:
    """Return a sign of life that moves the client's last id along, and dispatches no event."""
    return f": keep-alive\nid: {feed_cursor(actor, state, position)}\n\n".encode()


def encoded(value: Any) -> str:
    """Return JSON on one line, as the API's other answers write it."""
    return json.dumps(value, cls=JSONEncoder, separators=(",", ":"), ensure_ascii=False)

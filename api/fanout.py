"""All open streams of one process: one task looks, each organization is read once, all are handed the same.

Nothing here waits for a client. A look at the heads costs one short statement per state and
tick; only a state that moved is read, one page at a time for each organization, in a
scope of its own, on a few threads. What is read is encoded once.
"""

from __future__ import annotations

import asyncio
import contextvars
import signal
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

import structlog
from django.conf import settings
from django.db import close_old_connections

from api.change_shapes import feed_cursor
from api.change_texts import ChangeTexts
from api.problems import problem_of
from api.refusals import account_for
from api.stream_reader import Reader, changes_frame
from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.errors import CoopError, Denied, TooMany, Unavailable
from coop.request_metrics import STREAMS
from states.feeds.following import Standing, feed_heads, standing_of
from states.feeds.reading import not_followed, read_numbers
from states.voters.queries import freshness

TICK_SECONDS: Final = 0.25
TICKS_A_JUDGMENT: Final = 2
PAGE: Final = 2000
STALLED_SECONDS: Final = 30.0
STREAM_SECONDS: Final = 3600.0
THREADS: Final = 4

Line = tuple[str, UUID]
Answer = TypeVar("Answer")
_log = structlog.get_logger("coop.streams")
_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub_here() -> Hub:
    """Return the hub of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
        _stop_on_signals(loop, _hubs[loop])
    return _hubs[loop]


class Hub:
    """Serves the readers of one event loop; every method but `_page` runs on it."""

    def __init__(self) -> None:
        self.readers: set[Reader] = set()
        self._lines: dict[Line, set[Reader]] = {}
        self.stopping = False
        self._busy: set[Line] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop_task: asyncio.Task[None] | None = None
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="streams")
        self._texts = ChangeTexts()
        self._fresh: dict[str, tuple[int, dict[str, Any]]] = {}

    def check_room(self, actor: Actor) -> None:
        """Raise `Unavailable` or `TooMany` where no further stream can be opened."""
        if self.stopping:
            raise restarting()
        if len(self.readers) >= settings.STREAMS_AT_ONCE:
            raise Unavailable("streams_full", "No further stream can be held open.")
        own = sum(
            len(here)
            for (_state, organization), here in self._lines.items()
            if organization == actor.organization
        )
        if own >= settings.STREAMS_PER_ORGANIZATION:
            sentence = f"Your organization holds {own} streams open already."
            raise TooMany("too_many_streams", sentence, extra={"retry_after": 30})

    def join(self, reader: Reader) -> None:
        """Serve a reader from the next tick on."""
        self.readers.add(reader)
        self._lines.setdefault(reader.line, set()).add(reader)
        STREAMS.inc()
        if self.stopping:
            reader.end(restarting())
        if self._loop_task is None:
            self._loop_task = self._start(self._run())

    def leave(self, reader: Reader) -> None:
        """Serve a reader no longer."""
        reader.ended = True
        if reader in self.readers:
            self.readers.discard(reader)
            self._lines[reader.line].discard(reader)
            STREAMS.dec()

    def stop(self) -> None:
        """End every stream, since the process ends; clients come back to another."""
        self.stopping = True
        for reader in self.readers:
            reader.end(restarting())

    async def _run(self) -> None:
        """Look again and again while anyone is here."""
        ticks = 0
        try:
            while self.readers:
                try:
                    await self._tick(judge=ticks % TICKS_A_JUDGMENT == 0)
                except Exception as error:  # noqa: BLE001 - the next tick tries again
                    _report(error)
                ticks += 1
                await asyncio.sleep(TICK_SECONDS)
        finally:
            self._loop_task = None

    async def _tick(self, *, judge: bool) -> None:
        self._drop_stalled_and_old()
        if judge:
            await self._judge()
        self._lines = {line: here for line, here in self._lines.items() if here}
        states = sorted({state for state, _organization in self._lines})
        heads = await self._call(feed_heads, states)
        for line in self._behind(heads) - self._busy:
            self._busy.add(line)
            self._start(self._serve(line, heads[line[0]]))

    def _behind(self, heads: Mapping[str, int]) -> set[Line]:
        """Return the lines one of whose readers has not come to its state's head."""
        return {
            line
            for line, here in self._lines.items()
            if any(reader.position < heads.get(line[0], 0) for reader in here)
        }

    def _drop_stalled_and_old(self) -> None:
        now = asyncio.get_running_loop().time()
        for reader in list(self.readers):
            if reader.is_stalled(now, 2 * STALLED_SECONDS) and reader.task:
                reader.task.cancel()  # it takes nothing at all: its connection is cut
            elif reader.is_stalled(now, STALLED_SECONDS):
                reader.end(_too_slow(), drop=True)
            elif now - reader.opened_at > STREAM_SECONDS:
                reader.end(_renew())

    async def _judge(self) -> None:
        """End the streams of those who may follow no longer."""
        judged = [reader for reader in self.readers if not reader.ended]
        if not judged:
            return
        followers = sorted({r.follower for r in judged}, key=str)
        standing = await self._call(standing_of, followers)
        for reader in judged:
            if error := _fault(reader, standing[reader.follower]):
                await self._refuse([reader], error)

    async def _serve(self, line: Line, head: int) -> None:
        """Bring an organization's readers of a state up to the head, those furthest behind first."""
        try:
            while ready := self._ready(line, head):
                position = min(reader.position for reader in ready)
                level = [r for r in ready if r.position == position]
                await self._advance(level, head)
        except Exception as error:  # noqa: BLE001 - a store that is away comes back
            _report(error)
        finally:
            self._busy.discard(line)

    def _ready(self, line: Line, head: int) -> list[Reader]:
        here = self._lines.get(line, ())
        return [r for r in here if r.position < head and r.wants_more]

    async def _advance(self, readers: list[Reader], head: int) -> None:
        """Read one page for readers of one organization at one place, and hand it to all.

        No page goes beyond the head that they are brought to: there they meet again, and one
        read serves them all.
        """
        first = readers[0]
        others = {r.actor.principal: r.actor for r in readers}
        others.pop(first.actor.principal)
        page = (first.state, first.position, head, first.actor, list(others.values()))
        try:
            frame, position = await self._call(self._page, *page)
        except Denied as error:
            await self._refuse(readers, error)
            return
        now = asyncio.get_running_loop().time()
        for reader in readers:
            reader.position = position
            if frame and not reader.ended:
                reader.hand(frame, now)

    def _page(
        self, state: str, position: int, head: int, by: Actor, others: Sequence[Actor]
    ) -> tuple[bytes, int]:
        """Return a page as one event (empty where nothing is to be told) and the place after it."""
        with acting_as(by, Action.READ):
            seen = read_numbers(
                state=state,
                position=position,
                until=head,
                limit=PAGE,
                by=by,
                readers=others,
            )
            if not seen.numbers:
                return b"", seen.position
            texts = self._texts.of(state, seen.numbers)
            fresh = self._freshness(state, head)
        cursor = feed_cursor(by, state, seen.position)
        return changes_frame(cursor, texts, fresh), seen.position

    def _freshness(self, state: str, head: int) -> dict[str, Any]:
        """Return the state's newest file, in a follower's scope: read once for all that go to a head.

        A publication is a change: at one head there is one newest file, and every follower may
        know of it.
        """
        known_at, fresh = self._fresh.get(state, (-1, {}))
        if known_at != head:
            fresh = {code: one.shown() for code, one in freshness([state]).items()}
            self._fresh[state] = head, fresh
        return fresh

    async def _refuse(self, readers: Iterable[Reader], error: CoopError) -> None:
        """End streams, and write down that each of them was refused.

        What waits to be sent is forgotten with the authority that it was read under; under a
        cap it was counted, and is still handed over.
        """
        for reader in readers:
            reader.end(error, drop=error.code != "cap_reached")
        for reader in readers:
            await self._call(_account, error, reader)

    async def _call(self, function: Callable[..., Answer], *values: Any) -> Answer:
        """Run on one of the few threads that speak to the database."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._threads, _with_connection, function, *values
        )

    def _start(self, work: Any) -> asyncio.Task[None]:
        """Start a task that inherits nothing of the request that happened to come first."""
        loop = asyncio.get_running_loop()
        task = loop.create_task(work, context=contextvars.Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def restarting() -> Unavailable:
    """Return the end of every stream of a process that ends."""
    return Unavailable("restarting", "The server restarts; come back at once.")


def _too_slow() -> TooMany:
    return TooMany("too_slow", "What waits for you was not taken; go on from your id.")


def _renew() -> Unavailable:
    return Unavailable("stream_renewed", "Streams last an hour; come back at once.")


def _fault(reader: Reader, standing: Standing) -> Denied | None:
    if not standing.may_read:
        sentence = "The credential or membership behind this stream may not read changes any more."
        return Denied("standing_ended", sentence)
    return None if standing.related else not_followed(reader.state)


def _account(error: CoopError, reader: Reader) -> None:
    account_for(error, by=reader.actor, request=reader.request)


def _with_connection(function: Callable[..., Answer], *values: Any) -> Answer:
    """Run with a connection that goes back to the pool, or is closed, afterwards."""
    try:
        return function(*values)
    finally:
        close_old_connections()


def _report(error: Exception) -> None:
    known = problem_of(error)
    level = _log.warning if known and known.status == 503 else _log.error
    level("streams wait", error=type(error).__qualname__)


def _stop_on_signals(loop: asyncio.AbstractEventLoop, hub: Hub) -> None:
    """Hear the signals that end the server before it waits for its connections to end."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGTERM, signal.SIGINT):
        before = signal.getsignal(number)
        if not callable(before):
            continue

        def heard(got: int, frame: Any, before: Callable[..., Any] = before) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(hub.stop)
            before(got, frame)

        signal.signal(number, heard)

"""Pushing contacts as lines of JSON: a verdict a line, sent once its micro-batch is committed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from asgiref.sync import sync_to_async
from django.db import connections
from django.http import HttpRequest, StreamingHttpResponse
from rest_framework.exceptions import ParseError

from api.arriving_bodies import (
    LINES,
    ArrivingBody,
    BodyCut,
    arriving_body_of,
    taken_body,
)
from api.contact_showing import shown_verdict
from api.parsers import json_of
from api.problems import problem_of, unexpected
from api.refusals import account_for
from coop.actors import Action, Actor, Permission
from coop.db.scope import acting_as
from coop.errors import FieldFault, Invalid, TooMany
from coop.organizations.access import check_standing
from states.canvass.actions import Outcome, Verdict, push_contacts
from states.canvass.lines import LONGEST, Line, Lines, Unpacked
from states.canvass.room import check_room
from states.canvass.tasks import bell

BATCH_LINES: Final = 500
BATCH_BYTES: Final = 2 * 1024 * 1024
QUIET_SECONDS: Final = 0.05
"""Lines that came are judged when no others follow for so long."""
OPEN_MOST: Final = 64
"""How many bodies of lines one process reads at once: each holds a thread."""
_open: set[int] = set()


def answer_lines(request: HttpRequest, actor: Actor) -> StreamingHttpResponse:
    """Return the answer to a body of lines: it begins with the first micro-batch's verdicts.

    Raises `Invalid` for a content coding that is none of ours, `TooMany` where this process
    reads as many bodies as it can, and what `check_room` does where there is no room for a first line.
    """
    with acting_as(actor, Action.CONTRIBUTE):
        check_room(0, by=actor)
    if len(_open) >= OPEN_MOST:
        raise TooMany("streams_full", "Too many bodies of lines are being read; wait.")
    reading = LineReading(request, actor)
    live = arriving_body_of(request)
    parts = reading.parts() if live is None else reading.live_parts(live)
    answer = StreamingHttpResponse(parts, status=202, content_type=LINES)
    answer["X-Accel-Buffering"] = "no"
    return answer


@dataclass(slots=True)
class LineReading:
    """One body of lines on its way: what waits to be judged, and for whom."""

    request: HttpRequest
    actor: Actor
    _unpacked: Unpacked = field(init=False)
    _lines: Lines = field(default_factory=Lines)
    _waiting: list[Line] = field(default_factory=list)
    _waiting_bytes: int = 0
    _begun: bool = False

    def __post_init__(self) -> None:
        coding = self.request.headers.get("Content-Encoding", "")
        self._unpacked = Unpacked(coding.strip().lower())

    def parts(self) -> Iterator[bytes]:
        """Yield verdicts of a body that is read by reading."""
        try:
            for chunk in taken_body(self.request):
                for batch in self.taken(chunk):
                    yield self.judged(batch)
            yield self.judged(self.rest())
            self._unpacked.close()
        except Exception as error:  # noqa: BLE001 - the status is out: the reason is the last line
            yield self.ended(error)

    async def live_parts(self, body: ArrivingBody) -> AsyncIterator[bytes]:
        """Yield verdicts of a body that is still being sent; lines do not wait for others for long."""
        judged = sync_to_async(self._judged_apart)
        _open.add(id(self))
        try:
            async for chunk in _or_quiet(body):
                if chunk is None:
                    yield await judged(self.drawn())
                    continue
                for batch in self.taken(chunk):
                    yield await judged(batch)
            yield await judged(self.rest())
            self._unpacked.close()
        except BodyCut:
            return
        except Exception as error:  # noqa: BLE001 - as above
            yield await sync_to_async(self.ended)(error)
        finally:
            _open.discard(id(self))

    def taken(self, chunk: bytes) -> Iterator[list[Line]]:
        """Take a chunk of the body; yield batches that are full."""
        for piece in self._unpacked.feed(chunk):
            for line in self._lines.feed(piece):
                self._waiting.append(line)
                self._waiting_bytes += len(line.raw or b"")
                full = len(self._waiting) >= BATCH_LINES
                if full or self._waiting_bytes >= BATCH_BYTES:
                    yield self.drawn()

    def drawn(self) -> list[Line]:
        """Return the lines that wait, and forget them."""
        drawn, self._waiting, self._waiting_bytes = self._waiting, [], 0
        return drawn

    def rest(self) -> list[Line]:
        """Return what waits at the end of the body."""
        self._waiting += self._lines.close()
        return self.drawn()

    def judged(self, batch: Sequence[Line]) -> bytes:
        """Push a batch, and return a line for each of its lines, after the commit.

        The caller's key or membership is looked at again each time.
        """
        if not batch:
            return b""
        if self._begun:
            with acting_as(self.actor, Action.READ):
                check_standing(by=self.actor, permission=Permission.CONTACTS_WRITE)
        self._begun = True
        return judged_lines(batch, self.actor)

    def ended(self, error: Exception) -> bytes:
        """Return the last line: why no other follows. Lines without a verdict were not taken."""
        account_for(error, by=self.actor, request=self.request)
        made = problem_of(error) or unexpected(error, self.request)
        wait = {name: made.extra[name] for name in made.extra if name == "retry_after"}
        return _encoded({"end": {"code": made.code, "detail": made.detail} | wait})

    def _judged_apart(self, batch: Sequence[Line]) -> bytes:
        """Judge in a thread of its own, which keeps no connection while it waits."""
        try:
            return self.judged(batch)
        finally:
            connections.close_all()


async def _or_quiet(body: ArrivingBody) -> AsyncIterator[bytes | None]:
    """Yield a body's chunks, and None once when nothing follows for a moment."""
    chunks = aiter(body.chunks())
    coming: asyncio.Future[bytes] | None = None
    try:
        while True:
            coming = asyncio.ensure_future(anext(chunks))
            done, _ = await asyncio.wait({coming}, timeout=QUIET_SECONDS)
            if not done:
                yield None
            try:
                yield await coming
            except StopAsyncIteration:
                return
    finally:
        if coming is not None:
            coming.cancel()


def judged_lines(batch: Sequence[Line], actor: Actor) -> bytes:
    """Push the contacts of lines; return the verdicts as lines, in order."""
    read = [_read(line) for line in batch]
    items = [one for one in read if not isinstance(one, Verdict)]
    pushed = push_contacts(items=items, by=actor) if items else None
    if pushed and pushed.count(Outcome.ACCEPTED):
        bell.ring()
    verdicts = iter(pushed.verdicts if pushed else ())
    receipt = pushed.receipt if pushed else None
    return b"".join(
        _verdict_line(
            line, one if isinstance(one, Verdict) else next(verdicts), receipt
        )
        for line, one in zip(batch, read, strict=True)
    )


def _read(line: Line) -> Any:
    """Return the contact that a line is, or the verdict on a line that is none."""
    if line.raw is None:
        return _no_contact("line_too_long", f"A line has at most {LONGEST} bytes.")
    try:
        return json_of(line.raw)
    except ParseError as error:
        return _no_contact("line_malformed", str(error.detail))
    except Invalid as error:
        return Verdict(0, None, Outcome.REJECTED, faults=tuple(error.faults))


def _no_contact(code: str, detail: str) -> Verdict:
    return Verdict(0, None, Outcome.REJECTED, faults=(FieldFault("", code, detail),))


def _verdict_line(line: Line, verdict: Verdict, receipt: object) -> bytes:
    shown = shown_verdict(verdict)
    del shown["index"]
    return _encoded({"line": line.number, **shown, "receipt": receipt and str(receipt)})


def _encoded(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"

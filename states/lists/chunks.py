"""The chunks of a download: keyset pages, each read, noted and accounted for in a scope of its own.

A revocation bites at the next chunk: what a chunk may hold is judged afresh, and nothing
leaves before the transaction that accounts for it has been committed.
"""

from __future__ import annotations

import time
from typing import Final

from django.utils import timezone

from coop.actors import Action, Permission
from coop.db.scope import acting_as
from coop.organizations.access import check_standing
from states.lists.access import get_export
from states.lists.account import account_for_lines
from states.lists.downloads import (
    Chunk,
    Download,
    Place,
    fingerprints,
    license_changed,
    open_for_export,
    overtaken,
    running_row,
)
from states.lists.ordering import BLOCK, Position, lay_out, ranks_of
from states.lists.queries import Opened
from states.lists.sending import Part, send_lines, voter_of
from states.targeting.licensing import License, licenses
from states.tracers.placing import Spread

CHUNK_ROWS: Final = 2000
MOST_ROWS: Final = 32_000
SHORT_SECONDS: Final = 0.25
"""A chunk that took less is followed by one twice as large: all stay well under a second."""
LONG_SECONDS: Final = 0.6
"""A chunk that took more is followed by one half as large."""


def first_chunk(download: Download) -> Chunk:
    """Return the beginning of the file with the first voters; raises as `next_chunk` does.

    Where the order is not by id, or few are meant, it is laid out first.
    """
    for state in download.licenses:
        _lay_out(download, state)
    return next_chunk(download, Place())


def _lay_out(download: Download, state: str) -> None:
    """Lay out one state's order; the export's row stays free, so that a revocation waits for nothing."""
    actor = download.actor
    with acting_as(actor, Action.EXPORT):
        check_standing(by=actor, permission=Permission.VOTERS_EXPORT)
        opened = open_for_export(get_export(download.export, by=actor), actor)
        _license_at(opened, download, Place(state))
        laid = lay_out(
            opened,
            state,
            download.order,
            export=download.export,
            download=download.fetch,
        )
        _check_stands(download)
        if not running_row(download).update(progress_at=timezone.now()):
            raise overtaken()
    if laid is not None:
        download.laid[state] = laid


def next_chunk(download: Download, after: Place) -> Chunk:
    """Read, note and account for the next voters; their bytes may leave when this returns.

    Raises `Denied` (`standing_ended`, `license_changed`, `cap_reached`, not licensed at all)
    or `Gone` (revoked or overtaken by another fetch), with nothing of the chunk kept.
    """
    chunk = _next_chunk(download, after)
    download.spooler.write(chunk.body)
    return chunk


def _next_chunk(download: Download, after: Place) -> Chunk:
    begun = time.monotonic()
    actor, limit = download.actor, after.limit or CHUNK_ROWS
    with acting_as(actor, Action.EXPORT):
        check_standing(by=actor, permission=Permission.VOTERS_EXPORT)
        export = get_export(download.export, by=actor)
        opened = open_for_export(export, actor)
        license_ = _license_at(opened, download, after)
        part = _part(download, license_, after, limit)
        _hold(download)
        lines = send_lines(opened, license_, download.wanted, part)
        # The statement may have lasted: what was revoked meanwhile must not leave.
        _check_stands(download)
        state, position = license_.state, part.position
        is_end = (
            position.stop >= download.laid[state].blocks
            if position
            else len(lines) < limit
        )
        spread = _spread(download, opened, state, lines)
        woven = download.weaver.weave(state, lines, last=is_end, spread=spread)
        sent = after.rows + len(woven)
        running_row(download).update(rows=sent, progress_at=timezone.now())
        if lines:
            account_for_lines(download, opened, license_, lines)
    download.sent[state] = download.sent.get(state, 0) + len(lines)
    body = download.encoder.add(woven)
    paced = _paced(limit, begun)
    if not is_end and position:
        return Chunk(body, Place(state, None, sent, paced, position.stop))
    if not is_end:
        last = voter_of(lines[-1], download.format)
        return Chunk(body, Place(state, last, sent, paced))
    following = _following(opened, license_)
    if following is None:
        return Chunk(body + download.encoder.end(), None)
    return Chunk(body, Place(following, None, sent, limit))


def _part(download: Download, license_: License, after: Place, limit: int) -> Part:
    """Return which voters come next: by id after the last one, or those at the next blocks of the order."""
    start = after.voter if after.state == license_.state else None
    if license_.state not in download.laid:
        return Part(start, limit, download.fetch, after.rows)
    blocks = max(1, limit // BLOCK)
    position = Position(download.export, download.fetch, after.block, blocks)
    return Part(None, limit, download.fetch, after.rows, position)


def _spread(
    download: Download, opened: Opened, state: str, lines: list[bytes]
) -> Spread | None:
    """Return how the lines of an order by a score are spread, where tracers are to be put among them."""
    order = download.order
    if not order.score or not download.weaver.is_armed(state):
        return None
    voters = [voter_of(line, download.format) for line in lines]
    ranks = ranks_of(opened, state, order, voters)
    return Spread(ranks, download.laid[state].voters)


def _paced(limit: int, begun: float) -> int:
    """Return how many rows the next chunk may have, by how long this one took."""
    lasted = time.monotonic() - begun
    if lasted < SHORT_SECONDS:
        return min(limit * 2, MOST_ROWS)
    return max(CHUNK_ROWS, limit // 2) if lasted > LONG_SECONDS else limit


def _license_at(opened: Opened, download: Download, after: Place) -> License:
    """Return the license of the state to read now; all of them must be as at the start."""
    if fingerprints(opened.choice.licensed) != dict(download.licenses):
        raise license_changed()
    return next(
        one
        for one in opened.choice.licensed
        if after.state is None or one.state == after.state
    )


def _check_stands(download: Download) -> None:
    """Look again after reading a state's end: rows lost to a revocation must not pass for the end."""
    held = licenses(download.actor, Action.EXPORT)
    now = [held[state] for state in download.licenses if state in held]
    if fingerprints(now) != dict(download.licenses):
        raise license_changed()


def _following(opened: Opened, license_: License) -> str | None:
    """Return the state to be read after this one; None after the last."""
    states = [one.state for one in opened.choice.licensed]
    following = states[states.index(license_.state) + 1 :]
    return following[0] if following else None


def _hold(download: Download) -> None:
    """Lock the export's row: a revocation waits for this chunk, or this gives way to it."""
    if running_row(download).select_for_update().first() is None:
        raise overtaken()

"""One download of an export: keyset chunks, each read, noted and accounted for in a scope of its own.

A revocation bites at the next chunk: what a chunk may hold is judged afresh, and nothing
leaves before the transaction that accounts for it has been committed.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.utils import timezone

from coop.actors import Action, Actor, Permission
from coop.db.scope import acting_as
from coop.errors import Denied, Gone, NotFound, not_found
from coop.grants.caps import note_voters
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from coop.organizations.access import check_standing
from states.fields.definition import Group
from states.lists.access import get_export, hash_of
from states.lists.exports import actor_of, check_columns
from states.lists.formats import Encoder, encoder_of
from states.lists.models import RUNNING, Export, ExportStatus, Format, Spool
from states.lists.ordering import BLOCK, BY_ID, Order, Position, lay_out
from states.lists.progress import not_ready
from states.lists.queries import Opened, open_list
from states.lists.sending import Part, Wanted, send_lines, voter_of, wanted_of
from states.lists.spool import Spooler
from states.lists.traced import weaver_of
from states.lists.usable import get_usable_list
from states.targeting.actions import use_of
from states.targeting.licensing import License, licenses
from states.targeting.queries import freshness
from states.tracers.weaving import Weaver

CHUNK_ROWS: Final = 2000
MOST_ROWS: Final = 32_000
SHORT_SECONDS: Final = 0.25
"""A chunk that took less is followed by one twice as large: all stay well under a second."""


@dataclass(frozen=True, slots=True)
class Place:
    """How far a download has come: the state being read, the last voter sent, rows in all.

    `limit` is how many rows the next chunk is to have; `block` where it begins in the order of
    an export that is not by id.
    """

    state: str | None = None
    voter: UUID | None = None
    rows: int = 0
    limit: int | None = None
    block: int = 0


@dataclass(frozen=True, slots=True)
class Download:
    """One fetch of a link: who it is for, which one it is, and what must stand still while it runs.

    `weaver` adds tracers, `encoder` makes one file of all lines, `spooler` keeps it; `groups` are those of its
    columns that grants name; `since` is each state's newest publication before it began.
    `prepared` tells whether a worker fills the kept file, so that nothing leaves yet; `laid` is
    how many blocks each state's order has, `sent` how many voters each state gave.
    """

    actor: Actor
    fetch: int
    wanted: Wanted
    weaver: Weaver
    encoder: Encoder
    spooler: Spooler
    groups: frozenset[str] = frozenset()
    licenses: Mapping[str, frozenset[Any]] = field(default_factory=dict)
    since: Mapping[str, int] = field(default_factory=dict)
    order: Order = BY_ID
    prepared: bool = False
    laid: dict[str, int] = field(default_factory=dict)
    sent: dict[str, int] = field(default_factory=dict)

    @property
    def export(self) -> UUID:
        """The export fetched."""
        return self.wanted.export

    @property
    def format(self) -> Format:
        """The format of its file."""
        return self.wanted.format


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes that may leave now, and where the next chunk starts; None after the last one."""

    body: bytes
    after: Place | None


@dataclass(frozen=True, slots=True)
class Link:
    """What a token stands for: whose it is, and which export it opens."""

    actor: Actor
    export: UUID


def open_link(*, token: str, request_id: str = "") -> Link:
    """Return what a link's token stands for.

    Raises `NotFound` for a token that is none, `Gone` (`link_expired`, `link_revoked`).
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT export, organization, principal, principal_kind, source, status,"
            " expires_at, principal_stands FROM sec.open_export(%s)",
            [hash_of(token)],
        )
        row = cursor.fetchone()
    if row is None:
        raise not_found("download")
    export, organization, principal, kind, source, status, expires_at, stands = row
    if status == ExportStatus.REVOKED or not stands:
        raise Gone("link_revoked", "The link was revoked.")
    if status == ExportStatus.EXPIRED or expires_at <= timezone.now():
        raise Gone("link_expired", "The link has expired; order the export again.")
    return Link(actor_of(organization, principal, kind, source, request_id), export)


def start_download(link: Link, *, worker: str = "") -> Download:
    """Begin a new fetch of an export, which ends any that is still running; by the worker that claimed it, if named.

    Raises `Gone` (`list_deleted`, `download_ended`, `export_failed`), `Conflict` (`export_not_ready`), or
    `Denied` where the list or a column of it is not licensed for export any more, or whoever ordered it may not now.
    """
    actor, export_id = link.actor, link.export
    with acting_as(actor, Action.EXPORT):
        check_standing(by=actor, permission=Permission.VOTERS_EXPORT)
        export = get_export(export_id, by=actor)
        if export.prepare and not worker:
            raise not_ready(export)
        opened = open_for_export(export, actor)
        check_columns(opened, export.columns)
        _start(export, worker)
        Spool.objects.filter(export=export.id).delete()
        since = _publications(opened)
        wanted = wanted_of(export, opened)
        weaver = weaver_of(export, opened, wanted, export.fetches + 1)
    return Download(
        actor,
        export.fetches + 1,
        wanted,
        weaver,
        encoder_of(wanted.format, wanted.columns, wanted.titles, wanted.labeled),
        Spooler(export_id, export.fetches + 1),
        _named_groups(wanted, opened.choice.licensed),
        _fingerprints(opened.choice.licensed),
        since,
        Order(export.order),
        prepared=bool(worker),
    )


def _start(export: Export, worker: str) -> None:
    """Take the export's row for a new fetch, or give way to whoever took it meanwhile."""
    now = timezone.now()
    startable = [
        ExportStatus.ORDERED,
        ExportStatus.STREAMING,
        ExportStatus.COMPLETE,
        ExportStatus.CUT,
    ]
    status = ExportStatus.PREPARING if worker else ExportStatus.STREAMING
    started = Export.objects.filter(
        id=export.id,
        fetches=export.fetches,
        worker=worker,
        status__in=[ExportStatus.PREPARING] if worker else startable,
    ).update(
        status=status,
        fetches=export.fetches + 1,
        rows=0,
        progress_at=now,
        started_at=now,
        finished_at=None,
        reason="",
    )
    if not started:
        raise overtaken()


def first_chunk(download: Download) -> Chunk:
    """Return the beginning of the file with the first voters; raises as `next_chunk` does.

    Where the order is not by id, it is laid out first.
    """
    if not download.order.by_id:
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
    download.laid[state] = laid.blocks


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
            position.stop >= download.laid[state] if position else len(lines) < limit
        )
        woven = download.weaver.weave(state, lines, last=is_end)
        sent = after.rows + len(woven)
        running_row(download).update(rows=sent, progress_at=timezone.now())
        if lines:
            _account_for(download, opened, license_, lines)
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
    if download.order.by_id:
        return Part(start, limit, download.fetch, after.rows)
    blocks = max(1, limit // BLOCK)
    position = Position(download.export, download.fetch, after.block, blocks)
    return Part(None, limit, download.fetch, after.rows, position)


def _paced(limit: int, begun: float) -> int:
    """Return how many rows the next chunk may have, by how long this one took."""
    if time.monotonic() - begun < SHORT_SECONDS:
        return min(limit * 2, MOST_ROWS)
    return limit


def open_for_export(export: Export, actor: Actor) -> Opened:
    """Return the list of an export as the open scope can send it. Raises `Gone`, `Denied`."""
    try:
        saved = get_usable_list(export.list, by=actor)
    except NotFound:
        raise Gone("list_deleted", "The list was deleted.") from None
    return open_list(saved, by=actor, action=Action.EXPORT)


def _license_at(opened: Opened, download: Download, after: Place) -> License:
    """Return the license of the state to read now; all of them must be as at the start."""
    if _fingerprints(opened.choice.licensed) != dict(download.licenses):
        raise _license_changed()
    return next(
        one
        for one in opened.choice.licensed
        if after.state is None or one.state == after.state
    )


def _check_stands(download: Download) -> None:
    """Look again after reading a state's end: rows lost to a revocation must not pass for the end."""
    held = licenses(download.actor, Action.EXPORT)
    now = [held[state] for state in download.licenses if state in held]
    if _fingerprints(now) != dict(download.licenses):
        raise _license_changed()


def _publications(opened: Opened) -> dict[str, int]:
    """Return the number of each state's newest publication; 0 before the first."""
    fresh = freshness(list(opened.facts))
    return {state: one["publication"] if one else 0 for state, one in fresh.items()}


def _named_groups(wanted: Wanted, licensed: Iterable[License]) -> frozenset[str]:
    """Return the groups of the columns that some grant names: one's own contacts need none."""
    named = {name for one in licensed for held in one.grants for name in held.groups}
    columns = {one.group.value for one in wanted.columns}
    return frozenset((columns | {Group.REGISTRATION.value}) & named)


def _fingerprints(held: Iterable[License]) -> dict[str, frozenset[Any]]:
    return {one.state: one.fingerprint(set(Group)) for one in held}


def _license_changed() -> Denied:
    return Denied("license_changed", "The license changed while the file was sent.")


def _following(opened: Opened, license_: License) -> str | None:
    """Return the state to be read after this one; None after the last."""
    states = [one.state for one in opened.choice.licensed]
    following = states[states.index(license_.state) + 1 :]
    return following[0] if following else None


def running_row(download: Download) -> Any:
    """Return the export's row as a set of one, or of none where this download goes on no more."""
    return Export.objects.filter(
        id=download.export, fetches=download.fetch, status__in=RUNNING
    )


def _hold(download: Download) -> None:
    """Lock the export's row: a revocation waits for this chunk, or this gives way to it."""
    if running_row(download).select_for_update().first() is None:
        raise overtaken()


def overtaken() -> Gone:
    """Return the problem of a download that was ended from elsewhere."""
    return Gone("download_ended", "The download was revoked, or fetched again.")


def _account_for(
    download: Download, opened: Opened, license_: License, lines: list[bytes]
) -> None:
    columns = [one for one in download.wanted.columns if one.group in license_.groups]
    groups = {Group.REGISTRATION, *(one.group for one in columns)}
    if any(one.cap_voters_month is not None for one in license_.grants):
        note_voters(
            by=download.actor,
            state=license_.state,
            voters=[voter_of(line, download.format) for line in lines],
            groups=[group.value for group in groups],
            action=Action.EXPORT,
        )
    if not download.prepared:
        record(
            Event.EXPORT_DOWNLOADED,
            by=download.actor,
            use=use_of_download(download, opened, license_, rows=len(lines)),
            subject=download.export,
            detail={"fetch": download.fetch},
        )


def use_of_download(
    download: Download, opened: Opened, license_: License, *, rows: int
) -> Use:
    """Return what so many lines of a download used of a state's file."""
    columns = [one for one in download.wanted.columns if one.group in license_.groups]
    names = {one.name for one in columns}
    return use_of(license_, opened.question, rows=rows, shown=names)

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
from psycopg.errors import InsufficientPrivilege

from coop.actors import Action, Actor, Permission
from coop.db.scope import acting_as
from coop.errors import CoopError, Denied, Gone, NotFound, not_found
from coop.grants.caps import note_voters
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from coop.organizations.access import check_standing
from coop.sealing import seal
from states.fields.definition import Group
from states.lists.access import get_export, hash_of
from states.lists.exports import actor_of, check_columns
from states.lists.formats import Encoder, encoder_of
from states.lists.models import Export, ExportStatus, Format, Spool
from states.lists.queries import Opened, open_list
from states.lists.sending import Part, Wanted, send_lines, voter_of, wanted_of
from states.lists.spool import KEY_PURPOSE, Kept, Spooler, forget
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

    `limit` is how many rows the next chunk is to have.
    """

    state: str | None = None
    voter: UUID | None = None
    rows: int = 0
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Download:
    """One fetch of a link: who it is for, which one it is, and what must stand still while it runs.

    `weaver` adds tracers, `encoder` makes one file of all lines, `spooler` keeps it; `groups` are those of its
    columns that grants name; `since` is each state's newest publication before it began.
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


def start_download(link: Link) -> Download:
    """Begin a new fetch of an export, which ends any that is still running.

    Raises `Gone` (`list_deleted`, `download_ended`), or `Denied` where the list or a
    column of it is not licensed for export any more, or whoever ordered it may not now.
    """
    actor, export_id = link.actor, link.export
    with acting_as(actor, Action.EXPORT):
        check_standing(by=actor, permission=Permission.VOTERS_EXPORT)
        export = get_export(export_id, by=actor)
        opened = open_for_export(export, actor)
        check_columns(opened, export.columns)
        fetch = export.fetches + 1
        now = timezone.now()
        started = Export.objects.filter(
            id=export.id,
            fetches=export.fetches,
            status__in=[
                ExportStatus.ORDERED,
                ExportStatus.STREAMING,
                ExportStatus.COMPLETE,
                ExportStatus.CUT,
            ],
        ).update(
            status=ExportStatus.STREAMING,
            fetches=fetch,
            rows=0,
            progress_at=now,
            finished_at=None,
            reason="",
        )
        if not started:
            raise _overtaken()
        Spool.objects.filter(export=export.id).delete()
        since = _publications(opened)
        wanted = wanted_of(export, opened)
        weaver = weaver_of(export, opened, wanted, fetch)
    encoder = encoder_of(wanted.format, wanted.columns, wanted.titles, wanted.labeled)
    return Download(
        actor,
        fetch,
        wanted,
        weaver,
        encoder,
        Spooler(export_id, fetch),
        _named_groups(wanted, opened.choice.licensed),
        _fingerprints(opened.choice.licensed),
        since,
    )


def first_chunk(download: Download) -> Chunk:
    """Return the beginning of the file with the first voters; raises as `next_chunk` does."""
    return next_chunk(download, Place())


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
        start = after.voter if after.state == license_.state else None
        _hold(download)
        part = Part(start, limit, download.fetch, after.rows)
        lines = send_lines(opened, license_, download.wanted, part)
        is_end = len(lines) < limit
        if is_end:
            _check_stands(download)
        woven = download.weaver.weave(license_.state, lines, last=is_end)
        sent = after.rows + len(woven)
        _running(download).update(rows=sent, progress_at=timezone.now())
        if lines:
            _account_for(download, opened, license_, lines)
    body = download.encoder.add(woven)
    if not is_end:
        last = voter_of(lines[-1], download.format)
        then = Place(license_.state, last, sent, _paced(limit, begun))
        return Chunk(body, then)
    following = _following(opened, license_)
    if following is None:
        return Chunk(body + download.encoder.end(), None)
    return Chunk(body, Place(following, None, sent, limit))


def _paced(limit: int, begun: float) -> int:
    """Return how many rows the next chunk may have, by how long this one took."""
    if time.monotonic() - begun < SHORT_SECONDS:
        return min(limit * 2, MOST_ROWS)
    return limit


def finish_download(download: Download) -> None:
    """Mark a download complete, and keep its file: all its bytes have left.

    Raises `Gone` where it was ended meanwhile.
    """
    kept = download.spooler.keep()
    try:
        _complete(download, kept)
    except BaseException:
        forget(download.export, download.fetch)
        raise


def _complete(download: Download, kept: Kept | None) -> None:
    with acting_as(download.actor, Action.MANAGE):
        if kept:
            _enter_spool(download, kept)
        now = timezone.now()
        if not _running(download).update(
            status=ExportStatus.COMPLETE, progress_at=now, finished_at=now
        ):
            raise _overtaken()


def _enter_spool(download: Download, kept: Kept) -> None:
    """Enter what opens the file of a download that is whole, unless it was ended meanwhile."""
    if _running(download).select_for_update().first() is None:
        raise _overtaken()
    opens = kept.opens
    held = {one for named in download.licenses.values() for one in named}
    Spool(
        export=opens.export,
        organization=download.actor.organization,
        number=opens.fetch,
        sealed_key=seal(opens.key, KEY_PURPOSE, opens.bound),
        size=opens.size,
        sha256=kept.sha256,
        states=sorted(download.licenses),
        groups=sorted(download.groups),
        grants=sorted(one for one in held if not isinstance(one, str)),
        since=[download.since[state] for state in sorted(download.licenses)],
        judged=[download.since[state] for state in sorted(download.licenses)],
        owned=[state for state, held in download.licenses.items() if "owner" in held],
        made_at=timezone.now(),
    ).save(force_insert=True)


def cut_download(download: Download, *, reason: str) -> None:
    """Mark a download cut and say why; one revoked or overtaken stays what it is, with its entry."""
    download.spooler.discard()
    with acting_as(download.actor, Action.MANAGE):
        export = get_export(download.export, by=download.actor)
        _running(download).update(
            status=ExportStatus.CUT, finished_at=timezone.now(), reason=reason
        )
        detail = {"reason": reason, "rows": export.rows, "fetch": download.fetch}
        for state in download.licenses:
            record(
                Event.EXPORT_CUT,
                by=download.actor,
                use=Use(state=state),
                subject=download.export,
                detail=detail,
            )


def reason_of(error: BaseException) -> str:
    """Return the stable word for why a stream ended early."""
    if isinstance(error, CoopError):
        return error.code
    if isinstance(error.__cause__, InsufficientPrivilege):
        return "denied"
    return "failed" if isinstance(error, Exception) else "client_gone"


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


def _running(download: Download) -> Any:
    return Export.objects.filter(
        id=download.export, fetches=download.fetch, status=ExportStatus.STREAMING
    )


def _hold(download: Download) -> None:
    """Lock the export's row: a revocation waits for this chunk, or this gives way to it."""
    if _running(download).select_for_update().first() is None:
        raise _overtaken()


def _overtaken() -> Gone:
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
    names = {one.name for one in columns}
    record(
        Event.EXPORT_DOWNLOADED,
        by=download.actor,
        use=use_of(license_, opened.question, rows=len(lines), shown=names),
        subject=download.export,
        detail={"fetch": download.fetch},
    )

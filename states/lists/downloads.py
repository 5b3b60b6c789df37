"""One download of an export: keyset chunks, each read, noted and accounted for in a scope of its own.

A revocation bites at the next chunk: what a chunk may hold is judged afresh, and nothing
leaves before the transaction that accounts for it has been committed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
from states.fields.definition import Field, Group
from states.fields.registry import FIELDS, field as standard_field
from states.lists.access import get_export, hash_of
from states.lists.actions import use_of_rows
from states.lists.exports import actor_of, check_columns
from states.lists.lines import header, lines, objects
from states.lists.models import Export, ExportStatus, Format
from states.lists.presets import titles_of
from states.lists.queries import Opened, open_list, page_of
from states.lists.shares import get_usable_list
from states.targeting.licensing import License, Shown, licenses
from states.targeting.rows import VoterRow

CHUNK_ROWS: Final = 4000


@dataclass(frozen=True, slots=True)
class Place:
    """How far a download has come: the state being read, the last voter sent, rows in all."""

    state: str | None = None
    voter: UUID | None = None
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Download:
    """One fetch of a link: who it is for, which one it is, and what must stand still while it runs."""

    actor: Actor
    export: UUID
    fetch: int
    columns: tuple[Field, ...]
    licenses: Mapping[str, frozenset[Any]] = field(default_factory=dict)
    format: str = Format.CSV
    preset: str = ""

    @property
    def titles(self) -> list[str]:
        """The titles of the columns."""
        return titles_of(self.preset, self.columns)


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
        opened = _opened(export, actor)
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
    held = _fingerprints(opened.choice.licensed)
    columns = _columns(export, opened)
    return Download(
        actor, export_id, fetch, columns, held, export.format, export.preset
    )


def first_chunk(download: Download) -> Chunk:
    """Return the first voters, in CSV after a header line; raises as `next_chunk` does."""
    chunk = next_chunk(download, Place())
    if download.format == Format.NDJSON:
        return chunk
    return Chunk(header(download.titles) + chunk.body, chunk.after)


def next_chunk(download: Download, after: Place) -> Chunk:
    """Read, note and account for the next voters; their bytes may leave when this returns.

    Raises `Denied` (`standing_ended`, `license_changed`, `cap_reached`, not licensed at all)
    or `Gone` (revoked or overtaken by another fetch), with nothing of the chunk kept.
    """
    actor = download.actor
    with acting_as(actor, Action.EXPORT):
        check_standing(by=actor, permission=Permission.VOTERS_EXPORT)
        export = get_export(download.export, by=actor)
        opened = _opened(export, actor)
        license_ = _license_at(opened, download, after)
        columns = Shown(
            tuple(one for one in download.columns if one.group in license_.groups)
        )
        start = after.voter if after.state == license_.state else None
        rows = page_of(opened, license_, columns, after=start, limit=CHUNK_ROWS)
        if len(rows) < CHUNK_ROWS:
            _check_stands(download)
        sent = after.rows + len(rows)
        _progress(download, sent)
        if rows:
            _account_for(download, opened, license_, rows)
    then = _then(opened, license_, rows, sent)
    return Chunk(_written(download, rows), then)


def _written(download: Download, rows: Sequence[VoterRow]) -> bytes:
    if download.format == Format.NDJSON:
        return objects(rows, download.columns, download.titles)
    return lines(rows, download.columns)


def finish_download(download: Download) -> None:
    """Mark a download complete: all its bytes have left. Raises `Gone` where it was ended meanwhile."""
    with acting_as(download.actor, Action.MANAGE):
        now = timezone.now()
        if not _running(download).update(
            status=ExportStatus.COMPLETE, progress_at=now, finished_at=now
        ):
            raise _overtaken()


def cut_download(download: Download, *, reason: str) -> None:
    """Mark a download cut and say why; one revoked or overtaken stays what it is, with its entry."""
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


def _opened(export: Export, actor: Actor) -> Opened:
    try:
        saved = get_usable_list(export.list, by=actor)
    except NotFound:
        raise Gone("list_deleted", "The list was deleted.") from None
    return open_list(saved, by=actor, action=Action.EXPORT)


def _columns(export: Export, opened: Opened) -> tuple[Field, ...]:
    """Return the columns: those ordered, or all that some state of the list licenses."""
    if export.columns is not None:
        return tuple(standard_field(name) for name in export.columns)
    licensed = {group for held in opened.choice.licensed for group in held.groups}
    return tuple(
        one for one in FIELDS.values() if one.exportable and one.group in licensed
    )


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


def _fingerprints(held: Iterable[License]) -> dict[str, frozenset[Any]]:
    return {one.state: one.fingerprint(set(Group)) for one in held}


def _license_changed() -> Denied:
    return Denied("license_changed", "The license changed while the file was sent.")


def _then(
    opened: Opened, license_: License, rows: Sequence[VoterRow], sent: int
) -> Place | None:
    if len(rows) == CHUNK_ROWS:
        return Place(license_.state, rows[-1].voter, sent)
    states = [one.state for one in opened.choice.licensed]
    following = states[states.index(license_.state) + 1 :]
    return Place(following[0], None, sent) if following else None


def _running(download: Download) -> Any:
    return Export.objects.filter(
        id=download.export, fetches=download.fetch, status=ExportStatus.STREAMING
    )


def _progress(download: Download, rows: int) -> None:
    """Note the rows of this fetch; the row it locks makes a revocation wait, or this give way."""
    if not _running(download).update(rows=rows, progress_at=timezone.now()):
        raise _overtaken()


def _overtaken() -> Gone:
    return Gone("download_ended", "The download was revoked, or fetched again.")


def _account_for(
    download: Download, opened: Opened, license_: License, rows: Sequence[VoterRow]
) -> None:
    shown = {name for one in rows for name in one.values}
    use, groups = use_of_rows(opened, license_, rows, shown)
    note_voters(
        by=download.actor,
        state=license_.state,
        voters=[one.voter for one in rows],
        groups=[group.value for group in groups],
        action=Action.EXPORT,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO lists_export_member (state, export, voter, place, organization)"
            " SELECT %s, %s, v, p, %s FROM unnest(%s::uuid[], %s::integer[]) AS t (v, p)"
            " ON CONFLICT DO NOTHING",
            [
                license_.state,
                download.export,
                download.actor.organization,
                [one.voter for one in rows],
                [one.place for one in rows],
            ],
        )
    detail = {"fetch": download.fetch}
    record(
        Event.EXPORT_DOWNLOADED,
        by=download.actor,
        use=use,
        subject=download.export,
        detail=detail,
    )

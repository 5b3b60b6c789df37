"""One download of an export: what it is, whom a link is for, and how a fetch begins. Its chunks are made in `chunks`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from coop.actors import Action, Actor, Permission
from coop.db.scope import acting_as
from coop.errors import Denied, Gone, NotFound, not_found
from coop.organizations.access import check_standing
from states.fields.definition import Group
from states.lists.access import get_export, hash_of
from states.lists.exports import actor_of, check_columns
from states.lists.formats import Encoder, encoder_of
from states.lists.models import RUNNING, Export, ExportStatus, Format, Spool
from states.lists.ordering import BY_ID, Laid, Order
from states.lists.progress import not_ready
from states.lists.queries import Opened, open_list
from states.lists.sending import Wanted, wanted_of
from states.lists.spool import Spooler
from states.lists.traced import check_walk, weaver_of
from states.lists.usable import get_usable_list
from states.targeting.licensing import License
from states.targeting.queries import freshness
from states.tracers.weaving import Weaver


@dataclass(frozen=True, slots=True)
class Place:
    """How far a download has come: the state being read, the last voter sent, rows in all.

    `limit` is how many rows the next chunk is to have; `block` where it begins in an order
    that was laid out.
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
    how a state's order was laid out, where it was, `sent` how many voters each state gave.
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
    laid: dict[str, Laid] = field(default_factory=dict)
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
    `Denied` (also `walk_too_large`) where the list or a column of it is not licensed for export any more, or whoever ordered it may not now.
    """
    actor, export_id = link.actor, link.export
    with acting_as(actor, Action.EXPORT):
        check_standing(by=actor, permission=Permission.VOTERS_EXPORT)
        export = get_export(export_id, by=actor)
        if export.prepare and not worker:
            raise not_ready(export)
        opened = open_for_export(export, actor)
        check_columns(opened, export.columns)
        check_walk(export, opened)
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
        fingerprints(opened.choice.licensed),
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


def open_for_export(export: Export, actor: Actor) -> Opened:
    """Return the list of an export as the open scope can send it. Raises `Gone`, `Denied`."""
    try:
        saved = get_usable_list(export.list, by=actor)
    except NotFound:
        raise Gone("list_deleted", "The list was deleted.") from None
    return open_list(saved, by=actor, action=Action.EXPORT)


def _publications(opened: Opened) -> dict[str, int]:
    """Return the number of each state's newest publication; 0 before the first."""
    fresh = freshness(list(opened.facts))
    return {state: one["publication"] if one else 0 for state, one in fresh.items()}


def _named_groups(wanted: Wanted, licensed: Iterable[License]) -> frozenset[str]:
    """Return the groups of the columns that some grant names: one's own contacts need none."""
    named = {name for one in licensed for held in one.grants for name in held.groups}
    columns = {one.group.value for one in wanted.columns}
    return frozenset((columns | {Group.REGISTRATION.value}) & named)


def fingerprints(held: Iterable[License]) -> dict[str, frozenset[Any]]:
    """Return what each state's license rests on: another one after any change."""
    return {one.state: one.fingerprint(set(Group)) for one in held}


def license_changed() -> Denied:
    """Return the problem of a download whose license is another than when it began."""
    return Denied("license_changed", "The license changed while the file was sent.")


def running_row(download: Download) -> Any:
    """Return the export's row as a set of one, or of none where this download goes on no more."""
    return Export.objects.filter(
        id=download.export, fetches=download.fetch, status__in=RUNNING
    )


def overtaken() -> Gone:
    """Return the problem of a download that was ended from elsewhere."""
    return Gone("download_ended", "The download was revoked, or fetched again.")

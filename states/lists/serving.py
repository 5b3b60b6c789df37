"""Fetching an export again: the same bytes from its kept file, after a fresh look at who may have them.

The database gives the file's key out only while every grant that it rests on is in force
and no voter in it is protected since; asked again as long as the bytes flow.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from django.db import connection
from django.db.models import Case, F, Value, When

from coop.actors import Action, Actor, Permission
from coop.db.scope import acting_as
from coop.errors import CoopError, Gone, Unavailable
from coop.ledger.actions import record
from coop.ledger.events import Event
from coop.organizations.access import check_standing
from coop.sealing import SealBroken, unseal
from states.lists.access import get_export
from states.lists.downloads import Link, open_for_export
from states.lists.exports import check_columns
from states.lists.models import Export, ExportStatus, Format, Spool
from states.lists.spool import KEY_PURPOSE, SpoolKey, forget, pieces
from states.targeting.actions import use_of

LOOK_AGAIN_SECONDS: Final = 0.25


@dataclass(frozen=True, slots=True)
class Serving:
    """A kept file that may be served now: for whom, in which format, under which strong tag."""

    actor: Actor
    opens: SpoolKey
    format: Format
    sha256: str

    @property
    def size(self) -> int:
        """How many bytes the whole file has."""
        return self.opens.size


def open_kept(link: Link) -> Serving | None:
    """Return an export's kept file, to be served from now on; None where a first pass must be made.

    Raises `Denied` where it is not licensed any more, `Gone`: `list_deleted`, `export_outdated`
    (it holds voters or fields that may not leave any more), `Unavailable` (`export_damaged`).
    """
    actor = link.actor
    with acting_as(actor, Action.EXPORT):
        found = _judged(link)
        if found is None:
            return None
        export = get_export(link.export, by=actor)
        Export.objects.filter(id=export.id).update(fetches=F("fetches") + 1)
        opened = open_for_export(export, actor)
        detail = {"fetch": export.fetches + 1, "bytes": found.size}
        for license_ in opened.choice.licensed:
            use = use_of(license_, opened.question, rows=None)
            record(
                Event.EXPORT_SERVED, by=actor, use=use, subject=export.id, detail=detail
            )
    return found


def served_pieces(serving: Serving, start: int, stop: int) -> Iterator[bytes]:
    """Yield the bytes from `start` to before `stop`, each piece while the file may be had.

    Raises what `open_kept` raises, in the middle too; a damaged file is dropped.
    """
    link = Link(serving.actor, serving.opens.export)
    looked = time.monotonic()
    source = pieces(serving.opens, start, stop)
    while True:
        try:
            piece = next(source, None)
        except Unavailable:
            drop_spool(serving)
            raise
        if piece is None:
            return
        if time.monotonic() - looked > LOOK_AGAIN_SECONDS:
            with acting_as(serving.actor, Action.EXPORT):
                if _judged(link) is None:
                    raise Gone("download_ended", "The link has ended.")
            looked = time.monotonic()
        yield piece


def drop_spool(serving: Serving) -> None:
    """Forget a kept file that cannot be served: the next fetch reads the voters anew."""
    export = serving.opens.export
    with acting_as(serving.actor, Action.MANAGE):
        Spool.objects.filter(export=export).delete()
        dropped = Export.objects.filter(id=export, status=ExportStatus.COMPLETE)
        # One that is prepared is prepared anew.
        dropped.update(
            status=Case(
                When(prepare=True, then=Value(ExportStatus.QUEUED)),
                default=Value(ExportStatus.CUT),
            ),
            reason="export_damaged",
        )
        detail = {"reason": "export_damaged"}
        record(Event.EXPORT_CUT, by=serving.actor, subject=export, detail=detail)
    forget(export, serving.opens.fetch)


def note_cut(serving: Serving, error: CoopError) -> None:
    """Write down that serving a kept file was stopped."""
    with acting_as(serving.actor, Action.MANAGE):
        detail = {"reason": error.code}
        record(
            Event.EXPORT_CUT,
            by=serving.actor,
            subject=serving.opens.export,
            detail=detail,
        )


def _judged(link: Link) -> Serving | None:
    """Judge the caller's standing, the grants and the file in the open scope."""
    actor = link.actor
    check_standing(by=actor, permission=Permission.VOTERS_EXPORT)
    export = get_export(link.export, by=actor)
    check_columns(open_for_export(export, actor), export.columns)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT number, sealed_key, size, sha256, outdated FROM sec.open_spool(%s)",
            [export.id],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    fetch, sealed, size, sha256, outdated = row
    if outdated:
        detail = (
            "It holds voters or fields that may not leave any more: order a new export."
        )
        raise Gone("export_outdated", detail)
    opens = SpoolKey(export.id, fetch, b"", size)
    opens = replace(opens, key=_key_of(bytes(sealed), opens.bound))
    return Serving(actor, opens, Format(export.format), sha256)


def _key_of(sealed: bytes, bound: str) -> bytes:
    """Return a file's key; in place of one that was tampered with, one that opens nothing."""
    try:
        return unseal(sealed, KEY_PURPOSE, bound)
    except SealBroken:
        return os.urandom(32)

"""How a download ends: whole, with its file kept; or cut, with the reason and nothing kept."""

from __future__ import annotations

from django.utils import timezone
from psycopg.errors import InsufficientPrivilege

from coop.actors import Action
from coop.db.scope import acting_as
from coop.errors import CoopError, Unavailable
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from coop.sealing import seal
from states.lists.access import get_export
from states.lists.account import use_of_download
from states.lists.downloads import (
    Download,
    open_for_export,
    overtaken,
    running_row,
)
from states.lists.models import ExportStatus, Spool
from states.lists.spool import KEY_PURPOSE, Kept, forget


def finish_download(download: Download) -> None:
    """Mark a download complete, and keep its file: all its bytes have left, or can be fetched now.

    Raises `Gone` where it was ended meanwhile, and for a prepared one what its last chunk would raise, and
    `Unavailable` (`export_not_kept`).
    """
    kept = download.spooler.keep()
    try:
        if download.prepared:
            check_kept(download)
            _account_for_whole(download)
        _complete(download, kept)
    except BaseException:
        forget(download.export, download.fetch)
        raise


def check_kept(download: Download) -> None:
    """Raise `Unavailable` (`export_not_kept`) where a prepared download has nowhere to go: the disk failed."""
    if download.spooler.failure:
        detail = "The file could not be written: the service's disk is full or failing."
        raise Unavailable("export_not_kept", detail)


def end_download(
    download: Download, status: ExportStatus = ExportStatus.CUT, *, reason: str
) -> None:
    """Mark a download cut (a prepared one: failed) and say why; one revoked or overtaken stays what it is, with its entry."""
    download.spooler.discard()
    with acting_as(download.actor, Action.MANAGE):
        export = get_export(download.export, by=download.actor)
        running_row(download).update(
            status=status, finished_at=timezone.now(), reason=reason
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


def _account_for_whole(download: Download) -> None:
    """Write into the account what a prepared file holds: none of it has left before."""
    with acting_as(download.actor, Action.EXPORT):
        export = get_export(download.export, by=download.actor)
        opened = open_for_export(export, download.actor)
        for license_ in opened.choice.licensed:
            rows = download.sent.get(license_.state, 0)
            use = use_of_download(download, opened, license_, rows=rows)
            record(
                Event.EXPORT_PREPARED,
                by=download.actor,
                use=use,
                subject=download.export,
                detail={"fetch": download.fetch},
            )


def _complete(download: Download, kept: Kept | None) -> None:
    with acting_as(download.actor, Action.MANAGE):
        if kept:
            _enter_spool(download, kept)
        now = timezone.now()
        ended = {"status": ExportStatus.COMPLETE, "progress_at": now}
        if download.prepared:
            ended |= {"prepared_at": now}
        if not running_row(download).update(finished_at=now, **ended):
            raise overtaken()


def _enter_spool(download: Download, kept: Kept) -> None:
    """Enter what opens the file of a download that is whole, unless it was ended meanwhile."""
    if running_row(download).select_for_update().first() is None:
        raise overtaken()
    opens = kept.opens
    held = {one for named in download.licenses.values() for one in named}
    since = [download.since[state] for state in sorted(download.licenses)]
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
        owned=[state for state, held in download.licenses.items() if "owner" in held],
        since=since,
        judged=since,
        made_at=timezone.now(),
    ).save(force_insert=True)

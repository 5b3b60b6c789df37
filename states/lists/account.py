"""What a chunk of a download costs and leaves behind: its voters count against caps, its use stands in the ledger."""

from __future__ import annotations

from coop.actors import Action
from coop.grants.caps import note_voters
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from states.fields.definition import Group
from states.lists.downloads import Download
from states.lists.queries import Opened
from states.lists.sending import voter_of
from states.targeting.actions import use_of
from states.targeting.licensing import License


def account_for_lines(
    download: Download, opened: Opened, license_: License, lines: list[bytes]
) -> None:
    """Note the voters of a chunk against the caps, and write its use into the account. Raises `Denied` (`cap_reached`)."""
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

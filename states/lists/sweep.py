"""Finding exports that are due to end, ending each as its own organization's work, and removing what nobody may fetch."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from django.db import connection

from coop.actors import WORKER, Action, worker_for
from coop.db.scope import acting_as
from states.lists.exports import end_due_export
from states.lists.spool import SpoolKey, folder

SPARED_SECONDS: Final = 60
"""A file this new may belong to a download that is just being entered."""


def sweep_exports() -> int:
    """Cut exports that nobody streams any more and expire links; return how many were ended."""
    with acting_as(WORKER, Action.WORK), connection.cursor() as cursor:
        cursor.execute("SELECT organization, id, step FROM sec.exports_due()")
        due = cursor.fetchall()
        cursor.execute("SELECT sec.tidy_exports()")
    return sum(
        end_due_export(export_id=export, step=step, by=worker_for(organization))
        for organization, export, step in due
    )


def sweep_files() -> int:
    """Remove files of exports that have ended, and what a killed server left; return how many."""
    old = list(_old_files())
    if not old:
        return 0
    with acting_as(WORKER, Action.WORK), connection.cursor() as cursor:
        cursor.execute("SELECT export, number FROM sec.spools_wanted()")
        rows = cursor.fetchall()
    wanted = {SpoolKey(export, fetch, b"").path.name for export, fetch in rows}
    left = [one for one in old if one.name.removesuffix(".part") not in wanted]
    for one in left:
        one.unlink(missing_ok=True)
    return len(left)


def _old_files() -> Iterator[Path]:
    newest = time.time() - SPARED_SECONDS
    for one in folder().glob("*"):
        try:
            is_old = one.lstat().st_mtime < newest
        except FileNotFoundError:
            continue  # another sweep was first
        if is_old:
            yield one

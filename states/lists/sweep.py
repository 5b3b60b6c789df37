"""Finding exports that are due to end, and ending each as its own organization's work."""

from __future__ import annotations

from django.db import connection

from coop.actors import WORKER, Action, worker_for
from coop.db.scope import acting_as
from states.lists.exports import end_due_export


def sweep_exports() -> int:
    """Cut exports that nobody streams any more and expire links; return how many were ended."""
    with acting_as(WORKER, Action.WORK), connection.cursor() as cursor:
        cursor.execute("SELECT organization, id, step FROM sec.exports_due()")
        due = cursor.fetchall()
    return sum(
        end_due_export(export_id=export, step=step, by=worker_for(organization))
        for organization, export, step in due
    )

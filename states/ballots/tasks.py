"""The task of large uploads of ballots: one call; the bell only says that there may be work."""

from __future__ import annotations

from celery import shared_task

from coop.scoped_task import ScopedTask, ring
from states.ballots.work import run_uploads


@shared_task(base=ScopedTask, name="ballots.run")
def run_ballot_uploads() -> None:
    """Work on waiting uploads for a turn, and ring again if there is more."""
    if run_uploads():
        ring(run_ballot_uploads)

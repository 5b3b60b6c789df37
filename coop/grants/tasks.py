"""What the passing of time asks of grants: activating and ending them, owner by owner."""

from __future__ import annotations

from celery import shared_task

from coop.grants.due import apply_due_grants
from coop.scoped_task import ScopedTask


@shared_task(base=ScopedTask, name="grants.apply_due")
def apply_due() -> None:
    """Take the steps that are due; beat rings every minute, and twice does no harm."""
    apply_due_grants()

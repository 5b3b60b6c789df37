"""The ring of webhooks, one call: whatever is due is claimed in PostgreSQL."""

from __future__ import annotations

from celery import shared_task

from coop.scoped_task import ScopedTask
from states.webhooks.delivering import deliver_due


@shared_task(base=ScopedTask, name="webhooks.deliver")
def deliver() -> int:
    """Make the attempts that are due; return how many."""
    return deliver_due()

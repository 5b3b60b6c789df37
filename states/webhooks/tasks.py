"""The ring of webhooks, one call: whatever is due is claimed in PostgreSQL."""

from __future__ import annotations

from celery import shared_task

from coop.actors import WORKER
from coop.scoped_task import ScopedTask
from states.webhooks.delivering import deliver_due
from states.webhooks.trimming import trim_log


@shared_task(base=ScopedTask, name="webhooks.deliver")
def deliver() -> int:
    """Make the attempts that are due; return how many."""
    return deliver_due()


@shared_task(base=ScopedTask, name="webhooks.trim")
def trim() -> int:
    """Keep the log of deliveries within bounds; return how many attempts were forgotten."""
    return trim_log(by=WORKER)

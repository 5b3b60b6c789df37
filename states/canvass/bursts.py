"""Bursts of suppressions: a source that says more of a kind within an hour than people do.

A slip of one import or a hostile hand could take thousands out of everybody's reach. What
protects is applied all the same; the state's owner is told at once, and lifts by source.
"""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import connection
from django.db.models import Q

from coop.actors import worker_for
from coop.db.scope import current_scope
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from states.canvass.models import Burst


def note_bursts(*, state: str) -> None:
    """Note the bursts of the organization that the open scope applies for; new ones go into the ledger."""
    scope = current_scope()
    assert scope is not None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT burst_source, burst_kind, burst_assertions FROM sec.note_bursts(%s, %s)",
            [state, settings.SUPPRESSION_BURST],
        )
        noticed = cursor.fetchall()
    for source, kind, assertions in noticed:
        if assertions is not None:
            record(
                Event.SUPPRESSION_BURST,
                by=worker_for(scope.actor.organization, source=source),
                use=Use(state=state, groups=["contacts"], rows=assertions),
                detail={"kind": kind},
            )


def read_bursts(
    *, state: str, after: tuple[dt.datetime, str, str, str] | None, limit: int
) -> list[Burst]:
    """Return a state's bursts, the newest hour first: for its owner, in whose scope there are any.

    `after` is hour, organization, source and kind of the last one seen.
    """
    found = Burst.objects.filter(state=state)
    if after is not None:
        since, organization, source, kind = after
        same = Q(since=since)
        found = found.filter(
            Q(since__lt=since)
            | (same & Q(organization__gt=organization))
            | (same & Q(organization=organization, source__gt=source))
            | (same & Q(organization=organization, source=source, kind__gt=kind))
        )
    return list(found.order_by("-since", "organization", "source", "kind")[:limit])

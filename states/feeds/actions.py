"""Writing to a state's feed."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from coop.actors import Actor
from coop.db.scope import current_scope
from states.feeds.models import Kind

_APPEND = """
    INSERT INTO feeds_change
        (state, seq, kind, voter, place, audience, organization, contact, occurred_at, summary)
    SELECT %(state)s, %(last)s - %(many)s + r.position, r.kind, r.voter, r.place, r.audience,
           r.organization, r.contact, r.occurred_at, r.summary
    FROM ROWS FROM (jsonb_to_recordset(%(rows)s) AS
        (kind text, voter uuid, place integer, audience uuid, organization uuid, contact uuid,
         occurred_at timestamptz, summary jsonb)) WITH ORDINALITY
        AS r(kind, voter, place, audience, organization, contact, occurred_at, summary, position)
"""


@dataclass(frozen=True, slots=True)
class NewChange:
    """A change about one voter. `audience` is nil for the pool, or for what binds everyone."""

    kind: Kind
    voter: UUID
    place: int
    audience: UUID
    organization: UUID | None
    occurred_at: dt.datetime
    summary: Mapping[str, Any]
    contact: UUID | None = None


def append_changes(*, state: str, changes: Sequence[NewChange], by: Actor) -> None:
    """Append changes in the open scope, in the order given.

    The state's other writers wait from here to the end of the transaction: call it last.
    """
    scope = current_scope()
    if scope is None or scope.actor != by:
        raise RuntimeError("Changes are appended in the scope of the act they tell of.")
    if not changes:
        return
    rows = json.dumps([_row(change) for change in changes])
    with connection.cursor() as cursor:
        cursor.execute("SELECT sec.take_feed_numbers(%s, %s)", [state, len(changes)])
        last = cursor.fetchone()[0]
        cursor.execute(
            _APPEND, {"state": state, "last": last, "many": len(changes), "rows": rows}
        )


def _row(change: NewChange) -> dict[str, Any]:
    """Return a change as JSON has it; `asdict` would copy every value deeply, at ten times the cost."""
    return {
        "kind": change.kind.value,
        "voter": str(change.voter),
        "place": change.place,
        "audience": str(change.audience),
        "organization": change.organization and str(change.organization),
        "occurred_at": change.occurred_at.isoformat(),
        "summary": change.summary,
        "contact": change.contact and str(change.contact),
    }

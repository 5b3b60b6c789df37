"""Bringing contacts in line with their corrections and retractions: the statements of the drain."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from coop.actors import Actor
from states.canvass.applying import assertions_of, bind_suppressions, contact_summary
from states.canvass.models import POOL, Contact
from states.canvass.standing import Arrival
from states.feeds.actions import NewChange
from states.feeds.models import Kind

_AMEND: Final = """
    SELECT contact, voter, place, source, was_pooled, pooled, retracted, event_time, body
    FROM sec.amend_contacts(%s, %s::uuid[])
"""


@dataclass(frozen=True, slots=True)
class Amended:
    """A contact that shows another version now; `body` as `items` stores it."""

    contact: UUID
    voter: UUID
    place: int
    source: str
    was_pooled: bool
    pooled: bool
    retracted: bool
    event_time: dt.datetime
    body: dict[str, Any]


def keep_amendments(state: str, arrivals: Sequence[Arrival]) -> list[Arrival]:
    """Keep locked amendments as versions; return those that are kept.

    One whose contact another worker is just applying is left in the queue.
    """
    if not arrivals:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sec.keep_versions(%s, %s::bigint[])",
            [state, [one.seq for one in arrivals]],
        )
        kept = {row[0] for row in cursor.fetchall()}
    return [one for one in arrivals if one.seq in kept]


def count_pooled(state: str, amendments: Sequence[Arrival]) -> int:
    """Return how many amendments are about contacts that are in the pool, before they count."""
    if not amendments:
        return 0
    wanted = [one.amends for one in amendments if one.amends]
    found = Contact.objects.filter(state=state, contact__in=wanted, pooled=True)
    pooled = set(found.values_list("contact", flat=True))
    return sum(one.amends in pooled for one in amendments)


def restate_contacts(
    state: str, contacts: Iterable[UUID], *, by: Actor
) -> list[NewChange]:
    """Let one's own contacts show their newest version; return the changes to append.

    Current values are worked out anew from history, and what protects voters follows from
    what is still asserted.
    """
    wanted = sorted(contacts)
    if not wanted:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_AMEND, [state, wanted])
        rows = [_amended(row) for row in cursor.fetchall()]
    if not rows:
        return []
    stated = [one for row in rows if not row.retracted for one in _stated(row)]
    voters = sorted({row.voter for row in rows})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sec.restate_assertions(%s, %s::uuid[], %s)",
            [
                state,
                [row.contact for row in rows],
                json.dumps(stated, cls=DjangoJSONEncoder),
            ],
        )
        cursor.execute("SELECT sec.recount_standing(%s, %s::uuid[])", [state, voters])
        cursor.execute("SELECT sec.recount_codes(%s, %s::uuid[])", [state, voters])
    changes = [change for row in rows for change in _changes(row, by.organization)]
    return changes + bind_suppressions(state, set(voters))


def _amended(row: tuple[Any, ...]) -> Amended:
    *others, told = row
    body: dict[str, Any] = json.loads(told) if isinstance(told, str) else told
    fields: tuple[Any, ...] = (*others, body)
    return Amended(*fields)


def _stated(row: Amended) -> list[dict[str, Any]]:
    about = {
        "voter": row.voter,
        "place": row.place,
        "source": row.source,
        "contact": row.contact,
        "event_time": row.event_time,
    }
    return [about | said for said in assertions_of(row.body)]


def _changes(row: Amended, organization: UUID) -> list[NewChange]:
    """Tell whoever knew the contact: where it leaves the pool, the pool hears of a retraction."""
    before = POOL if row.was_pooled else organization
    now = POOL if row.pooled else organization
    if row.retracted:
        return [_change(Kind.RETRACTION, row, before, organization)]
    corrected = _change(Kind.CORRECTION, row, now, organization)
    if before == now:
        return [corrected]
    return [_change(Kind.RETRACTION, row, before, organization), corrected]


def _change(kind: Kind, row: Amended, audience: UUID, organization: UUID) -> NewChange:
    return NewChange(
        kind=kind,
        voter=row.voter,
        place=row.place,
        audience=audience,
        organization=organization,
        contact=row.contact,
        occurred_at=row.event_time,
        summary={} if kind is Kind.RETRACTION else contact_summary(row.body),
    )

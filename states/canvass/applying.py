"""The statements behind the drain: one batch of one organization's inbox rows, written in one transaction."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID, uuid4

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.utils import timezone

from states.canvass.bursts import note_bursts
from states.canvass.models import POOL, InboxItem, InboxStatus
from states.canvass.standing import Arrival, fold
from states.canvass.vocabulary import (
    CONTACT_TYPES,
    RESULT_CODES,
    SUPPRESSED_BY_RESULT,
)
from states.feeds.actions import NewChange
from states.feeds.models import Kind

_LOCK: Final = """
    SELECT seq, contact, voter, place, organization, source, event_id, pooled, event_time, received_at, body,
           kind, amends, attempts
    FROM sec.lock_arrivals(%s, %s, %s::bigint[])
"""
_BODY: Final = 10
"""Where the body stands in such a row."""
_HISTORY: Final = "SELECT sec.write_contacts(%(state)s, %(seqs)s::bigint[])"
_STANDING: Final = """
    INSERT INTO canvass_standing AS s
        (state, voter, audience, place, last_contact_at, last_contact_type, last_result, last_seq,
         attempts, held_attempts, reached_at, support, support_at, support_seq)
    SELECT %(state)s, r.voter, r.audience, r.place, r.last_contact_at, r.last_contact_type, r.last_result,
           r.last_seq, r.attempts, r.held_attempts, r.reached_at, r.support, r.support_at, r.support_seq
    FROM jsonb_to_recordset(%(rows)s) AS
        r(voter uuid, audience uuid, place integer, last_contact_at timestamptz, last_contact_type smallint,
          last_result smallint, last_seq bigint, attempts integer, held_attempts integer,
          reached_at timestamptz, support smallint, support_at timestamptz, support_seq bigint)
    ORDER BY r.voter, r.audience
    ON CONFLICT (state, voter, audience) DO UPDATE SET
        (last_contact_at, last_contact_type, last_result, last_seq) = (
            SELECT n.a, n.b, n.c, n.d FROM (VALUES
                (s.last_contact_at, s.last_contact_type, s.last_result, s.last_seq),
                (excluded.last_contact_at, excluded.last_contact_type, excluded.last_result, excluded.last_seq)
            ) AS n(a, b, c, d) ORDER BY n.a DESC, n.d DESC LIMIT 1),
        (support, support_at, support_seq) = (
            SELECT n.a, n.b, n.c FROM (VALUES
                (s.support, s.support_at, s.support_seq),
                (excluded.support, excluded.support_at, excluded.support_seq)
            ) AS n(a, b, c) ORDER BY n.b DESC NULLS LAST, n.c DESC LIMIT 1),
        attempts = s.attempts + excluded.attempts,
        held_attempts = s.held_attempts + excluded.held_attempts,
        reached_at = greatest(s.reached_at, excluded.reached_at)
"""
_ASSERTIONS: Final = """
    INSERT INTO canvass_suppression_assertion
        (state, assertion, voter, place, kind, opted_in, organization, source, contact, phone, event_time)
    SELECT %(state)s, r.assertion, r.voter, r.place, r.kind, r.opted_in, r.organization, r.source,
           r.contact, r.phone, r.event_time
    FROM jsonb_to_recordset(%(rows)s) AS
        r(assertion uuid, voter uuid, place integer, kind text, opted_in boolean, organization uuid,
          source text, contact uuid, phone text, event_time timestamptz)
"""


def lock_places(state: str) -> None:
    """Wait for a publication that is moving voters, and keep the next one out until the end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sec.lock_places(%s)", [state])


def try_lock_places(state: str) -> bool:
    """Keep publications of a state out until the end, unless one is moving voters just now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sec.try_lock_places(%s)", [state])
        return bool(cursor.fetchone()[0])


def lock_arrivals(
    state: str, *, limit: int, seqs: Sequence[int] | None
) -> list[Arrival]:
    """Lock the scope's queued rows that nobody else holds, oldest first, with their voters' present places."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [state, limit, None if seqs is None else list(seqs)])
        return [_arrival(row) for row in cursor.fetchall()]


def _arrival(row: tuple[Any, ...]) -> Arrival:
    values = list(row)
    if isinstance(values[_BODY], str):
        values[_BODY] = json.loads(values[_BODY])
    return Arrival(*values)


def write_batch(state: str, arrivals: Sequence[Arrival]) -> list[NewChange]:
    """Write history, current values and suppressions; return the changes to append, in order.

    The locked rows are marked as done. Raises whatever the database makes of a poisonous row.
    """
    seqs = [one.seq for one in arrivals]
    with connection.cursor() as cursor:
        cursor.execute(_HISTORY, {"state": state, "seqs": seqs})
    _run(_STANDING, state, fold(arrivals))
    asserted = [row for one in arrivals for row in _assertions(one)]
    changes = [_contact_change(one) for one in arrivals]
    if asserted:
        _run(_ASSERTIONS, state, asserted)
        changes += bind_suppressions(state, {row["voter"] for row in asserted})
        note_bursts(state=state)
    return changes


def bind_suppressions(state: str, voters: set[UUID]) -> list[NewChange]:
    """Make what binds these voters follow from the assertions; return the changes it makes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT voter, place, kind, audience, day, bound FROM sec.bind_suppressions(%s, %s::uuid[])",
            [state, sorted(voters)],
        )
        rows = cursor.fetchall()
    now = timezone.now()
    return [_suppression_change(row, now) for row in rows]


def mark_applied(state: str, arrivals: Sequence[Arrival]) -> None:
    """Mark locked rows of the inbox as done."""
    if not arrivals:
        return
    InboxItem.objects.filter(state=state, seq__in=[one.seq for one in arrivals]).update(
        status=InboxStatus.APPLIED, done_at=timezone.now()
    )


def _assertions(one: Arrival) -> list[dict[str, Any]]:
    about = {
        "voter": one.voter,
        "place": one.place,
        "organization": one.organization,
        "source": one.source,
        "contact": one.contact,
        "event_time": one.event_time,
    }
    return [about | said for said in assertions_of(one.body)]


def assertions_of(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what a contact's body asserts of its voter: by its result, and in so many words."""
    said = set(body["suppressions"])
    if by_result := SUPPRESSED_BY_RESULT.get(body["result_code"]):
        said.add(by_result)
    kinds = [(kind, False) for kind in sorted(said)]
    kinds += [(kind, True) for kind in body["opt_ins"] if kind not in said]
    return [
        {
            "assertion": uuid4(),
            "kind": kind,
            "opted_in": opted_in,
            "phone": body["phone"] if kind == "wrong_number" else None,
        }
        for kind, opted_in in kinds
    ]


def _contact_change(one: Arrival) -> NewChange:
    return NewChange(
        kind=Kind.CONTACT,
        voter=one.voter,
        place=one.place,
        audience=POOL if one.pooled else one.organization,
        organization=one.organization,
        contact=one.contact,
        occurred_at=one.event_time,
        summary=contact_summary(one.body),
    )


def contact_summary(body: dict[str, Any]) -> dict[str, Any]:
    """Return what a change tells of a contact's body, codes by name."""
    return {
        "contact_type": CONTACT_TYPES.name(body["contact_type"]),
        "result_code": RESULT_CODES.name(body["result_code"]),
        "support": body["support"],
    }


def _suppression_change(row: tuple[Any, ...], now: dt.datetime) -> NewChange:
    voter, place, kind, audience, day, bound = row
    return NewChange(
        kind=Kind.SUPPRESSION,
        voter=voter,
        place=place,
        audience=audience,
        organization=None if audience == POOL else audience,
        occurred_at=now,
        summary={"kind": kind, "day": day.isoformat(), "bound": bound},
    )


def _run(statement: str, state: str, rows: list[dict[str, Any]]) -> None:
    values = {"state": state, "rows": json.dumps(rows, cls=DjangoJSONEncoder)}
    with connection.cursor() as cursor:
        cursor.execute(statement, values)

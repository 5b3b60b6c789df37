"""Alarms: a tracer of the party's was contacted, so whoever did it holds a file that it stood in.

What was said of people whom nobody was found for waits as hashes; it is held against the marks of tracers in the
owner's scope, after the fact. Who said it never learns of it.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import Func, Q, UUIDField
from django.utils import timezone

from coop.actors import WORKER, Action, Actor, worker_for
from coop.db.scope import acting_as
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from states.tracers.access import check_own
from states.tracers.account import Entry
from states.tracers.models import Alarm
from states.tracers.positions import Copy
from states.voters.marks import Said, marks_of

BATCH: Final = 2000
_UUIDS: Final = ArrayField(UUIDField())
SHARED_BY_MANY: Final = "phone"
"""The one way that does not tell one tracer of an export from another: a party has few phones."""


@dataclass(frozen=True, slots=True)
class Met:
    """A lead that a mark of a tracer fits: who said it, by which source and when, and where the tracer stood."""

    lead: UUID
    organization: UUID
    source: str
    said_at: dt.datetime
    way: str
    tracer: UUID
    export: UUID
    licensee: UUID


def write_marks(state: str, copy: Copy, entries: Iterable[Entry]) -> None:
    """Write down by what the tracers of a chunk can be met again, in the licensee's scope, which cannot read it."""
    rows = [
        (mark, one.tracer, way)
        for one in entries
        if one.tracer
        for way, marks in marks_of(state, _said(one)).items()
        for mark in marks
    ]
    if not rows:
        return
    marks, tracers, ways = zip(*rows, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tracers_mark (state, export, download, mark, organization, tracer, way)"
            " SELECT DISTINCT ON (m.mark, m.tracer) %s, %s::uuid, %s, m.mark, %s::uuid, m.tracer, m.way"
            " FROM unnest(%s::bytea[], %s::uuid[], %s::text[]) AS m (mark, tracer, way)",
            [
                state,
                copy.export,
                copy.fetch,
                copy.organization,
                list(marks),
                list(tracers),
                list(ways),
            ],
        )


def follow_leads() -> int:
    """Hold all that was said of nobody against the tracers of its state; return how many alarms came of it."""
    with acting_as(WORKER, Action.WORK), connection.cursor() as cursor:
        cursor.execute("SELECT state, owner FROM sec.leads_waiting()")
        waiting = cursor.fetchall()
    return sum(_follow(state, worker_for(owner)) for state, owner in waiting)


def alarms_after(
    state: str,
    after: tuple[dt.datetime, UUID] | None,
    limit: int,
    *,
    by: Actor,
    of_others: bool = False,
) -> list[Alarm]:
    """Return up to `limit` alarms of a state of the actor's, the newest first, after one. Raises `NotFound`.

    `of_others` leaves out those that a tracer's own licensees raised.
    """
    check_own(state, by=by)
    rows = Alarm.objects.filter(state=state)
    if of_others:
        alone = Func(
            "organization", template="ARRAY[%(expressions)s]", output_field=_UUIDS
        )
        rows = rows.exclude(licensees__contains=alone)
    if after:
        at, alarm = after
        rows = rows.filter(Q(noticed_at__lt=at) | Q(noticed_at=at, id__lt=alarm))
    return list(rows.order_by("-noticed_at", "-id")[:limit])


def _follow(state: str, by: Actor) -> int:
    """Follow one batch after the other until none waits; each with its alarms in one transaction."""
    raised = 0
    while True:
        with acting_as(by, Action.MANAGE):
            taken, met = _taken(state)
            alarms = _alarms(state, met)
            for one in alarms:
                one.save(force_insert=True)
                _account(one, by)
        raised += len(alarms)
        if taken < BATCH:
            return raised


def _taken(state: str) -> tuple[int, list[Met]]:
    """Take leads away, and return how many, and those that met a tracer."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"state": state, "most": BATCH})
        rows = cursor.fetchall()
    return (rows[0][0] if rows else 0), [
        Met(*row[1:]) for row in rows if row[1] is not None
    ]


def _alarms(state: str, met: Sequence[Met]) -> list[Alarm]:
    """Return one alarm for each lead and tracer; one for a phone that tells no tracer from others, where nothing else did."""
    by_lead: Mapping[UUID, list[Met]] = defaultdict(list)
    for one in met:
        by_lead[one.lead].append(one)
    alarms = []
    for found in by_lead.values():
        sure = [one for one in found if one.way != SHARED_BY_MANY]
        groups: Mapping[UUID | None, list[Met]] = defaultdict(list)
        for one in sure or found:
            groups[one.tracer if sure else None].append(one)
        alarms += [_alarm(state, tracer, one) for tracer, one in groups.items()]
    return alarms


def _alarm(state: str, tracer: UUID | None, met: Sequence[Met]) -> Alarm:
    first = met[0]
    return Alarm(
        state=state,
        id=uuid4(),
        tracer=tracer,
        organization=first.organization,
        source=first.source,
        way=first.way,
        exports=sorted({one.export for one in met}),
        licensees=sorted({one.licensee for one in met}),
        said_at=first.said_at,
        noticed_at=timezone.now(),
    )


def _account(alarm: Alarm, by: Actor) -> None:
    detail = {
        "organization": str(alarm.organization),
        "way": alarm.way,
        "licensees": [str(one) for one in alarm.licensees],
    }
    record(
        Event.TRACER_CONTACTED,
        by=by,
        use=Use(state=alarm.state),
        subject=alarm.id,
        detail=detail,
    )


def _said(one: Entry) -> Said:
    shown: dict[str, Any] = dict(one.shown)
    return Said(
        voter=one.tracer,
        registered=(shown.get("state_voter_id"), shown.get("county_voter_id")),
        email=shown.get("email"),
        phone=shown.get("phone"),
        first=shown.get("first"),
        last=shown.get("last"),
        address=shown.get("line1"),
    )


_TAKE: Final = """
WITH taken AS (
    DELETE FROM tracers_lead AS t
    WHERE t.state = %(state)s AND t.id IN (
        SELECT w.id FROM tracers_lead AS w WHERE w.state = %(state)s ORDER BY w.said_at, w.id LIMIT %(most)s)
    RETURNING t.id, t.organization, t.source, t.marks, t.said_at),
counted AS (SELECT count(*) AS all_taken FROM taken)
SELECT c.all_taken, t.id, t.organization, t.source, t.said_at, m.way, m.tracer, m.export, m.organization
FROM counted AS c
LEFT JOIN (taken AS t JOIN tracers_mark AS m ON m.state = %(state)s AND m.mark = ANY (t.marks)) ON true
ORDER BY t.said_at, t.id, m.way, m.export"""

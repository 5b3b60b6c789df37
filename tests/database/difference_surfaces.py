"""What a publication changed, as a way to learn of voters: every voter is made new, and the reader asks."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.db import connections

from coop.actors import Actor
from coop.errors import Denied, Gone
from states.feeds.differences import begin_difference, read_difference
from states.fields.definition import Group
from states.fields.registry import fields_of

NIL = UUID(int=0)


def differed(actor: Actor, *, group: str) -> set[UUID]:
    """Return the voters of whom a difference shows a field of a group."""
    return {voter for state in ("OH", "NC") for voter in _differed(actor, state, group)}


def _differed(actor: Actor, state: str, group: str) -> set[UUID]:
    names = {one.name for one in fields_of(Group(group)) if one.column}
    number = _publish(state)
    found: set[UUID] = set()
    try:
        place = begin_difference(state=state, number=number, since=None, by=actor)
        while True:
            part = read_difference(state=state, place=place, by=actor)
            found |= {one.voter for one in part.differences if names & set(one.values)}
            if part.after is None:
                return found
            place = part.after
    except (Denied, Gone):
        return set()


def _publish(state: str) -> int:
    """Enter a publication that touched every voter of a state, as if none had been there before."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET ROLE coop_publisher")
        cursor.execute(
            "INSERT INTO voters_publication (state, number, import_id, file_date, published_at)"
            " SELECT state, max(number) + 1, %s, max(file_date), clock_timestamp()"
            " FROM voters_publication WHERE state = %s GROUP BY state RETURNING number",
            [uuid4(), state],
        )
        number = int(cursor.fetchone()[0])
        cursor.execute("DELETE FROM imports_reverse WHERE state = %s", [state])
        cursor.execute(
            "INSERT INTO imports_reverse (state, publication, voter)"
            " SELECT state, %s, voter FROM voters_registration WHERE state = %s"
            " UNION ALL SELECT %s, %s, %s",
            [number, state, state, number, NIL],
        )
        cursor.execute("RESET ROLE")
    return number

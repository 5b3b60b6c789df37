"""Every way by which voters, or how many there are, can be learned: the matrix holds each to the oracle.

A surface is asked as an actor and answers with the set of voters that it gave away. Add one
wherever voters leave the house: `SURFACES.append(Surface(name, action, groups, ask))`, or
`FIGURES` for one that gives a figure. `ask` opens its own scope, as its caller would.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.db import connection

from coop.actors import Action, Actor
from coop.db.scope import SETTING, acting_as
from coop.db.signing import sign
from tests.cast import PLACES, numbers_of, voter_uuid

TABLES: Final = {
    "registration": "voters_registration",
    "demographics": "voters_demographics",
    "contact_details": "voters_contactdetails",
    "vote_history": "voters_votehistory",
}
STATES: Final = "('OH', 'NC')"


@dataclass(frozen=True, slots=True)
class Surface:
    """One way to learn of voters: what it needs, and how it is asked."""

    name: str
    action: Action
    groups: frozenset[str]
    ask: Callable[[Actor], set[UUID]]


@dataclass(frozen=True, slots=True)
class Figure:
    """One way to learn how many there are: rounded to tens, None below ten."""

    name: str
    action: Action
    groups: frozenset[str]
    ask: Callable[[Actor], int | None]


def fetched(sql: str, *values: Any) -> set[UUID]:
    """Return the first column of a statement's rows."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return {row[0] for row in cursor.fetchall()}


def typed(actor: Actor, *, action: Action, sql: str) -> set[UUID]:
    """Return the voters that a statement gives to the app role in a scope of the actor's."""
    with acting_as(actor, action):
        return fetched(sql)


def counted(actor: Actor, *, table: str) -> int | None:
    """Return a signed count of a table, as a count-only answer gives it."""
    statement = f"SELECT count(*) FROM {table} WHERE state IN {STATES}"
    with acting_as(actor, Action.COUNT), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [SETTING])
        signature = sign(f"count|{cursor.fetchone()[0]}|{statement}")
        cursor.execute("SELECT sec.signed_count(%s, %s)", [statement, signature])
        figure: int | None = cursor.fetchone()[0]
        return figure


def contributable(actor: Actor) -> set[UUID]:
    """Return the voters for whom the actor may contribute contacts."""
    everyone = [
        voter_uuid(where[0], number)
        for place, where in PLACES.items()
        for number in numbers_of(place)
    ]
    with acting_as(actor, Action.CONTRIBUTE):
        return {
            voter
            for state in ("OH", "NC")
            for voter in fetched(
                "SELECT voter FROM sec.contributable(%s, %s, '{}')", state, everyone
            )
        }


SURFACES: Final[list[Surface]] = [
    *(
        Surface(
            f"SQL in a {action.value} scope on {table}",
            action,
            frozenset({group}),
            partial(
                typed,
                action=action,
                sql=f"SELECT voter FROM {table} WHERE state IN {STATES}",
            ),
        )
        for group, table in TABLES.items()
        for action in (Action.READ, Action.EXPORT)
    ),
    Surface(
        "SQL that joins every field group",
        Action.READ,
        frozenset(TABLES),
        partial(
            typed,
            action=Action.READ,
            sql="SELECT voter FROM voters_registration JOIN voters_demographics USING (state, voter) "
            "JOIN voters_contactdetails USING (state, voter) JOIN voters_votehistory USING (state, voter) "
            f"WHERE state IN {STATES}",
        ),
    ),
    Surface(
        "whom to contribute contacts for",
        Action.CONTRIBUTE,
        frozenset({"contacts"}),
        contributable,
    ),
]
FIGURES: Final[list[Figure]] = [
    Figure(
        f"a signed count of {table}",
        Action.COUNT,
        frozenset({group}),
        partial(counted, table=table),
    )
    for group, table in TABLES.items()
]
"""Surfaces of `SURFACES` give voters; those of `FIGURES` a figure."""

SHUT: Final[list[Surface]] = [
    Surface(
        f"SQL in a {action.value} scope on {table}",
        action,
        frozenset(),
        partial(typed, action=action, sql=f"SELECT voter FROM {table}"),
    )
    for table in TABLES.values()
    for action in Action
    if action not in {Action.READ, Action.EXPORT}
]
"""Ways that must give nobody anything."""

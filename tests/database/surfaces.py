"""Every way by which voters, or how many there are, can be learned: the matrix holds each to the oracle.

A surface is asked as an actor and answers with the set of voters that it gave away. Add one
wherever voters leave the house: `SURFACES.append(Surface(name, action, groups, ask))`, or
`FIGURES` for one that gives a figure. `ask` opens its own scope, as its caller would.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import DatabaseError, connection
from django.utils import timezone

from coop.actors import Action, Actor
from coop.db.scope import SETTING, acting_as
from coop.db.signing import sign
from coop.errors import Denied
from states.lists.chunks import first_chunk, next_chunk
from states.lists.downloads import Link, start_download
from states.lists.exports import order_export
from states.lists.models import Kind, SavedList
from states.scores.actions import declare_set, queue_upload
from states.scores.rules import Declared
from states.scores.work import run_uploads
from states.targeting.actions import Question, count_voters
from states.targeting.criteria import read_criteria
from states.voters.actions import search_voters
from states.voters.cards import Card
from states.voters.ids import parse_voter_id, voter_id
from states.voters.search import Query
from tests.cast import PLACES, numbers_of, voter_uuid
from tests.database.difference_surfaces import differed
from tests.database.list_surfaces import (
    EVERYONE_BY_GROUP,
    combined,
    listed,
    pulled,
    shared,
    split,
)

TABLES: Final = {
    "registration": "voters_registration",
    "demographics": "voters_demographics",
    "contact_details": "voters_contactdetails",
    "vote_history": "voters_votehistory",
    "ballots": "voters_ballot",
}
STATES: Final = "('OH', 'NC')"


@dataclass(frozen=True, slots=True)
class Surface:
    """One way to learn of voters: what it needs, and how it is asked.

    `shows_shielded` tells whether the owner meets its shielded voters there, `within_sight`
    whether it shows only those whose registration may be read or exported as well.
    """

    name: str
    action: Action
    groups: frozenset[str]
    ask: Callable[[Actor], set[UUID]]
    shows_shielded: bool = True
    within_sight: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """One way to learn how many there are; None for none at all."""

    name: str
    action: Action
    groups: frozenset[str]
    ask: Callable[[Actor], int]


def fetched(sql: str, *values: Any) -> set[UUID]:
    """Return the first column of a statement's rows."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return {row[0] for row in cursor.fetchall()}


def typed(actor: Actor, *, action: Action, sql: str) -> set[UUID]:
    """Return the voters that a statement gives to the app role in a scope of the actor's."""
    with acting_as(actor, action):
        return fetched(sql)


FOLD: Final = 1_000_000
"""A figure so many times itself stands out of its noise: a test sees what was counted."""


def counted(actor: Actor, *, table: str) -> int:
    """Return what a signed count of a table rests on, state by state, its noise seen through."""
    return sum(seen_through(actor, table=table, state=state) for state in ("OH", "NC"))


def seen_through(actor: Actor, *, table: str, state: str) -> int:
    """Return how many rows of a state a signed count sees; 0 where it is refused."""
    statement = f"SELECT {FOLD} * count(*) FROM {table} WHERE state IN ('{state}')"
    statement += f" /* asked anew: {uuid4()} */"
    try:
        with acting_as(actor, Action.COUNT):
            return round((signed_count(state, statement) or 0) / FOLD)
    except DatabaseError as error:
        if "nothing is counted here" not in str(error):
            raise
        return 0


def signed_count(state: str, statement: str, signed: str | None = None) -> int | None:
    """Return what the database gives for a count typed as the app role; `signed` is what was signed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [SETTING])
        token = cursor.fetchone()[0]
        signature = sign(f"count|{state}|{token}|{signed or statement}")
        values = [state, statement, signature]
        cursor.execute("SELECT sec.signed_count(%s, %s, %s)", values)
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


def exported(actor: Actor, *, groups: Iterable[str]) -> set[UUID]:
    """Return the voters of a download, line by line."""
    criteria = {"all": [EVERYONE_BY_GROUP[group] for group in groups]}
    with acting_as(actor, Action.READ):
        saved = SavedList(
            organization=actor.organization,
            name=f"List {uuid4()}",
            kind=Kind.LIVE,
            criteria=criteria,
            states=["NC", "OH"],
            created_by=actor.principal,
            created_at=timezone.now(),
        )
        saved.save(force_insert=True)
    try:
        ordered = order_export(list_id=saved.id, columns=None, by=actor)
        download = start_download(Link(actor, ordered.export.id))
        body, after = b"", first_chunk(download)
        while after.after is not None:
            body, after = body + after.body, next_chunk(download, after.after)
    except Denied:
        return set()
    text = (body + after.body).decode()
    lines = csv.DictReader(io.StringIO(text, newline=""))
    return {parse_voter_id(line["id"])[1] for line in lines}


def searched(actor: Actor, *, group: str) -> set[UUID]:
    """Return the voters whose cards, found by a search, show a field group."""
    return {
        card.voter
        for state in ("OH", "NC")
        for card in _cards(actor, state)
        if group in {one.value for one in card.groups}
    }


def _cards(actor: Actor, state: str) -> Iterable[Card]:
    """Yield every card of a state, page by page: an empty name begins every name."""
    after = None
    try:
        while True:
            cards, after = search_voters(
                state=state, query=Query(), after=after, limit=150, by=actor
            )
            yield from cards
            if after is None:
                return
    except Denied:
        return


def scored(actor: Actor) -> set[UUID]:
    """Return the voters that a set of the actor's own may score, and so be told of: everyone is tried."""
    made = declare_set(declared=Declared(f"s{uuid4().hex[:20]}", 0, 1), by=actor).id
    found: set[UUID] = set()
    for state in ("OH", "NC"):
        lines = [
            f"{voter_id(state, voter_uuid(state, number))},1"
            for place, where in PLACES.items()
            for number in (*numbers_of(place), 1, 2)
            if where[0] == state
        ]
        body = "\n".join(["voter,score", *lines]).encode()
        try:
            queue_upload(set_id=made, state=state, chunks=[body], by=actor)
        except Denied:
            continue
        while run_uploads():
            pass
        found |= typed(
            actor,
            action=Action.READ,
            sql=f"SELECT voter FROM voters_score WHERE score_set = '{made}' AND state = '{state}'",
        )
    return found


def figures(
    actor: Actor, *, groups: Iterable[str]
) -> dict[str, tuple[int | None, bool]]:
    """Return what a count answers for each state: the figure, and whether it is exact."""
    criteria = {"all": [EVERYONE_BY_GROUP[group] for group in groups]}
    question = Question(read_criteria(criteria), ["NC", "OH"])
    try:
        counted = count_voters(question=question, by=actor)
    except Denied:
        return {}
    return {one.state: (one.count, one.exact) for one in counted.states}


COUNTED: Final = (("registration",), ("demographics", "vote_history"))
"""Field groups of the criteria that counts are asked with."""

SURFACES: Final[list[Surface]] = [
    *(
        Surface(
            f"cards found by name that show {group}",
            Action.READ,
            frozenset({"registration", group}),
            partial(searched, group=group),
        )
        for group in ("registration", "contact_details", "ballots")
    ),
    *(
        Surface(
            f"a {kind.value} list by {', '.join(groups)}",
            Action.READ,
            frozenset(groups) | {"registration"},
            partial(listed, kind=kind, groups=groups),
            shows_shielded=False,
        )
        for kind, groups in (
            (Kind.PINNED, ("registration",)),
            (Kind.LIVE, ("demographics", "vote_history")),
            (Kind.LIVE, ("ballots",)),
        )
    ),
    Surface(
        "lists combined by demographics",
        Action.READ,
        frozenset({"registration", "demographics"}),
        partial(combined, groups=("demographics",)),
        shows_shielded=False,
    ),
    Surface(
        "the parts of a list",
        Action.READ,
        frozenset({"registration"}),
        split,
        shows_shielded=False,
    ),
    Surface(
        "who joined a list by vote history and ballots",
        Action.READ,
        frozenset({"registration", "vote_history", "ballots"}),
        partial(pulled, groups=("vote_history", "ballots")),
        shows_shielded=False,
    ),
    *(
        Surface(
            f"a {kind.value} list by {', '.join(groups)} that its owner shares",
            Action.READ,
            frozenset({"registration", *groups}),
            partial(shared, kind=kind, groups=groups),
            shows_shielded=False,
        )
        for kind, groups in (
            (Kind.PINNED, ("registration",)),
            (Kind.LIVE, ("demographics", "contact_details")),
        )
    ),
    Surface(
        "an export by contact details",
        Action.EXPORT,
        frozenset({"registration", "contact_details"}),
        partial(exported, groups=("contact_details",)),
        shows_shielded=False,
    ),
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
            "JOIN voters_ballot USING (state, voter) "
            f"WHERE state IN {STATES}",
        ),
    ),
    *(
        Surface(
            f"what a publication changed that shows {group}",
            Action.READ,
            frozenset({group}),
            partial(differed, group=group),
        )
        for group in ("registration", "contact_details")
    ),
    Surface(
        "whom one's own scores reach",
        Action.READ,
        frozenset({"registration"}),
        scored,
        shows_shielded=False,
    ),
    Surface(
        "whom to contribute contacts for",
        Action.CONTRIBUTE,
        frozenset({"contacts"}),
        contributable,
        within_sight=True,
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

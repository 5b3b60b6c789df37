"""Compiled SQL selects exactly whom plain Python selects, for random criteria and partial licenses."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings, strategies as st

from coop.actors import NOBODY, Action, Actor, worker_for
from coop.db.scope import acting_as
from states.canvass.models import Standing, SuppressionAssertion
from states.canvass.vocabulary import CONTACT_TYPES, RESULT_CODES
from states.fields.codes import ELECTION_TYPES
from states.fields.definition import Field, Group, Kind, Operator
from states.fields.registry import FIELDS
from states.targeting.actions import Question, count_voters
from states.targeting.columns import StateFacts
from states.targeting.compile import Universe, voters_statement
from states.targeting.criteria import Criteria, read_criteria
from states.targeting.queries import rows_of
from states.targeting.values import ElectionDay
from states.voters.models import (
    ContactDetails,
    Demographics,
    Registration,
    VoteHistory,
)
from tests.cast import ELECTIONS, PLACES, Cast, grant
from tests.targeting.oracle import Record, Voter, selected

AS_OF = dt.date(2026, 11, 22)
RECORD = Record(frozenset(ElectionDay(day, kind) for _, day, kind in ELECTIONS), AS_OF)
OHIO = {place for place, row in PLACES.items() if row[0] == "OH"}
TABLES: dict[Group, Any] = {
    Group.REGISTRATION: Registration,
    Group.DEMOGRAPHICS: Demographics,
    Group.CONTACT_DETAILS: ContactDetails,
    Group.VOTE_HISTORY: VoteHistory,
}
ASKED = [
    one
    for one in FIELDS.values()
    if one.group is not Group.BALLOTS and one.name != "activist_code"
]
"""Fields whose values need nothing of the reader's own."""


def _raw_voters(owner: Actor) -> dict[UUID, dict[str, Any]]:
    """Return every voter of Ohio's tables as columns of the fields, by id."""
    voters: dict[UUID, dict[str, Any]] = {}
    with acting_as(owner, Action.READ):
        for model in TABLES.values():
            for row in model.objects.filter(state="OH").values():
                voters.setdefault(row["voter"], {}).update(row)
    return voters


def _contact(by: Actor, voter: UUID, place: int, audience: UUID, seed: int) -> Standing:
    """Write what one audience knows of a voter, as a worker applying contacts does."""
    invented = random.Random(seed)
    at = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC) - dt.timedelta(
        days=invented.randrange(60)
    )
    support = invented.choice([None, 1, 3, 5])
    attempts = invented.randrange(1, 5)
    one = Standing(
        state="OH",
        voter=voter,
        audience=audience,
        place=place,
        last_contact_at=at,
        last_contact_type=invented.choice(list(CONTACT_TYPES)).number,
        last_result=invented.choice(list(RESULT_CODES)).number,
        last_seq=seed,
        attempts=attempts,
        held_attempts=0 if audience == NOBODY else invented.randrange(attempts + 1),
        reached_at=invented.choice([None, at]),
        support=support,
        support_at=at if support else None,
        support_seq=seed if support else None,
    )
    with acting_as(worker_for(by.organization), Action.APPLY):
        one.save(force_insert=True)
    return one


def _suppress(by: Actor, voter: UUID, place: int, kind: str) -> None:
    with acting_as(worker_for(by.organization), Action.APPLY):
        SuppressionAssertion(
            state="OH",
            assertion=uuid4(),
            voter=voter,
            place=place,
            kind=kind,
            opted_in=False,
            organization=by.organization,
            source="",
            contact=uuid4(),
            event_time=dt.datetime(2026, 11, 1, tzinfo=dt.UTC),
            asserted_at=dt.datetime(2026, 11, 1, tzinfo=dt.UTC),
        ).save(force_insert=True)
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM sec.bind_suppressions('OH', %s)", [[voter]])


class Reader:
    """One organization, the places of each group it may read, and the world as it sees it."""

    def __init__(
        self, actor: Actor, places: dict[Group, set[int]], voters: dict[UUID, Voter]
    ) -> None:
        self.actor = actor
        self.places = places
        self.voters = voters

    def expected(self, tree: Criteria) -> set[UUID]:
        return {
            one
            for one, voter in self.voters.items()
            if selected(tree, voter, RECORD, self.places)
        }


@pytest.fixture
def readers(cast: Cast) -> list[Reader]:
    """Readers with whole, partial and overlapping licenses, and contacts of two audiences."""
    grant("OH", cast.ohio, cast.stranger, actions=["read"], groups=["registration"])
    grant(
        "OH",
        cast.ohio,
        cast.stranger,
        actions=["read"],
        groups=["contact_details", "vote_history"],
        counties=[39035, 39061],
    )
    raw = _raw_voters(cast.ohio)
    contacts: list[Standing] = []
    suppressed: list[tuple[UUID, UUID, str]] = []
    for seed, (voter, row) in enumerate(sorted(raw.items())):
        if row["place"] < 0:
            continue
        if seed % 2:
            contacts.append(
                _contact(cast.outside_group, voter, row["place"], NOBODY, seed)
            )
        if seed % 3 == 0:
            own = cast.campaign.organization
            contacts.append(
                _contact(cast.campaign, voter, row["place"], own, 1000 + seed)
            )
        if seed % 5 == 0:
            _suppress(cast.outside_group, voter, row["place"], "call")
            suppressed.append((voter, NOBODY, "call"))
        if seed % 7 == 0:
            _suppress(cast.campaign, voter, row["place"], "moved")
            suppressed.append((voter, cast.campaign.organization, "moved"))
    whole = dict.fromkeys(Group, OHIO)
    third = {key: {1, 3} for key in Group}
    parts = {key: set[int]() for key in Group} | {
        Group.REGISTRATION: OHIO,
        Group.CONTACT_DETAILS: {4, 5},
        Group.VOTE_HISTORY: {4, 5},
    }
    return [
        Reader(actor, places, _seen(actor, places, raw, contacts, suppressed))
        for actor, places in (
            (cast.ohio, whole),
            (cast.committee, whole),
            (cast.campaign, third),
            (cast.stranger, parts),
        )
    ]


def _seen(
    actor: Actor,
    places: dict[Group, set[int]],
    raw: dict[UUID, dict[str, Any]],
    contacts: list[Standing],
    suppressed: list[tuple[UUID, UUID, str]],
) -> dict[UUID, Voter]:
    """Return the voters with the contact values that the reader's audiences give."""
    seen = {}
    for voter, row in raw.items():
        place = row["place"]
        held = [
            one
            for one in contacts
            if one.voter == voter
            and (
                one.audience == actor.organization
                or (one.audience == NOBODY and place in places[Group.CONTACTS])
            )
        ]
        kinds = {
            kind
            for one, audience, kind in suppressed
            if one == voter
            and (
                audience == actor.organization
                or (audience == NOBODY and place in places[Group.REGISTRATION])
            )
        }
        values = row | _values(held) | {"party_basis": "last_primary", "age": None}
        values["times_voted"] = len(row["elections"])
        days = {number: ElectionDay(day, kind) for number, day, kind in ELECTIONS}
        votes = {days[number] for number in row["elections"]}
        seen[voter] = Voter(place, values, votes, kinds)
    return seen


def _values(held: list[Standing]) -> dict[str, Any]:
    newest = max(
        held, key=lambda one: (one.last_contact_at, one.last_seq), default=None
    )
    answered = max(
        (one for one in held if one.support),
        key=lambda one: (one.support_at, one.support_seq),
        default=None,
    )
    reached = [one.reached_at.date() for one in held if one.reached_at]
    pool = [one for one in held if one.audience == NOBODY]
    own = [one for one in held if one.audience != NOBODY]
    attempts = sum(one.attempts for one in held)
    if pool:
        attempts = pool[0].attempts + sum(one.held_attempts for one in own)
    return {
        "last_contact": newest and newest.last_contact_at.date(),
        "last_contact_type": newest and CONTACT_TYPES.name(newest.last_contact_type),
        "last_result": newest and RESULT_CODES.name(newest.last_result),
        "last_reached": max(reached, default=None),
        "attempts": attempts,
        "support": answered and answered.support,
    }


VALUES: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.TEXT: st.sampled_from(
        [
            "SMITH",
            "smi",
            "O'NEIL",
            "%",
            "Müller",
            "ADA",
            "EXAMPLE",
            "1 Elm St",
            "OH00000001003",
        ]
    ),
    Kind.CODE: st.sampled_from(["3", "15", "P1", "1", "43001", "OH", "x"]),
    Kind.INTEGER: st.sampled_from([0, 1, 2, 3, 5, 21, 40, 65, 1970, 39049, 39035]),
    Kind.DATE: st.dates(dt.date(1930, 1, 1), dt.date(2026, 12, 31)).map(str),
    Kind.PHONE: st.sampled_from(["+16145550100", "+16145550104", "+16145550139"]),
    Kind.EMAIL: st.sampled_from(["voter1000@example.org", "VOTER1005@EXAMPLE.ORG"]),
}
ELECTION = st.one_of(
    st.sampled_from([{"date": str(day), "type": kind} for _, day, kind in ELECTIONS]),
    st.just({"date": "2018-11-06", "type": "general"}),
)


@st.composite
def _comparison(draw: st.DrawFn) -> dict[str, Any]:
    field: Field = draw(st.sampled_from(ASKED))
    op = draw(st.sampled_from(field.operators))
    value = (
        st.sampled_from(field.values)
        if field.values
        else VALUES.get(field.kind, st.none())
    )
    by_operator: dict[Operator, st.SearchStrategy[Any]] = {
        Operator.IN: st.lists(value, min_size=1, max_size=3),
        Operator.HAS: st.lists(value, min_size=1, max_size=3),
        Operator.HAS_NOT: st.lists(value, min_size=1, max_size=3),
        Operator.BETWEEN: st.lists(value, min_size=2, max_size=2).map(sorted),
        Operator.KNOWN: st.booleans(),
        Operator.WITHIN_DAYS: st.integers(0, 70),
        Operator.VOTED_ANY: st.lists(ELECTION, min_size=1, max_size=3),
        Operator.VOTED_NONE: st.lists(ELECTION, min_size=1, max_size=3),
        Operator.VOTED_AT_LEAST: st.fixed_dictionaries(
            {
                "times": st.integers(1, 2),
                "of_last": st.integers(2, 4),
                "type": st.sampled_from(ELECTION_TYPES),
            }
        ),
    }
    return {
        "field": field.name,
        "op": op.value,
        "value": draw(by_operator.get(op, value)),
    }


TREES = st.recursive(
    _comparison(),
    lambda children: st.one_of(
        st.fixed_dictionaries({"all": st.lists(children, max_size=3)}),
        st.fixed_dictionaries({"any": st.lists(children, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"not": children}),
    ),
    max_leaves=6,
)


@pytest.mark.slow
@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@example(raw={"not": {"field": "last_contact", "op": "within_days", "value": 14}})
@example(
    raw={
        "not": {
            "field": "voted",
            "op": "any",
            "value": [{"date": "2018-11-06", "type": "general"}],
        }
    }
)
@example(raw={"not": {"field": "suppressions", "op": "has", "value": ["call"]}})
@example(raw={"not": {"field": "attempts", "op": "gt", "value": 0}})
@given(raw=TREES)
def test_compiled_sql_selects_whom_the_oracle_selects(
    readers: list[Reader], raw: dict[str, Any]
) -> None:
    tree = read_criteria(raw)
    numbers = {ElectionDay(day, kind): number for number, day, kind in ELECTIONS}
    facts = StateFacts("OH", "last_primary", AS_OF, numbers)
    for reader in readers:
        with acting_as(reader.actor, Action.READ):
            rows = rows_of(voters_statement(Universe(tree), facts))
        assert {voter for voter, _ in rows} == reader.expected(tree)
        assert len({voter for voter, _ in rows}) == len(rows)


def test_the_count_is_the_number_of_rows(readers: list[Reader]) -> None:
    tree = read_criteria(
        {
            "any": [
                {"field": "age", "op": "gte", "value": 40},
                {"field": "support", "op": "known", "value": True},
            ]
        }
    )
    for reader in readers[:3]:
        expected = len(reader.expected(tree))
        answer = count_voters(question=Question(tree, ["OH"], AS_OF), by=reader.actor)
        assert expected > 10
        assert [(one.count, one.exact) for one in answer.states] == [(expected, True)]

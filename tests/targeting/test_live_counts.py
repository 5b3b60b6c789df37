"""Counts of what changes with every contact: bitmaps, SQL and a fold of the history agree, at the position they state."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from django.db import connections
from hypothesis import HealthCheck, given, settings, strategies as st
from psycopg import IsolationLevel

from coop.actors import WORKER, Action
from coop.db.scope import acting_as
from coop.grants.actions import revoke_grant
from states.canvass import draining
from states.canvass.draining import apply_inbox
from states.canvass.own_codes import KnownCodes
from states.canvass.published import KnownQuestions
from states.facets.cache import CACHE
from states.facets.reading import Keys, read_keys
from states.feeds.models import Change
from states.fields.definition import Group
from states.targeting import answering, live
from states.targeting.answering import count_by_bitmaps
from states.targeting.columns import StateFacts
from states.targeting.compile import Universe, count_statement
from states.targeting.criteria import read_criteria
from states.targeting.live_keeping import keep_due
from states.targeting.queries import At, figure_at
from tests.canvass.pushes import body, push
from tests.cast import SHIELDED, Cast, grant, load_cast
from tests.conftest import CommittedDatabase
from tests.targeting.live_stream import (
    ANSWERED,
    ANSWERS,
    CODES,
    Stream,
    hour,
    known_to,
    make_words,
    publish,
)
from tests.targeting.oracle import Record, selected
from tests.targeting.test_bitmaps import FACTS

OHIO = {1, 2, 3, 4, 5}
RECORD = Record(frozenset(), FACTS.as_of)
READERS = {
    "ohio": OHIO,
    "committee": OHIO,
    "campaign": {1, 3},
    "rival": {2},
    "outside_group": OHIO,
}
CONTACTED = {"field": "attempts", "op": "gte", "value": 1}
TREES: list[dict[str, Any]] = [
    CONTACTED,
    {"not": {"field": "last_contact", "op": "within_days", "value": 21}},
    {"field": "last_result", "op": "in", "value": ["canvassed", "not_home"]},
    {"field": "last_contact_type", "op": "eq", "value": "phone"},
    {"not": {"field": "support", "op": "lte", "value": 2}},
    {"field": "last_reached", "op": "known", "value": True},
    {"field": "attempts", "op": "eq", "value": 2},
    {"field": "suppressions", "op": "has", "value": ["call", "moved"]},
    {"not": {"field": "suppressions", "op": "known", "value": True}},
    {"all": [{"field": "party", "op": "in", "value": ["D", "R"]}, CONTACTED]},
    {"field": "activist_code", "op": "has", "value": ["volunteer"]},
    {"field": "activist_code", "op": "has_not", "value": ["Volunteer", "Yard sign"]},
    {"not": {"field": "activist_code", "op": "known", "value": True}},
    {"field": ANSWERED, "op": "eq", "value": "yes"},
    {"not": {"field": ANSWERED, "op": "in", "value": ["Yes"]}},
    {"field": ANSWERED, "op": "known", "value": False},
]


def counted(raw: dict[str, Any]) -> At[int]:
    """Return what bitmaps answer in the open scope."""
    found = count_by_bitmaps(read_criteria(raw), facts())
    assert found is not None
    return found


def facts() -> StateFacts:
    """Return Ohio's facts as the open scope's organization knows them."""
    return replace(FACTS, answers=KnownQuestions(), codes=KnownCodes())


def by_sql(raw: dict[str, Any]) -> At[int]:
    """Return what SQL answers in the open scope, and of which position."""
    return figure_at("OH", count_statement(Universe(read_criteria(raw)), facts()))


@pytest.fixture
def stream(committed_db: CommittedDatabase) -> Stream:
    """A stream that has not begun, in a state whose bitmaps are those of its voters."""
    cast = load_cast()
    publish(cast, {})
    grant(
        "OH",
        cast.ohio,
        cast.campaign,
        actions=["contribute"],
        groups=["contacts"],
        us_house_districts=["3"],
        pool="held",
    )
    return Stream(cast, make_words(cast, READERS))


def check(cast: Cast, trees: list[dict[str, Any]]) -> None:
    """Hold every reader's answers against SQL, at the same position, and against the history that it sees."""
    for name, places in READERS.items():
        reader = cast.everyone[name]
        voters = known_to(reader, cast.ohio)
        licensed = dict.fromkeys(Group, places)
        for raw in trees:
            with acting_as(reader, Action.READ):
                found, held = counted(raw), by_sql(raw)
            tree = read_criteria(raw)
            expected = sum(
                selected(tree, voter, RECORD, licensed) for voter in voters.values()
            )
            assert found == held, (name, raw)
            assert found.answer == expected, (name, raw)


WHO = st.sampled_from(["outside_group", "rival", "campaign", "ohio"])
VOTER = st.tuples(st.integers(1, 5), st.integers(0, 4))
SAID: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"contact_type": st.sampled_from(["walk", "phone"])},
    optional={"occurred_at": st.integers(-900, 400).map(hour)},
).flatmap(
    lambda told: st.one_of(
        st.sampled_from(["not_home", "canvassed", "do_not_call", "moved"]).map(
            lambda result: told | {"result_code": result}
        ),
        st.integers(1, 5).map(lambda support: told | {"support": support}),
        st.dictionaries(st.sampled_from(CODES), st.booleans(), min_size=1).map(
            lambda codes: told | {"codes": codes}
        ),
        st.sampled_from(ANSWERS).map(lambda answer: told | {"answer": answer}),
    )
)
STEP = st.one_of(
    st.tuples(st.just("push"), WHO, VOTER, SAID),
    st.tuples(st.just("push"), WHO, VOTER, SAID),
    st.tuples(st.just("correct"), st.integers(0, 9), SAID),
    st.tuples(st.just("retract"), st.integers(0, 9)),
    st.tuples(st.just("lift"), WHO, st.sampled_from(["call", "moved"])),
    st.tuples(st.just("move"), VOTER, st.sampled_from([1, 2, 4, SHIELDED["OH"]])),
    st.just(("keep",)),
)


@pytest.mark.slow
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    steps=st.lists(STEP, min_size=1, max_size=6),
    trees=st.lists(st.sampled_from(TREES), min_size=2, max_size=4),
)
def test_after_every_event_of_a_stream_bitmaps_sql_and_history_agree(
    stream: Stream, steps: list[Any], trees: list[dict[str, Any]]
) -> None:
    for step in steps:
        play(stream, step)
        check(stream.cast, trees)


def play(stream: Stream, step: Any) -> None:
    """Let one thing happen."""
    places = stream.cast.places
    match step:
        case ("push", who, (place, number), said):
            stream.push(who, places[place][number], **said)
        case ("correct", which, said):
            stream.correct(which, **said)
        case ("retract", which):
            stream.retract(which)
        case ("lift", who, kind):
            stream.lift(who, kind)
        case ("keep",):
            # Every process begins anew, from what the worker stored.
            keep_due(behind=0)
            CACHE.clear()
        case ("move", (place, number), to):
            publish(stream.cast, {places[place][number]: to})


@pytest.mark.slow
def test_what_is_pushed_is_counted_without_reading_everything_anew(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = stream.cast
    voters = cast.places[1]
    stream.push("outside_group", voters[0])
    with acting_as(cast.ohio, Action.READ):
        assert counted(CONTACTED).answer == 1
    read: list[str] = []
    monkeypatch.setattr(live.LiveFacets, "_read_all", lambda self: read.append("all"))
    stream.push("outside_group", voters[1])
    with acting_as(cast.ohio, Action.READ):
        assert counted(CONTACTED).answer == 2
    assert read == []


@pytest.mark.slow
def test_who_is_far_behind_reads_everything_anew(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "CATCH_UP_MOST", 2)
    stream.push("outside_group", stream.cast.places[1][0])
    check(stream.cast, [CONTACTED])
    for voter in stream.cast.places[3][:5]:
        stream.push("outside_group", voter)
    check(stream.cast, TREES)


@pytest.mark.slow
def test_what_is_held_is_in_no_count_of_anyone_else(stream: Stream) -> None:
    cast = stream.cast
    stream.push("rival", cast.places[2][0], support=1)
    seen = {}
    for name in READERS:
        with acting_as(cast.everyone[name], Action.READ):
            seen[name] = counted(CONTACTED).answer
    assert seen == dict.fromkeys(READERS, 0) | {"rival": 1}


@pytest.mark.slow
def test_a_grant_that_ends_takes_its_contacts_out_of_the_next_count(
    stream: Stream,
) -> None:
    cast = stream.cast
    own, others = cast.places[1][0], cast.places[4][0]
    made = grant("OH", cast.ohio, cast.stranger, actions=["read"])
    grant(
        "OH",
        cast.ohio,
        cast.stranger,
        actions=["read"],
        groups=["registration"],
    )
    stream.push("outside_group", own)
    stream.push("outside_group", others)
    with acting_as(cast.stranger, Action.READ):
        assert counted(CONTACTED).answer == 2
    revoke_grant(grant=made.id, reason="Over.", by=cast.ohio)
    with acting_as(cast.stranger, Action.READ):
        assert counted(CONTACTED).answer == 0
        assert counted({"not": CONTACTED}).answer == 200


@pytest.mark.slow
def test_a_grant_that_ends_between_two_reads_leaves_nothing_wrong_behind(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = stream.cast
    made = grant("OH", cast.ohio, cast.stranger, actions=["read"])
    with acting_as(cast.stranger, Action.READ):
        assert counted(CONTACTED).answer == 0
    stream.push("outside_group", cast.places[1][0])

    def ends_after(state: str, *, using: str, counted: bool) -> Keys | None:
        keys = read_keys(state, using=using, counted=counted)
        monkeypatch.undo()
        _in_another_session(cast, made.id)
        return keys

    monkeypatch.setattr(answering, "read_keys", ends_after)
    with acting_as(cast.stranger, Action.READ):
        assert count_by_bitmaps(read_criteria(CONTACTED), FACTS) is None
    kept = [one for one in CACHE._held if isinstance(one, tuple) and one[0] == "live"]
    assert all(CACHE.get(one).position == 0 for one in kept)


def _in_another_session(cast: Cast, made: Any) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(_revoke, cast, made).result(timeout=30)


def _revoke(cast: Cast, made: Any) -> None:
    try:
        revoke_grant(grant=made, reason="Over.", by=cast.ohio)
    finally:
        connections.close_all()


@pytest.mark.slow
def test_while_contacts_arrive_each_count_is_exact_at_the_position_it_states(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draining, "BATCH", 5)
    cast = stream.cast
    voters = [voter for place in sorted(OHIO) for voter in cast.places[place]]
    for start in range(0, len(voters), 20):
        push(cast.outside_group, *(body(one) for one in voters[start : start + 20]))
    told: list[At[int]] = []
    with ThreadPoolExecutor(1) as pool:
        for _ in _until(pool.submit(_drain_slowly)):
            with acting_as(cast.committee, Action.READ):
                told.append(counted(CONTACTED))
            with _of_one_moment(), acting_as(cast.campaign, Action.READ):
                assert counted(CONTACTED) == by_sql(CONTACTED)
    with acting_as(cast.committee, Action.READ):
        told.append(counted(CONTACTED))
        changes = list(
            Change.objects.filter(state="OH", kind="contact")
            .order_by("seq")
            .values_list("seq", "voter")
        )
    for one in told:
        assert one.position is not None
        so_far = {voter for seq, voter in changes if seq <= one.position}
        assert one.answer == len(so_far)
    assert told[-1].answer == len(voters)
    assert len({one.position for one in told}) > 2


@contextmanager
def _of_one_moment() -> Iterator[None]:
    """Let all statements of the transactions within see what the first one sees."""
    connections["default"].ensure_connection()
    session = connections["default"].connection
    session.isolation_level = IsolationLevel.REPEATABLE_READ
    try:
        yield
    finally:
        session.isolation_level = None


def _until(work: Future[None]) -> Iterator[None]:
    """Go on until work is done; its failure is ours."""
    until = time.monotonic() + 60
    while not work.done() and time.monotonic() < until:
        yield
    work.result(timeout=0)


def _drain_slowly() -> None:
    """Drain as a worker does, in batches small enough that readers come between."""
    try:
        while apply_inbox(by=WORKER, seconds=0.01):
            time.sleep(0.005)
    finally:
        connections.close_all()

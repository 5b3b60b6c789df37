"""What a worker stores of live bitmaps: processes begin from it, nobody else's sight is in it, and it is never believed."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from django.db import connections

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.errors import Unavailable
from coop.grants.actions import revoke_grant
from coop.grants.queries import grants_in_force_of
from states.facets.cache import CACHE
from states.targeting import live, queries
from states.targeting.live_keeping import keep_due
from states.targeting.live_rows import SEEN
from tests.cast import NAMES, SHIELDED, Cast, grant
from tests.database.test_facet_walls import places
from tests.targeting.live_stream import Stream, publish
from tests.targeting.test_live_counts import (
    CONTACTED,
    READERS,
    TREES,
    by_sql,
    check,
    counted,
    stream,
)

__all__ = ["stream"]


def rows(by: Actor, action: Action = Action.READ) -> list[tuple[UUID, int, bool]]:
    """Return what of the stored pieces SQL gives to an actor: whose, of which place, with the pool or not."""
    with acting_as(by, action), connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT organization, place, pooled FROM facets_live WHERE state = 'OH' ORDER BY place"
        )
        return list(cursor.fetchall())


def ask(by: Actor, raw: dict[str, Any] = CONTACTED) -> int:
    """Count by bitmaps, which SQL must bear out at the same position."""
    with acting_as(by, Action.READ):
        found = counted(raw)
        assert found == by_sql(raw)
    return found.answer


def without_reading_all(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note each time that everything is read."""
    read: list[str] = []
    whole = live.LiveFacets._read_all

    def noted(self: live.LiveFacets) -> Any:
        read.append(self._keys.state)
        return whole(self)

    monkeypatch.setattr(live.LiveFacets, "_read_all", noted)
    return read


@pytest.mark.slow
def test_a_fresh_process_begins_from_what_was_kept(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = stream.cast
    voters = cast.places[1]
    stream.push("outside_group", voters[0], codes={"Volunteer": True})
    stream.push("outside_group", voters[1], answer="Yes")
    for who in READERS:
        ask(cast.everyone[who])
    assert keep_due() == len(READERS)
    assert keep_due() == 0, "nothing is due again"
    read = without_reading_all(monkeypatch)
    for again in range(2):
        CACHE.clear()
        check(cast, TREES)
        stream.push("outside_group", voters[2 + again], support=2)
        stream.push("rival", cast.places[2][again], codes={"Volunteer": True})
        stream.retract(again)
    assert read == []


@pytest.mark.slow
def test_a_question_that_takes_too_long_is_refused_and_the_next_finds_what_it_missed(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its transaction is undone; that it was asked must not be."""
    asker = stream.cast.committee
    stream.push("outside_group", stream.cast.places[1][0])
    with monkeypatch.context() as slow:
        slow.setattr(live, "SEEN", SEEN + " WHERE pg_sleep(3) IS NOT NULL")
        slow.setattr(queries, "STATEMENT_SECONDS", 1)
        with pytest.raises(Unavailable, match="answer_too_slow"):
            ask(asker)
    assert keep_due() == 1
    read = without_reading_all(monkeypatch)
    assert ask(asker) == 1
    assert read == []


@pytest.mark.slow
def test_who_is_cut_off_while_asking_is_refused_and_nothing_else(
    stream: Stream,
) -> None:
    """What it missed is noted after its scope, when it has nothing to do with the state any more."""
    cast = stream.cast
    stream.push("outside_group", cast.places[1][0])
    held = grants_in_force_of(cast.committee, states=["OH"])
    with acting_as(cast.committee, Action.READ):
        mine = [one.id for one in held]
    live._want("OH", cast.committee, missed=True)
    for one in mine:
        revoke_grant(grant=one, reason="other", by=cast.ohio)
    live._want("OH", cast.committee, missed=True)
    assert keep_due() == 1


@pytest.mark.slow
def test_of_many_who_ask_at_once_one_reads_everything(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = stream.cast
    stream.push("outside_group", cast.places[1][0])
    read = without_reading_all(monkeypatch)
    together = threading.Barrier(4)

    def in_thread() -> int:
        try:
            together.wait(timeout=30)
            return ask(cast.ohio)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        found = [one.result(60) for one in [pool.submit(in_thread) for _ in range(4)]]
    assert found == [1, 1, 1, 1]
    assert read == ["OH"]


@pytest.mark.slow
def test_what_is_far_behind_or_of_another_publication_is_kept_anew(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = stream.cast
    stream.push("outside_group", cast.places[1][0])
    assert ask(cast.ohio) == 1
    assert keep_due() == 1
    stream.push("outside_group", cast.places[1][1])
    assert keep_due(behind=1) == 0
    assert keep_due(behind=0) == 1
    publish(cast, {cast.places[1][0]: SHIELDED["OH"], cast.places[1][1]: 4})
    read = without_reading_all(monkeypatch)
    CACHE.clear()
    assert ask(cast.ohio) == 1
    assert read == ["OH"], "it was of another publication"
    CACHE.clear()
    assert keep_due() == 1
    read.clear()
    CACHE.clear()
    assert ask(cast.ohio) == 1
    assert read == []


@pytest.mark.slow
def test_what_a_grant_ended_is_neither_seen_nor_used(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = stream.cast
    reader = cast.stranger
    grant("OH", cast.ohio, reader, actions=["read"], groups=["registration"])
    made = grant("OH", cast.ohio, reader, actions=["read"])
    stream.push("outside_group", cast.places[1][0])
    assert ask(reader) == 1
    assert keep_due() == 1
    mine = reader.organization
    assert rows(reader) == [(mine, place, True) for place in range(1, 6)]
    revoke_grant(grant=made.id, reason="Over.", by=cast.ohio)
    assert rows(reader) == []
    CACHE.clear()
    read = without_reading_all(monkeypatch)
    assert ask(reader) == 0
    assert read == ["OH"]
    assert keep_due() == 1
    assert rows(reader) == [(mine, place, False) for place in range(1, 6)]


@pytest.mark.slow
def test_each_sees_its_own_pieces_of_its_own_places(stream: Stream) -> None:
    cast = stream.cast
    stream.push("outside_group", cast.places[1][0])
    for who in READERS:
        ask(cast.everyone[who])
    assert keep_due() == len(READERS)
    for who in NAMES:
        by = cast.everyone[who]
        for action in Action:
            pieces = rows(by, action)
            assert {one[0] for one in pieces} <= {by.organization}
            seen = (
                places(by, action, "facets_registration") if who in READERS else set()
            )
            assert {one[1] for one in pieces} == seen, (who, action)
            assert not pieces or action in (Action.READ, Action.EXPORT)


ATTACKS = (
    "INSERT INTO facets_live SELECT * FROM facets_live",
    "UPDATE facets_live SET position = 0",
    "DELETE FROM facets_live",
    "SELECT * FROM facets_live_wanted",
    "SELECT sec.keep_live('OH', gen_random_uuid(), 0, '{1}', '{true}', '{\"\"}')",
    "SELECT sec.want_live('NC', true)",
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_nobody_keeps_anything_by_hand(cast: Cast, attack: str) -> None:
    with (
        pytest.raises(Exception, match=r"permission denied|kept here|no such state"),
        acting_as(cast.campaign, Action.READ),
        connections["default"].cursor() as cursor,
    ):
        cursor.execute(attack)


def test_only_a_worker_claims_what_is_due(cast: Cast) -> None:
    with connections["default"].cursor() as cursor:
        with acting_as(cast.ohio, Action.READ):
            cursor.execute("SELECT sec.want_live('OH', true)")
        for action in set(Action) - {Action.WORK}:
            with acting_as(cast.ohio, action):
                cursor.execute("SELECT * FROM sec.claim_live(0)")
                assert cursor.fetchall() == []

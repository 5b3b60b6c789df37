"""The hub that serves open streams: one read for many, bounded for the slow, judged for all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import RequestFactory, override_settings

from api import fanout, stream_reader
from api.fanout import Hub
from api.stream_reader import Reader
from coop.actors import WORKER, Action, Actor
from coop.db.scope import acting_as
from coop.errors import TooMany, Unavailable
from coop.organizations.models import Credential
from states.feeds import following
from states.feeds.following import Follower, feed_heads, standing_of
from states.feeds.queries import Seen
from states.feeds.reading import read_numbers
from tests.canvass.pushes import body, push_and_apply
from tests.cast import Cast
from tests.conftest import CommittedDatabase
from tests.feeds.streaming import key_of

Scenario = Callable[[Hub], Coroutine[Any, Any, None]]


def _reader(actor: Actor) -> Reader:
    now = asyncio.get_running_loop().time()
    request = RequestFactory().get("/v1/changes/stream")
    request.resolver_match = None
    return Reader(actor, "OH", 0, request, opened_at=now, taken_at=now)


def _run(scenario: Scenario) -> None:
    async def run() -> None:
        hub = Hub()
        try:
            await scenario(hub)
        finally:
            hub.readers.clear()
            await asyncio.sleep(0.4)
            hub._threads.shutdown()

    asyncio.run(run())


@pytest.fixture
def trusting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cast's actors are no members anyone could find: take their standing as given."""
    monkeypatch.setattr(fanout, "_fault", lambda reader, standing: None)


def test_an_organizations_readers_at_one_place_cost_one_read(
    committed_db: CommittedDatabase,
    cast: Cast,
    trusting: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    push_and_apply(cast.outside_group, *(body(one) for one in cast.places[1][:3]))
    reads: list[Actor] = []

    def counted(**given: Any) -> Seen:
        reads.append(given["by"])
        return read_numbers(**given)

    monkeypatch.setattr(fanout, "read_numbers", counted)

    async def scenario(hub: Hub) -> None:
        readers = [_reader(cast.committee) for _number in range(20)]
        readers += [_reader(cast.campaign) for _number in range(20)]
        for reader in readers:
            hub.join(reader)
        frames = [await reader.take(5) for reader in readers]
        assert len(set(frames)) == 2
        assert None not in frames

    _run(scenario)
    assert len(reads) == 2


def test_readers_meet_again_at_the_head_though_more_came_meanwhile(
    committed_db: CommittedDatabase,
    cast: Cast,
    trusting: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else each would go on from a place of its own, and cost a read of its own for ever."""
    voters = cast.places[1][:6]
    push_and_apply(cast.outside_group, *(body(one) for one in voters[:3]))
    push_and_apply(cast.outside_group, *(body(one) for one in voters[3:]))
    pages: list[int] = []

    def noted(**given: Any) -> Seen:
        seen = read_numbers(**given)
        pages.append(seen.position)
        return seen

    monkeypatch.setattr(fanout, "read_numbers", noted)

    async def scenario(hub: Hub) -> None:
        ahead, behind = _reader(cast.committee), _reader(cast.committee)
        ahead.position = 2
        hub._lines[ahead.line] = {ahead, behind}  # not joined, so no tick serves them
        await hub._serve(ahead.line, 3)
        assert ahead.position == behind.position == 3

    _run(scenario)
    assert pages == [3, 3]


def test_a_slow_reader_is_handed_no_more_than_its_bound_and_loses_nothing(
    committed_db: CommittedDatabase,
    cast: Cast,
    trusting: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fanout, "PAGE", 1)
    monkeypatch.setattr(stream_reader, "FULL_BYTES", 1)
    push_and_apply(cast.outside_group, *(body(one) for one in cast.places[1][:5]))

    async def scenario(hub: Hub) -> None:
        slow, quick = _reader(cast.committee), _reader(cast.committee)
        hub.join(slow)
        hub.join(quick)
        taken = [await quick.take(5) for _number in range(5)]
        assert len(set(taken)) == 5
        assert len(slow._frames) == 1
        late = [await slow.take(5) for _number in range(5)]
        shown = [frame.split(b'"next"')[0][-300:] for frame in late if frame]
        assert shown == [frame.split(b'"next"')[0][-300:] for frame in taken if frame]

    _run(scenario)


def test_a_reader_that_takes_nothing_is_told_and_then_cut(
    committed_db: CommittedDatabase,
    cast: Cast,
    trusting: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fanout, "STALLED_SECONDS", 0.4)
    push_and_apply(cast.outside_group, body(cast.places[1][0]))

    async def scenario(hub: Hub) -> None:
        stuck = _reader(cast.committee)
        stuck.task = asyncio.create_task(asyncio.sleep(30))
        hub.join(stuck)
        with pytest.raises(asyncio.CancelledError):
            await stuck.task
        end = await stuck.take(1)
        assert end is not None
        assert end.startswith(b"event: end")
        assert b'"too_slow"' in end
        assert stuck.is_over

    _run(scenario)


def test_a_store_that_is_away_delays_and_ends_nothing(
    committed_db: CommittedDatabase,
    cast: Cast,
    trusting: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    failures = iter([True, True])

    def failing(states: list[str]) -> dict[str, int]:
        if next(failures, False):
            raise DatabaseError("away")
        return feed_heads(states)

    monkeypatch.setattr(fanout, "feed_heads", failing)
    push_and_apply(cast.outside_group, body(cast.places[1][0]))

    async def scenario(hub: Hub) -> None:
        reader = _reader(cast.committee)
        hub.join(reader)
        frame = await reader.take(5)
        assert frame is not None
        assert frame.startswith(b"event: changes")

    _run(scenario)


def test_a_process_holds_a_bounded_number_of_streams_and_none_once_it_ends(
    committed_db: CommittedDatabase, cast: Cast, trusting: None
) -> None:
    async def scenario(hub: Hub) -> None:
        reader = _reader(cast.committee)
        hub.join(reader)
        with override_settings(STREAMS_AT_ONCE=1), pytest.raises(Unavailable):
            hub.check_room(cast.campaign)
        with override_settings(STREAMS_PER_ORGANIZATION=1):
            hub.check_room(cast.campaign)
            with pytest.raises(TooMany):
                hub.check_room(cast.committee)
        hub.stop()
        with pytest.raises(Unavailable, match="restarting"):
            hub.check_room(cast.campaign)
        end = await reader.take(1)
        assert end is not None
        assert b'"restarting"' in end

    _run(scenario)


def test_followers_are_judged_by_worker_alone(cast: Cast) -> None:
    key = key_of(cast.campaign, permissions=["changes:read"])
    small = key_of(cast.campaign, permissions=["voters:read"])
    ids = {}
    for one in (key, small):
        with acting_as(cast.campaign, Action.MANAGE):
            ids[one] = following_credential(one.prefix)
    followers = [
        Follower("OH", cast.campaign.organization, ids[key]),
        Follower("OH", cast.campaign.organization, ids[small]),
        Follower("NC", cast.campaign.organization, ids[key]),
        Follower("OH", cast.committee.organization, ids[key]),
    ]
    found = [standing_of(followers)[one] for one in followers]
    assert [(one.may_read, one.related) for one in found] == [
        (True, True),
        (False, True),
        (True, False),
        (False, True),
    ]
    assert feed_heads(["OH", "NC"]) == {"OH": 0, "NC": 0}


def following_credential(prefix: str) -> Any:
    return Credential.objects.get(prefix=prefix).id


@pytest.mark.parametrize("action", [one for one in Action if one is not Action.WORK])
def test_no_other_scope_learns_who_follows(
    cast: Cast, action: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        following, "acting_as", lambda *_given: acting_as(WORKER, action)
    )
    with pytest.raises(DatabaseError, match="judged by a worker"):
        standing_of([Follower("OH", cast.ohio.organization, cast.ohio.principal)])

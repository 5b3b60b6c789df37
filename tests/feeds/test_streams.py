"""Streams of changes over real HTTP: in order, as licensed, from a cursor on, and ended clearly."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator

import httpx
import psutil
import pytest
from django.utils import timezone

from coop.actors import Action
from coop.db.scope import acting_as
from coop.embedded.processes import wait_until
from coop.ledger.models import Entry
from coop.organizations.models import Credential
from tests.canvass.pushes import body, push_and_apply, revoke
from tests.cast import Cast, grant
from tests.conftest import CommittedDatabase
from tests.feeds.streaming import Server, followed, key_of, web_server

pytestmark = pytest.mark.slow


@pytest.fixture
def server(committed_db: CommittedDatabase) -> Iterator[Server]:
    with web_server(committed_db) as running:
        yield running


def test_a_stream_carries_what_polling_carries(server: Server, cast: Cast) -> None:
    key = key_of(cast.committee)
    with followed(server, key) as stream:
        first = push_and_apply(cast.outside_group, body(cast.places[1][0]))
        event = stream.next()
        second = push_and_apply(cast.outside_group, body(cast.places[1][1]))
        later = stream.next()
    assert event.name == later.name == "changes"
    assert [one["contact"] for one in event.data["results"]] == first
    assert [one["contact"] for one in later.data["results"]] == second
    polled = httpx.get(
        f"{server.url}/v1/changes",
        params={"state": "OH", "after": event.id},
        headers={"Authorization": f"Bearer {key.text}"},
    ).json()
    assert polled["results"] == later.data["results"]
    assert polled["freshness"] == later.data["freshness"]
    assert event.data["next"] == event.id


def test_a_reader_that_was_away_catches_up_from_its_last_id(
    server: Server, cast: Cast
) -> None:
    key = key_of(cast.committee)
    with followed(server, key) as stream:
        push_and_apply(cast.outside_group, body(cast.places[1][0]))
        seen = stream.next()
    voters = [*cast.places[1], *cast.places[2]] * 8
    missed = push_and_apply(cast.outside_group, *map(body, voters))
    got: list[str] = []
    with followed(server, key, headers={"Last-Event-ID": seen.id}) as stream:
        while len(got) < len(missed):
            got += [one["contact"] for one in stream.next().data["results"]]
    assert got == missed


def test_each_organization_gets_its_own_part_with_its_own_cursor(
    server: Server, cast: Cast
) -> None:
    with (
        followed(server, key_of(cast.campaign)) as campaign,
        followed(server, key_of(cast.committee)) as committee,
        followed(server, key_of(cast.committee)) as colleague,
    ):
        fifteenth, third = cast.places[2][0], cast.places[1][0]
        push_and_apply(cast.outside_group, body(fifteenth))
        push_and_apply(cast.outside_group, body(third))
        (seen,) = campaign.next().data["results"]
        assert seen["voter"].endswith(third.hex)
        both = [committee.next(), colleague.next()]
    assert both[0] == both[1]
    refused = httpx.get(
        f"{server.url}/v1/changes/stream",
        params={"state": "OH", "after": both[0].id},
        headers={"Authorization": f"Bearer {key_of(cast.campaign).text}"},
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "cursor_invalid")


def test_what_was_streamed_is_in_the_ledger_once_a_reader(
    server: Server, cast: Cast
) -> None:
    with (
        followed(server, key_of(cast.committee)) as one,
        followed(server, key_of(cast.committee)) as other,
    ):
        push_and_apply(cast.outside_group, body(cast.places[1][0]))
        one.next()
        other.next()
    with acting_as(cast.ohio, Action.MANAGE):
        entries = list(Entry.objects.filter(event="feeds:change:read"))
    assert len({entry.principal for entry in entries}) == 2
    assert [(entry.rows, len(entry.grants)) for entry in entries] == [(1, 1)] * 2


def test_a_stream_ends_within_a_second_of_the_grant(server: Server, cast: Cast) -> None:
    with followed(server, key_of(cast.campaign)) as stream:
        revoke(cast.ohio, cast.campaign)
        started = time.monotonic()
        ended = stream.next()
        assert time.monotonic() - started < 1.2
        assert (ended.name, ended.data["code"]) == ("end", "not_licensed")
        with pytest.raises(EOFError):
            stream.next()
    wait_until(lambda: bool(_refusals(cast)), "no entry", 3)
    (entry,) = _refusals(cast)
    assert (entry.code, entry.state) == ("not_licensed", "OH")
    assert entry.detail["route"] == "v1/changes/stream"


def _refusals(cast: Cast) -> list[Entry]:
    with acting_as(cast.ohio, Action.MANAGE):
        return list(Entry.objects.filter(event="api:request:refused"))


def test_a_stream_ends_within_a_second_of_its_credential(
    server: Server, cast: Cast
) -> None:
    key, kept = key_of(cast.committee), key_of(cast.committee)
    with followed(server, key) as stream, followed(server, kept) as other:
        with acting_as(cast.committee, Action.MANAGE):
            mine = Credential.objects.filter(prefix=key.prefix)
            assert mine.update(revoked_at=timezone.now())
        started = time.monotonic()
        ended = stream.next()
        assert time.monotonic() - started < 1.2
        assert (ended.name, ended.data["code"]) == ("end", "standing_ended")
        push_and_apply(cast.outside_group, body(cast.places[1][0]))
        assert other.next().name == "changes"


def test_a_cap_ends_a_stream_and_counts_what_was_streamed(
    server: Server, cast: Cast
) -> None:
    grant(
        "OH",
        cast.ohio,
        cast.stranger,
        actions=["read"],
        groups=["registration", "contacts"],
        counties=[39049],
        cap_voters_month=1,
    )
    with followed(server, key_of(cast.stranger)) as stream:
        push_and_apply(cast.outside_group, body(cast.places[1][0]))
        assert stream.next().name == "changes"
        push_and_apply(cast.outside_group, body(cast.places[1][1]))
        ended = stream.next()
    assert (ended.name, ended.data["code"]) == ("end", "cap_reached")
    assert (ended.data["cap"], ended.data["used"]) == (1, 1)


def test_who_may_not_follow_is_told_before_the_first_byte(
    server: Server, cast: Cast
) -> None:
    def asked(key: str, **query: str) -> tuple[int, str]:
        answer = httpx.get(
            f"{server.url}/v1/changes/stream",
            params=query,
            headers={"Authorization": f"Bearer {key}"},
        )
        return answer.status_code, answer.json()["code"]

    stranger, small = key_of(cast.stranger), key_of(cast.ohio, permissions=[])
    assert asked(stranger.text, state="OH") == (403, "not_licensed")
    assert asked(small.text, state="OH") == (403, "permission_missing")
    assert asked(key_of(cast.ohio).text, state="ohio") == (422, "invalid")
    assert asked("vfc_none", state="OH")[0] == 401


def test_open_streams_hold_no_threads_and_have_a_bound(
    committed_db: CommittedDatabase, cast: Cast
) -> None:
    key = key_of(cast.committee)
    with web_server(committed_db, STREAMS_PER_ORGANIZATION="40") as server:
        process = psutil.Process(server.process.pid)
        held = [followed(server, key) for _number in range(40)]
        streams = [one.__enter__() for one in held]
        time.sleep(1)
        assert process.num_threads() < 20
        headers = {"Authorization": f"Bearer {key.text}"}
        address = f"{server.url}/v1/changes/stream?state=OH"
        refused = httpx.get(address, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (
            429,
            "too_many_streams",
        )
        push_and_apply(cast.outside_group, body(cast.places[1][0]))
        assert len({stream.next().id for stream in streams}) == 1
        for one in held:
            one.__exit__(None, None, None)
        time.sleep(1)
        with followed(server, key) as stream:
            assert stream.next().name == "changes"


def test_a_server_that_ends_says_so_and_does_not_wait(
    server: Server, cast: Cast
) -> None:
    with followed(server, key_of(cast.committee)) as stream:
        server.process.send_signal(signal.SIGTERM)
        ended = stream.next()
        assert (ended.name, ended.data["code"]) == ("end", "restarting")
    server.process.wait(5)

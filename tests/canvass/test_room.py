"""The inbox is bounded, for one organization and in all: what does not fit is refused whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from api import contact_lines
from coop.actors import WORKER, Action, Actor
from coop.db.scope import acting_as
from coop.errors import TooMany, Unavailable
from states.canvass import applying
from states.canvass.draining import Applied, replay_contact
from states.canvass.models import EventKey, InboxItem
from states.canvass.room import forget_levels
from tests.canvass.clients import client_of
from tests.canvass.pushes import body, drain, push
from tests.cast import Cast


@pytest.fixture(autouse=True)
def _fresh_levels() -> Iterator[None]:
    forget_levels()
    yield
    forget_levels()


def queues() -> dict[str, int]:
    """Return how much waits by organization, as the drain is told."""
    with acting_as(WORKER, Action.WORK), connection.cursor() as cursor:
        cursor.execute("SELECT organization, waiting FROM sec.claim_inbox(100)")
        return {str(organization): waiting for organization, waiting in cursor}


def kept(by: Actor) -> tuple[int, int]:
    with acting_as(by, Action.READ):
        return InboxItem.objects.count(), EventKey.objects.count()


def test_an_organization_beyond_its_quota_is_refused_whole_and_others_go_on(
    cast: Cast, settings: Any
) -> None:
    settings.INBOX_PER_ORGANIZATION = 5
    voters = cast.places[1]
    push(cast.outside_group, *(body(voter) for voter in voters[:4]))
    with pytest.raises(TooMany) as refused:
        push(cast.outside_group, *(body(voter) for voter in voters[4:6]))
    assert refused.value.code == "inbox_quota"
    assert kept(cast.outside_group) == (4, 4)
    push(cast.rival, body(cast.places[2][0]))
    drain()
    forget_levels()
    push(cast.outside_group, *(body(voter) for voter in voters[4:6]))
    assert kept(cast.outside_group) == (6, 6)


def test_a_full_inbox_refuses_everyone_until_it_has_been_drained(
    cast: Cast, settings: Any
) -> None:
    settings.INBOX_MOST = 2
    push(cast.outside_group, *(body(voter) for voter in cast.places[1][:2]))
    with pytest.raises(Unavailable) as refused:
        push(cast.rival, body(cast.places[2][0]))
    assert refused.value.code == "inbox_full"
    assert kept(cast.rival) == (0, 0)
    drain()
    forget_levels()
    push(cast.rival, body(cast.places[2][0]))


@pytest.mark.parametrize(
    ("setting", "status", "code"),
    [("INBOX_MOST", 503, "inbox_full"), ("INBOX_PER_ORGANIZATION", 429, "inbox_quota")],
)
def test_the_refusal_says_when_to_come_back(
    cast: Cast, settings: Any, setting: str, status: int, code: str
) -> None:
    setattr(settings, setting, 0)
    answer = client_of(cast.outside_group).post(
        "/v1/contacts", body(cast.places[1][0]), format="json"
    )
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert int(answer.headers["Retry-After"]) > 0
    assert kept(cast.outside_group) == (0, 0)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("INBOX_PER_ORGANIZATION", (429, "inbox_quota", "5")),
        ("INBOX_MOST", (503, "inbox_full", "15")),
    ],
)
def test_lines_for_which_there_is_no_room_are_refused_before_the_first(
    cast: Cast, settings: Any, name: str, expected: tuple[int, str, str]
) -> None:
    setattr(settings, name, 0)
    answer = client_of(cast.outside_group).post(
        "/v1/contacts",
        json.dumps(body(cast.places[1][0])),
        content_type="application/x-ndjson",
    )
    found = answer.status_code, answer.json()["code"], answer["Retry-After"]
    assert found == expected
    assert kept(cast.outside_group) == (0, 0)


def test_lines_that_no_longer_fit_say_when_to_come_back(
    cast: Cast, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.INBOX_PER_ORGANIZATION = 3
    monkeypatch.setattr(contact_lines, "BATCH_LINES", 2)
    rows = [json.dumps(body(voter)) for voter in cast.places[1][:4]]
    answer = client_of(cast.outside_group).post(
        "/v1/contacts", "\n".join(rows), content_type="application/x-ndjson"
    )
    *verdicts, last = [json.loads(line) for line in answer.getvalue().splitlines()]
    assert [one["verdict"] for one in verdicts] == ["accepted", "accepted"]
    assert (last["end"]["code"], last["end"]["retry_after"]) == ("inbox_quota", 5)
    assert kept(cast.outside_group) == (2, 2)


def test_what_waits_is_counted_through_every_step(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = str(cast.outside_group.organization)
    push(cast.outside_group, *(body(voter) for voter in cast.places[1][:3]))
    assert queues() == {own: 3}
    with monkeypatch.context() as broken:
        broken.setattr(applying, "_HISTORY", "SELECT 1/0")
        assert drain() == Applied(set_aside=3)
    assert queues() == {}
    with acting_as(cast.outside_group, Action.READ):
        contact = InboxItem.objects.order_by("seq")[0].contact
    replay_contact(state="OH", contact=contact, by=cast.outside_group)
    assert queues() == {own: 1}
    assert drain() == Applied(applied=1)
    assert queues() == {}


def test_an_organization_learns_its_own_level_and_nobody_elses(cast: Cast) -> None:
    push(cast.outside_group, *(body(voter) for voter in cast.places[1][:3]))
    asked = "SELECT own, crowded FROM sec.inbox_level(3)"
    with connection.cursor() as cursor:
        cursor.execute(asked)
        assert cursor.fetchall() == [(0, False)]
        for actor, own in ((cast.outside_group, 3), (cast.rival, 0)):
            with acting_as(actor, Action.CONTRIBUTE):
                cursor.execute(asked)
                assert cursor.fetchall() == [(own, True)]

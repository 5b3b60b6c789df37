"""GET /v1/changes, as clients call it."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from coop.actors import Action
from coop.db.scope import acting_as
from coop.organizations.models import Credential
from tests.canvass.clients import client_of
from tests.canvass.pushes import body, push_and_apply, revoke
from tests.cast import Cast


@pytest.fixture
def pusher(cast: Cast) -> APIClient:
    return client_of(cast.outside_group)


def _changes(client: APIClient, **query: Any) -> dict[str, Any]:
    answer = client.get("/v1/changes", {"state": "OH"} | query)
    assert answer.status_code == 200, answer.json()
    found: dict[str, Any] = answer.json()
    return found


def test_the_feed_goes_on_from_its_cursor(cast: Cast) -> None:
    reader = client_of(cast.committee)
    start = _changes(reader)
    assert start["results"] == []
    ids = push_and_apply(
        cast.outside_group, *(body(voter) for voter in cast.places[1][:5])
    )
    first = _changes(reader, after=start["next"], limit=3)
    rest = _changes(reader, after=first["next"], limit=3)
    seen = [one["contact"] for one in first["results"] + rest["results"]]
    assert seen == ids
    assert _changes(reader, after=rest["next"])["results"] == []


def test_a_cursor_tells_nothing_and_is_its_organizations_alone(cast: Cast) -> None:
    reader, other = client_of(cast.campaign), client_of(cast.committee)
    before = _changes(reader)["next"]
    push_and_apply(cast.rival, *(body(voter) for voter in cast.places[2][:9]))
    after = _changes(reader, after=before)
    assert after["results"] == []
    assert after["next"] != before
    assert len(after["next"]) == len(before)
    answer = other.get("/v1/changes", {"state": "OH", "after": before})
    assert (answer.status_code, answer.json()["code"]) == (422, "cursor_invalid")


def test_each_reader_follows_what_its_grants_cover(cast: Cast) -> None:
    third, fifteenth = cast.places[1][0], cast.places[2][0]
    push_and_apply(cast.outside_group, body(third), body(fifteenth))
    push_and_apply(cast.rival, body(fifteenth, result_code="do_not_call"))
    expected = {
        "ohio": ["contact", "contact", "suppression"],
        "committee": ["contact", "contact", "suppression"],
        "outside_group": ["contact", "contact", "suppression"],
        "campaign": ["contact"],
        "rival": ["contact", "contact", "suppression"],
    }
    for name, kinds in expected.items():
        found = _changes(client_of(cast.everyone[name]))["results"]
        assert [one["kind"] for one in found] == kinds, name
        protection = [one for one in found if one["kind"] == "suppression"]
        assert all(one["organization"] is None for one in protection)


def test_a_stranger_or_one_whose_grant_ended_is_told_so(cast: Cast) -> None:
    follower = client_of(cast.outside_group)
    cursor = _changes(follower)["next"]
    revoke(cast.ohio, cast.outside_group)
    ended = follower.get("/v1/changes", {"state": "OH", "after": cursor})
    assert (ended.status_code, ended.json()["code"]) == (403, "not_licensed")
    stranger = client_of(cast.stranger).get("/v1/changes", {"state": "OH"})
    assert (stranger.status_code, stranger.json()["code"]) == (403, "not_licensed")


@pytest.mark.parametrize(
    "query",
    [{}, {"state": "ohio"}, {"state": "OH", "wait": 99}, {"state": "OH", "limit": 0}],
)
def test_a_nonsensical_question_of_the_feed_is_a_problem(
    pusher: APIClient, query: dict[str, Any]
) -> None:
    assert pusher.get("/v1/changes", query).status_code == 422


def test_a_waiting_reader_answers_when_time_is_up(pusher: APIClient) -> None:
    assert _changes(pusher, wait=1)["results"] == []


def test_a_long_wait_ends_with_the_key(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = client_of(cast.committee)
    start = _changes(reader)["next"]

    def revoked_meanwhile(seconds: float) -> None:
        with acting_as(cast.committee, Action.MANAGE):
            Credential.objects.update(revoked_at=timezone.now())

    monkeypatch.setattr(time, "sleep", revoked_meanwhile)
    answer = reader.get("/v1/changes", {"state": "OH", "after": start, "wait": 10})
    assert (answer.status_code, answer.json()["code"]) == (403, "standing_ended")

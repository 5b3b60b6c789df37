"""An organization's own contacts of a state, read back: all of them, its own alone, page by page."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from coop.actors import Action
from coop.db.scope import acting_as
from coop.ledger.models import Entry
from tests.canvass.clients import client_of
from tests.canvass.pushes import body, drain, push_and_apply, revoke
from tests.cast import Cast

DAYS = ("2026-10-01", "2026-10-02", "2026-10-03")


@pytest.fixture
def ids(cast: Cast) -> list[str]:
    """Contacts of the outside group, the newest first; another's lie between."""
    pushed = push_and_apply(
        cast.outside_group,
        *(body(cast.places[1][0], occurred_at=f"{day}T12:00:00Z") for day in DAYS),
    )
    push_and_apply(
        cast.ohio, body(cast.places[1][0], occurred_at=f"{DAYS[1]}T13:00:00Z")
    )
    return pushed[::-1]


@pytest.fixture
def pusher(cast: Cast) -> APIClient:
    return client_of(cast.outside_group)


def test_ones_own_are_listed_newest_first_with_their_details(
    ids: list[str], pusher: APIClient
) -> None:
    answer = pusher.get("/v1/contacts?state=OH")

    assert answer.status_code == 200
    rows = answer.json()["results"]
    assert [one["id"] for one in rows] == ids
    assert {one["source"] for one in rows} == {"dialer"}
    first = pusher.get("/v1/contacts?state=OH&limit=2").json()
    rest = pusher.get("/v1/contacts", {"state": "OH", "cursor": first["next"]}).json()
    assert first["results"] + rest["results"] == rows
    assert rest["next"] is None


def test_a_span_has_its_beginning_and_not_its_end(
    ids: list[str], pusher: APIClient
) -> None:
    span = {"since": f"{DAYS[0]}T12:00:00Z", "until": f"{DAYS[2]}T12:00:00Z"}

    rows = pusher.get("/v1/contacts", {"state": "OH"} | span).json()["results"]

    assert [one["id"] for one in rows] == ids[1:]


def test_others_own_are_nobody_elses_and_not_in_another_state(
    ids: list[str], cast: Cast, pusher: APIClient
) -> None:
    for stranger in (cast.stranger, cast.committee):
        assert client_of(stranger).get("/v1/contacts?state=OH").json()["results"] == []
    assert pusher.get("/v1/contacts?state=NC").json()["results"] == []


def test_ones_own_stay_readable_after_the_grant_and_leave_no_entry(
    ids: list[str], cast: Cast, pusher: APIClient
) -> None:
    revoke(cast.ohio, cast.outside_group)

    rows = pusher.get("/v1/contacts?state=OH").json()["results"]

    assert [one["id"] for one in rows] == ids
    with acting_as(cast.ohio, Action.MANAGE):
        assert not Entry.objects.filter(event="canvass:contact:read").exists()


def test_a_retracted_one_is_listed_as_such(ids: list[str], pusher: APIClient) -> None:
    undone = pusher.post(
        f"/v1/contacts/{ids[0]}/retractions", {"event_id": "undo"}, "json"
    )
    assert undone.status_code == 202
    drain()

    rows = pusher.get("/v1/contacts?state=OH").json()["results"]

    assert [one["id"] for one in rows] == ids
    assert [one["status"] for one in rows] == ["retracted", "applied", "applied"]


@pytest.mark.parametrize(
    "asked", ["", "state=OH&voter=OH-" + "0" * 32, "state=ohio", "state=OH&since=soon"]
)
def test_a_question_of_both_of_neither_or_of_no_sense_is_a_problem(
    pusher: APIClient, asked: str
) -> None:
    assert pusher.get(f"/v1/contacts?{asked}").status_code == 422


def test_a_voters_cursor_does_not_serve_ones_own(
    ids: list[str], cast: Cast, pusher: APIClient
) -> None:
    voter = f"OH-{cast.places[1][0].hex}"
    following = pusher.get(f"/v1/contacts?voter={voter}&limit=1").json()["next"]

    answer = pusher.get("/v1/contacts", {"state": "OH", "cursor": following})

    assert answer.json()["code"] == "cursor_invalid"

"""What one organization sends in another's place: ids, cursors, keys of idempotency, names that are taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.cast import Cast
from tests.grants.conftest import ClientOf, client_of
from tests.guards.things import make_things

__all__ = ["client_of"]

LIVE = {"name": "Mine", "kind": "live", "states": ["OH"]}
ABSENT = "00000000-0000-4000-8000-000000000000"


def _told(answer: Any, *named: str) -> tuple[int, str]:
    body = {k: v for k, v in answer.json().items() if k != "request_id"}
    text = str(body)
    for one in named:
        text = text.replace(one, "…")
    return answer.status_code, text


@pytest.fixture
def rival(cast: Cast, client_of: ClientOf) -> APIClient:
    return client_of(cast.rival)


def test_a_lists_name_is_taken_within_its_organization_alone(
    cast: Cast, client_of: ClientOf, rival: APIClient
) -> None:
    mine = client_of(cast.campaign)
    assert mine.post("/v1/lists", LIVE, "json").status_code == 201
    assert mine.post("/v1/lists", LIVE, "json").json()["code"] == "list_name_taken"
    assert rival.post("/v1/lists", LIVE, "json").status_code == 201


def test_an_idempotency_key_of_anothers_is_a_new_one(
    cast: Cast, client_of: ClientOf, rival: APIClient
) -> None:
    key = {"Idempotency-Key": "the-same"}
    first = client_of(cast.campaign).post("/v1/lists", LIVE, "json", headers=key)
    other = rival.post("/v1/lists", LIVE, "json", headers=key)
    assert (first.status_code, other.status_code) == (201, 201)
    assert "Idempotency-Replayed" not in other.headers
    assert first.json()["id"] != other.json()["id"]


def test_anothers_ids_in_a_body_are_ids_of_nothing(
    cast: Cast, rival: APIClient
) -> None:
    things = make_things(cast)
    listed, licensed = things["list_id"].real, things["grant"].real
    bodies: dict[str, Callable[[str], dict[str, Any]]] = {
        "/v1/exports": lambda one: {"list": one},
        "/v1/lists": lambda one: LIVE | {"exclude_lists": [one]},
        "/v1/counts": lambda one: {"criteria": {"not": {"list": one}}},
        "/v1/samples": lambda one: {"criteria": f"party:D list:{one}"},
        "/v1/criteria/parse": lambda one: {"criteria": f"list:{one}"},
    }
    for address, body in bodies.items():
        hidden = rival.post(address, body(listed), "json")
        absent = rival.post(address, body(ABSENT), "json")
        assert hidden.status_code in {404, 422}, address
        assert _told(hidden, listed) == _told(absent, ABSENT), address
    request = {"state": "OH", "supersedes": licensed}
    hidden = rival.post("/v1/grants", request, "json")
    absent = rival.post("/v1/grants", request | {"supersedes": ABSENT}, "json")
    assert _told(hidden, licensed) == _told(absent, ABSENT)


@pytest.mark.parametrize("address", ["/v1/lists", "/v1/exports", "/v1/ledger"])
def test_a_cursor_of_anothers_is_none(
    cast: Cast, client_of: ClientOf, rival: APIClient, address: str
) -> None:
    mine = client_of(cast.campaign)
    for name in "ab":
        saved = mine.post("/v1/lists", LIVE | {"name": name}, "json").json()["id"]
        mine.post("/v1/exports", {"list": saved}, "json")
    cursor = mine.get(address, {"limit": 1}).json()["next"]
    assert mine.get(address, {"cursor": cursor}).status_code == 200
    answer = rival.get(address, {"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (422, "cursor_invalid")

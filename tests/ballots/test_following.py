"""Counts, lists, exports and cards follow ballots at once, under the group's own license."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from states.voters.ids import voter_id
from tests.ballots.conftest import ELECTION, send, sid
from tests.cast import ALL_GROUPS, BALLOTS, Cast, grant, voter_uuid

ClientOf = Callable[..., APIClient]
OUT = {"field": "ballot_status", "op": "in", "value": ["requested", "sent"]}
OF_ELECTION = {"field": "ballot_election", "op": "eq", "value": ELECTION}


@pytest.fixture
def reader(cast: Cast, client_of: ClientOf) -> APIClient:
    """The stranger, licensed for all of Ohio's place 2, ballots included."""
    grant(
        "OH",
        cast.ohio,
        cast.stranger,
        actions=["count", "read", "export"],
        groups=[*ALL_GROUPS, "ballots"],
        us_house_districts=["15"],
    )
    return client_of(cast.stranger)


def _count(client: APIClient, criteria: Any) -> Any:
    return client.post("/v1/counts", {"criteria": criteria}, format="json").json()


def test_counts_follow_an_upload_at_once(
    cast: Cast, client_of: ClientOf, reader: APIClient
) -> None:
    owner = client_of(cast.ohio)
    send(owner, *(f"{sid(n)},sent,2026-10-05,mail" for n in range(2000, 2030)))
    send(owner, *(f"{sid(n)},sent,2026-10-05,mail" for n in range(1000, 1010)))
    assert _count(reader, OUT)["count"] == 30  # the nearest election to come
    assert _count(owner, OUT)["count"] == 40
    send(owner, *(f"{sid(n)},returned,2026-10-20,mail" for n in range(2000, 2012)))
    assert _count(reader, OUT)["count"] == 18
    assert _count(reader, {"all": [OF_ELECTION, {"not": OUT}]})["count"] == 12
    without = {"field": "ballot_status", "op": "known", "value": False}
    assert _count(reader, without)["count"] == 10
    since = {"field": "ballot_date", "op": "gte", "value": "2026-10-20"}
    assert _count(reader, since)["count"] == 12
    by_mail = {"field": "ballot_method", "op": "eq", "value": "mail"}
    assert _count(reader, by_mail)["count"] == 30
    assert _count(reader, {"not": by_mail})["count"] == 0


def test_criteria_may_name_an_election_but_not_two(
    cast: Cast, client_of: ClientOf, reader: APIClient
) -> None:
    send(client_of(cast.ohio), f"{sid(2000)},sent,2026-10-05,mail")
    earlier = {"field": "ballot_election", "op": "eq", "value": BALLOTS}
    assert _count(reader, earlier)["count"] == 40
    both = _count(reader, {"any": [earlier, OF_ELECTION]})
    assert both["code"] == "ballot_elections_mixed"
    unknown = {**earlier, "value": "2026-11-03"}
    assert _count(reader, unknown)["code"] == "unknown_election"


def test_without_the_group_ballots_are_denied_by_name(
    cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.committee)
    refused = _count(client, OUT)
    assert refused["code"] == "field_not_licensed"
    assert refused["missing"][0]["group"] == "ballots"
    card = client.get(f"/v1/voters/{voter_id('OH', voter_uuid('OH', 2000))}").json()
    assert "ballot_status" in card["denied_fields"]
    assert "ballot_status" not in card


def test_a_card_shows_the_ballot_or_that_there_is_none(
    cast: Cast, client_of: ClientOf, reader: APIClient
) -> None:
    send(client_of(cast.ohio), f"{sid(2000)},sent,2026-10-05,mail")
    card = reader.get(f"/v1/voters/{voter_id('OH', voter_uuid('OH', 2000))}").json()
    names = ("ballot_status", "ballot_election", "ballot_date", "ballot_method")
    assert [card[name] for name in names] == ["sent", ELECTION, "2026-10-05", "mail"]
    other = reader.get(f"/v1/voters/{voter_id('OH', voter_uuid('OH', 2001))}").json()
    assert [other[name] for name in names] == [None] * 4
    assert not set(names) & set(other["denied_fields"])


def test_a_live_list_follows_and_shows_the_ballot(
    cast: Cast, client_of: ClientOf, reader: APIClient
) -> None:
    owner = client_of(cast.ohio)
    send(owner, *(f"{sid(n)},sent,2026-10-05,mail" for n in (2000, 2001)))
    saved = reader.post(
        "/v1/lists",
        {"name": "Out", "kind": "live", "criteria": OUT},
        format="json",
    ).json()
    address = f"/v1/lists/{saved['id']}/voters"
    before = reader.get(address).json()["results"]
    assert [one["ballot_status"] for one in before] == ["sent", "sent"]
    send(owner, f"{sid(2000)},returned,2026-10-20,")
    (left,) = reader.get(address).json()["results"]
    assert left["id"] == voter_id("OH", voter_uuid("OH", 2001))

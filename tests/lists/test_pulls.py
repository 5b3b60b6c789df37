"""Pulls: how many joined and left since last time, who they are, and of the lost nothing but that they left."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, connections, transaction
from rest_framework.test import APIClient

from coop.actors import Action
from coop.db.scope import acting_as
from coop.grants.actions import revoke_grant
from states.lists.models import PullMember
from tests.cast import Cast, grant
from tests.lists.test_lists import ClientOf, contact, save, voters

UNSEEN = {"not": {"field": "last_contact", "op": "within_days", "value": 14}}


def pull(client: APIClient, list_id: str, puller: str = "") -> dict[str, Any]:
    answer = client.post(
        f"/v1/lists/{list_id}/pulls", {"puller": puller}, format="json"
    )
    assert answer.status_code == 201, answer.json()
    return dict(answer.json())


def ids(client: APIClient, pull_id: str, what: str) -> list[str]:
    """Return the ids of who joined or left with a pull, page by page."""
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        query: dict[str, str | int] = {"limit": 7}
        query |= {"cursor": cursor} if cursor else {}
        answer = client.get(f"/v1/pulls/{pull_id}/{what}", query)
        assert answer.status_code == 200, answer.json()
        found += [one["id"] for one in answer.json()["results"]]
        cursor = answer.json()["next"]
    return found


def test_a_pull_tells_who_joined_and_who_left_since_the_last(
    cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.outside_group)
    live = save(client, "Unseen", kind="live", criteria=UNSEEN)
    first = pull(client, live["id"])
    assert (first["number"], first["count"]) == (1, 200)
    assert (first["joined"], first["left"]) == (200, 0)
    gone = cast.places[1][:3]
    for voter in gone:
        contact(cast.outside_group, voter, 1)
    second = pull(client, live["id"])
    assert second["states"] == [{"state": "OH", "count": 197, "joined": 0, "left": 3}]
    assert ids(client, second["id"], "left") == sorted(f"OH-{one.hex}" for one in gone)
    assert ids(client, second["id"], "joined") == []
    third = pull(client, live["id"])
    assert (third["number"], third["joined"], third["left"]) == (3, 0, 0)
    kept = client.get(f"/v1/lists/{live['id']}/pulls").json()["results"]
    assert [one["number"] for one in kept] == [3, 2]


def test_who_joins_is_shown_with_its_licensed_fields_and_counts_against_the_cap(
    cast: Cast, client_of: ClientOf
) -> None:
    narrow = grant(
        "OH", cast.ohio, cast.stranger, actions=["count", "read"], counties=[39061]
    )
    client = client_of(cast.stranger)
    live = save(client, "All", kind="live", states=["OH"])
    pull(client, live["id"])
    grant(
        "OH",
        cast.ohio,
        cast.stranger,
        actions=["count", "read"],
        us_house_districts=["15"],
        groups=["registration"],
        cap_voters_month=30,
    )
    second = pull(client, live["id"])
    assert (second["joined"], second["left"]) == (40, 0)
    answer = client.get(f"/v1/pulls/{second['id']}/joined", {"limit": 30}).json()
    assert {one["us_house_district"] for one in answer["results"]} == {"15"}
    assert "phone" in answer["results"][0]["denied_fields"]
    capped = client.get(
        f"/v1/pulls/{second['id']}/joined", {"cursor": answer["next"], "limit": 30}
    )
    assert (capped.status_code, capped.json()["code"]) == (403, "cap_reached")
    revoke_grant(grant=narrow.id, reason="It is over.", by=cast.ohio)
    third = pull(client, live["id"])
    assert (third["joined"], third["left"]) == (0, 40)


def test_each_puller_has_its_own_last_time(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.outside_group)
    live = save(client, "Unseen", kind="live", criteria=UNSEEN)
    pull(client, live["id"], "dialer")
    contact(cast.outside_group, cast.places[1][0], 1)
    pull(client, live["id"], "walk app")
    assert pull(client, live["id"], "dialer")["left"] == 1
    assert pull(client, live["id"], "walk app")["left"] == 0


def _shield(voter: UUID) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET ROLE coop_publisher")
        for table in ("lists_pull_member", "lists_member"):
            cursor.execute(
                f"UPDATE {table} SET place = -39 WHERE state = 'OH' AND voter = %s",
                [voter],
            )
        cursor.execute("RESET ROLE")


def test_of_the_protected_it_is_told_that_they_left_and_their_place_by_nobody(
    committed_db: object, cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.campaign)
    pinned = save(client)
    pull(client, pinned["id"])
    _shield(cast.places[1][0])
    second = pull(client, pinned["id"])
    assert (second["joined"], second["left"]) == (0, 1)
    assert ids(client, second["id"], "left") == [f"OH-{cast.places[1][0].hex}"]
    assert len(voters(client, pinned["id"])) == 79
    with (
        pytest.raises(DatabaseError, match="permission denied"),
        acting_as(cast.campaign, Action.READ),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT place FROM lists_pull_member")


def test_a_pull_is_its_organizations_alone(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.campaign)
    saved = save(client)
    made = pull(client, saved["id"])
    for other in (cast.ohio, cast.rival, cast.committee, cast.stranger):
        stranger = client_of(other)
        for what in ("joined", "left"):
            assert stranger.get(f"/v1/pulls/{made['id']}/{what}").status_code == 404
        assert stranger.get(f"/v1/lists/{saved['id']}/pulls").status_code == 404
        with acting_as(other, Action.READ):
            assert not PullMember.objects.filter(state="OH").exists()


def test_nobody_is_written_into_a_pull_whom_one_may_not_read(
    cast: Cast, client_of: ClientOf
) -> None:
    made = pull(client_of(cast.campaign), save(client_of(cast.campaign))["id"])
    with (
        pytest.raises(DatabaseError, match="row-level security"),
        acting_as(cast.campaign, Action.READ),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO lists_pull_member VALUES ('OH', %s, gen_random_uuid(), 2)",
            [made["id"]],
        )


def test_cursors_of_pulls_fit_nothing_else(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.campaign)
    first = pull(client, save(client)["id"])
    cursor = client.get(f"/v1/pulls/{first['id']}/joined", {"limit": 1}).json()["next"]
    for what in ("joined", "left"):
        other = pull(client, save(client, f"Another {what}")["id"])
        answer = client.get(f"/v1/pulls/{other['id']}/{what}", {"cursor": cursor})
        assert answer.json()["code"] == "cursor_invalid"

"""Saved lists: pinned to their voters or live, always filtered by what is licensed at reading."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from coop.actors import NOBODY, Action, Actor, Permission, worker_for
from coop.db.scope import acting_as
from coop.ledger.models import Entry
from states.canvass.models import Standing
from states.lists import actions
from states.voters.models import Registration
from tests.cast import Cast, grant

ClientOf = Callable[..., APIClient]
DEMOCRATS = {"field": "party", "op": "eq", "value": "D"}


def save(client: APIClient, name: str = "Doors", **more: Any) -> dict[str, Any]:
    """Save a list and return it."""
    answer = client.post("/v1/lists", {"name": name, **more}, format="json")
    assert answer.status_code == 201, answer.json()
    return dict(answer.json())


def voters(client: APIClient, list_id: str, **query: Any) -> list[dict[str, Any]]:
    """Return all voters of a list, following its pages."""
    rows: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        more = {"cursor": cursor} if cursor else {}
        answer = client.get(f"/v1/lists/{list_id}/voters", {**query, **more})
        assert answer.status_code == 200, answer.json()
        rows += answer.json()["results"]
        cursor = answer.json()["next"]
    return rows


def contact(by: Actor, voter: UUID, place: int) -> None:
    """Write a contact of today into the pool, as a worker applying contacts does."""
    one = Standing(
        state="OH",
        voter=voter,
        audience=NOBODY,
        place=place,
        last_contact_at=timezone.now(),
        last_contact_type=2,
        last_result=14,
        last_seq=1,
        attempts=1,
        held_attempts=0,
        reached_at=timezone.now(),
    )
    with acting_as(worker_for(by.organization), Action.APPLY):
        one.save(force_insert=True)


def test_a_pinned_list_holds_its_voters_and_pages_through_them(
    cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.campaign)
    saved = save(client, criteria=DEMOCRATS)
    counted = client.post("/v1/counts", {"criteria": DEMOCRATS}, format="json").json()
    assert saved["kind"] == "pinned"
    assert saved["counts"] == {"OH": counted["count"]}
    rows = voters(client, saved["id"], limit=7)
    assert len(rows) == len({row["id"] for row in rows}) == counted["count"]
    assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)
    assert {row["us_house_district"] for row in rows} == {"3"}


def test_a_list_over_two_states_pages_through_both(
    cast: Cast, client_of: ClientOf
) -> None:
    grant("NC", cast.carolina, cast.committee, actions=["read"])
    client = client_of(cast.committee)
    saved = save(client, states=["OH", "NC"])
    rows = voters(client, saved["id"], limit=50, columns="party,party_basis")
    assert saved["counts"] == {"NC": 120, "OH": 200}
    assert len({row["id"] for row in rows}) == 320
    assert rows[0].keys() == {"id", "state", "party", "party_basis", "denied_fields"}


def test_columns_and_cursors_are_checked(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.outside_group)
    saved = save(client)
    address = f"/v1/lists/{saved['id']}/voters"
    assert client.get(address, {"columns": "fone"}).json()["code"] == "unknown_field"
    denied = client.get(address, {"columns": "party,phone"})
    assert (denied.status_code, denied.json()["code"]) == (403, "field_not_licensed")
    assert client.get(address, {"cursor": "AAAA"}).json()["code"] == "cursor_invalid"
    other = save(client, "Other")
    cursor = client.get(address, {"limit": 1}).json()["next"]
    elsewhere = client.get(f"/v1/lists/{other['id']}/voters", {"cursor": cursor})
    assert elsewhere.json()["code"] == "cursor_invalid"


def test_another_organizations_list_is_no_list(cast: Cast, client_of: ClientOf) -> None:
    saved = save(client_of(cast.campaign))
    for other in (cast.ohio, cast.rival, cast.committee, cast.stranger):
        client = client_of(other)
        for path in ("", "/voters", "/count"):
            hidden = client.get(f"/v1/lists/{saved['id']}{path}")
            absent = client.get(f"/v1/lists/{uuid4()}{path}")
            assert hidden.status_code == absent.status_code == 404
            assert hidden.json()["detail"] == absent.json()["detail"]
        assert client.delete(f"/v1/lists/{saved['id']}").status_code == 404
        assert client.get("/v1/lists").json()["results"] == []
        save_over = {"name": "Leave out", "exclude_lists": [saved["id"]]}
        if other is not cast.stranger:
            answer = client.post("/v1/lists", save_over, format="json")
            assert (answer.status_code, answer.json()["code"]) == (422, "list_unknown")


def test_a_name_is_taken_once_an_organization(cast: Cast, client_of: ClientOf) -> None:
    save(client_of(cast.campaign), "Doors")
    save(client_of(cast.rival), "Doors")
    again = client_of(cast.campaign).post("/v1/lists", {"name": "Doors"}, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "list_name_taken")


def test_a_revoked_license_freezes_a_list(cast: Cast, client_of: ClientOf) -> None:
    made = grant("OH", cast.ohio, cast.stranger, actions=["count", "read"])
    client = client_of(cast.stranger)
    saved = save(client)
    with acting_as(cast.ohio, Action.MANAGE):
        type(made).objects.filter(id=made.id).update(status="revoked")
    refused = client.get(f"/v1/lists/{saved['id']}/voters")
    assert (refused.status_code, refused.json()["code"]) == (403, "state_not_licensed")
    assert client.get("/v1/lists").json()["results"][0]["id"] == saved["id"]


def test_voters_no_longer_licensed_do_not_come_out_and_are_counted_as_left(
    cast: Cast, client_of: ClientOf
) -> None:
    wide = grant("OH", cast.ohio, cast.stranger, actions=["count", "read"])
    grant("OH", cast.ohio, cast.stranger, actions=["count", "read"], counties=[39061])
    client = client_of(cast.stranger)
    saved = save(client)
    assert len(voters(client, saved["id"])) == 200
    with acting_as(cast.ohio, Action.MANAGE):
        type(wide).objects.filter(id=wide.id).update(status="revoked")
    assert {row["county"] for row in voters(client, saved["id"])} == {39061}
    body = client.get(f"/v1/lists/{saved['id']}/count").json()
    assert body["states"] == [{"state": "OH", "count": 40, "left": 160}]
    assert body["count"] == 40


def test_a_contact_shrinks_a_live_list_at_once(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.outside_group)
    criteria = {"not": {"field": "last_contact", "op": "within_days", "value": 14}}
    live = save(client, "Not seen of late", criteria=criteria, kind="live")
    pinned = save(client, "Pinned", criteria=criteria)
    assert live["counts"] == {}
    before = {row["id"] for row in voters(client, live["id"])}
    one = cast.places[1][0]
    contact(cast.outside_group, one, 1)
    after = {row["id"] for row in voters(client, live["id"])}
    assert before - after == {f"OH-{one.hex}"}
    count = client.get(f"/v1/lists/{live['id']}/count").json()
    assert count["states"] == [{"state": "OH", "count": 199, "left": None}]
    assert len(voters(client, pinned["id"])) == 200


def test_voters_of_other_pinned_lists_can_be_left_out(
    cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.campaign)
    first = save(client, "Democrats", criteria=DEMOCRATS)
    rest = save(client, "Rest", exclude_lists=[first["id"]])
    live = save(client, "Live rest", kind="live", exclude_lists=[first["id"]])
    expected = 80 - first["counts"]["OH"]
    assert rest["counts"] == {"OH": expected}
    assert len(voters(client, live["id"])) == expected


def test_voters_of_live_lists_are_left_out_as_they_are_now(
    cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.outside_group)
    seen = {"field": "last_contact", "op": "within_days", "value": 14}
    reached = save(client, "Seen of late", kind="live", criteria=seen)
    rest = save(client, "Rest", kind="live", exclude_lists=[reached["id"]])
    of_rest = save(client, "Of rest", kind="live", exclude_lists=[rest["id"]])
    assert len(voters(client, rest["id"], limit=200)) == 200
    one = cast.places[1][0]
    contact(cast.outside_group, one, 1)
    left = {row["id"] for row in voters(client, rest["id"], limit=200)}
    assert len(left) == 199
    assert f"OH-{one.hex}" not in left
    pinned = save(client, "Pinned rest", exclude_lists=[reached["id"]])
    assert pinned["counts"] == {"OH": 199}
    again = [row["id"] for row in voters(client, of_rest["id"])]
    assert again == [f"OH-{one.hex}"]


def test_who_may_be_in_a_list_that_is_left_out_is_left_out(
    cast: Cast, client_of: ClientOf
) -> None:
    """Where history is not licensed it is unknown who voted: nobody there is among those who did not."""
    grant("OH", cast.ohio, cast.stranger, actions=["read"], groups=["registration"])
    more = {"groups": ["registration", "vote_history"], "counties": [39061]}
    history = grant("OH", cast.ohio, cast.stranger, actions=["read"], **more)
    client = client_of(cast.stranger)
    voted = save(client, "Voted", kind="live", criteria="voted:2024G")
    rest = save(client, "Rest", kind="live", exclude_lists=[voted["id"]])
    found = voters(client, rest["id"], limit=200)
    assert {row["county"] for row in found} == {39061}
    assert len(found) == 40 - len(voters(client, voted["id"]))
    with acting_as(cast.ohio, Action.MANAGE):
        type(history).objects.filter(id=history.id).update(status="revoked")
    refused = client.get(f"/v1/lists/{rest['id']}/voters")
    assert (refused.status_code, refused.json()["code"]) == (403, "field_not_licensed")
    pinned = client.post(
        "/v1/lists", {"name": "No", "exclude_lists": [voted["id"]]}, format="json"
    )
    assert pinned.json()["code"] == "field_not_licensed"


def test_a_list_is_read_as_one_walks(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.campaign)
    saved = save(client)
    live = save(client, "Live", kind="live", criteria=DEMOCRATS)
    with acting_as(cast.ohio, Action.READ):
        people = {
            f"OH-{one.voter.hex}": (one.res_zip5 or "", one.res_address or "")
            for one in Registration.objects.filter(state="OH", place__in=[1, 3])
        }
    for list_id in (saved["id"], live["id"]):
        rows = voters(client, list_id, order="walk", limit=9)
        assert {row["id"] for row in rows} == {
            row["id"] for row in voters(client, list_id)
        }
        walked = [_door(people[row["id"]]) for row in rows]
        assert walked == sorted(walked)
    cursor = client.get(f"/v1/lists/{saved['id']}/voters", {"limit": 1}).json()["next"]
    other = {"cursor": cursor, "order": "walk"}
    answer = client.get(f"/v1/lists/{saved['id']}/voters", other)
    assert answer.json()["code"] == "cursor_invalid"


def _door(address: tuple[str, str]) -> tuple[str, str, bool, int]:
    """Area, street, odd before even, number."""
    area, line = address
    number, _, street = line.partition(" ")
    return area, street, int(number) % 2 == 0, int(number)


def test_a_list_can_be_deleted(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.campaign)
    saved = save(client)
    assert client.delete(f"/v1/lists/{saved['id']}").status_code == 204
    assert client.get(f"/v1/lists/{saved['id']}").status_code == 404
    save(client, "Doors")


def test_lists_need_their_permissions(cast: Cast, client_of: ClientOf) -> None:
    viewer = client_of(cast.campaign, Permission.VOTERS_COUNT)
    saved = save(client_of(cast.campaign))
    refused = viewer.post("/v1/lists", {"name": "x"}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_missing")
    assert viewer.get(f"/v1/lists/{saved['id']}").status_code == 200
    assert viewer.get(f"/v1/lists/{saved['id']}/voters").status_code == 403


def test_counting_alone_saves_no_list(cast: Cast, client_of: ClientOf) -> None:
    refused = client_of(cast.committee).post(
        "/v1/lists", {"name": "NC", "states": ["NC"]}, format="json"
    )
    assert (refused.status_code, refused.json()["code"]) == (403, "state_not_licensed")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid"),
        ({"name": ""}, "invalid"),
        ({"name": "x" * 121}, "invalid"),
        ({"name": "x", "kind": "frozen"}, "invalid"),
        ({"name": "x", "shared": True}, "invalid"),
        (
            {"name": "x", "criteria": {"field": "nope", "op": "eq", "value": 1}},
            "unknown_field",
        ),
        ({"name": "x", "exclude_lists": ["7"]}, "invalid"),
    ],
)
def test_a_bad_list_is_told_what_is_wrong(
    cast: Cast, client_of: ClientOf, body: dict[str, Any], code: str
) -> None:
    answer = client_of(cast.campaign).post("/v1/lists", body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_reading_a_list_counts_against_the_cap_once(
    cast: Cast, client_of: ClientOf
) -> None:
    grant("OH", cast.ohio, cast.stranger, actions=["read"], cap_voters_month=50)
    client = client_of(cast.stranger)
    saved = save(client)
    first = client.get(f"/v1/lists/{saved['id']}/voters", {"limit": 50}).json()
    again = client.get(f"/v1/lists/{saved['id']}/voters", {"limit": 50})
    assert again.status_code == 200
    more = client.get(f"/v1/lists/{saved['id']}/voters", {"cursor": first["next"]})
    assert (more.status_code, more.json()["code"]) == (403, "cap_reached")


def test_lists_are_accounted_for(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.campaign)
    saved = save(client, criteria=DEMOCRATS)
    client.get(f"/v1/lists/{saved['id']}/voters", {"columns": "phone"})
    client.delete(f"/v1/lists/{saved['id']}")
    since = timezone.now() - dt.timedelta(minutes=1)
    with acting_as(cast.campaign, Action.MANAGE):
        entries = list(
            Entry.objects.filter(at__gt=since, subject=saved["id"]).order_by("at")
        )
    assert [one.event for one in entries] == [
        "lists:list:saved",
        "lists:list:read",
        "lists:list:deleted",
    ]
    assert entries[1].fields == ["phone"]
    assert entries[1].groups == ["contact_details", "registration"]
    assert all("D" not in str(one.detail) for one in entries)


def test_a_list_is_given_another_name_by_its_organization_alone(
    cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.campaign)
    saved, other = save(client, "Doors"), save(client, "Phones")
    path = f"/v1/lists/{saved['id']}"
    renamed = client.patch(path, {"name": "Saturday"}, format="json")
    assert renamed.status_code == 200
    assert renamed.json() == saved | {"name": "Saturday"}
    assert client.get(path).json() == renamed.json()
    taken = client.patch(path, {"name": other["name"]}, format="json")
    assert (taken.status_code, taken.json()["code"]) == (409, "list_name_taken")
    assert client.patch(path, {"name": "Saturday"}, format="json").status_code == 200
    for body in ({}, {"name": ""}, {"name": "x" * 121}, {"name": "x", "kind": "live"}):
        assert client.patch(path, body, format="json").status_code == 422, body
    rival = client_of(cast.rival)
    assert rival.patch(path, {"name": "Ours"}, format="json").status_code == 404
    viewer = client_of(cast.campaign, Permission.VOTERS_READ)
    assert viewer.patch(path, {"name": "x"}, format="json").status_code == 403
    with acting_as(cast.campaign, Action.MANAGE):
        entries = Entry.objects.filter(event="lists:list:renamed", subject=saved["id"])
        assert entries.count() == 2
        assert "Saturday" not in str(list(entries.values()))


def test_a_name_and_its_entry_in_the_account_change_together(
    cast: Cast, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = save(client_of(cast.campaign), "Doors")

    def fail(*_: object, **__: object) -> None:
        raise DatabaseError("full")

    monkeypatch.setattr(actions, "record", fail)
    with pytest.raises(DatabaseError, match="full"), transaction.atomic():
        actions.rename_list(list_id=UUID(saved["id"]), name="Other", by=cast.campaign)
    monkeypatch.undo()
    client = client_of(cast.campaign)
    assert client.get(f"/v1/lists/{saved['id']}").json()["name"] == "Doors"

"""Shared lists: read by the receiver's own grants, refused where they do not reach, and ended at once."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connection, connections, transaction
from rest_framework.test import APIClient

from coop.actors import Action, Actor, Permission, PrincipalKind
from coop.db.scope import acting_as
from coop.grants.actions import revoke_grant
from coop.grants.models import Grant
from coop.ledger.models import Entry
from coop.organizations.models import Role
from states.lists import shares
from states.lists.models import ListGroupObjectPermission, Share
from states.lists.shares import share_list
from states.lists.usable import get_usable_list, lists_shared_with
from tests.api.test_organizations import organization_of
from tests.cast import Cast, grant
from tests.lists.test_exports import order
from tests.lists.test_lists import ClientOf, save, voters
from tests.organizations.people import joined


def share(client: APIClient, list_id: str, with_: Actor, **more: Any) -> Any:
    body = {"organization": str(with_.organization), **more}
    return client.post(f"/v1/lists/{list_id}/shares", body, format="json")


def shared(client: APIClient, list_id: str, with_: Actor, **more: Any) -> str:
    """Share a list and return the share's id."""
    answer = share(client, list_id, with_, **more)
    assert answer.status_code == 201, answer.json()
    return str(answer.json()["id"])


def test_a_shared_list_shows_its_receiver_what_its_own_grants_cover(
    cast: Cast, client_of: ClientOf
) -> None:
    owner, receiver = client_of(cast.committee), client_of(cast.campaign)
    saved = save(owner, states=["OH"])
    assert saved["counts"] == {"OH": 200}
    shared(owner, saved["id"], cast.campaign)
    (seen,) = receiver.get("/v1/shared-lists").json()["results"]
    assert (seen["id"], seen["name"]) == (saved["id"], "Doors")
    assert seen["shared_by"] == {
        "id": str(cast.committee.organization),
        "name": "National Committee",
    }
    assert "counts" not in seen
    rows = voters(receiver, saved["id"], limit=30)
    assert len(rows) == 80
    assert {row["us_house_district"] for row in rows} == {"3"}
    body = receiver.get(f"/v1/lists/{saved['id']}/count").json()
    assert body["states"] == [{"state": "OH", "count": 80, "left": None}]
    assert len(voters(owner, saved["id"], limit=200)) == 200


def test_a_shared_list_is_used_like_ones_own_and_not_changed(
    cast: Cast, client_of: ClientOf
) -> None:
    owner, receiver = client_of(cast.committee), client_of(cast.campaign)
    live = save(owner, "Live", kind="live", criteria="party:D", states=["OH"])
    shared(owner, live["id"], cast.campaign)
    mine = save(receiver, "Mine")
    body = {
        "name": "Rest",
        "operation": "difference",
        "lists": [mine["id"], live["id"]],
    }
    rest = receiver.post("/v1/lists/combine", body, format="json").json()
    democrats = receiver.get(f"/v1/lists/{live['id']}/count").json()["count"]
    assert rest["counts"] == {"OH": 80 - democrats}
    pulled = receiver.post(f"/v1/lists/{live['id']}/pulls", {}, format="json").json()
    assert (pulled["joined"], pulled["left"]) == (democrats, 0)
    assert receiver.get(order(receiver, live["id"])["link"]).status_code == 200
    for method, path in (
        ("get", f"/v1/lists/{live['id']}"),
        ("delete", f"/v1/lists/{live['id']}"),
        ("get", f"/v1/lists/{live['id']}/shares"),
    ):
        assert getattr(receiver, method)(path).status_code == 404
    assert share(receiver, live["id"], cast.rival).status_code == 404


def test_a_receiver_that_may_not_use_a_criterion_is_refused_to_the_sharer(
    cast: Cast, client_of: ClientOf
) -> None:
    owner = client_of(cast.committee)
    live = save(
        owner, "Live", kind="live", criteria="voted:2024G age>30", states=["OH"]
    )
    refused = share(owner, live["id"], cast.outside_group)
    assert (refused.status_code, refused.json()["code"]) == (
        403,
        "receiver_not_licensed",
    )
    assert refused.json()["missing"] == [
        {"state": "OH", "groups": ["demographics", "vote_history"]}
    ]
    assert sorted(refused.json()["fields"]) == ["age", "voted"]
    assert share(owner, live["id"], cast.stranger).status_code == 403
    # A pinned list rests on who is in it: whoever may read registrations may have it.
    pinned = save(owner, "Pinned", criteria="voted:2024G", states=["OH"])
    shared(owner, pinned["id"], cast.outside_group)
    rows = voters(client_of(cast.outside_group), pinned["id"], columns="party")
    assert len(rows) == pinned["counts"]["OH"]
    assert client_of(cast.outside_group).get("/v1/shared-lists").json()["results"]


def test_a_share_that_makes_no_sense_is_told_apart(
    cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.campaign)
    saved = save(client)
    cases = {
        "share_needless": share(client, saved["id"], cast.campaign),
        "no_such_organization": client.post(
            f"/v1/lists/{saved['id']}/shares",
            {"organization": str(uuid4())},
            format="json",
        ),
        "no_such_member": share(
            client,
            saved["id"],
            cast.committee,
            member=str(cast.rival.principal),
        ),
    }
    assert {code: one.json()["code"] for code, one in cases.items()} == {
        code: code for code in cases
    }
    shared(client, saved["id"], cast.committee)
    again = share(client, saved["id"], cast.committee)
    assert (again.status_code, again.json()["code"]) == (409, "already_shared")


def test_an_ended_share_is_no_list_any_more_and_its_link_dies(
    cast: Cast, client_of: ClientOf, small_chunks: None
) -> None:
    owner, receiver = client_of(cast.committee), client_of(cast.campaign)
    saved = save(owner, states=["OH"])
    share_id = shared(owner, saved["id"], cast.campaign)
    link = order(receiver, saved["id"])["link"]
    pull = receiver.post(f"/v1/lists/{saved['id']}/pulls", {}, format="json").json()
    assert receiver.get(f"/v1/pulls/{pull['id']}/joined").status_code == 200
    assert owner.delete(f"/v1/shares/{share_id}").status_code == 204
    for path in ("voters", "count", "pulls"):
        assert receiver.get(f"/v1/lists/{saved['id']}/{path}").status_code == 404
    for path in ("joined", "left"):
        assert receiver.get(f"/v1/pulls/{pull['id']}/{path}").status_code == 404
    gone = receiver.get(link)
    assert (gone.status_code, gone.json()["code"]) == (410, "list_deleted")
    assert receiver.get("/v1/shared-lists").json()["results"] == []
    assert owner.get(f"/v1/lists/{saved['id']}/shares").json()["results"] == []
    assert owner.delete(f"/v1/shares/{share_id}").status_code == 404


def test_a_deleted_list_is_shared_with_nobody(cast: Cast, client_of: ClientOf) -> None:
    owner = client_of(cast.committee)
    saved = save(owner, states=["OH"])
    shared(owner, saved["id"], cast.campaign)
    client_of(cast.campaign).post(f"/v1/lists/{saved['id']}/pulls", {}, format="json")
    assert owner.delete(f"/v1/lists/{saved['id']}").status_code == 204
    receiver = client_of(cast.campaign)
    assert receiver.get("/v1/shared-lists").json()["results"] == []
    with acting_as(cast.campaign, Action.READ), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM lists_pull_member UNION SELECT 1 FROM lists_pull")
        assert cursor.fetchall() == []
        assert not Share.objects.exists()


def test_a_receiver_that_loses_its_license_reads_nothing(
    cast: Cast, client_of: ClientOf
) -> None:
    owner, receiver = client_of(cast.committee), client_of(cast.campaign)
    saved = save(owner, states=["OH"])
    shared(owner, saved["id"], cast.campaign)
    with acting_as(cast.ohio, Action.MANAGE):
        held = Grant.objects.get(grantee=cast.campaign.organization)
    revoke_grant(grant=held.id, reason="It is over.", by=cast.ohio)
    refused = receiver.get(f"/v1/lists/{saved['id']}/voters")
    assert (refused.status_code, refused.json()["code"]) == (403, "state_not_licensed")
    with acting_as(cast.campaign, Action.READ), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM lists_member")
        assert cursor.fetchall() == []


def test_a_sharer_that_loses_its_license_freezes_its_own_reading_alone(
    cast: Cast, client_of: ClientOf
) -> None:
    made = grant("OH", cast.ohio, cast.stranger, actions=["count", "read"])
    owner = client_of(cast.stranger)
    saved = save(owner)
    shared(owner, saved["id"], cast.campaign)
    revoke_grant(grant=made.id, reason="It is over.", by=cast.ohio)
    assert owner.get(f"/v1/lists/{saved['id']}/voters").status_code == 403
    assert len(voters(client_of(cast.campaign), saved["id"])) == 80


def test_a_share_with_one_person_is_that_persons_alone(
    cast: Cast, client_of: ClientOf
) -> None:
    owner = client_of(cast.committee)
    saved = save(owner, states=["OH"])
    shared(owner, saved["id"], cast.campaign, member=str(cast.campaign.principal))
    other = joined(
        cast.campaign,
        organization_of(cast.campaign),
        "analyst@example.org",
        Role.ANALYST,
    )
    with acting_as(cast.campaign, Action.READ):
        assert get_usable_list(saved_id(saved), by=cast.campaign).name == "Doors"
    colleague = Actor(
        cast.campaign.organization,
        other.principal,
        PrincipalKind.PERSON,
        frozenset(Permission),
    )
    for actor in (colleague, cast.rival):
        with acting_as(actor, Action.READ), connection.cursor() as cursor:
            assert lists_shared_with(actor) == []
            cursor.execute("SELECT 1 FROM lists_share UNION SELECT 1 FROM lists_member")
            assert cursor.fetchall() == []
    # A key of the organization is not that person.
    assert client_of(cast.campaign).get("/v1/shared-lists").json()["results"] == []
    # Whoever left the organization acts for another one, where the share says nothing.
    moved = Actor(
        cast.rival.organization,
        cast.campaign.principal,
        PrincipalKind.PERSON,
        frozenset(Permission),
    )
    with acting_as(moved, Action.READ):
        assert lists_shared_with(moved) == []


def saved_id(saved: dict[str, Any]) -> Any:
    return UUID(saved["id"])


def test_guardian_and_the_share_must_both_say_so(
    cast: Cast, client_of: ClientOf
) -> None:
    owner = client_of(cast.committee)
    saved = save(owner, states=["OH"])
    shared(owner, saved["id"], cast.campaign)
    with acting_as(cast.committee, Action.MANAGE):
        assert ListGroupObjectPermission.objects.filter(
            content_object=saved["id"]
        ).delete()[0]
    assert (
        client_of(cast.campaign).get(f"/v1/lists/{saved['id']}/voters").status_code
        == 404
    )


def test_the_share_and_its_account_happen_together_or_not_at_all(
    cast: Cast, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = save(client_of(cast.committee), states=["OH"])

    def fail(*_: object, **__: object) -> None:
        raise DatabaseError("full")

    monkeypatch.setattr(shares, "record", fail)
    with pytest.raises(DatabaseError, match="full"), transaction.atomic():
        share_list(
            list_id=saved_id(saved),
            organization=cast.campaign.organization,
            by=cast.committee,
        )
    with acting_as(cast.committee, Action.MANAGE):
        assert not Share.objects.exists()
        assert not ListGroupObjectPermission.objects.exists()


def test_the_owner_of_the_state_sees_that_a_list_was_shared_and_with_whom(
    cast: Cast, client_of: ClientOf
) -> None:
    owner = client_of(cast.committee)
    saved = save(owner, "Secret name", states=["OH"], criteria="party:D")
    owner.delete(f"/v1/shares/{shared(owner, saved['id'], cast.campaign)}")
    with acting_as(cast.ohio, Action.MANAGE):
        entries = list(Entry.objects.filter(subject=saved["id"]).order_by("at"))
    assert [one.event for one in entries] == [
        "lists:list:saved",
        "lists:list:shared",
        "lists:list:unshared",
    ]
    assert entries[1].detail == {
        "organization": str(cast.campaign.organization),
        "person": False,
    }
    assert all("Secret" not in str(one.detail) for one in entries)


ATTACKS = {
    "share another's list": "INSERT INTO lists_share (id, list, owner, organization, shared_by, shared_at)"
    " VALUES (gen_random_uuid(), '{list}', '{me}', '{friend}', '{me}', now())",
    "share it in its owner's name": "INSERT INTO lists_share (id, list, owner, organization, shared_by, shared_at)"
    " VALUES (gen_random_uuid(), '{list}', '{owner}', '{me}', '{me}', now())",
    "hand on what was shared": "INSERT INTO lists_share (id, list, owner, organization, shared_by, shared_at)"
    " SELECT gen_random_uuid(), list, '{me}', '{friend}', '{me}', now() FROM lists_share",
    "write into what was shared": "INSERT INTO lists_member (state, list, voter, place)"
    " VALUES ('OH', '{list}', gen_random_uuid(), 2)",
    "permit oneself": "INSERT INTO lists_listgroupobjectpermission (content_object_id, group_id, permission_id)"
    " SELECT '{list}', o.group_id, p.id FROM organizations_organization AS o, auth_permission AS p"
    " WHERE o.id = '{me}' AND p.codename = 'use_list'",
}


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("action", [Action.READ, Action.MANAGE])
def test_a_receiver_cannot_widen_a_share(
    cast: Cast, client_of: ClientOf, attack: str, action: Action
) -> None:
    saved = save(client_of(cast.committee), states=["OH"])
    if attack.startswith(("hand on", "write into")):
        shared(client_of(cast.committee), saved["id"], cast.rival)
    names = {
        "list": saved["id"],
        "me": cast.rival.organization,
        "friend": cast.stranger.organization,
        "owner": cast.committee.organization,
    }
    with (
        pytest.raises(DatabaseError, match="row-level security"),
        acting_as(cast.rival, action),
        transaction.atomic(),
        connections["default"].cursor() as cursor,
    ):
        cursor.execute(ATTACKS[attack].format(**names))

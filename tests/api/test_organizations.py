"""Over the API: the caller's own account, the directory, members, invitations, credentials."""

from __future__ import annotations

import re
import smtplib
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.core import mail
from django.utils import timezone
from rest_framework.test import APIClient

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.organizations.models import Invitation, Member, Organization, Role
from tests.api.conftest import client_with, make_key
from tests.cast import Cast, grant
from tests.organizations.people import founded, joined

KEY: Any = {
    "name": "Field tool",
    "source": "field-tool",
    "permissions": ["contacts:write"],
    "expires_at": (timezone.now() + timedelta(days=30)).isoformat(),
}


@pytest.fixture
def pair(db: None) -> tuple[Organization, Actor]:
    return founded("Campaign for the Lake Shore", "owner@example.org")


@pytest.fixture
def owner(pair: tuple[Organization, Actor]) -> Actor:
    return pair[1]


@pytest.fixture
def caller(pair: tuple[Organization, Actor]) -> APIClient:
    return client_with(make_key(pair[0]))


def organization_of(actor: Actor) -> Organization:
    with acting_as(actor, Action.MANAGE):
        return Organization.objects.get(id=actor.organization)


def client_of(actor: Actor) -> APIClient:
    return client_with(make_key(organization_of(actor)))


@pytest.mark.django_db
def test_me_names_the_grants_in_force_and_their_places(cast: Cast) -> None:
    body = client_of(cast.campaign).get("/v1/me").json()

    assert body["organization"]["name"] == "Campaign for Ohio Three"
    assert body["caller"]["kind"] == "credential"
    (held,) = body["grants"]
    assert held["state"] == "OH"
    assert held["geography"]["us_house_districts"] == ["3"]
    assert held["cap"] is None
    assert body["owned_states"] == []


@pytest.mark.django_db
def test_me_names_the_states_one_owns_and_what_a_cap_has_left(cast: Cast) -> None:
    grant("NC", cast.carolina, cast.stranger, actions=["read"], cap_voters_month=500)

    assert client_of(cast.ohio).get("/v1/me").json()["owned_states"] == ["OH"]
    (held,) = client_of(cast.stranger).get("/v1/me").json()["grants"]
    assert held["cap"] == {"voters_a_month": 500, "used_this_month": 0}


@pytest.mark.django_db
def test_the_directory_is_paged_to_its_end(cast: Cast) -> None:
    client = client_of(cast.stranger)
    names: list[str] = []
    cursor = ""
    while True:
        body = client.get(f"/v1/organizations?limit=2{cursor}").json()
        names += [one["name"] for one in body["results"]]
        if body["next"] is None:
            break
        cursor = f"&cursor={body['next']}"

    assert len(names) == len(set(names)) == 7
    assert names == sorted(names)


@pytest.mark.django_db
def test_a_cursor_of_another_organization_or_list_is_invalid(cast: Cast) -> None:
    body = client_of(cast.stranger).get("/v1/organizations?limit=2").json()
    cursor = body["next"]

    other = client_of(cast.rival).get(f"/v1/organizations?cursor={cursor}")
    assert (other.status_code, other.json()["code"]) == (422, "cursor_invalid")
    elsewhere = client_of(cast.stranger).get(f"/v1/ledger?cursor={cursor}")
    assert elsewhere.json()["code"] == "cursor_invalid"


@pytest.mark.django_db
def test_the_directory_can_be_narrowed_to_a_kind(cast: Cast) -> None:
    body = client_of(cast.stranger).get("/v1/organizations?kind=state_party").json()

    assert {one["kind"] for one in body["results"]} == {"state_party"}
    assert len(body["results"]) == 2


def test_members_are_listed_with_their_second_factor(
    caller: APIClient, owner: Actor
) -> None:
    (shown,) = caller.get("/v1/members").json()["results"]

    assert shown["email"] == "owner@example.org"
    assert shown["role"] == "owner"
    assert shown["second_factor"] is False


def test_a_role_is_changed_and_a_member_removed(
    caller: APIClient, pair: tuple[Organization, Actor]
) -> None:
    organization, owner = pair
    viewer = joined(owner, organization, "viewer@example.org", Role.VIEWER)
    with acting_as(owner, Action.MANAGE):
        member = Member.objects.get(person_id=viewer.principal).id

    changed = caller.patch(f"/v1/members/{member}", {"role": "analyst"}, format="json")
    removed = caller.delete(f"/v1/members/{member}")
    again = caller.delete(f"/v1/members/{member}")

    assert changed.json()["role"] == "analyst"
    assert (removed.status_code, again.status_code) == (204, 404)


def test_the_last_owner_is_a_conflict(caller: APIClient, owner: Actor) -> None:
    with acting_as(owner, Action.MANAGE):
        member = Member.objects.get().id

    answer = caller.delete(f"/v1/members/{member}")

    assert (answer.status_code, answer.json()["code"]) == (409, "last_owner")


@pytest.mark.django_db
def test_an_invitation_is_mailed_and_its_link_is_in_no_answer(
    caller: APIClient,
) -> None:
    body = {"email": "new@example.org", "role": "analyst"}

    answer = caller.post("/v1/invitations", body, format="json")

    assert answer.status_code == 201, answer.content
    (message,) = mail.outbox
    assert message.to == ["new@example.org"]
    found = re.search(r"/accounts/invitations/(\S+)", str(message.body))
    assert found is not None
    assert found.group(1) not in answer.content.decode()
    assert len(caller.get("/v1/invitations").json()["results"]) == 1


def test_an_invitation_that_cannot_be_mailed_is_withdrawn(
    caller: APIClient, owner: Actor
) -> None:
    body = {"email": "new@example.org", "role": "analyst"}
    error = smtplib.SMTPServerDisconnected("gone")
    with mock.patch("api.v1.invitations.send_mail", side_effect=error):
        answer = caller.post("/v1/invitations", body, format="json")

    assert (answer.status_code, answer.json()["code"]) == (503, "mail_unavailable")
    with acting_as(owner, Action.MANAGE):
        assert Invitation.objects.get(email="new@example.org").withdrawn_at


def test_a_test_credential_invites_nobody(pair: tuple[Organization, Actor]) -> None:
    client = client_with(make_key(pair[0], test=True))
    body = {"email": "new@example.org", "role": "analyst"}

    assert client.post("/v1/invitations", body, format="json").status_code == 201
    assert mail.outbox == []
    with acting_as(pair[1], Action.MANAGE):
        assert not Invitation.objects.filter(email="new@example.org").exists()


def test_an_invitation_is_withdrawn(caller: APIClient) -> None:
    body = {"email": "new@example.org", "role": "analyst"}
    made = caller.post("/v1/invitations", body, format="json").json()

    assert caller.delete(f"/v1/invitations/{made['id']}").status_code == 204
    assert caller.get("/v1/invitations").json()["results"] == []


def test_a_key_works_until_it_is_revoked(caller: APIClient) -> None:
    made = caller.post("/v1/credentials", KEY, format="json").json()
    machine = APIClient()
    machine.credentials(HTTP_AUTHORIZATION=f"Bearer {made['key']}")

    assert machine.get("/v1/me").json()["permissions"] == ["contacts:write"]
    revoked = caller.post(f"/v1/credentials/{made['id']}/revoke", {}, format="json")
    assert revoked.json()["revoked_at"] is not None
    assert machine.get("/v1/me").json()["code"] == "key_revoked"


def test_both_keys_of_a_rotation_work(caller: APIClient) -> None:
    old = caller.post("/v1/credentials", KEY, format="json").json()

    new = caller.post(f"/v1/credentials/{old['id']}/rotate", {}, format="json").json()

    for one in (old, new):
        machine = APIClient()
        machine.credentials(HTTP_AUTHORIZATION=f"Bearer {one['key']}")
        assert machine.get("/v1/me").status_code == 200
    shown = caller.get(f"/v1/credentials/{old['id']}").json()
    assert shown["successor"] == new["id"]
    assert "key" not in shown


def test_a_key_cannot_issue_more_than_it_may(pair: tuple[Organization, Actor]) -> None:
    client = client_with(make_key(pair[0], permissions=["credentials:manage"]))

    answer = client.post("/v1/credentials", KEY, format="json")

    assert (answer.status_code, answer.json()["code"]) == (403, "permission_beyond_own")


@pytest.mark.django_db
def test_things_of_others_and_nothing_look_alike(caller: APIClient, cast: Cast) -> None:
    theirs = client_of(cast.rival).post("/v1/credentials", KEY, format="json").json()
    absent = "00000000-0000-4000-8000-000000000000"

    answers = [
        caller.post(f"/v1/credentials/{one}/revoke", {}, format="json")
        for one in (theirs["id"], absent)
    ]

    shapes = {
        (one.status_code, one.json()["code"], one.json()["detail"]) for one in answers
    }
    assert shapes == {(404, "not_found", "There is no such credential.")}

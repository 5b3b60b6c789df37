"""Setting tracers up: the party's data manager alone, checked, in the account; to others there is nothing there."""

from __future__ import annotations

from typing import Any, Final

import pytest
from rest_framework.test import APIClient

from coop.actors import Action, Actor, Permission
from coop.db.scope import acting_as
from coop.ledger.models import Entry
from coop.organizations.models import Role
from coop.organizations.rules import ROLE_PERMISSIONS
from states.tracers.account import open_setup
from states.tracers.models import Setup
from tests.cast import Cast
from tests.grants.conftest import ClientOf

pytestmark = pytest.mark.django_db

ADDRESS: Final = "/v1/states/OH/tracers"
SET_UP: Final[dict[str, Any]] = {
    "addresses": [{"line1": "PO BOX 1204", "city": "COLUMBUS", "zip5": "43215"}],
    "phones": ["+16145550131"],
    "emails": ["box@ohioparty.example.org"],
}


def put(client: APIClient, **more: Any) -> Any:
    return client.put(ADDRESS, {**SET_UP, **more}, format="json")


def setup_of(cast: Cast) -> Setup:
    with acting_as(cast.ohio, Action.MANAGE):
        return Setup.objects.get(state="OH")


def events(by: Actor) -> list[str]:
    with acting_as(by, Action.MANAGE):
        found = Entry.objects.filter(event__startswith="tracers:").order_by("at")
        return list(found.values_list("event", flat=True))


def test_the_party_sets_tracers_up_changes_and_ends_them(
    cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.ohio)
    assert client.get(ADDRESS).status_code == 404
    assert put(client).status_code == 200
    shown = client.get(ADDRESS).json()
    assert shown["addresses"][0]["line1"] == "PO BOX 1204"
    assert (shown["state"], shown["least"], shown["most"]) == ("OH", 8, 400)
    assert "secret" not in str(shown)
    secret = open_setup(bytes(setup_of(cast).sealed), "OH").secret
    assert len(secret) == 32
    assert put(client, least=12).json()["least"] == 12
    assert client.delete(ADDRESS).status_code == 204
    assert client.get(ADDRESS).status_code == client.delete(ADDRESS).status_code == 404
    assert put(client).status_code == 200
    # What left before is traced by the secret it left under.
    assert open_setup(bytes(setup_of(cast).sealed), "OH").secret == secret
    told = ["set", "set", "ended", "set"]
    assert events(cast.ohio) == [f"tracers:setup:{one}" for one in told]


def test_what_is_kept_is_sealed(cast: Cast, client_of: ClientOf) -> None:
    put(client_of(cast.ohio))
    kept = bytes(setup_of(cast).sealed)
    assert b"1204" not in kept
    assert b"secret" not in kept


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"phones": ["614 555 0131"]}, "/phones/0"),
        ({"emails": ["nobody"]}, "/emails/0"),
        ({"addresses": []}, "/addresses"),
        (
            {"addresses": [{"line1": "X", "city": "Y", "zip5": "4321"}]},
            "/addresses/0",
        ),
        ({"least": 9, "most": 8}, "/least"),
    ],
)
def test_points_that_are_none_are_named(
    cast: Cast, client_of: ClientOf, changed: dict[str, Any], pointer: str
) -> None:
    answer = put(client_of(cast.ohio), **changed)
    assert (answer.status_code, answer.json()["code"]) == (422, "tracers_invalid")
    assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]


def test_to_everyone_else_there_are_none(cast: Cast, client_of: ClientOf) -> None:
    put(client_of(cast.ohio))
    for name, one in cast.everyone.items():
        if name == "ohio":
            continue
        client = client_of(one)
        answers = [client.get(ADDRESS), put(client), client.delete(ADDRESS)]
        assert [one.status_code for one in answers] == [404, 404, 404]
        absent = client.get("/v1/states/WY/tracers").json()
        keep = ("status", "code", "detail")
        assert {k: answers[0].json()[k] for k in keep} == {k: absent[k] for k in keep}
        assert client.get(f"{ADDRESS}/exports").status_code == 404
    assert setup_of(cast).active
    assert events(cast.campaign) == []


def test_it_takes_a_data_manager(cast: Cast, client_of: ClientOf) -> None:
    holders = {
        role
        for role, may in ROLE_PERMISSIONS.items()
        if Permission.TRACERS_MANAGE in may
    }
    assert holders == {Role.DATA_MANAGER, Role.OWNER}
    client = client_of(cast.ohio, Permission.FILES_WRITE, Permission.LEDGER_READ)
    assert put(client).json()["code"] == "permission_missing"


def test_licensees_are_told_of_the_practice(cast: Cast, client_of: ClientOf) -> None:
    def told(who: Actor) -> tuple[bool, set[bool]]:
        client = client_of(who)
        grants = client.get("/v1/grants", {"state": "OH"}).json()["results"]
        flag = "exports_may_hold_tracers"
        return client.get("/v1/states/OH").json()[flag], {one[flag] for one in grants}

    assert told(cast.campaign) == (False, {False})
    put(client_of(cast.ohio))
    for who in (cast.campaign, cast.ohio, cast.committee):
        assert told(who) == (True, {True})
    assert (
        client_of(cast.stranger).get("/v1/states/NC").json()["exports_may_hold_tracers"]
        is False
    )

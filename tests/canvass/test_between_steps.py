"""What changes between two steps of a push: a key revoked, a license ended, the order within a call."""

from __future__ import annotations

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from api import authentication, throttles
from coop.actors import Action, Permission
from coop.db.scope import acting_as
from coop.grants.actions import revoke_grant
from coop.grants.models import Grant
from coop.organizations.models import Credential, Organization
from states.canvass.actions import Outcome
from states.canvass.models import Contact, InboxItem
from tests.api.conftest import client_with, make_key
from tests.canvass.pushes import body, drain, push
from tests.cast import Cast


@pytest.fixture
def pusher(cast: Cast) -> APIClient:
    with acting_as(cast.outside_group, Action.MANAGE):
        found = Organization.objects.get(id=cast.outside_group.organization)
    return client_with(make_key(found, permissions=[Permission.CONTACTS_WRITE]))


def test_a_key_revoked_between_two_pushes_pushes_no_more(
    cast: Cast, pusher: APIClient
) -> None:
    voter = cast.places[1][0]
    assert pusher.post("/v1/contacts", body(voter), "json").status_code == 202
    with acting_as(cast.outside_group, Action.MANAGE):
        Credential.objects.update(revoked_at=timezone.now())
    answer = pusher.post("/v1/contacts", body(voter), "json")
    assert (answer.status_code, answer.json()["code"]) == (401, "key_revoked")
    with acting_as(cast.outside_group, Action.READ):
        assert InboxItem.objects.filter(state="OH").count() == 1


def test_what_was_acknowledged_before_a_revocation_is_applied_and_nothing_after(
    cast: Cast,
) -> None:
    voter = cast.places[1][0]
    assert push(cast.outside_group, body(voter)).count(Outcome.ACCEPTED) == 1
    with acting_as(cast.ohio, Action.MANAGE):
        made = Grant.objects.filter(
            grantee=cast.outside_group.organization, state="OH", status="active"
        )
        ids = list(made.values_list("id", flat=True))
    for one in ids:
        revoke_grant(grant=one, reason="Enough.", by=cast.ohio)
    assert push(cast.outside_group, body(voter)).count(Outcome.REJECTED) == 1
    assert drain().applied == 1
    with acting_as(cast.ohio, Action.READ):
        assert Contact.objects.filter(state="OH", voter=voter).count() == 1


def test_contacts_of_a_call_keep_its_order_whatever_their_event_ids(
    cast: Cast,
) -> None:
    """Numbers decide between events of one time, and they follow the call, not the event ids."""
    voter, at = cast.places[1][0], "2026-11-01T12:00:00Z"
    names = ["m", "z", "a", "q", "b"]
    told = [body(voter, event_id=name, occurred_at=at) for name in names]
    push(cast.outside_group, *told)
    with acting_as(cast.outside_group, Action.APPLY):
        rows = InboxItem.objects.filter(state="OH").order_by("seq")
        assert [row.event_id for row in rows] == names


def test_an_address_that_fails_is_looked_up_again_at_once(
    cast: Cast, pusher: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process trusts a calm address for a moment, and forgets that with its first failure."""
    looked_up: list[int] = []
    counted = throttles.count

    def count(name: str, who: str, *, by: int = 1) -> object:
        looked_up.append(by)
        return counted(name, who, by=by)

    monkeypatch.setattr(authentication, "count", count)
    monkeypatch.setattr(authentication, "_calm", {})
    for _call in range(2):
        pusher.post("/v1/contacts", body(cast.places[1][0]), "json")
    assert looked_up == [0]
    for _call in range(2):
        answer = APIClient().get("/v1/me", HTTP_AUTHORIZATION="Bearer nonsense")
        assert answer.status_code == 401
    assert looked_up == [0, 1, 0, 1]

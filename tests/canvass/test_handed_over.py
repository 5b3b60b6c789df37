"""What cannot be applied of those who contribute without reading waits for the owner, and tells them nothing."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from states.canvass import applying
from states.canvass.amending import correct_contact, retract_contact
from states.canvass.draining import Applied
from states.canvass.gauges import inbox_gauges
from states.canvass.models import Contact, InboxItem
from states.voters.ids import voter_id
from tests.canvass.clients import client_of
from tests.canvass.pushes import body, drain, machine, push
from tests.canvass.test_blind import blind
from tests.cast import Cast

__all__ = ["blind"]


def set_aside(
    by: Actor, voter: UUID, monkeypatch: pytest.MonkeyPatch, **more: Any
) -> str:
    """Push a contact that cannot be applied; return its id."""
    with monkeypatch.context() as broken:
        pushed = push(by, body(voter, **more))
        broken.setattr(applying, "_HISTORY", "SELECT 1/0")
        assert drain() == Applied(set_aside=1)
    return str(pushed.verdicts[0].contact)


def listed(cast: Cast) -> list[Any]:
    path = "/v1/unmatched-contacts?state=OH"
    return list(client_of(cast.ohio).get(path).json()["results"])


def test_it_waits_for_the_owner_beside_what_fits_nobody(
    blind: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    voter = blind.places[1][0]
    contact = set_aside(blind.stranger, voter, monkeypatch, support=2)
    nobody = str(push(blind.stranger, body(uuid4())).verdicts[0].contact)
    waits, other = listed(blind)
    assert (waits["id"], other["id"]) == (contact, nobody)
    assert waits["about"] == voter_id("OH", voter)
    assert waits["problem"].startswith("DataError 22012")
    assert other["problem"] is None
    assert inbox_gauges().set_aside == 0
    client = client_of(blind.stranger)
    told = [client.get(f"/v1/contacts/{one}").json() for one in (contact, nobody)]
    assert {(one["status"], one["voter"]) for one in told} == {("accepted", None)}
    assert client.get("/v1/contacts/set-aside?state=OH").json()["results"] == []
    assert client.post(f"/v1/contacts/{contact}/replay").status_code == 404


def test_the_owner_tries_it_again(blind: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    voter = blind.places[1][0]
    contact = set_aside(blind.stranger, voter, monkeypatch, support=2)
    nobody = str(push(blind.stranger, body(uuid4())).verdicts[0].contact)
    owner = client_of(blind.ohio)

    def resolve(one: str) -> int:
        path = f"/v1/unmatched-contacts/{one}/resolve"
        return int(owner.post(path, {}, "json").status_code)

    assert resolve(nobody) == 422
    with monkeypatch.context() as broken:
        broken.setattr(applying, "_HISTORY", "SELECT 1/0")
        assert resolve(contact) == 202
        assert drain() == Applied(set_aside=1)
    assert [one["id"] for one in listed(blind)] == [contact, nobody]
    assert resolve(contact) == 202
    assert resolve(contact) == 404
    assert drain() == Applied(applied=1)
    with acting_as(blind.ohio, Action.READ):
        applied = Contact.objects.get(state="OH")
    assert (applied.voter, applied.support) == (voter, 2)
    assert [one["id"] for one in listed(blind)] == [nobody]


def test_what_is_said_of_it_meanwhile_holds(
    blind: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    by = machine(blind.stranger)
    first, second = blind.places[1][:2]
    contact = set_aside(by, first, monkeypatch, support=2)
    fix = {"event_id": "fix", "contact_type": "phone", "support": 5}
    correct_contact(contact=contact, told=fix, by=by)
    other = set_aside(by, second, monkeypatch)
    retract_contact(contact=other, event_id="gone", by=by)
    drain()
    (waits,) = listed(blind)
    assert (waits["id"], waits["contact_type"]) == (contact, "phone")
    path = f"/v1/unmatched-contacts/{contact}/resolve"
    assert client_of(blind.ohio).post(path, {}, "json").status_code == 202
    drain()
    with acting_as(blind.ohio, Action.READ):
        assert Contact.objects.get(state="OH").support == 5


def test_who_may_read_keeps_its_own(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    contact = set_aside(cast.outside_group, cast.places[1][0], monkeypatch)
    assert listed(cast) == []
    mine = client_of(cast.outside_group).get("/v1/contacts/set-aside?state=OH").json()
    assert [one["id"] for one in mine["results"]] == [contact]


def test_nobody_hands_over_or_retries_by_sql(
    blind: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    contact = set_aside(blind.stranger, blind.places[1][0], monkeypatch)
    kept = set_aside(blind.outside_group, blind.places[1][1], monkeypatch)
    number = contact.removeprefix("OH-")
    retry = f"SELECT sec.retry_unmatched('OH', '{number}')"
    for name in ("stranger", "outside_group", "carolina", "committee"):
        for action in (Action.MANAGE, Action.APPLY, Action.READ):
            with acting_as(blind.everyone[name], action):
                _refused(retry)
    with acting_as(blind.outside_group, Action.APPLY):
        seq = InboxItem.objects.get(state="OH", status="set_aside").seq
    hand = f"SELECT sec.hand_over('OH', {seq})"
    with acting_as(blind.outside_group, Action.MANAGE):
        _refused(hand)
    with acting_as(blind.stranger, Action.APPLY), connection.cursor() as cursor:
        cursor.execute(hand)
        assert cursor.fetchone() == (False,)
    assert [one["id"] for one in listed(blind)] == [contact]
    with acting_as(blind.outside_group, Action.READ):
        assert voter_id("OH", InboxItem.objects.get(state="OH").contact) == kept


def _refused(statement: str) -> None:
    with (
        pytest.raises(DatabaseError, match=r"no contact is written|hands over"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

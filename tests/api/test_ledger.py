"""The account: everyone reads their own acts, the owner every use of its state, nobody else's lists."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.ledger.actions import Refusal, Use, record
from coop.ledger.events import Event
from tests.api.test_organizations import client_of
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def count(actor: Actor, state: str = "OH", rows: int = 100) -> None:
    use = Use(state=state, purpose="election", fields=["party", "status"], rows=rows)
    with acting_as(actor, Action.COUNT):
        record(Event.VOTERS_COUNTED, by=actor, use=use, subject="list-of-ours")


@pytest.fixture
def used(cast: Cast) -> Cast:
    count(cast.campaign, rows=100)
    count(cast.campaign, rows=20)
    count(cast.committee, rows=3)
    count(cast.committee, state="NC", rows=4)
    with acting_as(cast.rival, Action.READ):
        record(
            Event.REQUEST_REFUSED,
            by=cast.rival,
            use=Use(state="OH"),
            refusal=Refusal("field_not_licensed"),
        )
    return cast


def ledger(client: APIClient, query: str = "") -> list[dict[str, object]]:
    results: list[dict[str, object]] = client.get(f"/v1/ledger?{query}").json()[
        "results"
    ]
    return results


def test_the_owner_reads_each_use_of_its_state_and_of_no_other(used: Cast) -> None:
    shown = ledger(client_of(used.ohio), "state=OH&event=targeting:universe:counted")

    assert [one["rows"] for one in shown] == [3, 20, 100]
    assert ledger(client_of(used.ohio), "state=NC") == []


def test_the_owner_sees_refusals_and_no_names_of_others_things(used: Cast) -> None:
    shown = ledger(client_of(used.ohio), "state=OH")

    assert "field_not_licensed" in {one["code"] for one in shown}
    others = [
        one for one in shown if one["organization"] != str(used.ohio.organization)
    ]
    assert "list-of-ours" not in {one["subject"] for one in others}


def test_everyone_reads_their_own_and_nobody_elses(used: Cast) -> None:
    campaign = ledger(client_of(used.campaign))
    assert {one["organization"] for one in campaign} == {
        str(used.campaign.organization)
    }
    assert "list-of-ours" in {one["subject"] for one in campaign}
    assert ledger(client_of(used.stranger), "state=OH") == []


def test_reading_the_ledger_is_in_the_ledger(used: Cast) -> None:
    client = client_of(used.ohio)
    ledger(client)

    assert ledger(client)[0]["event"] == "ledger:entry:read"


def test_pages_hold_every_entry_once_though_more_are_written(used: Cast) -> None:
    client = client_of(used.ohio)
    query = "state=OH&limit=1"
    seen: list[str] = []
    first = client.get(f"/v1/ledger?{query}&event=targeting:universe:counted").json()
    while True:
        seen += [one["id"] for one in first["results"]]
        count(used.campaign)
        if first["next"] is None:
            break
        first = client.get(
            f"/v1/ledger?{query}&event=targeting:universe:counted&cursor={first['next']}"
        ).json()

    assert len(seen) == len(set(seen)) == 3


def test_a_time_narrows_the_account(used: Cast) -> None:
    client = client_of(used.ohio)
    later = quote((timezone.now() + timedelta(hours=1)).isoformat())

    assert ledger(client, f"state=OH&since={later}") == []
    assert ledger(client, f"state=OH&until={later}") != []


def test_the_summary_adds_up_by_organization_and_names_the_fields(used: Cast) -> None:
    answer = client_of(used.ohio).get(
        "/v1/ledger/summary?state=OH&event=targeting:universe:counted"
    )

    lines = {one["organization"]: one for one in answer.json()["results"]}
    campaign = lines[str(used.campaign.organization)]
    assert (campaign["acts"], campaign["rows"]) == (2, 120)
    assert campaign["fields"] == ["party", "status"]
    assert campaign["purpose"] == "election"
    assert campaign["day"] == timezone.now().date().isoformat()
    assert lines[str(used.committee.organization)]["rows"] == 3


def test_an_unknown_event_is_a_fault(used: Cast) -> None:
    answer = client_of(used.ohio).get("/v1/ledger?event=no:such:event")

    assert answer.status_code == 422

"""Voters over the API: licensed fields, and nothing of what is not licensed."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connections

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.ledger.models import Entry
from states.fields.definition import Group
from states.fields.registry import FIELDS, fields_of
from states.voters.cards import age_of
from states.voters.ids import voter_id
from tests.cast import SHIELDED, Cast, grant, voter_uuid
from tests.grants.conftest import ClientOf

STANDARD = set(FIELDS) - {"voted"}


def address_of(state: str, number: int) -> str:
    return f"/v1/voters/{voter_id(state, voter_uuid(state, number))}"


def newest_entry(actor: Actor, event: str) -> Entry:
    with acting_as(actor, Action.MANAGE):
        found = Entry.objects.filter(event=event, organization=actor.organization)
        return found.latest("at")


def test_the_owner_sees_every_field_of_its_voter(
    cast: Cast, client_of: ClientOf
) -> None:
    answer = client_of(cast.ohio).get(address_of("OH", 1003))
    assert answer.status_code == 200
    voter = answer.json()
    assert voter["state_voter_id"] == "OH00000001003"
    assert voter["party_basis"] == "last_primary"
    assert voter["denied_fields"] == []
    assert set(voter) >= STANDARD
    assert voter["county"] == 39049
    assert voter["divisions"] == {
        "us_house_district": "ocd-division/country:us/state:oh/cd:3",
        "state_senate_district": "ocd-division/country:us/state:oh/sldu:15",
        "state_house_district": "ocd-division/country:us/state:oh/sldl:1",
    }
    assert voter["freshness"]["OH"]["publication"] == 1
    assert voter["freshness"]["OH"]["file_date"] == "2026-11-01"
    assert voter["times_voted"] == len(voter["elections"])
    assert {"date", "type", "method", "party"} == set(voter["elections"][0])


def test_unlicensed_fields_are_absent_and_named(
    cast: Cast, client_of: ClientOf
) -> None:
    """The outside group holds registration and contacts."""
    answer = client_of(cast.outside_group).get(address_of("OH", 1003))
    assert answer.status_code == 200
    voter = answer.json()
    denied = set(voter["denied_fields"])
    unlicensed = (
        Group.DEMOGRAPHICS,
        Group.CONTACT_DETAILS,
        Group.VOTE_HISTORY,
        Group.BALLOTS,
    )
    assert denied == {one.name for group in unlicensed for one in fields_of(group)}
    assert not denied & set(voter)
    assert "elections" not in voter
    assert voter["last_name"]


@pytest.mark.parametrize("number", [2003, 4003, 1, 2])
def test_outside_its_district_a_voter_does_not_exist(
    cast: Cast, client_of: ClientOf, number: int
) -> None:
    """The campaign is licensed for the third district; 1 and 2 are shielded voters."""
    client = client_of(cast.campaign)
    hidden = client.get(address_of("OH", number))
    absent = client.get(address_of("OH", 999_999))
    assert hidden.status_code == absent.status_code == 404
    same = ("code", "detail", "title", "status")
    assert [hidden.json()[k] for k in same] == [absent.json()[k] for k in same]


def test_a_stranger_and_another_states_party_find_nobody(
    cast: Cast, client_of: ClientOf
) -> None:
    for actor in (cast.stranger, cast.carolina):
        assert client_of(actor).get(address_of("OH", 1003)).status_code == 404


def test_the_shielded_are_the_owners_alone(cast: Cast, client_of: ClientOf) -> None:
    shown = client_of(cast.ohio).get(address_of("OH", 1)).json()
    assert shown["shielded"] == "confidential"
    for actor in (cast.committee, cast.campaign, cast.outside_group):
        assert client_of(actor).get(address_of("OH", 1)).status_code == 404
    assert SHIELDED["OH"] < 0


@pytest.mark.parametrize(
    "text", ["OH", "OH-12", "oh-" + "0" * 32, "OH-" + "G" * 32, "1001"]
)
def test_what_is_no_id_is_told_so(cast: Cast, client_of: ClientOf, text: str) -> None:
    answer = client_of(cast.ohio).get(f"/v1/voters/{text}")
    assert (answer.status_code, answer.json()["code"]) == (422, "voter_id_invalid")


def test_a_revocation_bites_on_the_next_call(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.campaign)
    assert client.get(address_of("OH", 1003)).status_code == 200
    with connections["default"].cursor() as cursor, acting_as(cast.ohio, Action.MANAGE):
        cursor.execute(
            "UPDATE grants_grant SET status = 'revoked' WHERE grantee = %s",
            [cast.campaign.organization],
        )
    assert client.get(address_of("OH", 1003)).status_code == 404


def test_a_read_is_in_the_ledger_with_grant_purpose_fields_and_rows(
    cast: Cast, client_of: ClientOf
) -> None:
    client_of(cast.campaign).get(address_of("OH", 1003))
    entry = newest_entry(cast.campaign, "voters:voter:read")
    assert (entry.state, entry.rows, entry.purpose) == ("OH", 1, "election")
    assert len(entry.grants) == 1
    assert {"phone", "birth_date", "last_name"} <= set(entry.fields)
    with acting_as(cast.ohio, Action.MANAGE):
        assert Entry.objects.filter(id=entry.id).exists()


def test_a_cap_counts_distinct_voters_and_stops_the_next(
    cast: Cast, client_of: ClientOf
) -> None:
    grant(
        "OH",
        cast.ohio,
        cast.stranger,
        actions=["read"],
        counties=[39049],
        cap_voters_month=2,
    )
    client = client_of(cast.stranger)
    for number in (1000, 1001, 1000):
        assert client.get(address_of("OH", number)).status_code == 200
    refused = client.get(address_of("OH", 1002))
    assert (refused.status_code, refused.json()["code"]) == (403, "cap_reached")


def test_age_is_of_today_and_by_the_year_alone_where_no_day_is_known() -> None:
    today = dt.date(2026, 11, 22)
    assert age_of(dt.date(1980, 11, 22), 1980, today) == 46
    assert age_of(dt.date(1980, 11, 23), 1980, today) == 45
    assert age_of(None, 1980, today) == 46
    assert age_of(None, None, today) is None

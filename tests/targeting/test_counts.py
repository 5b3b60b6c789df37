"""Counts, samples and fields over HTTP: exact for readers, noised for counters, refused by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from coop.actors import Action, Actor, Permission
from coop.db.scope import acting_as
from coop.ledger.models import Entry
from coop.organizations.models import Organization
from tests.api.conftest import client_with, make_key
from tests.cast import ELECTIONS, VOTERS_A_PLACE, Cast, grant
from tests.database.oracle import noised

ClientOf = Callable[..., APIClient]
DEMOCRATS = {"field": "party", "op": "eq", "value": "D"}


def _count(client: APIClient, criteria: Any = None, **more: Any) -> Any:
    body = {"criteria": criteria, **more}
    return client.post("/v1/counts", body, format="json")


def _entries(by: Actor, event: str) -> list[Entry]:
    with acting_as(by, Action.MANAGE):
        return list(Entry.objects.filter(event=event, organization=by.organization))


def test_a_district_licensee_counts_its_district_alone(
    cast: Cast, client_of: ClientOf
) -> None:
    answer = _count(client_of(cast.campaign))
    assert answer.status_code == 200, answer.json()
    body = answer.json()
    assert body["count"] == 2 * VOTERS_A_PLACE
    assert body["exact"] is True
    assert body["withheld"] is False
    assert body["states"] == [
        {"state": "OH", "count": 80, "exact": True, "withheld": False}
    ]
    assert body["not_licensed"] == []
    assert body["freshness"]["OH"]["file_date"] == "2026-11-01"
    assert body["freshness"]["OH"]["publication"] == 1


def test_the_shielded_are_in_no_count_not_even_the_owners(
    cast: Cast, client_of: ClientOf
) -> None:
    assert _count(client_of(cast.ohio)).json()["count"] == 5 * VOTERS_A_PLACE
    by_id = {"field": "state_voter_id", "op": "eq", "value": "OH00000000001"}
    assert _count(client_of(cast.ohio), by_id).json()["count"] == 0


def test_equal_district_numbers_of_two_states_never_meet(
    cast: Cast, client_of: ClientOf
) -> None:
    third = {"field": "us_house_district", "op": "eq", "value": "3"}
    body = _count(client_of(cast.committee), third).json()
    figures = {one["state"]: one["count"] for one in body["states"]}
    assert figures["OH"] == 80
    assert figures["NC"] in noised(40)
    refused = _count(client_of(cast.campaign), third, states=["NC"])
    assert refused.status_code == 403
    assert refused.json()["code"] == "field_not_licensed"
    assert refused.json()["missing"] == [
        {
            "state": "NC",
            "field": "us_house_district",
            "group": "registration",
            "action": "count",
        }
    ]


@pytest.mark.parametrize("narrow", ["", " precinct_code:P1", " county:37183 age<40"])
def test_who_may_count_but_not_read_gets_noised_figures_and_none_below_the_threshold(
    cast: Cast, client_of: ClientOf, narrow: str
) -> None:
    criteria = f"(party:D or party:R){narrow}"
    exact = _count(client_of(cast.carolina), criteria, states=["NC"]).json()["count"]
    body = _count(client_of(cast.committee), criteria, states=["NC"]).json()
    (state,) = body["states"]
    assert state["count"] in noised(exact)
    assert state["withheld"] is (state["count"] is None)
    assert (state["exact"], body["exact"]) == (False, False)
    assert body["count"] == state["count"]


@pytest.mark.parametrize(
    ("name", "op", "value"),
    [
        ("last_name", "eq", "SMITH"),
        ("state_voter_id", "in", ["NC00000006000"]),
        ("res_address", "prefix", "1 "),
        ("birth_date", "eq", "1980-01-01"),
    ],
)
def test_counting_alone_does_not_cover_identifying_criteria(
    cast: Cast, client_of: ClientOf, name: str, op: str, value: Any
) -> None:
    criteria = {"not": {"any": [DEMOCRATS, {"field": name, "op": op, "value": value}]}}
    refused = _count(client_of(cast.committee), criteria, states=["NC"])
    assert refused.status_code == 403
    assert refused.json()["code"] == "identifying_criteria"
    assert refused.json()["fields"] == [name]
    both = _count(client_of(cast.committee), criteria).json()
    assert [one["state"] for one in both["states"]] == ["OH"]
    assert [(one["state"], one["code"]) for one in both["not_licensed"]] == [
        ("NC", "identifying_criteria")
    ]


def test_reading_less_than_may_be_counted_is_answered_rounded(
    cast: Cast, client_of: ClientOf
) -> None:
    grant("OH", cast.ohio, cast.stranger, actions=["count"])
    grant("OH", cast.ohio, cast.stranger, actions=["read"], counties=[39061])
    body = _count(client_of(cast.stranger), DEMOCRATS).json()
    exact = _count(client_of(cast.ohio), DEMOCRATS).json()["count"]
    assert body["exact"] is False
    assert body["count"] in noised(exact)


def test_an_unlicensed_field_is_refused_by_its_name_group_and_missing_grant(
    cast: Cast, client_of: ClientOf
) -> None:
    voted = {
        "field": "voted",
        "op": "at_least",
        "value": {"times": 1, "of_last": 2, "type": "general"},
    }
    body = _count(client_of(cast.committee), voted, states=["OH", "NC"]).json()
    assert [one["state"] for one in body["states"]] == ["OH"]
    assert body["not_licensed"] == [
        {
            "state": "NC",
            "code": "field_not_licensed",
            "missing": [
                {
                    "state": "NC",
                    "field": "voted",
                    "group": "vote_history",
                    "action": "count",
                }
            ],
        }
    ]
    refused = _count(client_of(cast.outside_group), voted)
    assert refused.status_code == 403
    assert refused.json()["code"] == "field_not_licensed"
    assert "voted (vote_history)" in refused.json()["detail"]


def test_a_stranger_counts_nothing(cast: Cast, client_of: ClientOf) -> None:
    for states in (None, ["OH"]):
        more = {} if states is None else {"states": states}
        refused = _count(client_of(cast.stranger), **more)
        assert refused.status_code == 403
        assert refused.json()["code"] == "state_not_licensed"


def test_bad_questions_are_told_apart(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.committee)
    for body, code in (
        ({"criteria": {"field": "partee", "op": "eq", "value": "D"}}, "unknown_field"),
        ({"criteria": [1]}, "criteria_invalid"),
        ({"states": ["ZZ"]}, "unknown_state"),
        ({"as_of": "2026-02-30"}, "invalid"),
        ({"criterion": None}, "invalid"),
        ({"states": "OH"}, "invalid"),
        (
            {
                "criteria": {
                    "field": "voted",
                    "op": "any",
                    "value": [{"date": "1999-11-02", "type": "general"}],
                }
            },
            "unknown_election",
        ),
    ):
        answer = client.post("/v1/counts", body, format="json")
        assert (answer.status_code, answer.json()["code"]) == (422, code), body


def test_criteria_are_never_sql(cast: Cast, client_of: ClientOf) -> None:
    for text in ("'; DROP TABLE lists_list; --", "\\' OR 1=1 --", "%s", "{}", "$1"):
        criteria = {"field": "last_name", "op": "eq", "value": text}
        assert _count(client_of(cast.ohio), criteria).json()["count"] == 0


def test_a_count_is_accounted_for_without_its_values(
    cast: Cast, client_of: ClientOf
) -> None:
    _count(client_of(cast.campaign), DEMOCRATS)
    (entry,) = _entries(cast.campaign, "targeting:universe:counted")
    assert entry.state == "OH"
    assert entry.fields == ["party"]
    assert entry.groups == ["registration"]
    assert entry.purpose == "election"
    assert len(entry.grants) == 1
    assert entry.rows is not None
    assert "D" not in str(entry.detail)
    with acting_as(cast.ohio, Action.MANAGE):
        assert Entry.objects.filter(id=entry.id).exists()


def test_age_is_as_of_a_day(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.ohio)
    over = {"field": "age", "op": "gte", "value": 60}
    then = _count(client, over, as_of="2006-11-22").json()
    now = _count(client, over).json()
    assert then["as_of"] == "2006-11-22"
    assert then["count"] < now["count"]


def test_turnout_counts_the_last_elections_of_a_type(
    cast: Cast, client_of: ClientOf
) -> None:
    def voted(times: int, of_last: int) -> int:
        value = {"times": times, "of_last": of_last, "type": "general"}
        criteria = {"field": "voted", "op": "at_least", "value": value}
        return int(_count(client_of(cast.ohio), criteria).json()["count"])

    each = [
        {"field": "voted", "op": "any", "value": [{"date": str(day), "type": kind}]}
        for _, day, kind in ELECTIONS
        if kind == "general"
    ]
    all_three = _count(client_of(cast.ohio), {"all": each}).json()["count"]
    any_of_them = _count(client_of(cast.ohio), {"any": each}).json()["count"]
    assert (voted(3, 3), voted(1, 3)) == (all_three, any_of_them)
    assert voted(2, 3) > all_three > 0


def test_a_sample_shows_licensed_fields_of_licensed_voters(
    cast: Cast, client_of: ClientOf
) -> None:
    answer = client_of(cast.campaign).post(
        "/v1/samples", {"criteria": DEMOCRATS, "size": 100}, format="json"
    )
    assert answer.status_code == 200, answer.json()
    rows = answer.json()["results"]
    exact = _count(client_of(cast.campaign), DEMOCRATS).json()["count"]
    assert len(rows) == exact
    assert {row["party"] for row in rows} == {"D"}
    assert {row["us_house_district"] for row in rows} == {"3"}
    assert all(row["id"].startswith("OH-") for row in rows)
    assert all(
        {"phone", "age", "attempts", "suppressions"} <= row.keys() for row in rows
    )
    (entry,) = _entries(cast.campaign, "targeting:universe:sampled")
    assert entry.rows == exact
    assert "phone" in entry.fields


def test_a_sample_denies_what_no_grant_covers(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.outside_group)
    (row,) = client.post("/v1/samples", {"size": 1}, format="json").json()["results"]
    assert "phone" not in row
    assert "age" not in row
    assert {"phone", "age", "last_voted_date"} <= set(row["denied_fields"])
    named = client.post("/v1/samples", {"columns": ["phone"]}, format="json")
    assert named.status_code == 403
    assert named.json()["code"] == "field_not_licensed"
    unknown = client.post("/v1/samples", {"columns": ["fone"]}, format="json")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown_field")


def test_counting_alone_draws_no_sample(cast: Cast, client_of: ClientOf) -> None:
    refused = client_of(cast.committee).post(
        "/v1/samples", {"states": ["NC"]}, format="json"
    )
    assert refused.status_code == 403
    assert refused.json()["code"] == "state_not_licensed"


def test_a_sample_counts_against_the_cap(cast: Cast, client_of: ClientOf) -> None:
    grant(
        "OH", cast.ohio, cast.stranger, actions=["count", "read"], cap_voters_month=30
    )
    client = client_of(cast.stranger)
    assert client.post("/v1/samples", {"size": 30}, format="json").status_code == 200
    refused = client.post("/v1/samples", {"size": 100}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (403, "cap_reached")
    assert _count(client).json()["count"] == 200


def test_fields_say_where_they_may_be_used(cast: Cast, client_of: ClientOf) -> None:
    results = client_of(cast.committee).get("/v1/fields").json()["results"]
    fields = {one["name"]: one for one in results}
    assert fields["party"]["licensed"] == {
        "count": ["NC", "OH"],
        "read": ["OH"],
        "export": ["OH"],
    }
    assert fields["phone"]["licensed"]["count"] == ["OH"]
    assert fields["voted"]["operators"] == ["any", "none", "at_least"]
    assert fields["party"]["values"][0] == "D"
    assert fields["last_name"]["identifying"] is True
    assert fields["ballot_status"]["licensed"] == {
        "count": [],
        "read": [],
        "export": [],
    }
    own = client_of(cast.stranger).get("/v1/fields").json()["results"]
    assert all(set(map(tuple, one["licensed"].values())) == {()} for one in own)


def test_a_revocation_bites_on_the_next_call(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.stranger)
    made = grant("OH", cast.ohio, cast.stranger, actions=["count", "read"])
    assert _count(client).json()["count"] == 200
    with acting_as(cast.ohio, Action.MANAGE):
        type(made).objects.filter(id=made.id).update(status="revoked")
    assert _count(client).json()["code"] == "state_not_licensed"


def test_a_test_credential_counts_and_is_accounted_for(cast: Cast) -> None:
    with acting_as(cast.campaign, Action.MANAGE):
        campaign = Organization.objects.get(id=cast.campaign.organization)
    key = make_key(campaign, test=True, permissions=[Permission.VOTERS_COUNT.value])
    assert _count(client_with(key)).json()["count"] == 80
    assert len(_entries(cast.campaign, "targeting:universe:counted")) == 1

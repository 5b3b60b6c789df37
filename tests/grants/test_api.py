"""/v1/grants and /v1/states as both sides meet them."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from coop.actors import Permission
from tests.cast import Cast
from tests.grants.conftest import ClientOf


def body(**changed: Any) -> dict[str, Any]:
    now = timezone.now()
    values = {
        "state": "OH",
        "groups": ["registration"],
        "actions": ["count", "read"],
        "geography": {"us_house_districts": ["03"]},
        "purpose": "election",
        "starts_at": (now - dt.timedelta(hours=1)).isoformat(),
        "ends_at": (now + dt.timedelta(days=30)).isoformat(),
        "agreement": "For the election only.",
    }
    return {
        name: value for name, value in (values | changed).items() if value is not None
    }


def post(client: APIClient, address: str, **given: Any) -> Any:
    return client.post(f"/v1/grants{address}", given, format="json")


def test_a_grant_from_request_to_revocation(cast: Cast, client_of: ClientOf) -> None:
    party, asker = client_of(cast.ohio), client_of(cast.stranger)
    asked = post(asker, "", **body(message="For our race."))
    assert asked.status_code == 201, asked.content
    grant = asked.json()
    assert grant["status"] == "requested"
    assert grant["side"] == "grantee"
    assert grant["geography"]["us_house_districts"] == ["3"]
    assert grant["owner"]["name"] == "Ohio State Party"
    offered = post(party, f"/{grant['id']}/offer")
    assert offered.json()["status"] == "offered", offered.content
    accepted = post(asker, f"/{grant['id']}/accept")
    assert (accepted.json()["status"], accepted.json()["in_force"]) == ("active", True)
    assert post(party, f"/{grant['id']}/suspend", reason="Wait.").status_code == 200
    seen = asker.get(f"/v1/grants/{grant['id']}").json()
    assert (seen["status"], seen["reason"], seen["in_force"]) == (
        "suspended",
        "Wait.",
        False,
    )
    assert post(party, f"/{grant['id']}/resume").json()["in_force"] is True
    revoked = post(party, f"/{grant['id']}/revoke", reason="Over.")
    assert revoked.json()["status"] == "revoked"
    again = post(party, f"/{grant['id']}/resume")
    assert (again.status_code, again.json()["code"]) == (409, "step_not_possible")


def test_a_party_offers_on_terms_of_its_own(cast: Cast, client_of: ClientOf) -> None:
    party, asker = client_of(cast.ohio), client_of(cast.stranger)
    asked = post(asker, "", **body(geography={"whole_state": True})).json()
    terms = body(geography={"counties": [39049]}, state=None)
    offered = post(party, f"/{asked['id']}/offer", terms=terms)
    assert offered.json()["geography"]["counties"] == [39049]
    refused = post(asker, f"/{asked['id']}/refuse", reason="Too small.")
    assert refused.json()["status"] == "refused"
    fresh = post(party, "", **body(grantee=str(cast.stranger.organization), state="OH"))
    assert fresh.json()["status"] == "offered"
    assert post(party, f"/{fresh.json()['id']}/withdraw").json()["status"] == (
        "withdrawn"
    )


@pytest.mark.parametrize(
    ("changed", "status", "code", "pointer"),
    [
        ({"state": "ZZ"}, 404, "not_found", None),
        ({"state": "O\0"}, 422, None, "/state"),
        (
            {"state": "TX", "geography": {"whole_state": True}},
            409,
            "state_not_open",
            None,
        ),
        ({"groups": []}, 422, "terms_invalid", "/groups"),
        ({"groups": ["secrets"]}, 422, "invalid", "/groups"),
        ({"actions": ["sublicense"]}, 422, "invalid", "/actions"),
        ({"geography": {}}, 422, "terms_invalid", "/geography"),
        (
            {"geography": {"whole_state": True, "counties": [39049]}},
            422,
            "terms_invalid",
            "/geography",
        ),
        (
            {"geography": {"counties": [37183]}},
            422,
            "terms_invalid",
            "/geography/counties/0",
        ),
        (
            {"geography": {"us_house_districts": ["0"]}},
            422,
            "terms_invalid",
            "/geography/us_house_districts/0",
        ),
        ({"ends_at": "2020-01-01T00:00:00Z"}, 422, "terms_invalid", "/ends_at"),
        ({"ends_at": "yesterday"}, 422, "invalid", "/ends_at"),
        ({"cap_voters_month": 0}, 422, "invalid", "/cap_voters_month"),
        ({"pool": "held"}, 422, "terms_invalid", "/pool"),
        (
            {"actions": ["contribute"], "groups": ["contacts"]},
            422,
            "terms_invalid",
            "/pool",
        ),
        ({"terms": {"embargo": "2027"}}, 422, "terms_invalid", "/terms/embargo"),
        ({"terms": {"color": "red"}}, 422, "terms_invalid", "/terms/color"),
        ({"discount": 1}, 422, "invalid", "/discount"),
        ({"supersedes": str(uuid4())}, 404, "not_found", None),
        ({"grantee": str(uuid4())}, 403, "not_state_owner", None),
    ],
)
def test_a_request_that_cannot_be_made(
    cast: Cast,
    client_of: ClientOf,
    changed: dict[str, Any],
    status: int,
    code: str | None,
    pointer: str | None,
) -> None:
    answer = post(client_of(cast.stranger), "", **body(**changed))
    assert answer.status_code == status, answer.content
    problem = answer.json()
    assert code in {None, problem["code"]}
    if pointer:
        assert pointer in {fault["pointer"] for fault in problem["errors"]}


def test_an_owner_must_name_whom_it_licenses(cast: Cast, client_of: ClientOf) -> None:
    answer = post(client_of(cast.ohio), "", **body())
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/grantee"


def test_price_and_metering_are_recorded(cast: Cast, client_of: ClientOf) -> None:
    terms = {"price": "USD 500 a year", "metering": "by distinct voter"}
    made = post(client_of(cast.stranger), "", **body(terms=terms))
    assert made.json()["terms"] == terms


def test_a_grant_of_others_is_absent(cast: Cast, client_of: ClientOf) -> None:
    grant = post(client_of(cast.stranger), "", **body()).json()["id"]
    for outsider in (cast.rival, cast.carolina):
        client = client_of(outsider)
        for answer in (
            client.get(f"/v1/grants/{grant}"),
            client.get(f"/v1/grants/{grant}/use"),
            post(client, f"/{grant}/accept"),
            post(client, f"/{grant}/revoke", reason="x"),
        ):
            assert answer.status_code == 404
        listed = client.get("/v1/grants").json()["results"]
        assert grant not in {one["id"] for one in listed}


def test_lists_are_paged_and_filtered_for_both_sides(
    cast: Cast, client_of: ClientOf
) -> None:
    party, holder = client_of(cast.ohio), client_of(cast.committee)
    everything = party.get("/v1/grants").json()["results"]
    assert {one["state"] for one in everything} == {"OH"}
    seen: list[str] = []
    address = "/v1/grants?limit=2"
    while True:
        answer = party.get(address).json()
        seen += [one["id"] for one in answer["results"]]
        if answer["next"] is None:
            break
        address = f"/v1/grants?limit=2&cursor={answer['next']}"
    assert seen == [one["id"] for one in everything]
    assert len(seen) >= 4
    mine = holder.get("/v1/grants?status=active&state=NC").json()["results"]
    assert [one["side"] for one in mine] == ["grantee"]
    assert holder.get("/v1/grants?cursor=forged").status_code == 422
    stolen = holder.get(
        f"/v1/grants?cursor={party.get('/v1/grants?limit=1').json()['next']}"
    )
    assert stolen.json()["code"] == "cursor_invalid"


def test_who_may_only_read_grants_changes_none(cast: Cast, client_of: ClientOf) -> None:
    reader = client_of(cast.stranger, Permission.GRANTS_READ)
    answer = post(reader, "", **body())
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_missing")
    assert reader.get("/v1/grants").status_code == 200
    assert client_of(cast.stranger, Permission.VOTERS_READ).get(
        "/v1/grants"
    ).status_code == (403)


def test_use_is_shown_by_month(cast: Cast, client_of: ClientOf) -> None:
    grant = post(client_of(cast.stranger), "", **body(cap_voters_month=10)).json()["id"]
    use = client_of(cast.ohio).get(f"/v1/grants/{grant}/use").json()
    assert use["cap_voters_month"] == 10
    assert use["months"] == []
    assert use["resets_at"].endswith("-01T00:00:00Z")


def test_states_and_their_freshness(cast: Cast, client_of: ClientOf) -> None:
    campaign = client_of(cast.campaign)
    states = {one["code"]: one for one in campaign.get("/v1/states").json()["results"]}
    assert len(states) == 51
    assert states["OH"]["owner"]["name"] == "Ohio State Party"
    assert states["OH"]["freshness"]["publication"] == 1
    assert states["NC"]["freshness"] is None, "no grant there"
    assert states["TX"]["owner"] is None
    assert campaign.get("/v1/states/OH").json() == states["OH"]
    for nonsense in ("ZZ", "Ohio", "%00%00"):
        assert campaign.get(f"/v1/states/{nonsense}").status_code in {404, 422}


def test_a_policy_is_reviewed_by_its_owner_and_read_by_all(
    cast: Cast, client_of: ClientOf
) -> None:
    party, other = client_of(cast.ohio), client_of(cast.carolina)
    policy = {
        "purposes": ["election"],
        "recipients": ["campaign"],
        "resharing": True,
        "citation": "R.C. 3503.13",
    }
    reviewed = party.put("/v1/states/OH/policy", policy, format="json")
    assert reviewed.status_code == 200, reviewed.content
    assert other.get("/v1/states/OH/policy").json() == reviewed.json()
    refused = other.put("/v1/states/OH/policy", policy, format="json")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_state_owner")
    bad = party.put(
        "/v1/states/OH/policy", policy | {"purposes": ["fun"]}, format="json"
    )
    assert bad.status_code == 422
    unreviewed = other.get("/v1/states/TX/policy").json()
    assert (unreviewed["reviewed_at"], unreviewed["purposes"]) == (None, [])
    forbidden = post(party, "", **body(grantee=str(cast.stranger.organization)))
    assert (forbidden.status_code, forbidden.json()["code"]) == (403, "policy_forbids")

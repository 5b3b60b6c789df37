"""The values of a field, with how many voters whom the caller may count have each."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from coop.actors import Action
from coop.db.scope import acting_as
from states.voters.models import Registration
from tests.cast import Cast
from tests.database.oracle import noised
from tests.targeting.test_counts import ClientOf

ADDRESS = "/v1/fields/values"


def test_values_are_those_of_the_licensed_rows(cast: Cast, client_of: ClientOf) -> None:
    with acting_as(cast.ohio, Action.READ):
        rows = Registration.objects.filter(state="OH", place__in=[1, 3])
        parties = Counter(rows.values_list("party", flat=True))
    answer = client_of(cast.campaign).get(ADDRESS, {"field": "party"})
    assert answer.status_code == 200, answer.json()
    (state,) = answer.json()["states"]
    assert {one["value"]: one["count"] for one in state["values"]} == parties
    assert (state["state"], state["exact"]) == ("OH", True)
    assert answer.json()["freshness"]["OH"]["publication"] == 1


def test_counters_see_noise_and_states_without_a_license_are_named(
    cast: Cast, client_of: ClientOf
) -> None:
    body = (
        client_of(cast.committee)
        .get(ADDRESS, {"field": "county", "states": "NC,OH,PA"})
        .json()
    )
    exact = {one["state"]: one["exact"] for one in body["states"]}
    assert exact == {"NC": False, "OH": True}
    assert [one["state"] for one in body["not_licensed"]] == ["PA"]
    carolina = next(one for one in body["states"] if one["state"] == "NC")
    assert all(one["count"] in noised(40) for one in carolina["values"])


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"field": "nope"}, 422, "unknown_field"),
        ({"field": "phone"}, 422, "field_not_divisible"),
        ({}, 422, "invalid"),
        ({"field": "gender"}, 403, "field_not_licensed"),
        ({"field": "party", "states": "XX"}, 422, "unknown_state"),
    ],
)
def test_what_has_no_values_to_show_is_refused(
    cast: Cast, client_of: ClientOf, query: Any, status: int, code: str
) -> None:
    answer = client_of(cast.outside_group).get(ADDRESS, query)
    assert (answer.status_code, answer.json()["code"]) == (status, code)

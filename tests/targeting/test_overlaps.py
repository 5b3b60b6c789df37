"""Overlaps: every part is what the rows say, each apart from the others; with noise for who only counts."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from rest_framework.test import APIClient

from coop.actors import Action
from coop.db.scope import acting_as
from coop.ledger.models import Entry
from states.voters.models import Demographics, Registration
from tests.cast import Cast, grant
from tests.database.oracle import noised
from tests.targeting.test_counts import ClientOf

THREE: list[dict[str, Any]] = [
    {"name": "Democrats", "criteria": "party:D"},
    {"name": "Women", "criteria": {"field": "gender", "op": "eq", "value": "F"}},
    {"name": "Franklin", "criteria": "county:39049"},
]


def overlap(client: APIClient, universes: list[Any], **more: Any) -> Any:
    body = {"universes": universes, **more}
    return client.post("/v1/overlaps", body, format="json")


def test_the_parts_of_an_overlap_are_the_rows_counted(
    cast: Cast, client_of: ClientOf
) -> None:
    with acting_as(cast.ohio, Action.READ):
        women = {
            row.voter for row in Demographics.objects.filter(state="OH", gender="F")
        }
        people = list(Registration.objects.filter(state="OH", place__gt=0))
    parts = Counter(
        tuple(
            name
            for name, there in (
                ("Democrats", one.party == "D"),
                ("Women", one.voter in women),
                ("Franklin", one.county == 39049),
            )
            if there
        )
        for one in people
    )
    (state,) = overlap(client_of(cast.ohio), THREE).json()["states"]
    assert state["exact"] is True
    assert {tuple(one["universes"]): one["count"] for one in state["parts"]} == {
        names: count for names, count in parts.items() if names
    }
    assert {one["name"]: one["count"] for one in state["universes"]} == {
        name: sum(count for names, count in parts.items() if name in names)
        for name in ("Democrats", "Women", "Franklin")
    }


def test_two_universes_without_a_voter_in_common(
    cast: Cast, client_of: ClientOf
) -> None:
    two = [
        {"name": "Here", "criteria": "county:39049"},
        {"name": "There", "criteria": "county:39061"},
    ]
    (state,) = overlap(client_of(cast.ohio), two).json()["states"]
    assert [one["count"] for one in state["parts"]] == [0, 120, 40]


def test_each_universe_is_judged_where_it_is_licensed(
    cast: Cast, client_of: ClientOf
) -> None:
    grant("OH", cast.ohio, cast.stranger, actions=["read"], groups=["registration"])
    more = {"groups": ["registration", "demographics"], "counties": [39061]}
    grant("OH", cast.ohio, cast.stranger, actions=["read"], **more)
    answer = overlap(client_of(cast.stranger), THREE[:2], states=["OH", "NC"]).json()
    (state,) = answer["states"]
    with acting_as(cast.ohio, Action.READ):
        democrats = Registration.objects.filter(state="OH", party="D", place__gt=0)
        women = Demographics.objects.filter(state="OH", gender="F", place=5)
        assert [one["count"] for one in state["universes"]] == [
            democrats.count(),
            women.count(),
        ]
    assert [one["state"] for one in answer["not_licensed"]] == ["NC"]
    assert list(answer["freshness"]) == ["OH"]


def test_counters_get_noised_parts_and_sizes(cast: Cast, client_of: ClientOf) -> None:
    two = [
        {"name": "All", "criteria": None},
        {"name": "Partisans", "criteria": "party:D,R,N"},
    ]
    (shown,) = overlap(client_of(cast.committee), two, states=["NC"]).json()["states"]
    (real,) = overlap(client_of(cast.carolina), two, states=["NC"]).json()["states"]
    assert (shown["exact"], real["exact"]) == (False, True)
    for given, exact in zip(shown["universes"], real["universes"], strict=True):
        assert given["count"] in noised(exact["count"])
    for given, exact in zip(shown["parts"], real["parts"], strict=True):
        assert given["count"] is None or given["count"] in noised(exact["count"])
        assert given["count"] is None or given["count"] >= 40
    again = overlap(client_of(cast.committee), two, states=["NC"]).json()["states"]
    assert again == [shown]


def test_names_are_refused_to_counters_and_strangers_get_nothing(
    cast: Cast, client_of: ClientOf
) -> None:
    named = [{"name": "A", "criteria": "last_name:SMITH"}, THREE[0]]
    refused = overlap(client_of(cast.committee), named, states=["NC"])
    assert refused.json()["code"] == "identifying_criteria"
    assert overlap(client_of(cast.stranger), THREE).status_code == 403


@pytest.mark.parametrize(
    ("universes", "pointer"),
    [
        (THREE[:1], "/universes"),
        ([THREE[0], {**THREE[1], "name": "Democrats"}], "/universes/1/name"),
        ([THREE[0], {"name": "X", "criteria": "nope:1"}], "/universes/1/criteria"),
        ([THREE[0], {"name": "X", "criteria": []}], "/universes/1/criteria"),
        ([{**THREE[0], "name": str(one)} for one in range(6)], "/universes"),
    ],
)
def test_a_bad_question_is_told_where(
    cast: Cast, client_of: ClientOf, universes: list[Any], pointer: str
) -> None:
    answer = overlap(client_of(cast.ohio), universes)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_an_overlap_is_accounted_for_by_field_names(
    cast: Cast, client_of: ClientOf
) -> None:
    overlap(client_of(cast.campaign), THREE[:2])
    with acting_as(cast.ohio, Action.MANAGE):
        entry = Entry.objects.get(event="targeting:universe:overlapped")
    assert sorted(entry.fields) == ["gender", "party"]
    assert entry.detail == {"exact": True, "universes": 2}


def test_a_seed_draws_the_same_voters_again(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.campaign)

    def drawn(**more: Any) -> list[str]:
        body = {"size": 20, "columns": ["party"], **more}
        rows = client.post("/v1/samples", body, format="json").json()["results"]
        return [one["id"] for one in rows]

    assert drawn(seed=7) == drawn(seed=7)
    assert len(drawn(seed=7)) == 20
    assert drawn(seed=7) != drawn(seed=8)
    assert drawn(seed=7, size=5) == drawn(seed=7)[:5]
    assert drawn() != drawn()

"""Figures by value: exact for readers and equal to the rows; for counters noised, and silent below the threshold."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection
from rest_framework.test import APIClient

from coop.actors import Action, Actor
from coop.db.scope import SETTING, acting_as
from coop.db.signing import sign
from coop.ledger.models import Entry
from states.voters.models import ContactDetails, Demographics, Registration
from tests.cast import PLACES, VOTERS_A_PLACE, Cast, grant
from tests.database.oracle import noised
from tests.targeting.test_counts import ClientOf
from tests.targeting.test_oracle import _suppress


def _cells(client: APIClient, by: list[str], **more: Any) -> Any:
    answer = client.post("/v1/breakdowns", {"by": by, **more}, format="json")
    assert answer.status_code == 200, answer.json()
    return answer.json()


def _by_values(state: dict[str, Any]) -> dict[tuple[Any, ...], int]:
    return {tuple(one["values"]): one["count"] for one in state["cells"]}


def _rows(owner: Actor, model: Any, places: set[int]) -> dict[UUID, Any]:
    with acting_as(owner, Action.READ):
        return {
            row.voter: row
            for row in model.objects.filter(state=PLACES[min(places)][0])
            if row.place in places
        }


def test_a_cross_tab_is_the_rows_counted(cast: Cast, client_of: ClientOf) -> None:
    (state,) = _cells(client_of(cast.campaign), ["party", "gender"])["states"]
    people = _rows(cast.ohio, Registration, {1, 3})
    genders = _rows(cast.ohio, Demographics, {1, 3})
    expected = Counter(
        (person.party, genders[voter].gender) for voter, person in people.items()
    )
    assert _by_values(state) == expected
    assert (state["count"], state["exact"]) == (2 * VOTERS_A_PLACE, True)
    assert any(values[0] is None for values in expected)


def test_ordered_fields_make_histograms(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.campaign)
    people = _rows(cast.ohio, Registration, {1, 3}).values()
    (years,) = _cells(client, ["registration_date"])["states"]
    assert _by_values(years) == Counter(
        (f"{one.registration_date.year}-01-01",) for one in people
    )
    by_month = _cells(
        client, ["registration_date"], steps={"registration_date": "month"}
    )
    assert _by_values(by_month["states"][0]) == Counter(
        (str(one.registration_date.replace(day=1)),) for one in people
    )
    born = [one.birth_date for one in _rows(cast.ohio, Demographics, {1, 3}).values()]
    day = dt.date(2026, 11, 22)
    ages = [
        day.year - one.year - ((day.month, day.day) < (one.month, one.day))
        for one in born
    ]
    tens = _cells(client, ["age"], steps={"age": 10}, as_of=str(day))
    assert _by_values(tens["states"][0]) == Counter((age // 10 * 10,) for age in ages)
    assert tens["steps"] == {"age": 10}
    assert _cells(client, ["age"])["steps"] == {"age": 5}
    (votes,) = _cells(client, ["times_voted"])["states"]
    assert sum(votes["count"] for votes in votes["cells"]) == 80


def test_criteria_narrow_a_breakdown(cast: Cast, client_of: ClientOf) -> None:
    (state,) = _cells(client_of(cast.ohio), ["party"], criteria="party:D,R")["states"]
    assert {one for (one,) in _by_values(state)} == {"D", "R"}


def test_a_breakdown_by_an_unlicensed_field_is_refused(
    cast: Cast, client_of: ClientOf
) -> None:
    refused = client_of(cast.outside_group).post(
        "/v1/breakdowns", {"by": ["age"]}, format="json"
    )
    assert (refused.status_code, refused.json()["code"]) == (403, "field_not_licensed")
    assert refused.json()["fields"] == ["age"]
    stranger = client_of(cast.stranger).post(
        "/v1/breakdowns", {"by": ["party"]}, format="json"
    )
    assert stranger.json()["code"] == "state_not_licensed"


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"by": ["partee"]}, "unknown_field", "/by/0"),
        ({"by": ["party", "last_name"]}, "field_not_divisible", "/by/1"),
        ({"by": ["suppressions"]}, "field_not_divisible", "/by/0"),
        ({"by": ["voted"]}, "field_not_divisible", "/by/0"),
        ({"by": ["birth_date"]}, "field_not_divisible", "/by/0"),
        ({"by": ["age"], "steps": {"age": 0}}, "step_invalid", "/steps/age"),
        ({"by": ["age"], "steps": {"age": "year"}}, "step_invalid", "/steps/age"),
        ({"by": ["age"], "steps": {"party": 1}}, "step_invalid", "/steps/party"),
        ({"by": ["county"], "steps": {"county": 2}}, "step_invalid", "/steps/county"),
        ({"by": ["party", "party"]}, "repeated", "/by/1"),
        ({"by": []}, "min_length", "/by"),
        ({"by": ["age"], "steps": {"age": True}}, "invalid", "/steps/age"),
    ],
)
def test_what_cannot_be_broken_down_is_told_apart(
    cast: Cast, client_of: ClientOf, body: Any, code: str, pointer: str
) -> None:
    refused = client_of(cast.ohio).post("/v1/breakdowns", body, format="json")
    assert refused.status_code == 422
    (fault,) = refused.json()["errors"]
    assert fault["pointer"] == pointer
    assert fault["code"] == code


def test_counters_get_noised_cells_and_none_below_twice_the_threshold(
    cast: Cast, client_of: ClientOf
) -> None:
    counter, owner = client_of(cast.committee), client_of(cast.carolina)
    for by in (["gender"], ["county"], ["party", "precinct_code"]):
        (shown,) = _cells(counter, by, states=["NC"])["states"]
        (real,) = _cells(owner, by, states=["NC"])["states"]
        exact = _by_values(real)
        for values, figure in _by_values(shown).items():
            assert figure >= 40
            assert figure in noised(exact[values])
        assert shown["exact"] is False
        assert shown["count"] == sum(_by_values(shown).values())


def test_an_empty_cell_and_a_small_one_look_the_same(
    cast: Cast, client_of: ClientOf
) -> None:
    counter = client_of(cast.committee)
    few = 'county:37183 precinct_code:P1 registration_date>="2015-01-01"'
    for criteria in (few, "party:L"):
        (state,) = _cells(counter, ["party"], criteria=criteria, states=["NC"])[
            "states"
        ]
        assert (state["cells"], state["count"]) == ([], 0)


def test_counters_break_nothing_down_by_names(cast: Cast, client_of: ClientOf) -> None:
    refused = client_of(cast.committee).post(
        "/v1/breakdowns",
        {"by": ["party"], "criteria": "last_name:SMITH", "states": ["NC"]},
        format="json",
    )
    assert (refused.status_code, refused.json()["code"]) == (
        403,
        "identifying_criteria",
    )


def test_households_doors_and_phones_are_those_of_the_rows(
    cast: Cast, client_of: ClientOf
) -> None:
    people = _rows(cast.ohio, Registration, {1, 3})
    details = _rows(cast.ohio, ContactDetails, {1, 3})
    held = sorted(people)[:15]
    for voter in held[:8]:
        _suppress(cast.outside_group, voter, people[voter].place, "door")
    for voter in held[8:]:
        _suppress(cast.outside_group, voter, people[voter].place, "call")
    figures = ["households", "doors", "phones"]
    answer = client_of(cast.campaign).post(
        "/v1/counts", {"figures": figures}, format="json"
    )
    homes = {(one.place, one.res_address) for one in people.values()}
    doors = {
        (one.place, one.res_address)
        for voter, one in people.items()
        if voter not in held[:8]
    }
    phones = {one.phone for voter, one in details.items() if voter not in held[8:]} - {
        None
    }
    assert answer.json()["states"][0]["figures"] == {
        "households": len(homes),
        "doors": len(doors),
        "phones": len(phones),
    }
    assert len(doors) < len(homes)


def test_counters_get_noised_households_and_no_phones_without_the_grant(
    cast: Cast, client_of: ClientOf
) -> None:
    def asked(**more: Any) -> Any:
        body = {"states": ["NC"], **more}
        return client_of(cast.committee).post("/v1/counts", body, format="json").json()

    people = _rows(cast.carolina, Registration, {6, 7, 8})
    homes = len({(one.place, one.res_address) for one in people.values()})
    figures = asked(figures=["households"])["states"][0]["figures"]
    assert figures["households"] in noised(homes)
    refused = asked(figures=["phones"])
    assert refused["code"] == "field_not_licensed"
    assert refused["fields"] == ["phone"]
    assert asked(figures=["addresses"])["code"] == "invalid"


def test_phones_narrow_nothing_else(cast: Cast, client_of: ClientOf) -> None:
    """Contact details licensed for one county alone: the households stay those of the state."""
    grant("OH", cast.ohio, cast.stranger, actions=["read"], groups=["registration"])
    grant(
        "OH",
        cast.ohio,
        cast.stranger,
        actions=["read"],
        groups=["registration", "contact_details"],
        counties=[39061],
    )
    body = {"figures": ["households", "phones"]}
    found = client_of(cast.stranger).post("/v1/counts", body, format="json").json()
    details = _rows(cast.ohio, ContactDetails, {5}).values()
    assert found["states"][0]["figures"] == {
        "households": 5 * VOTERS_A_PLACE,
        "phones": len({one.phone for one in details} - {None}),
    }


def test_a_breakdown_is_accounted_for_by_field_names(
    cast: Cast, client_of: ClientOf
) -> None:
    _cells(client_of(cast.campaign), ["gender"], criteria="party:D")
    with acting_as(cast.ohio, Action.MANAGE):
        entry = Entry.objects.get(event="targeting:universe:broken_down")
    assert sorted(entry.fields) == ["gender", "party"]
    assert sorted(entry.groups) == ["demographics", "registration"]
    assert set(entry.detail) == {"exact", "cells"}


def _signed(statement: str, signed: str | None = None, kind: str = "breakdown") -> Any:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [SETTING])
        token = cursor.fetchone()[0]
        signature = sign(f"{kind}|NC|{token}|{signed or statement}")
        values = ["NC", statement, signature]
        cursor.execute("SELECT * FROM sec.signed_breakdown(%s, %s, %s)", values)
        return cursor.fetchall()


NAMES = (
    "SELECT last_name AS first_value, NULL::text AS second_value, count(*) AS figure,"
    " '' AS label"
    " FROM voters_registration WHERE state IN ('OH', 'NC') GROUP BY 1"
)


def test_the_database_itself_lets_no_small_cell_out(cast: Cast) -> None:
    with acting_as(cast.committee, Action.COUNT):
        for cell in _signed(NAMES):
            assert cell[2] >= 40
            assert cell[2] % 10 == 0
        each = NAMES.replace("last_name AS", "state_voter_id AS")
        assert _signed(each) == []
    with (
        pytest.raises(DatabaseError, match="nothing is counted here"),
        acting_as(cast.stranger, Action.COUNT),
    ):
        _signed(NAMES)


@pytest.mark.parametrize(
    ("action", "signed", "kind"),
    [
        (Action.COUNT, NAMES + " ", "breakdown"),
        (Action.COUNT, None, "count"),
        (Action.READ, None, "breakdown"),
        (Action.EXPORT, None, "breakdown"),
    ],
)
def test_a_breakdown_that_was_not_signed_for_this_is_refused(
    cast: Cast, action: Action, signed: str | None, kind: str
) -> None:
    with (
        pytest.raises(DatabaseError, match="not signed"),
        acting_as(cast.committee, action),
    ):
        _signed(NAMES, signed, kind)


def test_an_error_inside_a_breakdown_tells_nothing(cast: Cast) -> None:
    failing = NAMES.replace("count(*)", "max(first_name)::bigint")
    with (
        pytest.raises(DatabaseError) as caught,
        acting_as(cast.committee, Action.COUNT),
    ):
        _signed(failing)
    assert "the breakdown failed" in str(caught.value)
    assert "ADA" not in str(caught.value)

"""Lists made of lists hold exactly what sets of their voters do, and never more than may be read now."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db import connections
from rest_framework.test import APIClient

from coop.actors import Action
from coop.db.scope import acting_as
from coop.ledger.models import Entry
from states.voters.models import Registration
from tests.cast import Cast, grant
from tests.conftest import CommittedDatabase
from tests.lists.test_lists import ClientOf, save, voters


def combine(client: APIClient, operation: str, *lists: Any, name: str = "New") -> Any:
    ids = [one if isinstance(one, str) else one["id"] for one in lists]
    body = {"name": name, "operation": operation, "lists": ids}
    return client.post("/v1/lists/combine", body, format="json")


def ids(client: APIClient, saved: dict[str, Any]) -> set[str]:
    return {row["id"] for row in voters(client, saved["id"], columns="party")}


@pytest.mark.parametrize("kind", ["pinned", "live"])
def test_lists_combine_as_sets_do(cast: Cast, client_of: ClientOf, kind: str) -> None:
    client = client_of(cast.campaign)
    one = save(client, "One", criteria="party:D", kind=kind)
    two = save(client, "Two", criteria="age>=40", kind=kind)
    three = save(client, "Three", criteria="gender:F,U")
    a, b, c = (ids(client, each) for each in (one, two, three))
    expected = {
        "union": a | b | c,
        "intersection": a & b & c,
        "difference": a - b - c,
    }
    for operation, members in expected.items():
        answer = combine(client, operation, one, two, three, name=operation)
        assert answer.status_code == 201, answer.json()
        saved = answer.json()
        assert members
        assert (saved["kind"], saved["counts"]) == ("pinned", {"OH": len(members)})
        assert ids(client, saved) == members


def test_a_union_keeps_voters_where_another_lists_fields_are_not_licensed(
    cast: Cast, client_of: ClientOf
) -> None:
    grant("OH", cast.ohio, cast.stranger, actions=["read"], groups=["registration"])
    grant(
        "OH",
        cast.ohio,
        cast.stranger,
        actions=["read"],
        groups=["registration", "demographics"],
        counties=[39061],
    )
    client = client_of(cast.stranger)
    everyone = save(client, "Everyone")
    old = save(client, "Old", criteria="age>=40", kind="live")
    assert combine(client, "union", everyone, old).json()["counts"] == {"OH": 200}


def test_nobody_combines_or_splits_the_lists_of_others(
    cast: Cast, client_of: ClientOf
) -> None:
    theirs = save(client_of(cast.campaign), "Theirs")
    rival = client_of(cast.rival)
    own = save(rival, "Own")
    for unknown in (theirs["id"], str(uuid4())):
        refused = combine(rival, "union", own, unknown)
        assert (refused.status_code, refused.json()["code"]) == (422, "list_unknown")
        assert refused.json()["errors"][0]["pointer"] == "/lists/1"
        body = {"name": "Part", "parts": 2}
        split = rival.post(f"/v1/lists/{unknown}/split", body, format="json")
        assert split.status_code == 404


def test_a_license_that_ended_gives_nothing_to_combine(
    cast: Cast, client_of: ClientOf
) -> None:
    made = grant("OH", cast.ohio, cast.stranger, actions=["read"])
    client = client_of(cast.stranger)
    lists = [save(client, name) for name in ("One", "Two")]
    with acting_as(cast.ohio, Action.MANAGE):
        type(made).objects.filter(id=made.id).update(status="revoked")
    assert combine(client, "union", *lists).json()["code"] == "state_not_licensed"
    body = {"name": "Part", "parts": 2}
    split = client.post(f"/v1/lists/{lists[0]['id']}/split", body, format="json")
    assert split.json()["code"] == "state_not_licensed"
    assert len(client.get("/v1/lists").json()["results"]) == 2


def test_a_narrower_license_narrows_what_is_combined(
    cast: Cast, client_of: ClientOf
) -> None:
    wide = grant("OH", cast.ohio, cast.stranger, actions=["read"])
    grant("OH", cast.ohio, cast.stranger, actions=["read"], counties=[39061])
    client = client_of(cast.stranger)
    lists = [save(client, name) for name in ("One", "Two")]
    with acting_as(cast.ohio, Action.MANAGE):
        type(wide).objects.filter(id=wide.id).update(status="revoked")
    assert combine(client, "intersection", *lists).json()["counts"] == {"OH": 40}


def test_a_state_that_one_list_cannot_be_read_in_is_left_out(
    cast: Cast, client_of: ClientOf
) -> None:
    registration = grant(
        "NC", cast.carolina, cast.committee, actions=["read"], groups=["registration"]
    )
    more = grant(
        "NC",
        cast.carolina,
        cast.committee,
        actions=["read"],
        groups=["registration", "demographics"],
    )
    client = client_of(cast.committee)
    everyone = save(client, "Everyone", states=["OH", "NC"])
    young = save(client, "Young", criteria="age<40", kind="live", states=["OH", "NC"])
    with acting_as(cast.carolina, Action.MANAGE):
        type(more).objects.filter(id=more.id).update(status="revoked")
    left = combine(client, "difference", everyone, young).json()
    assert left["states"] == ["OH"]
    assert registration.id != more.id


def test_random_parts_keep_households_whole_and_share_nobody(
    cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.ohio)
    with acting_as(cast.ohio, Action.READ):
        people = {
            f"OH-{one.voter.hex}": (one.place, one.res_address)
            for one in Registration.objects.filter(state="OH", place__gt=0)
        }
    saved = save(client, "Everyone")

    def split(name: str, **more: Any) -> Any:
        body = {"name": name, "parts": 3, **more}
        answer = client.post(f"/v1/lists/{saved['id']}/split", body, format="json")
        assert answer.status_code == 201, answer.json()
        return answer.json()

    dealt = split("Turf", seed=7)
    assert dealt["seed"] == 7
    assert [one["name"] for one in dealt["results"]] == [
        "Turf 1/3",
        "Turf 2/3",
        "Turf 3/3",
    ]
    parts = [ids(client, one) for one in dealt["results"]]
    assert set().union(*parts) == people.keys()
    assert sum(map(len, parts)) == len(people)
    assert [one["counts"]["OH"] for one in dealt["results"]] == list(map(len, parts))
    homes = [{people[one] for one in part} for part in parts]
    assert sum(map(len, homes)) == len(set(people.values()))
    assert max(map(len, homes)) - min(map(len, homes)) <= 1
    again = [ids(client, one) for one in split("Again", seed=7)["results"]]
    assert again == parts
    other = [ids(client, one) for one in split("Other", seed=8)["results"]]
    assert other != parts
    drawn = split("Drawn")
    named = split("Named", seed=drawn["seed"])
    assert [ids(client, one) for one in drawn["results"]] == [
        ids(client, one) for one in named["results"]
    ]


def test_a_household_of_several_stays_in_one_part(
    committed_db: CommittedDatabase, cast: Cast, client_of: ClientOf
) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET ROLE coop_publisher")
        cursor.execute(
            "UPDATE voters_registration SET res_address = '1 ELM ST'"
            " WHERE state = 'OH' AND precinct_code = 'P1'"
        )
        cursor.execute("RESET ROLE")
    client = client_of(cast.ohio)
    saved = save(client, "Everyone")
    body = {"name": "Part", "parts": 4}
    made = client.post(f"/v1/lists/{saved['id']}/split", body, format="json").json()
    parts = [ids(client, one) for one in made["results"]]
    with acting_as(cast.ohio, Action.READ):
        together: dict[int, set[str]] = {}
        for one in Registration.objects.filter(
            state="OH", place__gt=0, res_address="1 ELM ST"
        ):
            together.setdefault(one.place, set()).add(f"OH-{one.voter.hex}")
    assert {len(home) for home in together.values()} >= {10}
    for home in together.values():
        assert [home <= part for part in parts].count(True) == 1


def test_a_taken_name_leaves_no_part_behind(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.campaign)
    saved = save(client, "Turf 2/2")
    body = {"name": "Turf", "parts": 2}
    refused = client.post(f"/v1/lists/{saved['id']}/split", body, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "list_name_taken")
    assert len(client.get("/v1/lists").json()["results"]) == 1


def test_what_is_combined_is_in_the_account_without_values(
    cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.campaign)
    one = save(client, "One", criteria="party:D", kind="live")
    two = save(client, "Two", criteria="age>40", kind="live")
    saved = combine(client, "intersection", one, two).json()
    with acting_as(cast.ohio, Action.MANAGE):
        entry = Entry.objects.get(event="lists:list:saved", subject=saved["id"])
    assert sorted(entry.fields) == ["age", "party"]
    assert entry.rows == saved["counts"]["OH"]
    assert set(entry.detail) == {"kind", "operation", "lists"}


def test_parts_share_each_value_of_a_field_alike(
    cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.ohio)
    saved = save(client, "Everyone")
    with acting_as(cast.ohio, Action.READ):
        homes: dict[tuple[int, str | None], str] = {}
        for one in Registration.objects.filter(state="OH", place__gt=0):
            home = (one.place, one.res_address)
            homes[home] = min(homes.get(home, "~"), one.party or "~")
        people = {
            f"OH-{one.voter.hex}": homes[(one.place, one.res_address)]
            for one in Registration.objects.filter(state="OH", place__gt=0)
        }
    body = {"name": "Trial", "parts": 4, "seed": 3, "stratify": "party"}
    answer = client.post(f"/v1/lists/{saved['id']}/split", body, format="json")
    assert answer.status_code == 201, answer.json()
    parts = [ids(client, one) for one in answer.json()["results"]]
    assert set().union(*parts) == people.keys()
    for party in set(people.values()):
        # Nobody of the cast shares a household: its voters are its households.
        sizes = [sum(people[one] == party for one in part) for part in parts]
        assert max(sizes) - min(sizes) <= 1, party


@pytest.mark.parametrize(
    ("field", "status", "code"),
    [
        ("phone", 422, "field_not_divisible"),
        ("nope", 422, "unknown_field"),
        ("gender", 403, "field_not_licensed"),
    ],
)
def test_a_field_that_parts_cannot_share_is_refused(
    cast: Cast, client_of: ClientOf, field: str, status: int, code: str
) -> None:
    client = client_of(cast.outside_group)
    saved = save(client)
    body = {"name": "No", "parts": 2, "stratify": field}
    refused = client.post(f"/v1/lists/{saved['id']}/split", body, format="json")
    assert (refused.status_code, refused.json()["code"]) == (status, code)

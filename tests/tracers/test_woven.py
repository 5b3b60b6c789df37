"""Exports of licensees hold tracers where the party set them up: beside voters, and counted with none."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from asgiref.sync import async_to_sync
from pyarrow import parquet

from coop.actors import Action
from coop.db.scope import acting_as
from states.lists import chunks, ordering
from states.tracers.actions import end_tracers, set_tracers
from states.tracers.points import Points
from states.voters.ids import voter_id
from states.voters.models import Registration
from tests.canvass.pushes import body, push
from tests.cast import PLACES, Cast, grant
from tests.conftest import CommittedDatabase
from tests.grants.conftest import ClientOf
from tests.lists.test_exports import (
    EVERYONE,
    download,
    entries,
    fetch,
    order,
    path_of,
    status_of,
)
from tests.lists.test_lists import DEMOCRATS, save, voters
from tests.lists.test_orders import begin, hide, lines_of
from tests.targeting.test_bitmaps import build


def real_voters(cast: Cast) -> set[str]:
    """Return the public ids of all voters of the cast."""
    return {
        voter_id(where[0], one)
        for place, where in PLACES.items()
        for one in cast.places[place]
    }


def split(
    cast: Cast, ordered: dict[str, Any]
) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Download an export; return its lines, and those of them that are of no voter."""
    lines = download(path_of(ordered))
    held = real_voters(cast)
    return lines, [one for one in lines if one["id"] not in held]


def test_nobody_has_tracers_unless_the_party_sets_them_up(
    committed_db: CommittedDatabase, cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.campaign)
    lines, tracers = split(cast, order(client, save(client)["id"]))
    assert (len(lines), tracers) == (EVERYONE, [])
    assert client.get("/v1/states/OH").json()["exports_may_hold_tracers"] is False


def test_lines_less_tracers_are_the_count(
    ohio_traces: Points, cast: Cast, client_of: ClientOf, small_chunks: None
) -> None:
    client = client_of(cast.campaign)
    saved = save(client, criteria=DEMOCRATS)
    ordered = order(client, saved["id"])
    lines, tracers = split(cast, ordered)
    counted = client.post("/v1/counts", {"criteria": DEMOCRATS}, format="json").json()
    assert (
        len(lines) - len(tracers)
        == counted["count"]
        == len(voters(client, saved["id"]))
    )
    assert tracers
    sent = entries(cast.campaign, "lists:export:downloaded")
    assert sum(one.rows or 0 for one in sent) == counted["count"]
    shown = client.get(f"/v1/exports/{ordered['id']}").json()
    assert (shown["status"], shown["rows"]) == ("complete", len(lines))


def test_few_who_are_looked_up_have_tracers_among_them_also_where_the_first_have_left(
    ohio_traces: Points, cast: Cast, monkeypatch: pytest.MonkeyPatch, small_chunks: None
) -> None:
    for module in (ordering, chunks):
        monkeypatch.setattr(module, "BLOCK", 7)
    build(cast)
    everyone = lines_of(begin(cast.campaign, "id"))
    ids = [one["id"] for one in everyone]
    assert ids == sorted(ids)
    real = [one for one in ids if one in real_voters(cast)]
    assert 80 == len(real) < len(ids)
    running = begin(cast.campaign, "id")

    def lay_out_then_hide(*arguments: Any, **more: Any) -> Any:
        laid = ordering.lay_out(*arguments, **more)
        hide(real[:21])
        return laid

    monkeypatch.setattr(chunks, "lay_out", lay_out_then_hide)
    found = [one["id"] for one in lines_of(running)]
    assert found == sorted(found)
    assert [one for one in found if one in real] == real[21:]
    assert len(found) > 80 - 21


def test_a_tracer_fits_the_list_and_lives_at_the_partys_points(
    ohio_traces: Points, cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.campaign)
    lines, tracers = split(cast, order(client, save(client, criteria=DEMOCRATS)["id"]))
    real = [one for one in lines if one not in tracers]
    at = {one.line1 for one in ohio_traces.addresses}
    assert {one["party"] for one in tracers} == {"D"}
    assert {one["res_address"] for one in tracers} == {"1204 PARTY WAY"}
    assert not {one["res_address"] for one in real} & at
    assert {one["phone"] for one in tracers} <= {*ohio_traces.phones, ""}
    mailed = [one["email"] for one in tracers if one["email"]]
    assert all(one.endswith("@mail.ohioparty.example.org") for one in mailed)
    places = ("county", "precinct_code", "us_house_district", "state_senate_district")
    combined = {tuple(one[name] for name in places) for one in real}
    assert {tuple(one[name] for name in places) for one in tracers} <= combined
    assert all(one["first_name"] and one["last_name"] for one in tracers)


def test_tracers_have_no_name_in_common(
    ohio_traces: Points, cast: Cast, client_of: ClientOf
) -> None:
    """One file may have a single one, so that several are looked at."""
    client = client_of(cast.committee)
    saved = save(client)["id"]
    every = [one for _file in range(4) for one in split(cast, order(client, saved))[1]]
    assert len(every) >= 4
    assert len({one["first_name"] + one["last_name"] for one in every}) > 1


def test_lines_stay_in_order_and_no_end_gives_a_tracer_away(
    ohio_traces: Points, cast: Cast, client_of: ClientOf, small_chunks: None
) -> None:
    client = client_of(cast.committee)
    lines, tracers = split(cast, order(client, save(client)["id"]))
    ids = [one["id"] for one in lines if one["state"] == "OH"]
    assert ids == sorted(ids)
    assert len({*ids}) == len(ids)
    assert {one["state"] for one in tracers} == {"OH"}  # the other party has none
    places = [ids.index(one["id"]) for one in tracers]
    assert min(places) < len(ids) / 2 < max(places)
    assert all(len(one) == len("OH-") + 32 for one in ids)


def test_the_same_link_gives_the_same_bytes(
    ohio_traces: Points, cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.campaign)
    path = path_of(order(client, save(client)["id"]))
    assert async_to_sync(fetch)(path) == async_to_sync(fetch)(path)


def test_formats_hold_tracers_alike(
    ohio_traces: Points, cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.campaign)
    saved = save(client)["id"]
    shown: dict[str, list[dict[str, Any]]] = {}
    for form in ("ndjson", "parquet"):
        ordered = order(client, saved, format=form)
        status, parts = async_to_sync(fetch)(path_of(ordered))
        assert status == 200
        text = b"".join(parts)
        if form == "ndjson":
            rows = [json.loads(line) for line in text.splitlines()]
        else:
            rows = parquet.read_table(io.BytesIO(text)).to_pylist()
        real = real_voters(cast)
        shown[form] = [one for one in rows if one["id"] not in real]
        assert len(rows) - EVERYONE == len(shown[form]) > 0
    assert {*shown["ndjson"][0]} == {*shown["parquet"][0], "denied_fields"}
    assert isinstance(shown["ndjson"][0]["age"], int)
    assert shown["ndjson"][0]["suppressions"] == []


def test_columns_are_those_ordered_and_ids_alone_can_be_traced(
    ohio_traces: Points, cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.campaign)
    ordered = order(client, save(client)["id"], columns=["us_house_district"])
    lines, tracers = split(cast, ordered)
    assert lines[0].keys() == {"id", "state", "us_house_district"}
    assert tracers
    assert {one["us_house_district"] for one in tracers} == {"3"}


def test_groups_not_licensed_stay_empty(
    ohio_traces: Points, cast: Cast, client_of: ClientOf
) -> None:
    terms = {"actions": ["read", "export"], "groups": ["registration"]}
    grant("OH", cast.ohio, cast.stranger, counties=[39061], **terms)
    client = client_of(cast.stranger)
    ordered = order(client, save(client)["id"], format="ndjson")
    status, parts = async_to_sync(fetch)(path_of(ordered))
    rows = [json.loads(line) for line in b"".join(parts).splitlines()]
    real = real_voters(cast)
    made = [one for one in rows if one["id"] not in real]
    assert status == 200
    assert made
    assert all("phone" not in one and "birth_date" not in one for one in made)


def test_nobody_is_sent_to_an_invented_door(
    ohio_traces: Points, cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.campaign)
    saved = save(client)["id"]
    assert len(download(path_of(order(client, saved, preset="walk_list")))) == EVERYONE
    assert len(download(path_of(order(client, saved, preset="phone_bank")))) > EVERYONE


def test_the_partys_own_exports_hold_none(
    ohio_traces: Points, cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.ohio)
    _, tracers = split(cast, order(client, save(client)["id"]))
    assert tracers == []


def test_a_tracer_costs_no_cap(
    ohio_traces: Points, cast: Cast, client_of: ClientOf
) -> None:
    terms = {"actions": ["read", "export"], "counties": [39061]}
    grant("OH", cast.ohio, cast.stranger, cap_voters_month=40, **terms)
    client = client_of(cast.stranger)
    ordered = order(client, save(client)["id"])
    _, tracers = split(cast, ordered)
    assert tracers
    assert status_of(cast.stranger, ordered["id"]) == ("complete", "")


def test_a_tracer_is_nobody_to_the_house(
    ohio_traces: Points, cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.rival)
    _, tracers = split(cast, order(client, save(client)["id"]))
    assert tracers
    registered = {one["state_voter_id"] for one in tracers}
    with acting_as(cast.ohio, Action.READ):
        found = Registration.objects.filter(state="OH")
        assert not found.filter(voter__in=[UUID(t["id"][3:]) for t in tracers]).exists()
        assert not found.filter(state_voter_id__in=registered).exists()
    for who in (cast.rival, cast.ohio):
        address = f"/v1/voters/{tracers[0]['id']}"
        assert client_of(who).get(address).status_code == 404
    verdict = push(cast.rival, body(UUID(tracers[0]["id"][3:]))).verdicts[0]
    assert verdict.contact is None


def test_copies_differ_and_what_both_carry_is_alike(
    ohio_traces: Points, cast: Cast, client_of: ClientOf
) -> None:
    """A licensee that orders a list twice learns its export's own tracers, never the rest."""
    held: list[dict[str, dict[str, str]]] = []
    for who in (cast.campaign, cast.campaign, cast.committee):
        client = client_of(who)
        columns = ["first_name", "last_name", "res_address", "us_house_district"]
        name = f"{who.organization} {len(held)}"
        district = {"field": "us_house_district", "op": "eq", "value": "3"}
        saved = save(client, name, criteria=district, states=["OH"])
        _, tracers = split(cast, order(client, saved["id"], columns=columns))
        held.append({one["id"]: one for one in tracers})
    first, again, other = held
    common = first.keys() & again.keys()
    assert common
    assert first.keys() - common
    assert again.keys() - common
    assert other.keys() != first.keys()
    for one in (again, other):
        for made in first.keys() & one.keys():
            assert first[made] == one[made]


def test_ended_tracers_are_in_new_exports_no_more(
    ohio_traces: Points, cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.campaign)
    saved = save(client)["id"]
    assert split(cast, order(client, saved))[1]
    assert client.get("/v1/states/OH").json()["exports_may_hold_tracers"] is True
    with acting_as(cast.ohio, Action.MANAGE):
        end_tracers(state="OH", by=cast.ohio)
    assert split(cast, order(client, saved))[1] == []


def test_a_party_may_bound_how_many_walk_without_tracers(
    ohio_traces: Points, cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.campaign)
    saved = save(client)["id"]
    before = order(client, saved, preset="walk_list")
    for most, status in ((EVERYONE - 1, 403), (EVERYONE, 201)):
        points = replace(ohio_traces, walk_voters=most)
        with acting_as(cast.ohio, Action.MANAGE):
            set_tracers(state="OH", points=points, by=cast.ohio)
        for asked in ({"preset": "walk_list"}, {"order": "walk"}):
            body = {"list": saved, **asked}
            answer = client.post("/v1/exports", body, format="json")
            assert answer.status_code == status
        if status == 403:
            assert answer.json()["code"] == "walk_too_large"
            assert (answer.json()["most"], answer.json()["voters"]) == (79, 80)
            assert async_to_sync(fetch)(path_of(before))[0] == 403
    assert len(download(path_of(before))) == EVERYONE
    order(client, saved)

"""Tracers in files that a score orders: in their place by value and id, with a value like their neighbors'."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from asgiref.sync import async_to_sync

from coop.actors import Actor
from states.fields.registry import field
from states.lists import chunks, ordering
from states.tracers.lines import Shape
from states.tracers.placing import Due, Spread, due_spot, placed
from states.tracers.points import Points
from tests.cast import Cast, numbers_of
from tests.grants.conftest import ClientOf
from tests.imports.conftest import ohio, storage
from tests.lists.test_exports import EVERYONE, download, fetch, order, path_of
from tests.lists.test_lists import save
from tests.scores.conftest import declare, sid, upload
from tests.tracers.test_leaks import cells, named
from tests.tracers.test_woven import real_voters, split

__all__ = ["ohio", "storage"]

SHAPE = Shape(
    json=False,
    fields=(field("score:turnout"),),
    titles=("score:turnout",),
    ordered_by="score:turnout",
)


@pytest.fixture(autouse=True)
def _small(
    monkeypatch: pytest.MonkeyPatch, small_chunks: None, storage: object
) -> None:
    monkeypatch.setattr(ordering, "BLOCK", 16)
    monkeypatch.setattr(chunks, "BLOCK", 16)


def score_all(by: Actor, of: Any, name: str = "turnout") -> None:
    """Give every voter of the campaign's places a score."""
    numbers = [one for place in (1, 3) for one in numbers_of(place)]
    lines = [f"{sid(one)},{of(one)}" for one in numbers]
    upload(by, declare(by, name), lines, header="state_voter_id,score")


def _key(line: dict[str, str]) -> tuple[float, str]:
    text = line["score:turnout"]
    return (float(text) if text else float("inf"), line["id"])


@pytest.mark.parametrize("of", [lambda n: n % 5, lambda n: n * 37 % 89 + 0.25])
def test_a_file_by_score_has_tracers_that_stand_out_by_nothing(
    ohio_traces: Points, cast: Cast, client_of: ClientOf, of: Any
) -> None:
    score_all(cast.campaign, of)
    client = client_of(cast.campaign)
    columns = ["score:turnout", "last_name", "res_address"]
    ordered = order(client, save(client)["id"], order="score:turnout", columns=columns)
    lines, tracers = split(cast, ordered)
    assert len(lines) - len(tracers) == EVERYONE
    assert tracers
    assert lines == sorted(lines, key=_key)
    real = {one["score:turnout"] for one in lines if one not in tracers}
    assert all(one["score:turnout"] for one in tracers)
    decimals = {len(one.partition(".")[2]) for one in real}
    assert {len(one["score:turnout"].partition(".")[2]) for one in tracers} <= decimals
    at = {one.line1 for one in ohio_traces.addresses}
    assert {one["res_address"] for one in tracers} <= at


def test_highest_first_and_as_json_alike(
    ohio_traces: Points, cast: Cast, client_of: ClientOf
) -> None:
    score_all(cast.campaign, lambda n: n % 7)
    client = client_of(cast.campaign)
    ordered = order(
        client,
        save(client)["id"],
        order="-score:turnout",
        format="ndjson",
        columns=["score:turnout", "last_name"],
    )
    status, parts = async_to_sync(fetch)(path_of(ordered))
    assert status == 200
    rows = [json.loads(line) for line in b"".join(parts).splitlines()]
    made = [one for one in rows if one["id"] not in real_voters(cast)]
    assert len(rows) - EVERYONE == len(made) > 0
    keys = [(-one["score:turnout"], one["id"]) for one in rows]
    assert keys == sorted(keys)
    assert all(isinstance(one["score:turnout"], int | float) for one in made)


def test_the_order_need_not_be_among_the_columns(
    ohio_traces: Points, cast: Cast, client_of: ClientOf
) -> None:
    score_all(cast.campaign, lambda n: n % 5)
    client = client_of(cast.campaign)
    ordered = order(
        client, save(client)["id"], order="score:turnout", columns=["last_name"]
    )
    lines, tracers = split(cast, ordered)
    assert tracers
    assert lines[0].keys() == {"id", "state", "last_name"}


def test_voters_without_a_score_come_last_with_their_tracers(
    ohio_traces: Points, cast: Cast, client_of: ClientOf
) -> None:
    score_all(cast.rival, lambda n: n % 5, "other")
    upload(
        cast.campaign,
        declare(cast.campaign),
        [f"{sid(next(iter(numbers_of(1))))},50"],
        header="state_voter_id,score",
    )
    client = client_of(cast.campaign)
    columns = ["score:turnout", "last_name"]
    ordered = order(client, save(client)["id"], order="score:turnout", columns=columns)
    lines, tracers = split(cast, ordered)
    assert tracers
    assert lines == sorted(lines, key=_key)


def test_a_file_by_score_names_its_export(
    ohio_traces: Points, cast: Cast, client_of: ClientOf
) -> None:
    score_all(cast.campaign, lambda n: n % 5)
    client = client_of(cast.campaign)
    ordered = order(client, save(client)["id"], order="score:turnout")
    lines = download(path_of(ordered))
    assert named(cast, cells(lines)) == {"campaign": {ordered["id"]}}


def test_a_walk_holds_none(
    ohio_traces: Points, cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.campaign)
    lines, tracers = split(cast, order(client, save(client)["id"], order="walk"))
    assert (len(lines), tracers) == (EVERYONE, [])


def _line(voter: UUID, value: str) -> bytes:
    return f"OH-{voter.hex},OH,{value}\n".encode()


def test_places_are_found_chunk_after_chunk_and_stay_in_order() -> None:
    ids = sorted(uuid4() for _ in range(300))
    lines = [_line(one, str(number // 60)) for number, one in enumerate(ids)]
    lines.sort(key=lambda line: (float(line.split(b",")[2]), line))
    waiting = [
        Due(due_spot(at, 300, drawn), made.bytes, _line(made, ""), drawn)
        for at, drawn, made in ((5, 9**20, uuid4()), (20, 7**25, uuid4()))
    ]
    sent: list[bytes] = []
    for start in range(0, 300, 50):
        part = lines[start : start + 50]
        ranks = [float(line.split(b",")[2]) for line in part]
        spread = Spread(ranks, 300)
        last = start == 250
        sent += placed(part, spread, waiting, SHAPE, seen=start, last=last)
    assert waiting == []
    assert len(sent) == 302
    keys = [(float(line.split(b",")[2]), line) for line in sent]
    assert keys == sorted(keys)

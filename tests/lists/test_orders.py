"""Lists and exports in the order of a walk or of a score: whole, by licensed scores alone, and cut by a revocation."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connection, connections, transaction

from coop.actors import Action, Actor
from coop.db.guard import unguarded
from coop.db.scope import SETTING, acting_as, token_for
from coop.errors import Denied
from coop.grants.models import Grant
from states.lists import chunks, downloads, ordering
from states.lists.actions import Draft, save_list
from states.lists.exports import Plan, order_export
from states.lists.models import Export, Kind
from states.lists.sweep import sweep_exports
from states.scores.actions import end_share, share_set
from tests.cast import Cast, numbers_of, voter_uuid
from tests.conftest import CommittedDatabase
from tests.lists.test_exports import ClientOf
from tests.lists.test_lists import save
from tests.scores.conftest import declare, sid, upload


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch, small_chunks: None) -> None:
    monkeypatch.setattr(ordering, "BLOCK", 7)
    monkeypatch.setattr(chunks, "BLOCK", 7)


def begin(by: Actor, order: str, *, columns: list[str] | None = None) -> Any:
    """Begin the download of all voters in an order; return it."""
    saved = save_list(draft=Draft(f"By {order} {uuid4()}"[:100], Kind.LIVE), by=by)
    made = order_export(list_id=saved.id, columns=columns, plan=Plan(order), by=by)
    return downloads.start_download(downloads.Link(by, made.export.id))


def lines_of(download: Any, chunk: Any = None) -> list[dict[str, str]]:
    """Return all lines of a download, of which the first chunk may be there already."""
    chunk = chunk or chunks.first_chunk(download)
    body = chunk.body
    while chunk.after is not None:
        chunk = chunks.next_chunk(download, chunk.after)
        body += chunk.body
    return list(csv.DictReader(io.StringIO(body.decode(), newline="")))


def hide(voters: Sequence[str]) -> None:
    """Protect voters of Ohio, by their public ids, as a publication does."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET ROLE coop_publisher")
        cursor.execute(
            "UPDATE voters_registration SET place = -39, shielded = 'confidential'"
            " WHERE state = 'OH' AND voter = ANY (%s)",
            [[UUID(one.removeprefix("OH-")) for one in voters]],
        )
        cursor.execute("RESET ROLE")


def revoke(cast: Cast) -> None:
    """Revoke the campaign's only grant."""
    with acting_as(cast.ohio, Action.MANAGE):
        held = Grant.objects.filter(grantee=cast.campaign.organization)
        assert held.update(status="revoked") == 1


def _door(line: dict[str, str]) -> tuple[str, int, int, str]:
    """Return where a voter of the cast stands on a walk: area, side of the street, number, id."""
    number = int(line["res_address"].split()[0])
    return line["res_zip5"], 2 - number % 2, number, line["id"]


def _score(by: Actor, name: str = "turnout") -> dict[UUID, float]:
    """Score every third voter of the campaign's places, in an order of its own; return the values."""
    declared = declare(by, name)
    numbers = [one for place in (1, 3) for one in numbers_of(place) if one % 3 == 0]
    values = {one: float(one * 37 % 89) for one in numbers}
    lines = [f"{sid(number)},{value}" for number, value in values.items()]
    upload(by, declared, lines, header="state_voter_id,score")
    return {voter_uuid("OH", number): value for number, value in values.items()}


def test_an_export_comes_as_one_walks(cast: Cast) -> None:
    lines = lines_of(begin(cast.campaign, "walk", columns=["res_address", "res_zip5"]))
    assert len(lines) == len({line["id"] for line in lines}) == 80
    assert lines == sorted(lines, key=_door)


@pytest.mark.parametrize("sign", ["", "-"])
def test_exports_and_pages_come_by_a_score(
    cast: Cast, client_of: ClientOf, sign: str
) -> None:
    values = _score(cast.campaign)
    order = f"{sign}score:turnout"
    lines = lines_of(begin(cast.campaign, order, columns=["score:turnout"]))
    ids = [line["id"] for line in lines]
    assert len(set(ids)) == len(ids) == 80
    turned = -1 if sign else 1

    def expected(voter: str) -> tuple[bool, float, str]:
        value = values.get(UUID(voter.removeprefix("OH-")))
        return value is None, turned * (value or 0), voter

    assert ids == sorted(ids, key=expected)
    client = client_of(cast.campaign)
    saved = save(client)["id"]
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        asked = {"order": order, "limit": "9"} | ({"cursor": cursor} if cursor else {})
        answer = client.get(f"/v1/lists/{saved}/voters", asked).json()
        found += [one["id"] for one in answer["results"]]
        cursor = answer["next"]
    assert found == ids


@pytest.mark.parametrize(
    "order", ["score:turnout", "-score:campaign_for_ohio_three.turnout", "score:none"]
)
def test_nobody_orders_by_a_score_that_it_may_not_know_of(
    cast: Cast, client_of: ClientOf, order: str
) -> None:
    _score(cast.campaign)
    client = client_of(cast.committee)
    saved = save(client)["id"]
    for answer in (
        client.post("/v1/exports", {"list": saved, "order": order}, format="json"),
        client.get(f"/v1/lists/{saved}/voters", {"order": order}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "unknown_field")
        assert answer.json()["errors"][0]["pointer"] == "/order"


@pytest.mark.parametrize("order", ["street", "-walk", "score:", "-id", "party", "-"])
def test_what_is_no_order_is_refused(
    cast: Cast, client_of: ClientOf, order: str
) -> None:
    client = client_of(cast.campaign)
    saved = save(client)["id"]
    for answer in (
        client.post("/v1/exports", {"list": saved, "order": order}, format="json"),
        client.get(f"/v1/lists/{saved}/voters", {"order": order}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "order_unknown")


def test_a_revoked_grant_cuts_an_ordered_download(cast: Cast) -> None:
    download = begin(cast.campaign, "walk")
    chunk = chunks.first_chunk(download)
    assert chunk.after is not None
    assert len(chunk.body.splitlines()) == 1 + 14
    revoke(cast)
    with pytest.raises(Denied, match="state_not_licensed"):
        chunks.next_chunk(download, chunk.after)


def test_who_is_protected_since_does_not_come_out_of_an_order(
    committed_db: CommittedDatabase, cast: Cast
) -> None:
    everyone = lines_of(begin(cast.campaign, "walk"))
    download = begin(cast.campaign, "walk", columns=["last_name"])
    chunk = chunks.first_chunk(download)
    hide([everyone[-1]["id"]])
    lines = lines_of(download, chunk)
    assert [one["id"] for one in lines] == [one["id"] for one in everyone[:-1]]


def test_the_end_of_a_share_cuts_what_is_ordered_by_its_score(cast: Cast) -> None:
    declared = declare(cast.committee, "turnout")
    receiver = cast.campaign.organization
    share = share_set(set_id=declared, receiver=receiver, by=cast.committee)
    download = begin(cast.campaign, "score:national_committee.turnout")
    end_share(share_id=share.id, by=cast.committee)
    with pytest.raises(Denied, match="license_changed"):
        chunks.first_chunk(download)


ORDER = "SELECT 1 FROM lists_export_order"
LAY = "INSERT INTO lists_export_order VALUES (%s, %s, 9, %s, ARRAY[gen_random_uuid()])"


def _run(statement: str, *values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def test_an_order_is_its_downloads_alone_and_gone_with_it(cast: Cast) -> None:
    download = begin(cast.campaign, "walk")
    chunks.first_chunk(download)
    for action in Action:
        for one in (cast.ohio, cast.rival, cast.committee, cast.stranger):
            with acting_as(one, action):
                assert _run(ORDER) == 0
        with acting_as(cast.campaign, action):
            assert _run(ORDER) == (12 if action is Action.EXPORT else 0)
    good = token_for(cast.campaign, Action.EXPORT)
    late = token_for(cast.campaign, Action.EXPORT, seconds=-1)
    for bad in ("", good[:-1], good.replace("export", "read"), late):
        with transaction.atomic(), unguarded():
            _run("SELECT set_config(%s, %s, true)", SETTING, bad)
            assert _run(ORDER) == 0
    for by, state in ((cast.rival, "OH"), (cast.ohio, "OH"), (cast.campaign, "NC")):
        laying = acting_as(by, Action.EXPORT)
        with laying, pytest.raises(DatabaseError), transaction.atomic():
            _run(LAY, state, download.export, 99)
    with acting_as(cast.campaign, Action.EXPORT):
        assert _run(LAY, "OH", download.export, 99) == 1
        Export.objects.filter(id=download.export).update(status="cut")
        assert _run(ORDER) == 0
    sweep_exports()
    with acting_as(cast.campaign, Action.EXPORT):
        Export.objects.filter(id=download.export).update(status="streaming")
        assert _run(ORDER) == 0

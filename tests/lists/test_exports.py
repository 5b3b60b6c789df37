"""Exports: ordered behind a link, streamed in chunks judged afresh, cut by a revocation, accounted for."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

from asgiref.sync import async_to_sync
from django.db import connections
from django.test import AsyncClient
from django.utils import timezone
from rest_framework.test import APIClient

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.ledger.models import Entry
from coop.organizations.models import Credential
from states.lists.models import Export
from states.lists.sweep import sweep_exports
from tests.cast import Cast, grant
from tests.conftest import CommittedDatabase
from tests.lists.test_lists import DEMOCRATS, save, voters

ClientOf = Callable[..., APIClient]
EVERYONE = 80


def order(client: APIClient, list_id: str, **more: Any) -> dict[str, Any]:
    """Order an export and return it with its link."""
    answer = client.post("/v1/exports", {"list": list_id, **more}, format="json")
    assert answer.status_code == 201, answer.json()
    return dict(answer.json())


def path_of(ordered: dict[str, Any]) -> str:
    """Return the path of an export's link."""
    return str(ordered["link"]).split("127.0.0.1:8000", 1)[1]


async def fetch(path: str) -> tuple[int, list[bytes]]:
    """Fetch a link as anyone can, without a header."""
    response: Any = await AsyncClient().get(path)
    if not response.streaming:
        return response.status_code, [response.content]
    content = response.streaming_content
    assert isinstance(content, AsyncIterator)
    return response.status_code, [part async for part in content]


def download(path: str) -> list[dict[str, str]]:
    """Return the lines of a whole download."""
    status, parts = async_to_sync(fetch)(path)
    assert status == 200, parts
    text = b"".join(parts).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def problem(path: str) -> tuple[int, str]:
    """Return status and code of a link that answers with a problem."""
    response = async_to_sync(AsyncClient().get)(path)
    assert response.headers["Content-Type"] == "application/problem+json"
    return response.status_code, response.json()["code"]


def entries(by: Actor, event: str) -> list[Entry]:
    """Return the organization's entries of an event, oldest first."""
    with acting_as(by, Action.MANAGE):
        found = Entry.objects.filter(event=event, organization=by.organization)
        return list(found.order_by("at"))


def sent_in(export: str) -> list[str]:
    """Return the ids of the voters noted as sent in an export, looked up behind the walls."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET ROLE coop_worker")
        cursor.execute(
            "SELECT unnest(voters)::text FROM lists_export_block WHERE export = %s",
            [export],
        )
        found = sorted(row[0] for row in cursor.fetchall())
        cursor.execute("RESET ROLE")
    return found


def status_of(by: Actor, export: str) -> tuple[str, str]:
    """Return an export's status, and the reason why it was cut."""
    with acting_as(by, Action.MANAGE):
        one = Export.objects.get(id=export)
        return one.status, one.reason


def test_a_download_is_the_list_as_the_api_reads_it(
    committed_db: CommittedDatabase, cast: Cast, client_of: ClientOf, small_chunks: None
) -> None:
    client = client_of(cast.campaign)
    saved = save(client, criteria=DEMOCRATS)
    ordered = order(client, saved["id"])
    counted = client.post("/v1/counts", {"criteria": DEMOCRATS}, format="json").json()
    rows = voters(client, saved["id"])
    lines = download(path_of(ordered))
    assert len(lines) == counted["count"] == len(rows)
    for line, row in zip(lines, rows, strict=True):
        for name in ("id", "first_name", "phone", "us_house_district", "age"):
            assert line[name] == ("" if row[name] is None else str(row[name]))
    shown = client.get(f"/v1/exports/{ordered['id']}").json()
    assert (shown["status"], shown["rows"]) == ("complete", len(rows))
    sent = entries(cast.campaign, "lists:export:downloaded")
    assert sum(one.rows or 0 for one in sent) == len(rows)
    assert all("phone" in one.fields and one.state == "OH" for one in sent)


def test_columns_are_those_ordered(
    committed_db: CommittedDatabase, cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.campaign)
    saved = save(client)
    ordered = order(client, saved["id"], columns=["phone", "last_name"])
    lines = download(path_of(ordered))
    assert lines[0].keys() == {"id", "state", "phone", "last_name"}
    assert len(lines) == EVERYONE


def test_a_link_can_be_fetched_again_and_costs_a_cap_once(
    committed_db: CommittedDatabase, cast: Cast, client_of: ClientOf
) -> None:
    terms = {"actions": ["read", "export"], "counties": [39061]}
    grant("OH", cast.ohio, cast.stranger, cap_voters_month=40, **terms)
    client = client_of(cast.stranger)
    ordered = order(client, save(client)["id"])
    assert download(path_of(ordered)) == download(path_of(ordered))
    assert client.get(f"/v1/exports/{ordered['id']}").json()["fetches"] == 2


def test_a_cap_reached_in_the_first_chunk_is_an_answer(
    committed_db: CommittedDatabase, cast: Cast, client_of: ClientOf
) -> None:
    terms = {"actions": ["read", "export"], "counties": [39061]}
    grant("OH", cast.ohio, cast.stranger, cap_voters_month=39, **terms)
    client = client_of(cast.stranger)
    ordered = order(client, save(client)["id"])
    assert problem(path_of(ordered)) == (403, "cap_reached")
    assert status_of(cast.stranger, ordered["id"]) == ("cut", "cap_reached")
    assert sent_in(ordered["id"]) == []
    refused = entries(cast.stranger, "api:request:refused")
    assert [one.code for one in refused] == ["cap_reached"]


def test_links_that_are_none_or_have_ended(
    committed_db: CommittedDatabase, cast: Cast, client_of: ClientOf
) -> None:
    assert problem("/v1/downloads/guess") == (404, "not_found")
    assert problem("/v1/downloads/" + "A" * 43) == (404, "not_found")
    client = client_of(cast.campaign)
    saved = save(client)
    expired = order(client, saved["id"])
    now = timezone.now()
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE lists_export NO FORCE ROW LEVEL SECURITY")
        cursor.execute(
            "UPDATE lists_export SET created_at = %s, expires_at = %s WHERE id = %s",
            [now - dt.timedelta(days=2), now - dt.timedelta(days=1), expired["id"]],
        )
        cursor.execute("ALTER TABLE lists_export FORCE ROW LEVEL SECURITY")
    assert problem(path_of(expired)) == (410, "link_expired")
    assert sweep_exports() == 1
    assert status_of(cast.campaign, expired["id"])[0] == "expired"
    assert problem(path_of(expired)) == (410, "link_expired")
    assert sweep_exports() == 0
    revoke = client.post(f"/v1/exports/{expired['id']}/revoke")
    assert (revoke.status_code, revoke.json()["code"]) == (409, "export_ended")
    orphan = order(client, saved["id"])
    client.delete(f"/v1/lists/{saved['id']}")
    assert problem(path_of(orphan)) == (410, "list_deleted")


def test_a_link_dies_with_the_credential_that_ordered_it(
    committed_db: CommittedDatabase, cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.campaign)
    ordered = order(client, save(client)["id"])
    with acting_as(cast.campaign, Action.MANAGE):
        Credential.objects.update(revoked_at=timezone.now())
    assert problem(path_of(ordered)) == (410, "link_revoked")


def test_the_owner_names_the_holders_of_a_voter(
    committed_db: CommittedDatabase, cast: Cast, client_of: ClientOf
) -> None:
    for one in (cast.campaign, cast.committee):
        client = client_of(one)
        download(path_of(order(client, save(client)["id"])))
    third, first = cast.places[1][0], cast.places[5][0]
    address = "/v1/voters/OH-{}/holders".format
    owner = client_of(cast.ohio)
    held = owner.get(address(third.hex)).json()["results"]
    assert [(one["name"], one["exports"]) for one in held] == [
        ("Campaign for Ohio Three", 1),
        ("National Committee", 1),
    ]
    (other,) = owner.get(address(first.hex)).json()["results"]
    assert other["name"] == "National Committee"
    assert owner.get(address(uuid4().hex)).status_code == 404
    for one in (cast.campaign, cast.carolina, cast.stranger):
        assert client_of(one).get(address(third.hex)).status_code == 404

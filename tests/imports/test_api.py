"""The journey of a delivery over the API: upload, import, watch, decide, rejects."""

from __future__ import annotations

import csv
import io
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient
from rest_framework.test import APIClient

from coop.actors import Action, Permission
from coop.db.scope import acting_as
from coop.ledger.models import Entry
from states.imports.work import run_imports
from tests.cast import Cast
from tests.grants.conftest import ClientOf
from tests.imports.people import ohio_file, people

RAW = "application/octet-stream"


def ordered(client: APIClient, content: bytes, **given: Any) -> dict[str, Any]:
    body = {"state": "OH", "file_date": "2026-11-15"} | given
    delivery = client.post("/v1/deliveries", body, format="json").json()["id"]
    where = f"/v1/deliveries/{delivery}/files/SWVF.txt"
    assert client.put(where, content, content_type=RAW).status_code == 201
    answer = client.post(f"/v1/deliveries/{delivery}/import")
    assert answer.status_code == 202, answer.content
    found: dict[str, Any] = answer.json()
    assert answer.headers["Location"] == f"/v1/imports/{found['id']}"
    return found


def test_from_upload_to_published_voters(ohio: Cast, client_of: ClientOf) -> None:
    client = client_of(ohio.ohio)
    run = ordered(client, ohio_file(people(range(1, 31))))
    assert (run["status"], run["progress"]["phase"]) == ("queued", "waiting")
    run_imports()
    done = client.get(f"/v1/imports/{run['id']}").json()
    assert (done["status"], done["publication"]) == ("published", 1)
    assert done["figures"]["inserted"] == 30
    assert done["progress"]["rows_done"] == done["progress"]["rows_total"] == 30
    found = client.get("/v1/voters", {"state": "OH", "state_voter_id": "OH00000000003"})
    assert found.json()["results"][0]["res_address"] == "3 ELM ST"
    assert found.json()["freshness"]["OH"] == {
        "file_date": "2026-11-15",
        "published_at": found.json()["freshness"]["OH"]["published_at"],
        "publication": 1,
    }
    with acting_as(ohio.ohio, Action.MANAGE):
        events = list(
            Entry.objects.filter(state="OH", event__startswith="imports:")
            .order_by("at")
            .values_list("event", flat=True)
        )
    assert events == [
        "imports:import:started",
        "imports:import:staged",
        "imports:import:published",
    ]


def test_a_delivery_for_review_waits_until_someone_publishes_it(
    ohio: Cast, client_of: ClientOf
) -> None:
    client = client_of(ohio.ohio)
    run = ordered(client, ohio_file(people(range(1, 31))), review=True)
    where = f"/v1/imports/{run['id']}"
    early = client.post(f"{where}/publish")
    assert (early.status_code, early.json()["code"]) == (409, "import_not_ready")
    run_imports()
    waiting = client.get(where).json()
    assert waiting["status"] == "ready"
    assert [one["code"] for one in waiting["needs_review"]] == ["asked_for"]
    found = client.get("/v1/voters", {"state": "OH", "last_name": "EXA"}).json()
    assert found["results"] == []
    assert client.post(f"{where}/publish").status_code == 202
    run_imports()
    assert client.get(where).json()["status"] == "published"
    late = client.post(f"{where}/cancel")
    assert (late.status_code, late.json()["code"]) == (409, "import_not_cancelable")


def test_an_import_can_be_canceled(ohio: Cast, client_of: ClientOf) -> None:
    client = client_of(ohio.ohio)
    run = ordered(client, ohio_file(people(range(1, 31))))
    answer = client.post(f"/v1/imports/{run['id']}/cancel")
    assert (answer.status_code, answer.json()["status"]) == (200, "canceled")
    run_imports()
    assert client.get(f"/v1/imports/{run['id']}").json()["status"] == "canceled"


def test_a_failed_import_says_why_for_each_file(
    ohio: Cast, client_of: ClientOf
) -> None:
    client = client_of(ohio.ohio)
    run = ordered(client, b"what,is,this\n1,2,3\n")
    run_imports()
    done = client.get(f"/v1/imports/{run['id']}").json()
    assert done["status"] == "failed"
    assert done["problem"]["code"] == "files_not_readable"
    assert done["problem"]["files"][0]["file"] == "SWVF.txt"
    assert done["problem"]["files"][0]["code"] == "unknown"


def test_an_empty_delivery_is_not_imported(ohio: Cast, client_of: ClientOf) -> None:
    client = client_of(ohio.ohio)
    body = {"state": "OH", "file_date": "2026-11-15"}
    delivery = client.post("/v1/deliveries", body, format="json").json()["id"]
    refused = client.post(f"/v1/deliveries/{delivery}/import")
    assert (refused.status_code, refused.json()["code"]) == (422, "delivery_empty")


def key_of(client: Any) -> str:
    return str(client._credentials["HTTP_AUTHORIZATION"])


async def downloaded(client: AsyncClient, where: str, key: str) -> tuple[int, bytes]:
    answer: Any = await client.get(where, headers={"authorization": key})
    if not answer.streaming:
        return answer.status_code, answer.content
    return answer.status_code, b"".join([part async for part in answer])


def test_rejects_come_as_csv_that_no_spreadsheet_executes(
    ohio: Cast, client_of: ClientOf
) -> None:
    lines = ohio_file(people(range(1, 81))).splitlines()
    lines[3] = b'=HYPERLINK("http://example.org"),x'
    client = client_of(ohio.ohio)
    run = ordered(client, b"\n".join(lines) + b"\n")
    run_imports()
    where = f"/v1/imports/{run['id']}/rejects.csv"
    key = key_of(client)
    status, content = async_to_sync(downloaded)(AsyncClient(), where, key)
    assert status == 200
    header, *rows = list(csv.reader(io.StringIO(content.decode())))
    assert header == ["number", "file", "line_number", "code", "reason", "raw_line"]
    assert len(rows) == 1
    assert rows[0][:4] == ["1", "SWVF.txt", "4", "columns"]
    assert rows[0][5] == "'" + lines[3].decode()
    strangers = client_of(ohio.stranger)
    other = key_of(strangers)
    assert async_to_sync(downloaded)(AsyncClient(), where, other)[0] == 404


def test_nobody_else_learns_of_an_import(ohio: Cast, client_of: ClientOf) -> None:
    run = ordered(client_of(ohio.ohio), ohio_file(people(range(1, 11))))
    for name, actor in ohio.everyone.items():
        if name == "ohio":
            continue
        client = client_of(actor)
        for unknown in (run["id"], str(uuid4())):
            where = f"/v1/imports/{unknown}"
            assert client.get(where).status_code == 404
            assert client.post(f"{where}/publish").status_code == 404
            assert client.post(f"{where}/cancel").status_code == 404
        assert client.get("/v1/imports").json()["results"] == []


@pytest.mark.parametrize("step", ["publish", "cancel"])
def test_who_may_upload_may_not_decide(
    ohio: Cast, client_of: ClientOf, step: str
) -> None:
    client = client_of(ohio.ohio, Permission.FILES_WRITE)
    run = ordered(client, ohio_file(people(range(1, 11))), review=True)
    assert client.post(f"/v1/imports/{run['id']}/{step}").status_code == 403

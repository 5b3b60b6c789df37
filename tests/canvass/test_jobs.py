"""Bulk jobs: every row ends in exactly one result, however often their worker dies."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import time
from typing import Any
from uuid import UUID, uuid4

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone
from rest_framework.test import APIClient

from coop.actors import WORKER, Action
from coop.db.scope import acting_as
from coop.ledger.models import Entry
from states.canvass import jobs
from states.canvass.job_files import folder_of
from states.canvass.jobs import run_jobs, sweep_jobs
from states.canvass.models import ContactJob, InboxItem
from states.voters.ids import voter_id
from tests.canvass.clients import client_of
from tests.canvass.pushes import body, revoke
from tests.cast import Cast


@pytest.fixture(autouse=True)
def _storage(settings: Any, tmp_path: Any) -> None:
    settings.STORAGE_FOLDER = tmp_path


@pytest.fixture
def client(cast: Cast) -> APIClient:
    return client_of(cast.outside_group)


def opened(client: APIClient, *parts: bytes, form: str = "ndjson") -> str:
    """Open a job and send its parts; return its address."""
    answer = client.post("/v1/contact-jobs", {"format": form}, "json")
    assert answer.status_code == 201, answer.content
    path = f"/v1/contact-jobs/{answer.json()['id']}"
    for number, part in enumerate(parts, start=1):
        sent = client.put(f"{path}/parts/{number}", part, content_type="text/csv")
        assert sent.status_code == 201, sent.content
    return path


def closed(client: APIClient, *parts: bytes, form: str = "ndjson") -> str:
    """Open a job, send its parts and let it be worked on; return its address."""
    path = opened(client, *parts, form=form)
    done = client.patch(path, {"status": "UploadComplete"}, "json")
    assert (done.status_code, done.json()["status"]) == (200, "UploadComplete")
    return path


def packed(*bodies: Any) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in bodies)


def results(client: APIClient, path: str) -> dict[str, list[dict[str, str]]]:
    """Return the rows of each result."""
    found = {}
    for outcome in ("successful", "failed", "unprocessed"):
        answer = client.get(f"{path}/results/{outcome}")
        assert answer.status_code == 200, answer.content
        text = async_to_sync(_whole)(answer).decode()
        found[outcome] = list(csv.DictReader(io.StringIO(text)))
    return found


async def _whole(answer: Any) -> bytes:
    return b"".join([part async for part in answer])


def inbox(cast: Cast) -> list[InboxItem]:
    with acting_as(cast.outside_group, Action.READ):
        return list(InboxItem.objects.filter(state="OH").order_by("seq"))


def test_a_file_in_parts_is_worked_through_and_each_row_has_its_result(
    cast: Cast, client: APIClient
) -> None:
    nameless = body(cast.places[1][1])
    del nameless["event_id"]
    rows = packed(body(cast.places[1][0]), nameless, body(uuid4())) + b"{broken\n"
    rows += packed(5, body(cast.places[1][2]))[:-1]
    path = closed(client, rows[:100], rows[100:])
    assert run_jobs() is False
    job = client.get(path).json()
    assert (job["status"], job["total"], job["done"]) == ("JobComplete", 6, 6)
    assert (job["successful"], job["failed"], job["seconds_left"]) == (3, 3, None)
    found = results(client, path)
    assert [one["row"] for one in found["successful"]] == ["1", "2", "6"]
    assert [(one["row"], one["code"]) for one in found["failed"]] == [
        ("3", "voter_unknown"),
        ("4", "line_malformed"),
        ("5", "object_required"),
    ]
    assert found["unprocessed"] == []
    assert found["successful"][1]["event_id"] == f"job:{job['id']}:2"
    kept = inbox(cast)
    assert len(kept) == 3
    assert {one.source for one in kept} == {"field-tool"}
    with acting_as(cast.outside_group, Action.MANAGE):
        ended = Entry.objects.get(event="canvass:job:ended")
    assert (ended.rows, ended.detail["failed"]) == (6, 3)


def test_csv_names_voters_and_answers_by_its_columns(
    cast: Cast, client: APIClient
) -> None:
    voter = voter_id("OH", cast.places[1][0])
    text = (
        "\ufeffvoter,voter.state,voter.state_voter_id,contact_type,result_code,support,suppressions,canvasser\r\n"
        f'{voter},,,walk,,2,call;text,"Bo,\n the walker"\r\n'
        f"{voter},,,walk,,2,,Bo\r\n"
        "\r\n"
        "too,few\r\n"
    )
    path = closed(client, text.encode(), form="csv")
    run_jobs()
    found = results(client, path)
    assert [one["code"] for one in found["failed"]] == ["text_invalid", "cells_wrong"]
    (kept,) = inbox(cast)
    assert (kept.body["support"], kept.body["canvasser"]) == (2, "Bo")
    by_number = "contact_type,result_code,voter.state,voter.state_voter_id\nwalk,busy,OH,OH00000001001\n"
    closed(client, by_number.encode(), form="csv")
    run_jobs()
    assert inbox(cast)[1].voter == cast.places[1][1]


@pytest.mark.parametrize(
    ("raw", "form", "code", "done"),
    [
        (b"a,a\n1,2\n", "csv", "header_invalid", 0),
        (b'contact_type\nwalk\n"broken', "csv", "line_malformed", 0),
        (b"contact_type\n\xff\n", "csv", "line_malformed", 0),
        (b"contact_type\n" + b"x" * 70_000, "csv", "line_too_long", 0),
    ],
)
def test_a_file_that_cannot_be_read_fails_the_job(
    cast: Cast, client: APIClient, raw: bytes, form: str, code: str, done: int
) -> None:
    path = closed(client, raw, form=form)
    run_jobs()
    job = client.get(path).json()
    assert (job["status"], job["error"], job["done"]) == ("Failed", code, done)


def test_whoever_takes_over_goes_on_after_the_last_batch_that_was_kept(
    cast: Cast, client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "BATCH", 10)
    path = closed(client, packed(*(body(voter) for voter in cast.places[1])))
    pushed = jobs._pushed
    calls = []

    def dying(*args: Any) -> Any:
        outcomes = pushed(*args)
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return outcomes

    monkeypatch.setattr(jobs, "_pushed", dying)
    with pytest.raises(KeyboardInterrupt):
        run_jobs()
    assert client.get(path).json()["done"] == 20
    assert run_jobs() is False  # the lease stands for half a minute
    assert client.get(path).json()["status"] == "InProgress"
    with acting_as(cast.outside_group, Action.MANAGE):
        ContactJob.objects.update(heartbeat_at=timezone.now() - dt.timedelta(minutes=1))
    run_jobs()
    job = client.get(path).json()
    assert (job["status"], job["successful"]) == ("JobComplete", 40)
    assert len(inbox(cast)) == 40
    assert len({one["row"] for one in results(client, path)["successful"]}) == 40


def test_a_job_is_worked_on_in_turns_and_tells_how_long_it_takes(
    cast: Cast, client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "BATCH", 10)
    path = closed(client, packed(*(body(voter) for voter in cast.places[1])))
    assert run_jobs(seconds=1e-9) is True or run_jobs(seconds=0.001) is True
    job = client.get(path).json()
    assert job["status"] in {"InProgress", "UploadComplete"}
    while run_jobs(seconds=0.05):
        time.sleep(0)
    assert client.get(path).json()["successful"] == 40


def test_an_aborted_job_stops_and_gives_back_what_it_did_not_come_to(
    cast: Cast, client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "BATCH", 10)
    rows = [body(voter) for voter in cast.places[1]]
    path = closed(client, packed(*rows))
    push = jobs._Lease.push

    def aborting(lease: Any, batch: Any) -> None:
        if lease.job.done == 10:
            assert client.patch(path, {"status": "Aborted"}, "json").status_code == 200
        push(lease, batch)

    monkeypatch.setattr(jobs._Lease, "push", aborting)
    run_jobs()
    job = client.get(path).json()
    assert (job["status"], job["done"]) == ("Aborted", 10)
    found = results(client, path)
    assert [len(found[name]) for name in ("successful", "failed", "unprocessed")] == [
        10,
        0,
        30,
    ]
    assert json.loads(found["unprocessed"][0]["record"]) == rows[10]
    assert len(inbox(cast)) == 10
    again = client.patch(path, {"status": "Aborted"}, "json")
    assert (again.status_code, again.json()["code"]) == (409, "job_not_open")


def test_a_revocation_in_the_middle_fails_the_rows_that_follow(
    cast: Cast, client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "BATCH", 10)
    path = closed(client, packed(*(body(voter) for voter in cast.places[1][:20])))
    pushed = jobs._pushed

    def revoking(job: UUID, first: int, *args: Any) -> Any:
        if first == 11:
            revoke(cast.ohio, cast.outside_group)
        return pushed(job, first, *args)

    monkeypatch.setattr(jobs, "_pushed", revoking)
    run_jobs()
    job = client.get(path).json()
    assert (job["status"], job["successful"], job["failed"]) == ("JobComplete", 10, 10)


def test_a_closed_job_takes_no_part_and_others_know_nothing_of_it(
    cast: Cast, client: APIClient
) -> None:
    path = closed(client, packed(body(cast.places[1][0])))
    late = client.put(f"{path}/parts/2", b"x", content_type="text/csv")
    assert (late.status_code, late.json()["code"]) == (409, "job_not_open")
    for who in ("rival", "ohio", "stranger"):
        other = client_of(cast.everyone[who])
        assert other.get(path).status_code == 404
        assert (
            other.put(f"{path}/parts/1", b"x", content_type="text/csv").status_code
            == 404
        )
        assert other.patch(path, {"status": "Aborted"}, "json").status_code == 404
        assert other.get(f"{path}/results/successful").status_code == 404
        assert other.get("/v1/contact-jobs").json()["results"] == []
    assert len(client.get("/v1/contact-jobs").json()["results"]) == 1


def test_a_test_credential_keeps_no_part(cast: Cast, client: APIClient) -> None:
    path = opened(client)
    tester = client_of(cast.outside_group, test=True)
    sent = tester.put(f"{path}/parts/1", b"12345", content_type="text/csv")
    assert sent.json() == {"number": 1, "bytes": 5}
    assert not folder_of(UUID(path.rpartition("/")[2])).exists()


def test_jobs_are_forgotten_after_a_week(cast: Cast, client: APIClient) -> None:
    path = closed(client, packed(body(cast.places[1][0])))
    run_jobs()
    assert sweep_jobs() == 0
    with acting_as(cast.outside_group, Action.MANAGE):
        old = timezone.now() - dt.timedelta(days=8)
        ContactJob.objects.update(finished_at=old)
    assert sweep_jobs() == 1
    assert client.get(path).status_code == 404
    assert not folder_of(UUID(path.rpartition("/")[2])).exists()
    with acting_as(WORKER, Action.READ):
        assert not ContactJob.objects.exists()

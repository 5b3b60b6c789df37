"""Rows that nobody could store, pushed as lines and in bulk jobs: each is rejected, and the next goes on."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import DataError
from rest_framework.test import APIClient

from states.canvass import jobs
from states.canvass.actions import Pushed, push_contacts
from states.canvass.jobs import run_jobs
from tests.canvass.clients import client_of
from tests.canvass.pushes import body
from tests.canvass.test_jobs import closed, results
from tests.cast import Cast

CALM = '"contact_type":"walk","result_code":"not_home"'
ABOUT = '"voter":{"state":"OH","state_voter_id":"1"}'
ROWS = [
    raw.replace("CALM", CALM).replace("ABOUT", ABOUT)
    for raw in (
        r'{"event_id":"c\u0000",ABOUT,CALM}',
        r'{"event_id":"\ud800",ABOUT,CALM}',
        r'{"\ud800":1,"event_id":"l",ABOUT,CALM}',
        r'{"event_id":"\u0000","\u0000":"x"}',
        r'{"event_id":"a","voter":{"state":"OH","first_name":"A\u0000","last_name":"B"},CALM}',
        r'{"event_id":"d","voter":{"state":"OH","state_voter_id":"1\ud800"},CALM}',
        r'{"event_id":"e","voter":{"state":"OH","email":"a\u0000@example.org"},CALM}',
        '{"event_id":"i","support":NaN,ABOUT,"contact_type":"walk"}',
        '{"event_id":"j","support":1e999,ABOUT,"contact_type":"walk"}',
        '{"event_id":"k","occurred_at":"9999-12-31T23:59:59-23:59",ABOUT,CALM}',
        '{"event_id":"o","voter":{"state":"OH","first_name":"A","birth_year":99999999999999999999},CALM}',
        "[" * 5000,
        r'"\ud800"',
    )
]


@pytest.fixture(autouse=True)
def _storage(settings: Any, tmp_path: Any) -> None:
    settings.STORAGE_FOLDER = tmp_path


@pytest.fixture
def client(cast: Cast) -> APIClient:
    return client_of(cast.outside_group)


def between(cast: Cast, raw: str) -> bytes:
    """Return the row with a good one on either side."""
    good = [json.dumps(body(cast.places[1][0])) for _ in range(2)]
    return "\n".join([good[0], raw, good[1]]).encode()


@pytest.mark.parametrize("raw", ROWS)
def test_a_job_goes_on_after_it(cast: Cast, client: APIClient, raw: str) -> None:
    path = closed(client, between(cast, raw))

    run_jobs()

    found = results(client, path)
    assert [one["row"] for one in found["successful"]] == ["1", "3"]
    assert [one["row"] for one in found["failed"]] == ["2"]
    assert client.get(path).json()["status"] == "JobComplete"


@pytest.mark.parametrize("raw", ROWS)
def test_lines_go_on_after_it(cast: Cast, client: APIClient, raw: str) -> None:
    answer = client.post(
        "/v1/contacts", between(cast, raw), content_type="application/x-ndjson"
    )

    lines = [json.loads(line) for line in answer.getvalue().splitlines()]
    verdicts = [one.get("verdict") for one in lines]
    assert verdicts == ["accepted", "rejected", "accepted"]


def test_a_cell_of_csv_with_a_nul_is_a_row_that_failed(
    cast: Cast, client: APIClient
) -> None:
    voter = body(cast.places[1][0])["voter"]
    rows = ["event_id,voter,contact_type,result_code"]
    rows += [f"{name},{voter},walk,not_home" for name in ("one", "t\0wo", "three")]

    path = closed(client, "\n".join(rows).encode(), form="csv")
    run_jobs()

    found = results(client, path)
    assert [len(found[name]) for name in ("successful", "failed")] == [2, 1]
    assert found["failed"][0]["code"] == "character_invalid"


def test_a_row_over_which_the_service_fails_has_failed_and_the_others_have_not(
    cast: Cast, client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*, items: Any, **more: Any) -> Pushed:
        pushed = push_contacts(items=items, **more)
        if any(one.get("canvasser") == "odd" for one in items):
            raise DataError
        return pushed

    monkeypatch.setattr(jobs, "push_contacts", failing)
    rows = [body(voter) for voter in cast.places[1][:9]]
    rows[4]["canvasser"] = "odd"

    path = closed(client, b"\n".join(json.dumps(row).encode() for row in rows))
    run_jobs()

    found = results(client, path)
    assert [one["row"] for one in found["successful"]] == list("12346789")
    (failed,) = found["failed"]
    assert (failed["row"], failed["code"]) == ("5", "row_not_taken")
    assert client.get(path).json()["status"] == "JobComplete"

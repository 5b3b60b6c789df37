"""Bulk jobs of several organizations take turns: one's large job, or one's full inbox, delays one's own."""

from __future__ import annotations

import json
from typing import Any

import pytest

from coop.actors import Actor
from states.canvass import jobs
from states.canvass.jobs import run_jobs
from states.canvass.room import forget_levels
from tests.canvass.clients import client_of
from tests.canvass.pushes import body, drain
from tests.cast import Cast


@pytest.fixture(autouse=True)
def _apart(settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.STORAGE_FOLDER = tmp_path
    monkeypatch.setattr(jobs, "BATCH", 10)
    forget_levels()


class Job:
    """A job of an organization, of so many contacts."""

    def __init__(self, by: Actor, cast: Cast, many: int) -> None:
        self.client = client_of(by)
        rows = [body(voter) for voter in cast.places[1][:many]]
        made = self.client.post("/v1/contact-jobs", {"format": "ndjson"}, "json")
        self.path = f"/v1/contact-jobs/{made.json()['id']}"
        raw = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
        self.client.put(f"{self.path}/parts/1", raw, content_type="text/csv")
        self.client.patch(self.path, {"status": "UploadComplete"}, "json")

    def __getattr__(self, name: str) -> Any:
        return self.client.get(self.path).json()[name]


def test_a_large_job_leaves_the_next_turn_to_another_organization(cast: Cast) -> None:
    large, small = Job(cast.outside_group, cast, 40), Job(cast.ohio, cast, 10)

    assert run_jobs(seconds=0.0001) is True
    assert (large.status, large.done, small.done) == ("InProgress", 10, 0)
    run_jobs(seconds=0.0001)

    assert (large.done, small.done) == (10, 10)
    while run_jobs(seconds=1):
        pass
    assert [one.status for one in (large, small)] == ["JobComplete"] * 2


def test_two_jobs_of_one_organization_have_one_turn_between_them(cast: Cast) -> None:
    first, second = (Job(cast.outside_group, cast, 40) for _ in range(2))
    other = Job(cast.ohio, cast, 10)

    for _turn in range(3):
        run_jobs(seconds=0.0001)

    assert (first.done, other.done, second.done) == (10, 10, 10)


def test_an_inbox_without_room_keeps_no_other_organization_waiting(
    cast: Cast, settings: Any
) -> None:
    settings.INBOX_PER_ORGANIZATION = 15
    stuck, other = Job(cast.outside_group, cast, 40), Job(cast.ohio, cast, 10)

    assert run_jobs() is False

    assert (stuck.status, stuck.done) == ("InProgress", 10)
    assert (other.status, other.done) == ("JobComplete", 10)
    for _round in range(3):
        drain()
        forget_levels()
        run_jobs()
    assert (stuck.status, stuck.successful) == ("JobComplete", 40)


def test_a_full_inbox_stops_all_of_them_until_there_is_room(
    cast: Cast, settings: Any
) -> None:
    settings.INBOX_MOST = 0
    waiting = [Job(cast.outside_group, cast, 10), Job(cast.ohio, cast, 10)]

    assert run_jobs() is False

    assert [one.done for one in waiting] == [0, 0]
    settings.INBOX_MOST = 1000
    forget_levels()
    run_jobs()
    assert [one.status for one in waiting] == ["JobComplete"] * 2

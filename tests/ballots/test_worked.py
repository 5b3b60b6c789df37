"""Large uploads of ballots wait for a worker, who shows how far it is and loses nothing when killed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from rest_framework.test import APIClient

from coop.actors import Action
from coop.db.scope import acting_as
from coop.errors import Denied
from coop.organizations.models import Organization
from states.ballots import actions, applying, lines, work
from states.ballots.work import run_uploads
from states.voters.models import Ballot
from tests.api.conftest import client_with, make_key
from tests.ballots.conftest import ELECTION, send, sid
from tests.cast import Cast
from tests.imports.conftest import storage

__all__ = ["storage"]
ClientOf = Callable[..., APIClient]
SENT = [f"{sid(number)},sent,2026-10-05,mail" for number in range(1000, 1030)]


@pytest.fixture(autouse=True)
def _small_is_ten_lines(storage: Path) -> Iterator[None]:
    """Let ten lines be the most that a request reads, and batches of ten."""
    with patch.object(actions, "INLINE_LINES", 10), patch.object(lines, "BATCH", 10):
        yield


def _count(cast: Cast) -> int:
    with acting_as(cast.ohio, Action.READ):
        found = Ballot.objects.filter(state="OH", ballot_election=ELECTION)
        return found.count()


def test_a_large_upload_waits_and_is_applied_whole(
    cast: Cast, client_of: ClientOf, storage: Path
) -> None:
    client = client_of(cast.ohio)
    answer = send(client, *SENT, "nobody,sent,2026-10-05,mail", ",sent,2026-10-05,")
    assert answer.status_code == 202
    assert (answer.json()["status"], answer.json()["lines_total"]) == ("queued", 32)
    assert _count(cast) == 0
    assert run_uploads() is False
    done = client.get(answer["Location"]).json()
    assert (done["status"], done["lines"], done["faulty"]) == ("applied", 32, 2)
    assert (done["figures"]["voters"], done["figures"]["added"]) == (30, 30)
    faults = client.get(f"{answer['Location']}/faults").json()["results"]
    assert [one["line"] for one in faults] == [32, 33]
    assert _count(cast) == 30
    assert list((storage / "sheets").iterdir()) == []


def test_a_small_one_is_applied_at_once(cast: Cast, client_of: ClientOf) -> None:
    answer = send(client_of(cast.ohio), *SENT[:10])
    assert (answer.status_code, answer.json()["status"]) == (201, "applied")
    assert _count(cast) == 10


def test_it_shows_how_far_it_is_between_two_turns(
    cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.ohio)
    answer = send(client, *SENT)
    seen = []
    while run_uploads(seconds=0.0001):
        one = client.get(answer["Location"]).json()
        seen.append(one["lines"])
        assert _count(cast) == (30 if one["status"] == "applied" else 0)
    assert {10, 20} <= set(seen)
    assert client.get(answer["Location"]).json()["status"] == "applied"


def test_a_killed_workers_upload_is_gone_on_with(
    cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.ohio)
    answer = send(client, *SENT)
    real, calls = applying.stage, list[Any]()

    def dies(*given: Any) -> None:
        calls.append(given)
        if len(calls) == 2:
            raise KeyboardInterrupt
        real(*given)

    with (
        patch.object(applying, "stage", dies),
        pytest.raises(KeyboardInterrupt),
    ):
        run_uploads()
    assert client.get(answer["Location"]).json()["lines"] == 10
    assert run_uploads() is False, "its lease still lasts"
    upload = answer.json()["id"]
    with acting_as(cast.ohio, Action.IMPORT), connection.cursor() as cursor:
        cursor.execute("SELECT worker FROM ballots_upload WHERE id = %s", [upload])
        (worker,) = cursor.fetchone()
        values = ["OH", upload, worker, 11]
        cursor.execute("SELECT sec.beat_ballots(%s, %s, %s, %s, true)", values)
    run_uploads()
    done = client.get(answer["Location"]).json()
    assert (done["status"], done["lines"], _count(cast)) == ("applied", 30, 30)


def test_two_are_worked_in_order(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.ohio)
    send(client, *SENT)
    returned = [line.replace("sent,2026-10-05", "returned,2026-10-20") for line in SENT]
    second = send(client, *returned[:12])
    assert run_uploads(seconds=0.0001) is True
    assert client.get(second["Location"]).json()["status"] == "queued"
    while run_uploads():
        pass
    with acting_as(cast.ohio, Action.READ):
        found = Ballot.objects.filter(state="OH", ballot_election=ELECTION)
        assert found.filter(ballot_status="returned").count() == 12


def test_a_refusal_is_the_uploads_status(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.ohio)
    wrong = [f"nobody{number},sent,2026-10-05,mail" for number in range(12)]
    answer = send(client, *wrong)
    run_uploads()
    done = client.get(answer["Location"]).json()
    assert (done["status"], done["reason"]) == ("refused", "no_ballots")
    assert _count(cast) == 0


def test_who_may_no_longer_upload_changes_nothing(
    cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.ohio)
    answer = send(client, *SENT)
    gone = Denied("standing_ended", "The key was revoked.")
    with patch.object(work, "check_standing", side_effect=gone):
        run_uploads()
    done = client.get(answer["Location"]).json()
    assert (done["status"], done["reason"]) == ("failed", "standing_ended")
    assert _count(cast) == 0


def test_a_test_credential_queues_nothing(cast: Cast, storage: Path) -> None:
    with acting_as(cast.ohio, Action.MANAGE):
        owner = Organization.objects.get(id=cast.ohio.organization)
    answer = send(client_with(make_key(owner, test=True)), *SENT)
    assert answer.status_code == 202
    assert run_uploads() is False
    assert list((storage / "sheets").iterdir()) == []


def test_nobody_claims_work_but_a_worker(cast: Cast, client_of: ClientOf) -> None:
    send(client_of(cast.ohio), *SENT)
    for who in (cast.ohio, cast.campaign, cast.stranger):
        for action in (Action.IMPORT, Action.MANAGE, Action.READ):
            with acting_as(who, action), connection.cursor() as cursor:
                cursor.execute("SELECT * FROM sec.claim_ballots('me')")
                assert cursor.fetchall() == []

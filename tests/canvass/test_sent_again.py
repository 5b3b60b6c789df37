"""A push sent again under its `Idempotency-Key`: the answer of the first time, and nothing done twice."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connections
from rest_framework.test import APIClient

from coop.actors import Action
from coop.db.scope import acting_as
from coop.ledger.events import Event
from coop.ledger.models import Entry
from states.canvass.models import InboxItem
from tests.canvass.clients import client_of
from tests.canvass.pushes import body
from tests.cast import Cast
from tests.conftest import CommittedDatabase

Send = Callable[..., Any]


@pytest.fixture
def pusher(cast: Cast) -> APIClient:
    return client_of(cast.outside_group)


def send(client: APIClient, sent: Any, key: str = "walk-7") -> Any:
    return client.post("/v1/contacts", sent, "json", HTTP_IDEMPOTENCY_KEY=key)


@pytest.mark.parametrize("batch", [False, True])
def test_the_same_again_is_answered_the_same_and_kept_once(
    cast: Cast, pusher: APIClient, batch: bool
) -> None:
    one = body(cast.places[1][0])
    sent = {"contacts": [one, {"event_id": "bad"}]} if batch else one

    first, second = send(pusher, sent), send(pusher, sent)

    assert first.status_code == second.status_code == 202
    assert second.json() == first.json()
    assert second.json()["results"][0]["verdict"] == "accepted"
    assert "Idempotency-Replayed" not in first
    assert second["Idempotency-Replayed"] == "true"
    with acting_as(cast.outside_group, Action.MANAGE):
        assert InboxItem.objects.count() == 1
        pushed = Entry.objects.filter(event=Event.CONTACTS_PUSHED, rows=1)
        assert pushed.count() == 1


def test_another_push_under_the_key_is_refused(cast: Cast, pusher: APIClient) -> None:
    send(pusher, body(cast.places[1][0]))

    answer = send(pusher, body(cast.places[1][1]))

    assert (answer.status_code, answer.json()["code"]) == (
        422,
        "idempotency_key_reused",
    )
    with acting_as(cast.outside_group, Action.MANAGE):
        assert InboxItem.objects.count() == 1


def test_a_push_that_was_refused_gives_its_key_back(
    cast: Cast, pusher: APIClient
) -> None:
    wrong = body(cast.places[1][0], result_code="no such code", support=None)

    assert send(pusher, wrong).status_code == 422
    assert send(pusher, body(cast.places[1][0])).status_code == 202


def test_of_many_at_once_one_is_done_and_the_others_are_told_to_wait(
    committed_db: CommittedDatabase, cast: Cast
) -> None:
    client, sent, start = (
        client_of(cast.outside_group),
        body(cast.places[1][0]),
        Barrier(6),
    )

    def push(_number: int) -> tuple[int, str, bool]:
        start.wait(10)
        try:
            answer = send(client, sent)
        finally:
            connections.close_all()
        code = answer.json().get("code", "")
        return answer.status_code, code, "Idempotency-Replayed" in answer

    with ThreadPoolExecutor(6) as senders:
        answers = list(senders.map(push, range(6)))

    assert answers.count((202, "", False)) == 1
    assert set(answers) <= {
        (202, "", False),
        (202, "", True),
        (409, "idempotency_key_running", False),
    }
    with acting_as(cast.outside_group, Action.MANAGE):
        assert InboxItem.objects.count() == 1

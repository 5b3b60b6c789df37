"""Webhooks from setting up to arrival: signed, thin, tried again, given up, rotated, replayed."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import timezone
from rest_framework.test import APIClient
from standardwebhooks import Webhook, WebhookVerificationError

from coop.actors import WORKER, Action
from coop.db.scope import acting_as
from coop.ledger.models import Entry
from states.webhooks import delivering
from states.webhooks.delivering import deliver_due
from states.webhooks.models import Endpoint, Line
from states.webhooks.rules import WAITS, next_wait
from tests.canvass.clients import client_of
from tests.canvass.pushes import body, push_and_apply, revoke
from tests.cast import Cast
from tests.webhooks.receiving import Receiver, receiving


@pytest.fixture
def receiver(settings: LazySettings) -> Iterator[Receiver]:
    settings.DEBUG = True
    with receiving() as one:
        yield one


@pytest.fixture
def client(cast: Cast) -> APIClient:
    return client_of(cast.committee)


def _made(client: APIClient, receiver: Receiver, **more: Any) -> dict[str, Any]:
    asked = {"url": receiver.url, "states": ["OH"]} | more
    answer = client.post("/v1/webhooks", asked, format="json")
    assert answer.status_code == 201, answer.json()
    found: dict[str, Any] = answer.json()
    return found


def _at_once(cast: Cast) -> None:
    """Let what waits be due."""
    with acting_as(cast.committee, Action.MANAGE):
        Line.objects.update(due_at=timezone.now(), leased_until=None)


def _news(cast: Cast, number: int = 0) -> list[str]:
    return push_and_apply(cast.outside_group, body(cast.places[1][number]))


def _verified(receiver: Receiver, secret: str, which: int = -1) -> dict[str, Any]:
    headers, text = receiver.got[which]
    found: dict[str, Any] = Webhook(secret).verify(text, headers)
    return found


def test_news_is_told_signed_and_thin_and_read_from_its_cursor(
    cast: Cast, client: APIClient, receiver: Receiver
) -> None:
    _news(cast)
    made = _made(client, receiver)
    assert deliver_due() == 0
    ids = _news(cast, 1) + _news(cast, 2)
    assert deliver_due() == 1
    said = _verified(receiver, made["secret"])
    assert said["type"] == "changes.available"
    assert said["data"]["counts"] == {"contact": 2}
    assert set(said["data"]) == {"state", "after", "counts"}
    read = client.get(
        "/v1/changes", {"state": "OH", "after": said["data"]["after"]}
    ).json()
    assert [one["contact"] for one in read["results"]] == ids
    _at_once(cast)
    assert deliver_due() == 0
    assert len(receiver.got) == 1
    with acting_as(cast.ohio, Action.MANAGE):
        (entry,) = Entry.objects.filter(event="webhooks:message:delivered")
    assert (entry.rows, entry.organization) == (2, cast.committee.organization)


def test_news_that_is_not_for_the_reader_is_not_told(
    cast: Cast, receiver: Receiver
) -> None:
    _made(client_of(cast.campaign), receiver)
    push_and_apply(cast.outside_group, body(cast.places[2][0]))
    assert deliver_due() == 0
    push_and_apply(cast.outside_group, body(cast.places[1][0]))
    with acting_as(cast.campaign, Action.MANAGE):
        Line.objects.update(due_at=timezone.now())
    assert deliver_due() == 1
    assert json.loads(receiver.got[0][1])["data"]["counts"] == {"contact": 1}


def test_a_failing_receiver_is_tried_again_with_the_same_message_and_given_up(
    cast: Cast, client: APIClient, receiver: Receiver
) -> None:
    made = _made(client, receiver)
    receiver.status = 500
    _news(cast)
    for _attempt in range(len(WAITS) + 1):
        assert deliver_due() == 1
        assert deliver_due() == 0
        _at_once(cast)
    assert deliver_due() == 0
    assert len({headers["webhook-id"] for headers, _text in receiver.got}) == 1
    assert len({text for _headers, text in receiver.got}) == 1
    shown = client.get(f"/v1/webhooks/{made['id']}").json()
    assert (shown["enabled"], shown["disabled_reason"]) == (False, "failing")
    with acting_as(cast.committee, Action.MANAGE):
        assert Entry.objects.filter(event="webhooks:endpoint:disabled").count() == 1
    receiver.status = 200
    address = f"/v1/webhooks/{made['id']}"
    assert client.patch(address, {"enabled": True}, format="json").status_code == 200
    assert deliver_due() == 1
    page = client.get(f"{address}/deliveries", {"limit": 4}).json()
    rest = client.get(f"{address}/deliveries", {"cursor": page["next"]}).json()
    outcomes = [one["outcome"] for one in page["results"] + rest["results"]]
    assert outcomes == ["delivered", *["status"] * (len(WAITS) + 1)]


def test_the_waits_grow_over_days_and_are_jittered() -> None:
    assert sum(WAITS, dt.timedelta()) > dt.timedelta(days=3)
    assert len({next_wait(3) for _number in range(20)}) > 1
    assert next_wait(len(WAITS) + 1) is None


def test_a_receiver_that_is_gone_is_told_no_more(
    cast: Cast, client: APIClient, receiver: Receiver
) -> None:
    made = _made(client, receiver)
    receiver.status = 410
    _news(cast)
    assert deliver_due() == 1
    _at_once(cast)
    assert deliver_due() == 0
    shown = client.get(f"/v1/webhooks/{made['id']}").json()
    assert (shown["enabled"], shown["disabled_reason"]) == (False, "gone")


def test_two_secrets_sign_while_a_receiver_changes_over(
    cast: Cast, client: APIClient, receiver: Receiver
) -> None:
    made = _made(client, receiver)
    address = f"/v1/webhooks/{made['id']}"
    rotated = client.post(f"{address}/rotate", {"overlap_hours": 1}, format="json")
    fresh = rotated.json()["secret"]
    assert client.post(f"{address}/test").json()["outcome"] == "delivered"
    for secret in (made["secret"], fresh):
        assert _verified(receiver, secret)["type"] == "webhook.test"
    client.post(f"{address}/rotate", {"overlap_hours": 0}, format="json")
    client.post(f"{address}/test")
    with pytest.raises(WebhookVerificationError):
        _verified(receiver, fresh)
    assert "secret" not in client.get(address).json()


def test_a_replay_tells_anew_from_a_cursor(
    cast: Cast, client: APIClient, receiver: Receiver
) -> None:
    made = _made(client, receiver)
    _news(cast)
    deliver_due()
    _news(cast, 1)
    _at_once(cast)
    deliver_due()
    after = json.loads(receiver.got[0][1])["data"]["after"]
    asked = {"state": "OH", "after": after}
    address = f"/v1/webhooks/{made['id']}/replay"
    assert client.post(address, asked, format="json").status_code == 202
    assert deliver_due() == 1
    assert json.loads(receiver.got[-1][1])["data"]["counts"] == {"contact": 2}
    answer = client.post(address, {"state": "NC"}, format="json")
    assert answer.json()["code"] == "webhook_not_following"


def test_a_grant_that_ended_is_told_once(
    cast: Cast, client: APIClient, receiver: Receiver
) -> None:
    _made(client, receiver)
    revoke(cast.ohio, cast.committee)
    _news(cast)
    assert deliver_due() == 1
    said = json.loads(receiver.got[0][1])
    assert (said["type"], said["data"]["code"]) == ("changes.ended", "not_licensed")
    _news(cast, 1)
    _at_once(cast)
    assert deliver_due() == 0


def test_organizations_take_turns(
    cast: Cast,
    client: APIClient,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _number in range(4):
        _made(client, receiver)
    _made(client_of(cast.outside_group), receiver)
    _news(cast)
    monkeypatch.setattr(delivering, "AT_ONCE", 2)
    with acting_as(WORKER, Action.WORK):
        claimed = delivering._claimed()
    assert {organization for _line, organization in claimed} == {
        cast.committee.organization,
        cast.outside_group.organization,
    }
    assert delivering._claimed() == []


def test_webhooks_are_their_organizations_alone(
    cast: Cast, client: APIClient, receiver: Receiver
) -> None:
    made = _made(client, receiver)
    rival = client_of(cast.rival)
    address = f"/v1/webhooks/{made['id']}"
    assert rival.get("/v1/webhooks").json()["results"] == []
    assert rival.get(address).status_code == 404
    assert rival.delete(address).status_code == 404
    assert rival.post(f"{address}/test").status_code == 404
    assert rival.post(f"{address}/rotate", {}, format="json").status_code == 404
    assert rival.get(f"{address}/deliveries").status_code == 404
    assert client.delete(address).status_code == 204
    with acting_as(cast.committee, Action.MANAGE):
        assert not Endpoint.objects.exists()


def test_what_cannot_be_a_webhook_is_refused(
    cast: Cast, client: APIClient, receiver: Receiver, settings: LazySettings
) -> None:
    def answered(by: APIClient, **asked: Any) -> tuple[int, str]:
        answer = by.post("/v1/webhooks", asked, format="json")
        return answer.status_code, answer.json()["code"]

    stranger = client_of(cast.stranger)
    good = "https://hooks.example.org/"
    assert answered(stranger, url=good, states=["OH"]) == (403, "not_licensed")
    settings.DEBUG = False
    bad = answered(client, url=receiver.url, states=["OH"])
    assert bad == (422, "webhook_url_invalid")
    small = client_of(cast.committee, permissions=["changes:read"])
    assert answered(small, url=good, states=["OH"]) == (403, "permission_missing")

"""Idempotency-Key: done once, answered the same; another request under the key is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from api.models import KeptAnswer
from coop.actors import Action, Actor, PrincipalKind
from coop.db.scope import acting_as
from coop.organizations.access import find_credential
from coop.organizations.models import Credential, Organization
from tests.api.conftest import client_with, make_key

EXPIRES = (timezone.now() + timedelta(days=9)).isoformat()


def body(**changed: Any) -> dict[str, Any]:
    return {
        "name": "New tool",
        "source": "new-tool",
        "permissions": ["voters:read"],
        "expires_at": EXPIRES,
    } | changed


def send(client: APIClient, key: str = "once", **changed: Any) -> Any:
    return client.post(
        "/v1/credentials", body(**changed), format="json", HTTP_IDEMPOTENCY_KEY=key
    )


def made(organization: Organization) -> int:
    actor = Actor(organization.id, organization.id, PrincipalKind.PERSON)
    with acting_as(actor, Action.MANAGE):
        return Credential.objects.filter(source="new-tool").count()


def test_the_same_again_is_answered_the_same_and_done_once(
    client: APIClient, organization: Organization
) -> None:
    first, second = send(client), send(client)

    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert "Idempotency-Replayed" not in first
    assert second["Idempotency-Replayed"] == "true"
    assert made(organization) == 1


def test_another_request_under_the_key_is_refused(
    client: APIClient, organization: Organization
) -> None:
    send(client)
    answer = send(client, name="Another")

    assert (answer.status_code, answer.json()["code"]) == (
        422,
        "idempotency_key_reused",
    )
    assert made(organization) == 1


def test_a_failed_request_gives_its_key_back(
    client: APIClient, organization: Organization
) -> None:
    assert send(client, source="NOT GOOD").status_code == 422
    assert send(client).status_code == 201


def test_keys_of_two_callers_never_meet(
    client: APIClient, organization: Organization, stranger: Organization
) -> None:
    send(client)
    colleague = client_with(make_key(organization))
    outsider = client_with(make_key(stranger))

    assert "Idempotency-Replayed" not in send(colleague, name="Other")
    assert "Idempotency-Replayed" not in send(outsider, name="Other")


@pytest.fixture
def running(organization: Organization) -> tuple[APIClient, Actor]:
    """A client whose first request under "once" is still running."""
    key = make_key(organization)
    client = client_with(key)
    send(client)
    known = find_credential(key)
    assert known is not None
    actor = Actor(organization.id, known.credential, PrincipalKind.CREDENTIAL)
    with acting_as(actor, Action.MANAGE):
        KeptAnswer.objects.update(status=None, body=None)
    return client, actor


def test_while_the_first_is_running_the_second_waits(
    running: tuple[APIClient, Actor],
) -> None:
    answer = send(running[0])

    assert (answer.status_code, answer.json()["code"]) == (
        409,
        "idempotency_key_running",
    )


def test_an_abandoned_request_is_taken_over(running: tuple[APIClient, Actor]) -> None:
    client, actor = running
    with acting_as(actor, Action.MANAGE):
        KeptAnswer.objects.update(started_at=timezone.now() - timedelta(minutes=3))

    assert send(client).status_code == 201


def test_kept_answers_are_unreadable_and_forgotten_after_a_day(
    organization: Organization,
) -> None:
    key = make_key(organization)
    client = client_with(key)
    secret = send(client).json()["key"]
    known = find_credential(key)
    assert known is not None
    actor = Actor(organization.id, known.credential, PrincipalKind.CREDENTIAL)
    with acting_as(actor, Action.MANAGE):
        kept = KeptAnswer.objects.get()
        assert kept.body is not None
        assert secret.encode() not in bytes(kept.body)
        KeptAnswer.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert "Idempotency-Replayed" not in send(client)


def test_a_key_that_is_too_long_is_refused(client: APIClient) -> None:
    answer = send(client, key="x" * 201)

    assert (answer.status_code, answer.json()["code"]) == (
        422,
        "idempotency_key_invalid",
    )

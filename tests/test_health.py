"""The probes tell the truth: living is not being ready."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker
from redis.exceptions import ConnectionError as BrokerGone

from tests.databases import pointed_at


def test_a_process_lives_without_database_and_broker(client: Client) -> None:
    assert client.get("/health/live").json() == {"status": "ok"}


@pytest.mark.django_db
def test_it_is_ready_when_both_answer(client: Client) -> None:
    response = client.get("/health/ready")
    assert response.status_code == 200
    assert response.json()["checks"] == {"database": "ok", "broker": "ok"}


def test_a_missing_database_is_named(
    client: Client, test_server: None, django_db_blocker: DjangoDbBlocker
) -> None:
    with django_db_blocker.unblock(), pointed_at("coop_test_absent"):
        response = client.get("/health/ready")
    assert response.status_code == 503
    assert response.json()["checks"] == {"database": "unavailable", "broker": "ok"}


@pytest.mark.django_db
def test_a_missing_broker_is_named(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(key: str) -> None:
        raise BrokerGone(key)

    monkeypatch.setattr(cache, "get", gone)
    response = client.get("/health/ready")
    assert response.status_code == 503
    assert response.json()["checks"] == {"database": "ok", "broker": "unavailable"}

"""GET /v1/me."""

from __future__ import annotations

from rest_framework.test import APIClient

from coop.organizations.models import Organization


def test_a_caller_is_told_who_it_is(
    client: APIClient, organization: Organization
) -> None:
    answer = client.get("/v1/me")

    assert answer.status_code == 200, answer.content
    assert answer.json()["organization"]["id"] == str(organization.id)


def test_nobody_is_answered_401(db: None) -> None:
    answer = APIClient().get("/v1/me")

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "not_authenticated"

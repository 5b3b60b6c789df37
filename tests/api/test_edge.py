"""The manners of every view: keys, addresses, problems, throttles, sizes, strictness."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.conf import settings
from django.db import ProgrammingError
from django.test import override_settings
from django.utils import timezone
from psycopg.errors import InsufficientPrivilege
from rest_framework.test import APIClient

from coop.actors import Action, Actor, PrincipalKind
from coop.db.scope import acting_as
from coop.errors import Unavailable
from coop.ledger.models import Entry
from coop.organizations.access import find_credential
from coop.organizations.keys import Key, new_key
from coop.organizations.models import Credential, Organization
from tests.api.conftest import client_with, make_key

SOON = timedelta(days=30)


def reader(organization: Organization) -> Actor:
    return Actor(organization.id, organization.id, PrincipalKind.PERSON)


def refusals(organization: Organization) -> list[Entry]:
    with acting_as(reader(organization), Action.MANAGE):
        return list(Entry.objects.filter(outcome="refused"))


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (f"Bearer vfc_0123456789ab_{'A' * 43}", "key_unknown"),
        ("Bearer nonsense", "key_malformed"),
        ("Basic dXNlcjpwYXNz", "key_malformed"),
        ("Bearer", "key_malformed"),
    ],
)
def test_a_key_that_does_not_fit_is_401(db: None, header: str, code: str) -> None:
    answer = APIClient().get("/v1/me", HTTP_AUTHORIZATION=header)

    assert answer.status_code == 401
    assert answer.json()["code"] == code
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_right_prefix_with_a_wrong_secret_is_unknown(
    organization: Organization,
) -> None:
    key = make_key(organization)
    forged = Key(key.prefix, f"vfc_{key.prefix}_{'A' * 43}")

    assert client_with(forged).get("/v1/me").json()["code"] == "key_unknown"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"revoked_at": timezone.now()}, "key_revoked"),
        ({"expires_at": timezone.now() - timedelta(seconds=1)}, "key_expired"),
        ({"networks": ["198.51.100.0/24"]}, "address_not_allowed"),
    ],
)
def test_a_key_that_ended_or_calls_from_elsewhere_is_401(
    organization: Organization, fields: dict[str, Any], code: str
) -> None:
    answer = client_with(make_key(organization, **fields)).get("/v1/me")

    assert (answer.status_code, answer.json()["code"]) == (401, code)


def test_an_address_is_believed_from_the_configured_proxy_alone(
    organization: Organization,
) -> None:
    client = client_with(make_key(organization, networks=["198.51.100.0/24"]))
    forwarded = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7"}

    assert client.get("/v1/me", headers=forwarded).status_code == 401
    with override_settings(BEHIND_PROXY=True):
        assert client.get("/v1/me", headers=forwarded).status_code == 200
        pretended = {"X-Forwarded-For": "198.51.100.7, 203.0.113.9"}
        assert client.get("/v1/me", headers=pretended).status_code == 401


def test_many_wrong_keys_from_one_address_have_to_wait(
    organization: Organization,
) -> None:
    good = client_with(make_key(organization))
    for _attempt in range(settings.API_RATES["failed_key"]):
        assert client_with(new_key()).get("/v1/me").status_code == 401

    answer = client_with(new_key()).get("/v1/me")

    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert good.get("/v1/me").status_code == 429
    elsewhere = good.get("/v1/me", REMOTE_ADDR="198.51.100.7")
    assert elsewhere.status_code == 200


def test_last_use_is_noted_once_a_minute(organization: Organization) -> None:
    key = make_key(organization)
    client_with(key).get("/v1/me")
    first = find_credential(key)
    client_with(key).get("/v1/me")
    second = find_credential(key)

    assert first is not None
    assert second is not None
    assert first.last_used_at is not None
    assert second.last_used_at == first.last_used_at


def test_a_missing_permission_is_refused_and_written_down(
    organization: Organization,
) -> None:
    client = client_with(make_key(organization, permissions=["voters:read"]))

    answer = client.get("/v1/credentials")

    body = answer.json()
    assert (answer.status_code, body["code"]) == (403, "permission_missing")
    assert body["permission"] == "credentials:manage"
    (entry,) = refusals(organization)
    assert (entry.event, entry.code) == ("api:request:refused", "permission_missing")
    assert entry.request_id == body["request_id"] == answer["X-Request-ID"]


def test_over_the_throttle_is_429_with_headers(
    client: APIClient, organization: Organization
) -> None:
    with override_settings(API_RATES=settings.API_RATES | {"read": 2}):
        first = client.get("/v1/me")
        client.get("/v1/me")
        answer = client.get("/v1/me")

    assert first["RateLimit-Policy"] == '"read";q=2;w=60'
    assert first["RateLimit"].startswith('"read";r=1;t=')
    assert (answer.status_code, answer.json()["code"]) == (429, "throttled")
    assert answer["RateLimit"].startswith('"read";r=0;t=')
    assert 0 < int(answer["Retry-After"]) <= 60
    other = client_with(make_key(organization))
    assert other.get("/v1/me").status_code == 200


def test_head_is_get_without_a_body(client: APIClient) -> None:
    answer = client.head("/v1/me")

    assert answer.status_code == 200
    assert answer.content == b""


def test_an_unknown_address_is_a_problem(client: APIClient) -> None:
    answer = client.get("/v1/nothing-here")

    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found"


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch", "options"])
def test_a_method_that_is_not_there_is_405(client: APIClient, method: str) -> None:
    answer = getattr(client, method)("/v1/me")

    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer["Allow"] == "GET"


@pytest.mark.parametrize(
    "body",
    [b"{", b"\xff\xfe", b"NaN", b'{"a": Infinity}', b"[" * 100_000, b'{"a":' * 99],
)
def test_a_body_that_is_not_json_is_400(client: APIClient, body: bytes) -> None:
    answer = client.post("/v1/credentials", body, content_type="application/json")

    assert answer.status_code == 400, answer.content
    assert answer.json()["code"] == "malformed"


def test_another_media_type_is_415(client: APIClient) -> None:
    answer = client.post("/v1/credentials", b"a=1", content_type="text/csv")

    assert (answer.status_code, answer.json()["code"]) == (
        415,
        "media_type_unsupported",
    )


def test_an_answer_in_another_media_type_is_406(client: APIClient) -> None:
    answer = client.get("/v1/me", HTTP_ACCEPT="text/html")

    assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "k"}])
def test_a_body_over_the_limit_is_413(
    client: APIClient, headers: dict[str, str]
) -> None:
    body = json.dumps({"name": "x" * 2000})
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1000):
        answer = client.post(
            "/v1/credentials", body, content_type="application/json", headers=headers
        )

    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_an_unknown_member_is_a_fault_beside_the_others(client: APIClient) -> None:
    answer = client.post("/v1/credentials", {"nmae": "x"}, format="json")

    body = answer.json()
    assert (answer.status_code, body["code"]) == (422, "invalid")
    faults = {one["pointer"]: one["code"] for one in body["errors"]}
    assert faults["/nmae"] == "unknown_field"
    assert faults["/name"] == "required"


def test_an_unknown_query_parameter_is_a_fault(client: APIClient) -> None:
    answer = client.get("/v1/organizations?colour=red")

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/colour"


@pytest.mark.parametrize("text", ["\0", "\ud800"])
def test_text_that_cannot_be_stored_is_a_fault_with_its_place(
    client: APIClient, text: str
) -> None:
    answer = client.post(
        "/v1/credentials",
        json.dumps({"networks": ["198.51.100.1", text]}),
        content_type="application/json",
    )

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/networks/1"


def test_a_nul_in_the_address_is_a_fault(client: APIClient) -> None:
    answer = client.get("/v1/organizations?cursor=%00")

    assert (answer.status_code, answer.json()["code"]) == (422, "character_invalid")


def test_an_unexpected_error_shows_nothing_of_itself(
    client: APIClient, caplog: pytest.LogCaptureFixture
) -> None:
    client.raise_request_exception = False
    with mock.patch("api.v1.me._caller", side_effect=ValueError("Rae Example")):
        answer = client.get("/v1/me")

    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert answer.json()["request_id"] == answer["X-Request-ID"]
    assert "Rae" not in answer.content.decode()
    assert "Rae" not in caplog.text


def test_what_cannot_be_done_now_is_503_with_a_time(client: APIClient) -> None:
    error = Unavailable("busy", "Try later.", extra={"retry_after": 7})
    with mock.patch("api.v1.me._caller", side_effect=error):
        answer = client.get("/v1/me")

    assert (answer.status_code, answer["Retry-After"]) == (503, "7")


def test_the_databases_own_refusal_is_403(client: APIClient) -> None:
    error = ProgrammingError("new row violates row-level security policy")
    error.__cause__ = InsufficientPrivilege()
    with mock.patch("api.v1.me._caller", side_effect=error):
        answer = client.get("/v1/me")

    assert (answer.status_code, answer.json()["code"]) == (403, "denied")
    assert "row-level" not in answer.content.decode()


def test_answers_are_not_stored_on_their_way(client: APIClient) -> None:
    assert client.get("/v1/me")["Cache-Control"] == "no-store"


def test_the_schema_and_its_page_are_served_without_the_network(db: None) -> None:
    schema = APIClient().get("/v1/schema", HTTP_ACCEPT="application/json")
    page = APIClient().get("/v1/docs")

    assert schema.json()["openapi"].startswith("3.1")
    assert page.status_code == 200
    assert b"/static/drf_spectacular_sidecar/" in page.content
    assert b"cdn." not in page.content


def test_a_test_credential_applies_nothing(organization: Organization) -> None:
    client = client_with(make_key(organization, test=True))
    body = {
        "name": "New",
        "source": "new",
        "permissions": ["voters:read"],
        "expires_at": (timezone.now() + SOON).isoformat(),
    }

    answer = client.post("/v1/credentials", body, format="json")

    assert answer.status_code == 201
    assert answer["Coop-Test"] == "true"
    with acting_as(reader(organization), Action.MANAGE):
        assert not Credential.objects.filter(name="New").exists()
        assert not Entry.objects.filter(event="organizations:credential:issued")


def test_a_test_credential_is_told_of_faults(organization: Organization) -> None:
    client = client_with(make_key(organization, test=True))

    assert client.post("/v1/credentials", {}, format="json").status_code == 422

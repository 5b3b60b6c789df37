"""What must not pass unnoticed: unread parameters, unannounced bodies, other methods; and pages of problems."""

from __future__ import annotations

import io
from typing import Any
from unittest import mock

import pytest
from django.conf import settings
from django.core.cache import caches
from django.test import Client, RequestFactory, override_settings
from redis.exceptions import RedisError
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.test import APIClient

from api.parsers import limited_body
from api.problem_codes import KNOWN
from api.views import CoopRequest, CoopView
from coop.actors import NOBODY
from coop.errors import TooLarge
from coop.organizations.keys import new_key
from coop.organizations.models import Organization
from tests.api.conftest import client_with


@pytest.mark.parametrize("code", KNOWN)
def test_the_type_of_a_problem_leads_to_a_page(code: str) -> None:
    page = APIClient().get(f"/problems/{code}")
    assert page.status_code == 200
    assert page["Content-Type"] == "text/plain; charset=utf-8"
    assert KNOWN[code].remedy in page.content.decode()


@pytest.mark.parametrize("code", ["nonsense", "<script>", "NOT_FOUND", "a" * 3000])
def test_what_is_no_code_has_no_page(code: str) -> None:
    assert APIClient().get(f"/problems/{code}").status_code == 404


@pytest.mark.parametrize(
    "address",
    ["/v1/me", "/v1/members", "/v1/credentials", "/v1/invitations", "/v1/fields"],
)
def test_a_query_parameter_that_nobody_reads_is_a_fault(
    client: APIClient, address: str
) -> None:
    answer = client.get(address, {"curser": "x"})
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert (fault["pointer"], fault["code"]) == ("/curser", "unknown_field")


def test_a_query_parameter_stops_an_unsafe_method_before_it_acts(
    client: APIClient, organization: Organization
) -> None:
    answer = client.post("/v1/lists?dry_run=1", {"name": "A", "kind": "live"}, "json")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert client.get("/v1/lists").json()["results"] == []


def test_failed_keys_are_counted_without_the_shared_cache(
    organization: Organization,
) -> None:
    default = caches["default"]
    with mock.patch.object(default, "add", side_effect=RedisError):
        for _attempt in range(settings.API_RATES["failed_key"]):
            assert client_with(new_key()).get("/v1/me").status_code == 401
        assert client_with(new_key()).get("/v1/me").status_code == 429


def _chunked(raw: bytes, content_type: str = "application/json") -> CoopRequest:
    plain: Any = RequestFactory().post("/v1/counts", content_type=content_type)
    del plain.META["CONTENT_LENGTH"]
    plain.META["HTTP_TRANSFER_ENCODING"] = "chunked"
    plain._stream = io.BytesIO(raw)
    plain._read_started = False
    plain.__dict__.pop("headers", None)
    return CoopView().initialize_request(plain)


def test_a_body_that_comes_in_chunks_is_read() -> None:
    assert _chunked(b'{"states": ["OH"]}').data == {"states": ["OH"]}
    kept = _chunked(b'{"states": ["OH"]}')
    assert limited_body(kept._request) == b'{"states": ["OH"]}'
    assert kept.data == {"states": ["OH"]}


def test_a_body_that_comes_in_chunks_is_limited_and_must_be_json() -> None:
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=100):
        with pytest.raises(TooLarge):
            _ = _chunked(b"[" + b" " * 100 + b"]").data
        with pytest.raises(TooLarge):
            limited_body(_chunked(b"[" + b" " * 100 + b"]")._request)
    with pytest.raises(UnsupportedMediaType):
        _ = _chunked(b"{}", "text/plain").data


@pytest.mark.parametrize(
    "address", ["/v1/downloads/x", f"/v1/imports/{NOBODY}/rejects.csv"]
)
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_a_stream_answers_other_methods_with_a_problem(
    db: None, address: str, method: str
) -> None:
    answer = getattr(Client(enforce_csrf_checks=True), method)(address)
    assert answer.status_code == 405
    assert answer.json()["code"] == "method_not_allowed"

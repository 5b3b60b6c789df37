"""The OpenAPI document attacks its own API: nothing it can make up is answered with an error of ours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import override_settings
from hypothesis import HealthCheck, given, settings as examples

from coop.wsgi import application
from tests.api.conftest import make_key
from tests.api.test_organizations import organization_of
from tests.cast import Cast

pytestmark = [pytest.mark.django_db(databases=["default", "loader"]), pytest.mark.slow]

RATES = dict.fromkeys(
    ("read", "write", "query", "export", "sensitive", "failed_key"), 100_000
)
A_FEW = examples(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """Keep the test's connections open between requests, as Django's own test client does."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


# A piece of an upload is bytes of any kind.
schemathesis.serializer.alias(
    "application/offset+octet-stream", "application/octet-stream"
)


@override_settings(API_RATES=RATES)
def test_nothing_made_up_is_answered_with_an_error_of_ours(cast: Cast) -> None:
    document = schemathesis.openapi.from_wsgi("/v1/schema?format=json", application)
    headers = {
        "Authorization": f"Bearer {make_key(organization_of(cast.ohio)).text}",
        "Accept": "application/json",
    }
    failures: dict[str, str] = {}
    statuses: Counter[int] = Counter()
    operations: list[Any] = [one.ok() for one in document.get_all_operations()]  # type: ignore[union-attr]
    assert len(operations) > 20

    for operation in operations:
        _attack(operation, headers, failures, statuses)

    assert failures == {}
    assert statuses[200] > 20
    assert statuses[401] == 0


def _attack(
    operation: Any,
    headers: dict[str, str],
    failures: dict[str, str],
    statuses: Counter[int],
) -> None:
    @A_FEW
    @given(case=operation.as_strategy())
    def attack(case: Any) -> None:
        answer = case.call(headers=headers)
        statuses[answer.status_code] += 1
        if answer.status_code >= 500:
            failures[operation.label] = f"{case.as_curl_command()} {answer.text[:300]}"

    attack()

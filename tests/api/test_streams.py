"""Plain async views get the same caller, throttle, permission and problems; views work under ASGI."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.http import HttpRequest, StreamingHttpResponse
from django.test import AsyncClient, override_settings
from django.urls import include, path

from api.streams import stream
from coop.actors import Action, Actor, Permission, PrincipalKind
from coop.db.scope import acting_as
from coop.errors import not_found
from coop.ledger.models import Entry
from coop.organizations.keys import Key
from coop.organizations.models import Organization
from tests.api.conftest import make_key


@stream(Permission.CHANGES_READ)
async def numbers(request: HttpRequest, actor: Actor, last: int) -> Any:
    if last == 0:
        raise not_found("number")

    async def lines() -> AsyncIterator[str]:
        for number in range(last):
            yield f"{actor.organization} {number}\n"

    return StreamingHttpResponse(lines(), content_type="text/plain")


urlpatterns = [
    path("", include("coop.urls")),
    path("v1/numbers/<int:last>", numbers),
]

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


async def _read(address: str, key: Key | None, method: str) -> tuple[Any, bytes]:
    answer: Any
    headers = {"Authorization": f"Bearer {key.text}"} if key else {}
    answer = await AsyncClient().generic(method, address, headers=headers)
    if not answer.streaming:
        return answer, answer.content
    return answer, b"".join([part async for part in answer.streaming_content])


def read(
    address: str, key: Key | None = None, method: str = "GET"
) -> tuple[Any, bytes]:
    return async_to_sync(_read)(address, key, method)


def test_a_stream_knows_its_caller(organization: Organization) -> None:
    answer, body = read("/v1/numbers/2", make_key(organization))

    assert answer.status_code == 200
    assert body.decode().split("\n")[1] == f"{organization.id} 1"


def test_nobody_gets_no_stream() -> None:
    answer, _body = read("/v1/numbers/2")

    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


def test_a_stream_checks_the_permission_and_writes_the_refusal_down(
    organization: Organization,
) -> None:
    key = make_key(organization, permissions=["voters:read"])

    answer, _body = read("/v1/numbers/2", key)

    assert (answer.status_code, answer.json()["code"]) == (403, "permission_missing")
    actor = Actor(organization.id, organization.id, PrincipalKind.PERSON)
    with acting_as(actor, Action.MANAGE):
        assert (
            Entry.objects.get(outcome="refused").detail["route"].endswith("<int:last>")
        )


def test_an_error_before_the_first_byte_is_a_problem(
    organization: Organization,
) -> None:
    answer, _body = read("/v1/numbers/0", make_key(organization))

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_stream_is_for_reading_and_throttled(organization: Organization) -> None:
    key = make_key(organization)
    posted, _body = read("/v1/numbers/1", key, "POST")
    assert posted.status_code == 405

    with override_settings(API_RATES={"read": 0, "failed_key": 30}):
        assert read("/v1/numbers/1", key)[0].status_code == 429


def test_a_view_answers_under_asgi(organization: Organization) -> None:
    answer, _body = read("/v1/me", make_key(organization))

    assert answer.status_code == 200
    assert answer.json()["organization"]["id"] == str(organization.id)

"""One line a request, with the route and the request's id, and nothing about a person."""

from __future__ import annotations

import logging

import pytest
from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client

from coop.request_log import HEADER, RequestLog, request_id_of

ADDRESS = "/health/live?name=Xanthippe"


def test_a_request_is_answered_with_an_id_of_its_own(client: Client) -> None:
    first, second = client.get(ADDRESS)[HEADER], client.get(ADDRESS)[HEADER]
    assert first != second
    assert len(first) == 32


@pytest.mark.parametrize("offered", ["a" * 8, "trace-01.b_c", "0" * 64])
def test_a_callers_acceptable_id_is_kept(client: Client, offered: str) -> None:
    assert client.get(ADDRESS, headers={HEADER: offered})[HEADER] == offered


@pytest.mark.parametrize("offered", ["short", "x" * 65, 'a"b{evil}-line', "with space"])
def test_any_other_id_is_replaced(client: Client, offered: str) -> None:
    assert client.get(ADDRESS, headers={HEADER: offered})[HEADER] != offered


def test_the_line_names_the_route_and_not_what_was_asked(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="coop.request"):
        identity = client.get(ADDRESS)[HEADER]
    assert "health/live" in caplog.text
    assert identity in caplog.text
    assert "Xanthippe" not in caplog.text


async def _get_under_asgi() -> str:
    response = await AsyncClient().get(ADDRESS)
    return str(response[HEADER])


def test_it_works_under_asgi() -> None:
    assert len(async_to_sync(_get_under_asgi)()) == 32


def test_the_application_can_read_the_id() -> None:
    seen: list[str] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(request_id_of(request))
        return HttpResponse()

    request = HttpRequest()
    request.method = "GET"
    response = RequestLog(view)(request)
    assert isinstance(response, HttpResponse)
    assert seen == [response[HEADER]]

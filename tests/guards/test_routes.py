"""Every route of the API names a permission and a throttle, and is in the OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import pytest
from django.conf import settings
from django.urls import URLPattern, get_resolver
from drf_spectacular.generators import SchemaGenerator

from api.views import CoopView
from coop.actors import Permission

HANDLERS = {"get", "post", "put", "patch", "delete"}

WITHOUT_PERMISSION = {
    "GET v1/me": "tells every caller what it may do, so that a refusal can be understood",
    "GET v1/organizations": "the directory, which every member of the co-op may read",
    "GET v1/states": "public facts, and who owns which state",
    "GET v1/states/<str:code>": "public facts, and who owns the state",
    "GET v1/states/<str:code>/policy": "law, which every member of the co-op may read",
    "GET v1/canvass-codes": "reference data: the words of canvassing and their numbers",
}
OPEN_TO_ALL = {
    "v1/schema": "the OpenAPI document",
    "v1/docs": "the reference page",
    "v1/downloads/<str:token>": "an export's link needs no header: its token is the authority",
}


WITHOUT_IDEMPOTENCY_KEY = {
    "POST v1/counts": "a question, answered anew",
    "POST v1/breakdowns": "a question, answered anew",
    "POST v1/overlaps": "a question, answered anew",
    "POST v1/samples": "a question, answered anew",
    "POST v1/criteria/parse": "a question, answered anew",
    "POST v1/contact-summaries": "a question, answered anew",
    "PATCH v1/uploads/<uuid:upload>": "a piece, kept as it comes; its offset makes it harmless",
    "PUT v1/contact-jobs/<uuid:job>/parts/<str:number>": "bytes, put in the same place again",
}

OUTSIDE_THE_DOCUMENT = {
    # The same as PUT, for tools that only post.
    "v1/deliveries/<uuid:delivery>/files/<str:name>": {"POST"},
}


class Route(NamedTuple):
    """An address below /v1/ and the view behind it."""

    address: str
    view: Any


def _walk(patterns: list[Any], before: str) -> Iterator[Route]:
    for one in patterns:
        address = before + str(one.pattern)
        if isinstance(one, URLPattern):
            yield Route(address, one.callback)
        else:
            yield from _walk(one.url_patterns, address)


@cache
def routes() -> list[Route]:
    found = list(_walk(get_resolver().url_patterns, ""))
    return [one for one in found if one.address.startswith("v1/")]


def _guarded() -> list[Route]:
    return [one for one in routes() if one.address not in OPEN_TO_ALL]


def _needs(view: Any) -> dict[str, Permission | None]:
    """Return the permission of each method, of a view class or of a stream."""
    of_class = getattr(view, "view_class", None)
    if of_class is None:
        return dict(getattr(view, "needs", {}))
    return {method: need.permission for method, need in of_class.needs.items()}


def test_there_are_routes() -> None:
    assert len(routes()) > 10


@pytest.mark.parametrize("route", _guarded(), ids=lambda one: one.address)
def test_each_method_of_a_route_names_its_permission(route: Route) -> None:
    of_class = getattr(route.view, "view_class", None)
    if of_class is not None:
        assert issubclass(of_class, CoopView)
        handled = {name.upper() for name in HANDLERS if hasattr(of_class, name)}
        assert handled == set(of_class.needs)
    needs = _needs(route.view)
    assert needs
    for method, permission in needs.items():
        excepted = f"{method} {route.address}" in WITHOUT_PERMISSION
        assert (permission is None) == excepted


@pytest.mark.parametrize("route", _guarded(), ids=lambda one: one.address)
def test_each_method_of_a_route_counts_against_a_throttle(route: Route) -> None:
    of_class = getattr(route.view, "view_class", None)
    if of_class is None:
        assert route.view.throttle in settings.API_RATES
    else:
        names = {of_class.throttle_of(method) for method in of_class.needs}
        assert names <= set(settings.API_RATES)


def test_an_idempotency_key_is_heeded_by_all_that_changes_something() -> None:
    deaf = {
        f"{method} {route.address}"
        for route in _guarded()
        for method, need in getattr(
            getattr(route.view, "view_class", None), "needs", {}
        ).items()
        if not need.once
    }
    assert deaf == set(WITHOUT_IDEMPOTENCY_KEY)


@cache
def _document() -> dict[str, Any]:
    made: dict[str, Any] = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
    return made


@pytest.mark.parametrize("route", _guarded(), ids=lambda one: one.address)
def test_each_method_of_a_route_is_in_the_document(route: Route) -> None:
    address = "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route.address)
    operations = _document()["paths"].get(address, {})
    needed = set(_needs(route.view)) - OUTSIDE_THE_DOCUMENT.get(route.address, set())
    assert {name.upper() for name in operations} >= needed


def _operations() -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method.upper()} {path}", operation)
        for path, operations in _document()["paths"].items()
        for method, operation in operations.items()
    ]


def test_each_operation_is_named_and_described() -> None:
    silent = [
        name
        for name, operation in _operations()
        if not operation.get("operationId") or not operation.get("description")
    ]
    assert silent == []


def test_each_operation_that_requires_a_body_shows_an_example() -> None:
    bare = [
        name
        for name, operation in _operations()
        if operation.get("requestBody", {}).get("required")
        and "application/json" in operation["requestBody"]["content"]
        and "'examples':" not in str(operation["requestBody"])
    ]
    assert bare == []


@pytest.mark.parametrize(
    "address", [*OPEN_TO_ALL, *(one.split()[1] for one in WITHOUT_PERMISSION)]
)
def test_an_exception_that_is_no_longer_needed_is_noticed(address: str) -> None:
    assert address in {one.address for one in routes()}

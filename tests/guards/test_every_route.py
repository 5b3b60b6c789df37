"""Every route of the API tried as everyone: nobody, each role, keys without the permission, and the whole cast."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final
from urllib.parse import unquote
from uuid import UUID

import pytest
from django.db import transaction
from rest_framework.test import APIClient

from coop.actors import Action, Permission
from coop.db.scope import acting_as
from coop.grants.models import Grant
from coop.organizations.models import (
    Credential,
    Invitation,
    Member,
    Person,
    Role,
)
from coop.organizations.rules import NEEDS_SECOND_FACTOR, ROLE_PERMISSIONS
from states.canvass.models import ActivistCode, SurveyQuestion
from states.files.models import Delivery, Upload
from states.imports.models import Import
from states.lists.models import Export, SavedList
from states.scores.models import ScoreSet, Share, Upload as ScoreUpload
from states.webhooks.models import Attempt, Endpoint, Line
from tests.api.conftest import client_with, make_key
from tests.api.test_organizations import organization_of
from tests.cast import NAMES, Cast
from tests.grants.conftest import ClientOf, client_of
from tests.guards.test_routes import OPEN_TO_ALL, _document, _needs, routes
from tests.guards.things import BODIES, Thing, make_things
from tests.organizations.people import joined

__all__ = ["client_of"]

pytestmark = pytest.mark.django_db(databases=["default", "loader"])
PARAMETER: Final = re.compile(r"<(?:\w+:)?(\w+)>")
OWNED: Final[tuple[Any, ...]] = (
    Grant,
    Member,
    Invitation,
    Credential,
    SavedList,
    Export,
    SurveyQuestion,
    ActivistCode,
    Endpoint,
    Line,
    Attempt,
    ScoreSet,
    Share,
    ScoreUpload,
)
STATE: Final = "v1/states/<str:code>"

CASES: Final = [
    (method, route.address, permission)
    for route in routes()
    if route.address not in OPEN_TO_ALL
    for method, permission in _needs(route.view).items()
]
"""Each method of each guarded address, with the permission that it needs."""

OWNERS_ALONE: Final = {
    "PUT v1/states/<str:code>/policy": (403, "not_state_owner"),
    "PUT v1/states/<str:code>/tracers": (404, "not_found"),
    "GET v1/states/<str:code>/tracers/exports": (404, "not_found"),
    "GET v1/states/<str:code>/tracers/alarms": (404, "not_found"),
    "GET v1/states/<str:code>/leak-traces": (404, "not_found"),
}
"""Addresses that name public things: what those get who do not own them."""


KNOWN_TO_FEWER: Final[Mapping[str, set[str]]] = {
    "v1/lists/<uuid:list_id>": {"campaign"},  # a shared list's row is its owner's
    "v1/lists/<uuid:list_id>/shares": {"campaign"},
    "v1/voters/<str:voter>/holders": {"ohio"},  # the owner of the state
    "v1/contacts/<str:contact>/replay": set(),  # it was applied: there is nothing to replay
    # Its voter was found: it does not wait.
    "v1/unmatched-contacts/<str:contact>/resolve": set(),
    "v1/unmatched-contacts/<str:contact>/dismiss": set(),
}
"""Addresses where a thing is there for fewer than may know it."""


def _path(address: str, ids: Mapping[str, str]) -> str:
    if address.startswith(STATE):
        ids = {"code": "OH", "number": "1", "trace": str(UUID(int=1))}
    return "/" + PARAMETER.sub(lambda m: ids.get(m[1], "voters.csv"), address)


@cache
def _body(method: str, address: str) -> Any:
    """Return a body of the right form: the document's first example of it, or one of ours."""
    path = "/" + PARAMETER.sub(r"{\1}", address)
    operation = _document()["paths"].get(path, {}).get(method.lower(), {})
    content = operation.get("requestBody", {}).get("content", {})
    examples = content.get("application/json", {}).get("examples", {}).values()
    shown: Any = next((one["value"] for one in examples), {})
    return BODIES.get(f"{method} {address}", shown)


def _call(client: APIClient, method: str, address: str, ids: Mapping[str, str]) -> Any:
    """Call an address and undo it."""
    body = _body(method, address)
    with transaction.atomic():
        sent = {} if method == "GET" else {"data": body, "format": "json"}
        answer = getattr(client, method.lower())(_path(address, ids), **sent)
        transaction.set_rollback(True)
    return answer


def _code(answer: Any) -> tuple[int, str]:
    is_problem = answer.get("Content-Type") == "application/problem+json"
    return answer.status_code, answer.json()["code"] if is_problem else ""


@pytest.fixture
def things(cast: Cast) -> dict[str, Thing]:
    return make_things(cast)


@pytest.fixture
def real(things: dict[str, Thing]) -> dict[str, str]:
    return {name: one.real for name, one in things.items()}


def test_nobody_gets_in(real: dict[str, str]) -> None:
    for method, address, _ in CASES:
        answer = _call(APIClient(), method, address, real)
        assert _code(answer) == (401, "not_authenticated"), f"{method} {address}"
        assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_key_without_the_permission_is_refused_by_name(
    cast: Cast, client_of: ClientOf, real: dict[str, str]
) -> None:
    for needed in Permission:
        others = [one for one in Permission if one is not needed]
        clients = [
            client_of(cast.everyone[name], *others) for name in ("ohio", "campaign")
        ]
        mine = [(m, a) for m, a, permission in CASES if permission is needed]
        assert mine, f"{needed} guards nothing"
        for method, address in mine:
            for client in clients:
                answer = _call(client, method, address, real)
                assert _code(answer) == (403, "permission_missing"), (
                    f"{method} {address}"
                )
                assert answer.json()["permission"] == needed.value


def _person(cast: Cast, role: Role) -> APIClient:
    member = joined(
        cast.campaign, organization_of(cast.campaign), f"{role}@example.org", role
    )
    client = APIClient()
    client.force_login(
        Person.objects.get(id=member.principal),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    return client


@pytest.mark.parametrize("role", Role)
def test_a_person_does_what_the_role_allows(
    cast: Cast, real: dict[str, str], role: Role
) -> None:
    client = _person(cast, role)
    held = ROLE_PERMISSIONS[role]
    for method, address, permission in CASES:
        status, code = _code(_call(client, method, address, real))
        if role in NEEDS_SECOND_FACTOR:
            assert (status, code) == (403, "second_factor_required"), address
        else:
            refused = code == "permission_missing"
            assert refused == (permission is not None and permission not in held), (
                f"{method} {address} as {role}: {status} {code}"
            )
        assert status not in {401, 500}, f"{method} {address}"


@pytest.mark.parametrize("name", NAMES)
def test_what_is_anothers_is_answered_like_what_is_not_there(
    cast: Cast, client_of: ClientOf, things: dict[str, Thing], name: str
) -> None:
    client = client_of(cast.everyone[name])
    for method, address in _addresses_of_things():
        (parameter,) = set(PARAMETER.findall(address)) & set(things)
        thing = things[parameter]
        hidden = _call(client, method, address, {parameter: thing.real})
        absent = _call(client, method, address, {parameter: thing.absent})
        case = f"{method} {address} as {name}: {_code(hidden)}"
        assert hidden.status_code < 500, case
        if name in KNOWN_TO_FEWER.get(address, thing.known_to):
            assert absent.status_code != 200, case
            assert _told(hidden, thing.real) != _told(absent, thing.absent), case
        else:
            assert _code(hidden) == (404, "not_found"), case
            assert _told(hidden, thing.real) == _told(absent, thing.absent), case


def _addresses_of_things() -> Iterator[tuple[str, str]]:
    for method, address, _ in CASES:
        if PARAMETER.search(address) and not address.startswith(STATE):
            yield method, address


def _told(answer: Any, named: str) -> Any:
    """Return all that an answer tells, but for the id that was asked about and the request's own."""
    if answer.streaming:
        return answer.status_code, "a stream"
    told = unquote(answer.content.decode()).replace(named, "…")
    headers = {
        k: v
        for k, v in answer.headers.items()
        if k not in {"X-Request-ID", "RateLimit"}
    }
    return answer.status_code, re.sub(r'"request_id": ?"\w+"', "", told), headers


@pytest.mark.parametrize("name", NAMES)
def test_a_state_is_changed_by_its_owner_alone(
    cast: Cast, client_of: ClientOf, name: str
) -> None:
    client = client_of(cast.everyone[name])
    for case, refusal in OWNERS_ALONE.items():
        method, _, address = case.partition(" ")
        expected = (200, "") if name == "ohio" else refusal
        assert _code(_call(client, method, address, {})) == expected, case


def _rows(cast: Cast) -> list[Any]:
    """Return all that these organizations own and that a call could change."""
    found: list[Any] = []
    for actor in cast.everyone.values():
        with acting_as(actor, Action.MANAGE):
            found += [_values(one) for one in OWNED]
        with acting_as(actor, Action.IMPORT):
            found += [list(one.objects.values()) for one in (Delivery, Upload, Import)]
    return found


def _values(model: Any) -> list[Any]:
    """Return a table's rows, but for when a key was used last, which a test key's is too."""
    rows = list(model.objects.order_by("pk").values())
    for row in rows:
        row.pop("last_used_at", None)
    return rows


def test_a_test_credential_changes_nothing(
    cast: Cast, things: dict[str, Thing]
) -> None:
    ids = {name: one.real for name, one in things.items()}
    reached = 0
    for name in ("ohio", "campaign", "rival", "outside_group"):
        key = make_key(organization_of(cast.everyone[name]), test=True)
        before = _rows(cast)
        for method, address, _ in CASES:
            if method == "GET":
                continue
            body = _body(method, address)
            ask = getattr(client_with(key), method.lower())
            answer = ask(_path(address, ids), data=body, format="json")
            assert answer["Coop-Test"] == "true", f"{method} {address}"
            reached += answer.status_code < 300
        assert _rows(cast) == before, f"{name} changed something"
    assert reached > 10

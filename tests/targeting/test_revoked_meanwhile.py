"""No number and no voter survives a revocation: neither in a running statement's answer, nor in one that was kept."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connections
from psycopg import sql
from rest_framework.test import APIClient

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.grants.actions import revoke_grant
from coop.grants.models import Grant
from states.targeting import actions
from states.targeting.compile import count_statement
from tests.cast import Cast
from tests.conftest import CommittedDatabase
from tests.lists.test_lists import save

ClientOf = Callable[..., APIClient]
DEMOCRATS = {"criteria": {"field": "party", "op": "eq", "value": "D"}}
HELD: int = 770077
SECONDS: float = 30.0


def revoke(owner: Actor, grantee: Actor) -> None:
    """Revoke what an owner licenses to an organization, as its people do."""
    with acting_as(owner, Action.MANAGE):
        held = Grant.objects.filter(
            owner=owner.organization, grantee=grantee.organization, status="active"
        )
        ids = list(held.values_list("id", flat=True))
    assert ids
    for one in ids:
        revoke_grant(grant=one, reason="The primary is over.", by=owner)


def _in_thread(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    finally:
        connections.close_all()


@contextmanager
def held_statement() -> Iterator[Callable[[], None]]:
    """Hold the lock that a patched statement waits for; yields what waits until it does."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [HELD])

        def wait() -> None:
            until = time.monotonic() + SECONDS
            waiting = 0
            while not waiting and time.monotonic() < until:
                cursor.execute(
                    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
                    " AND objid = %s AND NOT granted",
                    [HELD],
                )
                waiting = cursor.fetchone()[0]
            assert waiting == 1

        try:
            yield wait
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [HELD])


@pytest.mark.parametrize(
    ("who", "whose", "state"),
    [("campaign", "ohio", "OH"), ("committee", "carolina", "NC")],
)
def test_a_count_whose_statement_outlasts_its_grant_is_withheld(
    committed_db: CommittedDatabase,
    cast: Cast,
    client_of: ClientOf,
    monkeypatch: pytest.MonkeyPatch,
    who: str,
    whose: str,
    state: str,
) -> None:
    made = count_statement

    def waiting(*args: Any) -> sql.Composable:
        words = (
            "SELECT n.count FROM ({}) AS n,"
            " LATERAL (SELECT pg_advisory_xact_lock_shared({} + 0 * n.count)) AS held"
        )
        return sql.SQL(words).format(made(*args), sql.Literal(HELD))

    monkeypatch.setattr(actions, "count_statement", waiting)
    monkeypatch.setattr(actions, "count_by_bitmaps", lambda *_, **__: None)
    owner, grantee = getattr(cast, whose), getattr(cast, who)
    client = client_of(grantee)
    body = {**DEMOCRATS, "states": [state]}

    def ask() -> Any:
        return client.post("/v1/counts", body, format="json")

    with ThreadPoolExecutor(1) as pool:
        with held_statement() as until_it_waits:
            answer = pool.submit(_in_thread, ask)
            until_it_waits()
            revoke(owner, grantee)
        answered = answer.result(SECONDS)
    assert answered.status_code == 403, answered.json()
    assert answered.json()["code"] in {"license_changed", "denied"}
    assert "count" not in answered.json()


def _breakdown(client: APIClient, saved: str) -> Any:
    body = {**DEMOCRATS, "by": ["county"]}
    return client.post("/v1/breakdowns", body, format="json")


def _sample(client: APIClient, saved: str) -> Any:
    return client.post("/v1/samples", {**DEMOCRATS, "size": 5}, format="json")


def _overlap(client: APIClient, saved: str) -> Any:
    other = {"criteria": {"field": "party", "op": "eq", "value": "R"}}
    named = {"name": "Democrats", "criteria": DEMOCRATS["criteria"]}
    body = {"universes": [named, {"name": "Republicans", **other}]}
    return client.post("/v1/overlaps", body, format="json")


def _page(client: APIClient, saved: str) -> Any:
    return client.get(f"/v1/lists/{saved}/voters")


def _list_count(client: APIClient, saved: str) -> Any:
    return client.get(f"/v1/lists/{saved}/count")


def _pull(client: APIClient, saved: str) -> Any:
    return client.post(f"/v1/lists/{saved}/pulls", {}, format="json")


def _values(client: APIClient, saved: str) -> Any:
    return client.get("/v1/fields/values", {"field": "party"})


def _search(client: APIClient, saved: str) -> Any:
    return client.get("/v1/voters", {"state": "OH", "last_name": "ex"})


ASKED = [_breakdown, _sample, _overlap, _page, _list_count, _pull, _values, _search]


@pytest.mark.parametrize("ask", ASKED)
def test_what_was_found_before_a_revocation_does_not_leave_after_it(
    committed_db: CommittedDatabase,
    cast: Cast,
    client_of: ClientOf,
    monkeypatch: pytest.MonkeyPatch,
    ask: Callable[[APIClient, str], Any],
) -> None:
    monkeypatch.setattr(
        "states.targeting.answering.count_by_bitmaps", lambda *_, **__: None
    )
    client = client_of(cast.campaign)
    saved = str(save(client)["id"])
    assert ask(client, saved).status_code in {200, 201}
    found, go_on = threading.Event(), threading.Event()

    def hold(execute: Any, text: Any, params: Any, many: Any, context: Any) -> Any:
        result = execute(text, params, many, context)
        if re.search(r"voters_registration|facets_", str(text)) and not found.is_set():
            found.set()
            assert go_on.wait(SECONDS)
        return result

    def held() -> Any:
        with connections["default"].execute_wrapper(hold):
            return ask(client, saved)

    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(_in_thread, held)
        assert found.wait(SECONDS)
        revoke(cast.ohio, cast.campaign)
        go_on.set()
        answered = answer.result(SECONDS)
    assert answered.status_code == 403, answered.json()
    assert answered.json()["code"] in {
        "license_changed",
        "state_not_licensed",
        "not_licensed",
        "denied",
    }


@pytest.mark.parametrize("ask", ASKED)
def test_nothing_kept_is_told_after_a_revocation(
    committed_db: CommittedDatabase,
    cast: Cast,
    client_of: ClientOf,
    ask: Callable[[APIClient, str], Any],
) -> None:
    client = client_of(cast.campaign)
    saved = str(save(client)["id"])
    for _ in range(2):  # the second time from whatever was kept of the first
        assert ask(client, saved).status_code in {200, 201}
        assert client.post("/v1/counts", DEMOCRATS, format="json").status_code == 200
    revoke(cast.ohio, cast.campaign)
    for answered in (
        ask(client, saved),
        client.post("/v1/counts", DEMOCRATS, format="json"),
    ):
        code = answered.json()["code"]
        assert answered.status_code == 403
        assert code in {"state_not_licensed", "not_licensed"}


def test_a_noised_figure_told_today_is_not_told_again(
    committed_db: CommittedDatabase, cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.committee)
    body = {**DEMOCRATS, "states": ["NC"]}
    figures = [client.post("/v1/counts", body, format="json").json() for _ in "12"]
    assert figures[0]["states"] == figures[1]["states"]
    revoke(cast.carolina, cast.committee)
    answered = client.post("/v1/counts", body, format="json")
    code = answered.json()["code"]
    assert (answered.status_code, code) == (403, "field_not_licensed")


def test_no_kept_answer_to_an_idempotency_key_outlives_a_grant(
    committed_db: CommittedDatabase, cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.campaign)

    def sample() -> Any:
        body = {**DEMOCRATS, "size": 5}
        return client.post("/v1/samples", body, format="json", HTTP_IDEMPOTENCY_KEY="a")

    def keep() -> Any:
        body = {"name": "Kept", "kind": "pinned"}
        return client.post("/v1/lists", body, format="json", HTTP_IDEMPOTENCY_KEY="b")

    for _ in range(2):
        again = sample()
        assert again.status_code == 200
        assert "Idempotency-Replayed" not in again
    first, replayed = keep(), keep()
    assert first.json() == replayed.json()
    assert replayed["Idempotency-Replayed"] == "true"
    revoke(cast.ohio, cast.campaign)
    assert (sample().status_code, sample().json()["code"]) == (
        403,
        "state_not_licensed",
    )
    answered = keep()
    assert (answered.status_code, answered.json()["code"]) == (403, "license_changed")
    assert "counts" not in answered.json()

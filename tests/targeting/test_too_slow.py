"""A question that takes longer than the service waits is refused in words, with the ways out; nothing is told of it."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg import sql

from states.targeting import actions, breakdowns, queries
from tests.cast import Cast
from tests.grants.conftest import ClientOf

SLEEPS = sql.SQL(
    "SELECT NULL::text AS first_value, NULL::text AS second_value, count(pg_sleep(5)) AS figure, '' AS label"
)


@pytest.mark.parametrize(
    ("path", "more"), [("counts", {}), ("breakdowns", {"by": ["party"]})]
)
@pytest.mark.parametrize(("who", "state"), [("ohio", "OH"), ("committee", "NC")])
def test_what_takes_too_long_is_told_with_the_ways_out(
    cast: Cast,
    client_of: ClientOf,
    monkeypatch: pytest.MonkeyPatch,
    who: str,
    state: str,
    path: str,
    more: dict[str, Any],
) -> None:
    monkeypatch.setattr(queries, "STATEMENT_SECONDS", 0.05)
    monkeypatch.setattr(actions, "count_statement", lambda *_: SLEEPS)
    monkeypatch.setattr(breakdowns, "breakdown_statement", lambda *_: SLEEPS)
    client = client_of(cast.everyone[who])
    sent = {"criteria": "party:D", "states": [state], **more}
    answer = client.post(f"/v1/{path}", sent, format="json")
    told = answer.json()
    assert (answer.status_code, told["code"]) == (503, "answer_too_slow"), told
    assert "pinned list" in told["detail"]
    assert "states" not in told

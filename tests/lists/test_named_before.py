"""Lists saved before their score sets were written down are found by receivers, without being saved anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from states.scores.actions import share_set
from tests.cast import Cast
from tests.conftest import CommittedDatabase
from tests.grants.conftest import ClientOf
from tests.imports.conftest import ohio, storage
from tests.lists.test_lists import save
from tests.scores.conftest import declare, scores_of, upload

__all__ = ["ohio", "storage"]
SQL = (
    Path(__file__).parents[2]
    / "states/lists/migrations/sql/0012_scores_named_before.sql"
)


def _as_before() -> None:
    """Make every list one that says nothing of what it rests on."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE lists_list NO FORCE ROW LEVEL SECURITY")
        cursor.execute("UPDATE lists_list SET scores = '{}', rests_on = '{}'")
        cursor.execute("ALTER TABLE lists_list FORCE ROW LEVEL SECURITY")


def _migrate() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(SQL.read_text())
        cursor.execute("COMMIT")


def _found(client: Any) -> dict[str, Any]:
    shared = client.get("/v1/shared-lists").json()["results"]
    return {one["name"]: one.get("criteria") for one in shared}


@pytest.mark.parametrize("whose", ["own", "shared"])
def test_a_list_saved_before_is_found(
    committed_db: CommittedDatabase,
    cast: Cast,
    client_of: ClientOf,
    storage: Path,
    whose: str,
) -> None:
    uploader = cast.campaign if whose == "own" else cast.committee
    declared = declare(uploader)
    upload(uploader, declared, scores_of((1000,), 70), header="state_voter_id,score")
    for receiver in (cast.campaign, cast.rival):
        if receiver is not uploader:
            share_set(set_id=declared, receiver=receiver.organization, by=uploader)
    names = {
        one["name"]
        for one in client_of(cast.campaign).get("/v1/fields").json()["results"]
    }
    (name,) = (one for one in names if one.startswith("score:"))
    criteria = {"field": name, "op": "gte", "value": 50}
    client = client_of(cast.campaign)
    saved = save(client, "By score", kind="live", criteria=criteria, states=["OH"])
    body = {"organization": str(cast.rival.organization)}
    answer = client.post(f"/v1/lists/{saved['id']}/shares", body, format="json")
    assert answer.status_code == 201, answer.json()
    assert "By score" in _found(client_of(cast.rival))
    _as_before()
    assert "By score" not in _found(client_of(cast.rival))
    _migrate()
    told = _found(client_of(cast.rival))["By score"]
    assert told["field"].startswith("score:")
    assert told["value"] == 50
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT relforcerowsecurity FROM pg_class WHERE relname = 'lists_list'"
        )
        assert cursor.fetchone() == (True,)

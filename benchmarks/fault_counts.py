"""Whether counts that are answered over HTTP equal the rows, once a house that was torn at has come to rest."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, Final

import httpx
from psycopg import Connection

from benchmarks.fault_events import OPT_OUTS
from benchmarks.running_house import House, behind_the_walls, one
from states.canvass.vocabulary import RESULT_CODES

PATIENCE_SECONDS: Final = 10.0
"""A web process hears of the feed's news within a second; this one may just have been started."""
TIMES: Final = 4
"""Each question is asked so often, since web processes count each for themselves."""
_POOLED: Final = (
    "SELECT count(*) FROM canvass_standing"
    " WHERE audience = '00000000-0000-0000-0000-000000000000' AND place > 0 AND "
)
_BOUND: Final = (
    "SELECT count(DISTINCT voter) FROM canvass_suppression"
    " WHERE audience = '00000000-0000-0000-0000-000000000000' AND place > 0 AND kind = %s"
)


def count_questions(house: House) -> dict[str, int]:
    """Return how many counts were asked for, and how many of them do not equal the rows."""
    asked = wrong = 0
    with behind_the_walls() as database, httpx.Client(timeout=30) as client:
        for criteria, rows in _questions(database):
            for _time in range(TIMES):
                asked += 1
                wrong += not _comes_to(rows, client, house, criteria)
    return {"counts": asked, "counts_wrong": wrong}


def _questions(database: Connection[Any]) -> Iterator[tuple[dict[str, Any], int]]:
    """Yield criteria about what contacts say, each with how many rows fit."""
    for support in range(1, 6):
        rows = one(database, f"{_POOLED} support = %s", support)
        yield {"field": "support", "op": "eq", "value": support}, rows
    for word in RESULT_CODES:
        rows = one(database, f"{_POOLED} last_result = %s", word.number)
        if rows:
            yield {"field": "last_result", "op": "eq", "value": word.name}, rows
    for kind in OPT_OUTS:
        rows = one(database, _BOUND, kind)
        yield {"field": "suppressions", "op": "has", "value": [kind]}, rows


def _comes_to(
    rows: int, client: httpx.Client, house: House, criteria: dict[str, Any]
) -> bool:
    """Tell whether the count is that of the rows, or becomes so within some seconds."""
    until = time.monotonic() + PATIENCE_SECONDS
    headers = {"Authorization": f"Bearer {house.owner.key}"}
    asked = {"criteria": criteria, "states": ["OH"]}
    while True:
        answer = client.post(f"{house.url}/v1/counts", json=asked, headers=headers)
        if answer.raise_for_status().json()["count"] == rows:
            return True
        if time.monotonic() > until:
            return False
        time.sleep(0.2)

"""Matching lines to voters whom the uploader may read, by whichever id they name, and writing the values.

It runs in the uploader's own scope: the policies decide whom it finds. A voter out of its
license and one that does not exist are both not found.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from states.scores.lines import Scored
from states.scores.models import Upload


@dataclass(frozen=True, slots=True)
class _Key:
    """One kind of id: which lines have it, the columns that carry it, how it finds the voter."""

    of: Callable[[Scored], Sequence[Any]]
    types: tuple[str, ...]
    condition: str


_KEYS: Final = (
    _Key(lambda one: (one.voter,), ("uuid",), "r.voter = l.a"),
    _Key(lambda one: (one.state_voter_id,), ("text",), "r.state_voter_id = l.a"),
    _Key(
        lambda one: (one.county_voter_id, one.county),
        ("text", "integer"),
        "r.county_voter_id = l.a AND r.county = l.b",
    ),
)
_FOUND: Final = """
    SELECT l.line, l.value, r.voter, r.place
    FROM unnest(%s::integer[], %s::float8[], {types}) AS l(line, value, {columns})
    JOIN voters_registration AS r ON r.state = %s AND r.place > 0 AND {condition}"""
# Of several lines about one voter the last holds.
_WRITTEN: Final = """
    WITH found AS MATERIALIZED ({found}), written AS (
        INSERT INTO voters_score (state, score_set, version, voter, place, value)
        SELECT DISTINCT ON (f.voter) %s, %s::uuid, %s, f.voter, f.place, f.value
        FROM found AS f ORDER BY f.voter, f.line DESC
        ON CONFLICT (state, score_set, version, voter) DO UPDATE SET value = excluded.value)
    SELECT f.line FROM found AS f"""


def match(upload: Upload, lines: Sequence[Scored]) -> frozenset[int]:
    """Write the values of the lines whose voters are found; return those lines' numbers."""
    parts: list[str] = []
    values: list[Any] = []
    for key in _KEYS:
        held = [one for one in lines if key.of(one)[0] is not None]
        if held:
            parts.append(_found(key))
            values += [[one.number for one in held], [one.value for one in held]]
            values += [list(column) for column in zip(*map(key.of, held), strict=True)]
            values.append(upload.state)
    if not parts:
        return frozenset()
    statement = _WRITTEN.format(found=" UNION ALL ".join(parts))
    version: list[Any] = [upload.state, upload.score_set_id, upload.version]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, *version])
        return frozenset(line for (line,) in cursor.fetchall())


def _found(key: _Key) -> str:
    return _FOUND.format(
        types=", ".join(f"%s::{one}[]" for one in key.types),
        columns=", ".join("ab"[: len(key.types)]),
        condition=key.condition,
    )

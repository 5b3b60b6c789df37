"""By what voters follow each other: the rank of a walk, a score, or their ids alone."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import sql

from states.fields.definition import Field
from states.targeting.columns import StateFacts, column_of


@dataclass(frozen=True, slots=True)
class Ranking:
    """An expression that ascends from voter to voter (equal ones follow by id), and its type.

    `fields` are those that it is read from beside the registration.
    """

    value: sql.Composable
    cast: str
    fields: tuple[Field, ...] = ()


def by_id() -> Ranking:
    """Return the order in which all are equal, and so follow each other by id."""
    return Ranking(sql.SQL("0"), "integer")


def by_walk() -> Ranking:
    """Return the order from door to door; who has no address comes first."""
    return Ranking(sql.SQL("coalesce(r.walk_rank, '')"), "text")


def by_score(field: Field, facts: StateFacts, *, highest_first: bool) -> Ranking:
    """Return the order by a score's values; who has none comes last either way.

    Raises `Denied` where the set is not known to the caller (any more).
    """
    words = "coalesce(-{}, 'Infinity')" if highest_first else "coalesce({}, 'Infinity')"
    value = sql.SQL(words).format(column_of(field, facts))
    return Ranking(value, "double precision", (field,))

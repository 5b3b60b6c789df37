"""The order of a list's voters, and of an export's lines: by id, as one walks, or by a score.

An export that is not by id is laid out first: the ids of its voters in their order, a block a
row, from which the chunks are read by position. No index has to hold the order of a whole state. So is one by id of
few voters, whom going through the state by id would find only here and there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import connection
from psycopg import sql

from coop.errors import FieldFault, Invalid
from states.fields.registry import field as standard_field
from states.fields.scores import PREFIX, is_score
from states.lists.queries import Opened, few_of, found_in
from states.targeting.columns import StateFacts, literal
from states.targeting.compile import Universe
from states.targeting.licensing import License, check_fields
from states.targeting.queries import rows_of, text_of
from states.targeting.ranked import ranked_voters
from states.targeting.ranking import Ranking, by_id, by_score, by_walk

BLOCK: Final = 2000
"""How many voters of an order lie in one row: the least that a chunk reads."""
WALK: Final = "walk"
LAYING_SECONDS: Final = 80
"""A state of eight million is sorted in a fraction of it, and a worker's task is over by then."""


@dataclass(frozen=True, slots=True)
class Order:
    """An order by its name: `id`, `walk`, or a score's field, lowest first; behind a minus, highest first."""

    name: str = "id"

    @property
    def by_id(self) -> bool:
        """Tell whether voters follow each other by id alone."""
        return self.name == "id"

    @property
    def score(self) -> str:
        """The name of the score's field; empty for the other orders."""
        name = self.name.removeprefix("-")
        return name if is_score(name) else ""

    def ranking(self, facts: StateFacts) -> Ranking:
        """Return what the voters of a state are ranked by. Raises `Denied` for a score not known any more."""
        if self.score:
            highest_first = self.name.startswith("-")
            field = standard_field(self.score)
            return by_score(field, facts, highest_first=highest_first)
        return by_walk() if self.name == WALK else by_id()


BY_ID: Final = Order()


def read_order(text: str) -> Order:
    """Return the order that a caller names. Raises `Invalid` (`order_unknown`)."""
    order = Order(text)
    if text in {"id", WALK} or (order.score and order.score != PREFIX):
        return order
    detail = "Order by id, by walk, or by a score: score:turnout, highest first -score:turnout."
    raise Invalid(
        "order_unknown", detail, [FieldFault("/order", "order_unknown", detail)]
    )


def check_order(order: Order, license_: License) -> None:
    """Refuse, in the open scope, an order by a score that the caller may not know of. Raises `Invalid`."""
    if not order.score:
        return
    try:
        check_fields([order.score], license_)
    except Invalid as unknown:
        fault = FieldFault("/order", unknown.code, unknown.detail)
        raise Invalid(unknown.code, unknown.detail, [fault]) from None


@dataclass(frozen=True, slots=True)
class Laid:
    """How a state's part of an export was laid out: in how many blocks, of how many voters in all."""

    blocks: int
    voters: int


@dataclass(frozen=True, slots=True)
class Position:
    """Blocks of an order: which download of which export, from which block, how many."""

    export: UUID
    download: int
    block: int
    blocks: int

    @property
    def stop(self) -> int:
        """The block after the last of these."""
        return self.block + self.blocks

    def spots(self, state: str) -> sql.Composable:
        """Return the statement of the voters of these blocks, each with its `spot`; it reads them in the open scope.

        They stand in the statement: from rows of arrays the planner could not tell how many they are, and walks
        millions of others for thousands of them.
        """
        found = rows_of(
            sql.SQL(_BLOCKS).format(
                state=sql.Literal(state),
                export=literal(self.export, "uuid"),
                download=sql.Literal(self.download),
                start=sql.Literal(self.block),
                stop=sql.Literal(self.stop),
            )
        )
        voters = [voter for (block,) in found for voter in block]
        return sql.SQL(_SPOTS).format(literal(voters, "uuid[]"))


def lay_out(
    opened: Opened, state: str, order: Order, *, export: UUID, download: int
) -> Laid | None:
    """Write down in what order a download sends a state's voters, in the open export scope.

    None where they are many, and sent by id: those are read as they come.
    """
    facts = opened.facts[state]
    universe = (few_of if order.by_id else found_in)(opened, state)
    if universe is None:
        return None
    ranked = ranked_voters(universe, facts, order.ranking(facts))
    statement = sql.SQL(_LAY).format(
        state=sql.Literal(state),
        export=literal(export, "uuid"),
        download=sql.Literal(download),
        ranked=ranked,
        size=sql.Literal(BLOCK),
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{LAYING_SECONDS}s'")
        cursor.execute("SET LOCAL work_mem = '128MB'")
        cursor.execute(text_of(statement))
        blocks, voters = cursor.fetchone()
    return Laid(blocks, voters)


def ranks_of(
    opened: Opened, state: str, order: Order, voters: Sequence[UUID]
) -> list[float]:
    """Return by what an order ranks each of these voters now, in the open scope; who has none comes last."""
    facts = opened.facts[state]
    among = sql.SQL("r.voter = ANY ({})").format(literal(list(voters), "uuid[]"))
    universe = Universe(conditions=[among])
    ranked = ranked_voters(universe, facts, order.ranking(facts))
    found = dict(rows_of(ranked))
    return [found.get(one, math.inf) for one in voters]


_SPOTS: Final = (
    "SELECT m.voter, m.spot FROM unnest({}) WITH ORDINALITY AS m (voter, spot)"
)
_BLOCKS: Final = """
SELECT w.voters FROM lists_export_order AS w
WHERE w.state = {state} AND w.export = {export} AND w.download = {download}
  AND w.number >= {start} AND w.number < {stop} ORDER BY w.number"""
_LAY: Final = """
WITH laid AS (
    INSERT INTO lists_export_order (state, export, download, number, voters)
    SELECT {state}, {export}, {download}, (v.n - 1) / {size}, array_agg(v.voter ORDER BY v.n)
    FROM (SELECT u.voter, row_number() OVER (ORDER BY u.rank, u.voter) AS n FROM ({ranked}) AS u) AS v
    GROUP BY (v.n - 1) / {size}
    RETURNING cardinality(voters) AS voters)
SELECT count(*), coalesce(sum(laid.voters), 0) FROM laid"""

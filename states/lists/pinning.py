"""Writing the voters of pinned lists."""

from __future__ import annotations

from psycopg import sql

from states.lists.models import SavedList
from states.targeting.columns import StateFacts, literal
from states.targeting.compile import Universe, voters_statement
from states.targeting.queries import run


def pin(saved: SavedList, universe: Universe, facts: StateFacts) -> int:
    """Write a universe's voters of one state into a list, in the open scope; return how many."""
    words = (
        "INSERT INTO lists_member (state, list, voter, place)"
        " SELECT {}, {}, chosen.voter, chosen.place FROM ({}) AS chosen"
    )
    return run(
        sql.SQL(words).format(
            sql.Literal(facts.state),
            literal(saved.id, "uuid"),
            voters_statement(universe, facts),
        )
    )

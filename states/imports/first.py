"""A state's first delivery: all of its voters are new, so the staged table is the difference itself.

It saves writing every voter once more. What a difference has beside a voter's values is
made with each row as it is staged.
"""

from __future__ import annotations

from typing import Final

from psycopg import sql

from states.imports.models import Import
from states.imports.staging import create_table, execute, identifier

BESIDE: Final = {
    "is_new": "boolean DEFAULT true",
    "was": "text",
    "moves": "boolean DEFAULT false",
    "shielded": "text GENERATED ALWAYS AS (CASE WHEN confidential THEN 'confidential' END) STORED",
}
"""Columns of a staged table that may become the difference."""


def is_difference(run: Import) -> bool:
    """Tell whether the staged voters were made for that, and the state has none yet."""
    published = (
        "SELECT EXISTS (SELECT FROM voters_registration AS r WHERE r.state = {})"
    )
    query = sql.SQL(published).format(sql.Literal(run.state))
    return bool(run.cursor.get("first")) and not execute(query)[0][0]


def show(run: Import) -> None:
    """Let the staged voters be read as the difference, until `settle` in the same step."""
    execute(
        sql.SQL("CREATE VIEW {} AS SELECT * FROM {}").format(
            identifier("difference", run.id), identifier("voters", run.id)
        )
    )


def make_gone(run: Import) -> None:
    """Make the table of voters that are gone: nobody was there."""
    create_table("gone", run.id, {"voter": "uuid", "was": "text"})
    query = "GRANT SELECT ON {} TO coop_publisher"
    execute(sql.SQL(query).format(identifier("gone", run.id)))


def figures(voters: int, confidential: int) -> dict[str, int]:
    """Return the figures of a difference that is all voters; `differing` is the number of its rows."""
    nothing = ("returned", "moved", "changed", "unchanged", "gone", "id_reused")
    return {
        "differing": voters,
        "inserted": voters,
        "newly_confidential": confidential,
        **dict.fromkeys(nothing, 0),
    }


def settle(run: Import) -> None:
    """Make the staged voters the difference: there are no staged voters after it."""
    difference, voters = (identifier(kind, run.id) for kind in ("difference", "voters"))
    execute(sql.SQL("DROP VIEW {}").format(difference))
    query = "UPDATE {} SET status = 'other' WHERE status IS NULL"
    execute(sql.SQL(query).format(voters))
    name = sql.Identifier(f"difference_{run.id.hex}")
    execute(sql.SQL("ALTER TABLE {} RENAME TO {}").format(voters, name))
    execute(sql.SQL("GRANT SELECT ON {} TO coop_publisher").format(difference))

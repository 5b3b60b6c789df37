"""What is published of the voters whom a delivery touches, read once where most lines are as they were.

The comparison looks at it many times. Voters lie all over the state's tables: of more than a few, looking each one up at each question
reads most of every table from the disk, here and there; read once in their own order, the tables take seconds.
"""

from __future__ import annotations

from typing import Final

from psycopg import sql

from states.imports import staging
from states.imports.models import Import
from states.imports.staging import FILLED, execute, identifier

VOTES: Final = ("elections", "methods", "parties", "last_voted_date")
SHARE: Final = 200
"""Of more than one voter in so many, tables are read whole: a block holds a dozen to a hundred of them."""
_BY_ROWS: Final = ("enable_nestloop", "enable_mergejoin")


def is_kept(run: Import) -> bool:
    """Tell whether lines were passed over, so that what is touched is a part of the state."""
    return bool(run.cursor.get("base"))


def published(run: Import, table: str) -> sql.Composable:
    """Return where a comparison reads a table of voters: what was read of the touched, where that is kept."""
    return identifier("known", run.id) if is_kept(run) else sql.Identifier(table)


def stage(run: Import) -> None:
    """Stage what is published of those whose line is there no more (`leaves`), and of those who have a new one."""
    known = identifier("known", run.id)
    execute(sql.SQL("DROP TABLE IF EXISTS {}").format(known))
    whole = run.cursor["voters"] * SHARE > run.cursor["voters"] + run.cursor["same"]
    for way in _BY_ROWS:
        execute(sql.SQL(f"SET LOCAL {way} = {'off' if whole else 'on'}"))
    execute(
        sql.SQL(_STAGE).format(
            known=known,
            names=sql.SQL(", ").join(map(sql.Identifier, (*FILLED, *VOTES))),
            unmet=identifier("unmet", run.id),
            voters=identifier("voters", run.id),
            state=sql.Literal(run.state),
        )
    )
    for way in _BY_ROWS:
        execute(sql.SQL(f"SET LOCAL {way} TO DEFAULT"))
    staging.analyze("known", run.id, "state_voter_id", "voter")


def leaving(run: Import) -> sql.Composable:
    """Return, as a table, what is published of those whose line is there no more."""
    words = sql.SQL("(SELECT * FROM {} AS k WHERE k.leaves)")
    return words.format(identifier("known", run.id))


def leaving_confidential(run: Import) -> int:
    """Count the confidential ones of them."""
    query = sql.SQL("SELECT count(*) FROM {} AS v WHERE shielded = 'confidential'")
    return int(execute(query.format(leaving(run)))[0][0])


_STAGE: Final = """
CREATE UNLOGGED TABLE {known} AS
SELECT r.state, r.voter, r.place, r.shielded, r.fingerprint, u.leaves, {names}
FROM (SELECT state_voter_id, bool_or(t.leaves) AS leaves
      FROM (SELECT state_voter_id, true AS leaves FROM {unmet}
            UNION ALL SELECT state_voter_id, false FROM {voters}) AS t GROUP BY 1) AS u
JOIN voters_registration AS r USING (state_voter_id)
JOIN voters_demographics AS d ON d.state = {state} AND d.voter = r.voter
JOIN voters_contactdetails AS c ON c.state = {state} AND c.voter = r.voter
JOIN voters_votehistory AS h ON h.state = {state} AND h.voter = r.voter
WHERE r.state = {state}"""

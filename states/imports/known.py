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

KINDS: Final = ("touched", "known")
VOTES: Final = ("elections", "methods", "parties", "last_voted_date")
SHARE: Final = 200
"""Of more than one voter in so many, tables are read whole: a block holds a dozen to a hundred of them."""
_BY_ROWS: Final = ("enable_nestloop", "enable_mergejoin")
_AS_WRITTEN: Final = "join_collapse_limit"


def is_kept(run: Import) -> bool:
    """Tell whether lines were passed over, so that what is touched is a part of the state."""
    return bool(run.cursor.get("base"))


def published(run: Import, table: str) -> sql.Composable:
    """Return where a comparison reads a table of voters: what was read of the touched, where that is kept."""
    return identifier("known", run.id) if is_kept(run) else sql.Identifier(table)


def stage(run: Import) -> None:
    """Stage what is published of those whose line is there no more (`leaves`), and of those who have a new one."""
    names = {kind: identifier(kind, run.id) for kind in (*KINDS, "unmet", "voters")}
    for kind in KINDS:
        execute(sql.SQL("DROP TABLE IF EXISTS {}").format(names[kind]))
    execute(sql.SQL(_TOUCHED).format(**names))
    staging.analyze("touched", run.id, "state_voter_id")
    whole = run.cursor["voters"] * SHARE > run.cursor["voters"] + run.cursor["same"]
    # The touched are few after the first join: no two whole tables are to be joined before it.
    execute(sql.SQL(f"SET LOCAL {_AS_WRITTEN} = 1"))
    for way in _BY_ROWS:
        execute(sql.SQL(f"SET LOCAL {way} = {'off' if whole else 'on'}"))
    execute(
        sql.SQL(_KNOWN).format(
            columns=sql.SQL(", ").join(map(sql.Identifier, (*FILLED, *VOTES))),
            state=sql.Literal(run.state),
            **names,
        )
    )
    for way in (_AS_WRITTEN, *_BY_ROWS):
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


_TOUCHED: Final = """
CREATE UNLOGGED TABLE {touched} AS
SELECT u.state_voter_id, true AS leaves FROM {unmet} AS u
UNION ALL SELECT s.state_voter_id, false FROM {voters} AS s
WHERE NOT EXISTS (SELECT FROM {unmet} AS u WHERE u.state_voter_id = s.state_voter_id)"""
_KNOWN: Final = """
CREATE UNLOGGED TABLE {known} AS
SELECT r.state, r.voter, r.place, r.shielded, r.fingerprint, t.leaves, {columns}
FROM {touched} AS t JOIN voters_registration AS r USING (state_voter_id)
JOIN voters_demographics AS d ON d.state = {state} AND d.voter = r.voter
JOIN voters_contactdetails AS c ON c.state = {state} AND c.voter = r.voter
JOIN voters_votehistory AS h ON h.state = {state} AND h.voter = r.voter
WHERE r.state = {state}"""

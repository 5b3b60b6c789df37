"""Identifiers that a state has given to someone else: who had it before parts from who has it now.

Contacts, scores and protection are about a person. The new person gets a voter of its own; the former
one is gone, keeps what is about it, and comes back where a later file names it under the identifier again.
"""

from __future__ import annotations

from typing import Final

from psycopg import sql

from states.imports import known
from states.imports.models import Import
from states.imports.staging import execute, identifier

RELEASED: Final = "~"
"""Stands in a former holder's identifier before the publication that gave it away."""

_OTHER: Final = (
    "r.first_name <> d.first_name AND r.last_name <> d.last_name"
    " AND CASE WHEN b.birth_date IS NULL OR d.birth_date IS NULL"
    "  THEN b.birth_year <> d.birth_year ELSE b.birth_date <> d.birth_date END"
)
_SAME: Final = (
    "o.first_name = d.first_name AND o.last_name = d.last_name"
    " AND CASE WHEN c.birth_date IS NULL OR d.birth_date IS NULL"
    "  THEN c.birth_year = d.birth_year ELSE c.birth_date = d.birth_date END"
)


def part_reused(run: Import) -> int:
    """Part the voters of a difference from former holders of their identifiers; return how many.

    An identifier was given to someone else where first name, last name and birth (the day; the year
    where the state gives no day) are all others. Rows of the difference become new voters, or the one
    who held the identifier before its former holder; the former holders are gone.
    """
    query = sql.SQL(
        "WITH reused AS MATERIALIZED ("
        " SELECT d.voter AS former, r.shielded AS was, f.voter AS back"
        " FROM {difference} AS d"
        " JOIN {registration} AS r ON r.state = {state} AND r.voter = d.voter"
        " JOIN {demographics} AS b ON b.state = {state} AND b.voter = d.voter"
        " LEFT JOIN LATERAL (SELECT o.voter FROM voters_publication AS p"
        "   JOIN voters_registration AS o ON o.state = {state}"
        "    AND o.state_voter_id = d.state_voter_id || {released} || p.number"
        "   JOIN voters_demographics AS c ON c.state = {state} AND c.voter = o.voter"
        "   WHERE p.state = {state} AND (p.figures->>'id_reused')::integer > 0 AND {same}"
        "   ORDER BY p.number DESC LIMIT 1) AS f ON true"
        " WHERE NOT d.is_new AND {other}"
        "), parted AS ("
        " UPDATE {difference} AS d SET voter = coalesce(u.back, gen_random_uuid()),"
        "  is_new = u.back IS NULL, moves = u.back IS NOT NULL,"
        "  was = CASE WHEN u.back IS NOT NULL THEN 'gone' END"
        " FROM reused AS u WHERE NOT d.is_new AND d.voter = u.former"
        "), left_over AS (INSERT INTO {gone} (voter, was) SELECT u.former, u.was FROM reused AS u)"
        " SELECT count(*) FROM reused"
    ).format(
        difference=identifier("difference", run.id),
        gone=identifier("gone", run.id),
        registration=known.published(run, "voters_registration"),
        demographics=known.published(run, "voters_demographics"),
        state=sql.Literal(run.state),
        released=sql.Literal(RELEASED),
        other=sql.SQL(_OTHER),
        same=sql.SQL(_SAME),
    )
    return int(execute(query)[0][0])

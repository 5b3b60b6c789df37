"""What a publication would do, in figures: by kind, and for changed voters by field."""

from __future__ import annotations

from typing import Any, Final

from psycopg import sql

from states.fields.registry import Group, fields_of
from states.imports import known
from states.imports.models import Import
from states.imports.staging import FILLED, execute, identifier

_TABLES: Final = {
    "voters_registration": Group.REGISTRATION,
    "voters_demographics": Group.DEMOGRAPHICS,
    "voters_contactdetails": Group.CONTACT_DETAILS,
}
_VOTES: Final = ("elections", "methods", "parties")


def changes_by_field(run: Import) -> dict[str, int]:
    """Count changed voters by field that has another value; fields without any are left out.

    Voters who return are not among them. `votes` are the three arrays of elections.
    """
    counted: dict[str, int] = {}
    for table, group in _TABLES.items():
        columns = [one.column for one in fields_of(group) if one.column in FILLED]
        tests = {name: _is_other((name,)) for name in columns if name}
        counted |= _changes_in(run, table, tests)
    counted |= _changes_in(run, "voters_votehistory", {"votes": _is_other(_VOTES)})
    return {name: n for name, n in counted.items() if n}


def _changes_in(
    run: Import, table: str, tests: dict[str, sql.Composable]
) -> dict[str, int]:
    query = sql.SQL(
        "SELECT {counts} FROM {difference} AS d JOIN {table} AS t"
        " ON t.state = {state} AND t.voter = d.voter"
        " WHERE NOT d.is_new AND d.was IS DISTINCT FROM 'gone'"
    ).format(
        counts=sql.SQL(", ").join(tests.values()),
        difference=identifier("difference", run.id),
        table=known.published(run, table),
        state=sql.Literal(run.state),
    )
    return dict(zip(tests, execute(query)[0], strict=True))


def _is_other(columns: tuple[str, ...]) -> sql.Composable:
    """Count the rows in which the columns, taken together, differ."""
    new, old = (
        sql.SQL(", ").join(sql.Identifier(alias, name) for name in columns)
        for alias in ("d", "t")
    )
    return sql.SQL("count(*) FILTER (WHERE ({}) IS DISTINCT FROM ({}))").format(
        new, old
    )


def identities(run: Import, figures: dict[str, int]) -> dict[str, int]:
    """Count what a delivery did to identifiers rather than to voters.

    `id_changed` are new voters who have name and birth of one that is gone: the person got
    another identifier. `id_reused` are identifiers that were given to someone else (see
    `parting`). Births compared are days, or years at the same address where the state gives no day.
    """
    changed = _id_changed(run) if figures["inserted"] and figures["gone"] else 0
    return {
        "id_changed": changed,
        "id_reused": figures["id_reused"],
    }


def _id_changed(run: Import) -> int:
    query = sql.SQL(
        "SELECT count(DISTINCT d.voter) FROM {difference} AS d"
        " JOIN (SELECT r.first_name, r.last_name, r.res_address, b.birth_date, b.birth_year"
        "  FROM {gone} AS g JOIN {registration} AS r ON r.state = {state} AND r.voter = g.voter"
        "  JOIN {demographics} AS b ON b.state = {state} AND b.voter = g.voter) AS o"
        "  ON o.first_name = d.first_name AND o.last_name = d.last_name"
        "  AND (o.birth_date = d.birth_date OR (o.birth_date IS NULL AND d.birth_date IS NULL"
        "   AND o.birth_year = d.birth_year AND o.res_address = d.res_address))"
        " WHERE d.is_new"
    ).format(
        difference=identifier("difference", run.id),
        gone=identifier("gone", run.id),
        registration=known.published(run, "voters_registration"),
        demographics=known.published(run, "voters_demographics"),
        state=sql.Literal(run.state),
    )
    return int(execute(query)[0][0])


def kinds_of(
    figures: dict[str, int], fields: dict[str, int], ids: dict[str, int]
) -> dict[str, Any]:
    """Sort an import's figures by what a publication does to voters."""
    return {
        "new": figures["inserted"],
        "changed": figures["changed"],
        "gone": figures["gone"],
        "returned": figures["returned"],
        "moved": figures["moved"],
        "moved_county": fields.get("county", 0),
        "status_changed": fields.get("status", 0),
        **ids,
        "confidential": figures["confidential"],
        "newly_confidential": figures["newly_confidential"],
        "unchanged": figures["unchanged"],
    }

"""COPY in and out through Django's connections, in the transaction that is open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import connections
from psycopg import sql


def copy_rows(
    table: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    using: str = "default",
) -> int:
    """COPY rows into a table without row-level security; return how many.

    PostgreSQL refuses COPY FROM into a walled table: load a staging or temporary table
    and INSERT from it, so that the policies judge each row.
    """
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(*table.split(".")),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
    )
    count = 0
    with connections[using].cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


def copy_csv(
    table: str, columns: Sequence[str], payload: bytes, *, using: str = "default"
) -> None:
    """COPY CSV without a header into a table without row-level security.

    An empty field without quotes is NULL, one in quotes is the empty text.
    """
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(
        sql.Identifier(*table.split(".")),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
    )
    with connections[using].cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(payload)

"""Bitmaps on their way into the database: read from voters, written to staging, as the loader."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import polars as pl
from django.db import connections
from psycopg import sql

from coop.db.scope import current_scope, renew_scope

LOADER: Final = "loader"
READ_AT_ONCE: Final = 8 << 20
"""Bytes of CSV that are parsed at a time."""
_INTEGERS: Final[Mapping[str, pl.DataType]] = {
    "place": pl.Int32(),
    "ordinal": pl.UInt32(),
}

Chunk = tuple[str, str, str, int, bytes]
"""Field group, field, value, place, serialized bitmap."""


def execute(statement: sql.Composable, values: Sequence[str] = ()) -> object:
    """Run a statement as the loader; return its first value, if it gives any.

    The scope is signed anew first: statements before may have outlasted its minute.
    """
    if scope := current_scope():
        renew_scope(scope)
    with connections[LOADER].cursor() as cursor:
        cursor.execute(statement, list(values))
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def create_staging(name: str) -> None:
    """Make the staging table that bitmaps are written to."""
    table = sql.Identifier("staging", name)
    columns = "field_group text, field text, value text, place integer, bits bytea"
    made = sql.SQL("CREATE UNLOGGED TABLE {} ({})")
    execute(made.format(table, sql.SQL(columns)))
    execute(sql.SQL("GRANT SELECT ON {} TO coop_publisher").format(table))


def drop_staging(name: str) -> None:
    """Drop the staging table."""
    words = sql.SQL("DROP TABLE IF EXISTS {}")
    execute(words.format(sql.Identifier("staging", name)))


def write_chunks(name: str, chunks: Iterable[Chunk]) -> int:
    """COPY bitmaps into staging; return their bytes."""
    words = (
        "COPY {} (field_group, field, value, place, bits) FROM STDIN (FORMAT binary)"
    )
    size = 0
    with (
        connections[LOADER].cursor() as cursor,
        cursor.copy(sql.SQL(words).format(sql.Identifier("staging", name))) as copy,
    ):
        copy.set_types(["text", "text", "text", "int4", "bytea"])
        for chunk in chunks:
            copy.write_row(chunk)
            size += len(chunk[4])
    return size


def read_columns(
    state: str, table: str, columns: Mapping[str, tuple[str, pl.DataType]]
) -> pl.DataFrame:
    """Return place, ordinal and these columns of all voters of a state but the shielded, by ordinal.

    `columns` maps a name to its SQL over the row `t`, and the type that it is kept as.
    """
    listed = sql.SQL(", ").join(
        sql.SQL("{} AS {}").format(sql.SQL(made), sql.Identifier(name))
        for name, (made, _) in columns.items()
    )
    words = (
        "COPY (SELECT t.place, t.ordinal{comma}{listed} FROM voters_registration AS t"
        " WHERE t.state = {state} AND t.place > 0) TO STDOUT (FORMAT csv)"
        if table == "voters_registration"
        else "COPY (SELECT t.place, r.ordinal{comma}{listed} FROM {table} AS t"
        " JOIN voters_registration AS r ON r.state = {state} AND r.voter = t.voter"
        " WHERE t.state = {state} AND t.place > 0) TO STDOUT (FORMAT csv)"
    )
    statement = sql.SQL(words).format(
        comma=sql.SQL(", " if columns else ""),
        listed=listed,
        state=sql.Literal(state),
        table=sql.Identifier(table),
    )
    kinds = dict(_INTEGERS) | {name: kind for name, (_, kind) in columns.items()}
    if scope := current_scope():
        renew_scope(scope)
    frames = [_parsed(piece, kinds) for piece in _pieces(statement)]
    whole = pl.concat(frames) if frames else pl.DataFrame(schema=kinds)
    return whole.sort("place", "ordinal")


def _pieces(statement: sql.Composable) -> Iterator[bytes]:
    """Yield whole lines of a COPY, some megabytes at a time."""
    held = bytearray()
    with connections[LOADER].cursor() as cursor, cursor.copy(statement) as copy:
        for piece in copy:
            # Each piece that the server sends is a whole row.
            held += piece
            if len(held) >= READ_AT_ONCE:
                yield bytes(held)
                held.clear()
    if held:
        yield bytes(held)


def _parsed(piece: bytes, kinds: Mapping[str, pl.DataType]) -> pl.DataFrame:
    texts = {
        name: pl.String() if isinstance(kind, pl.Categorical) else kind
        for name, kind in kinds.items()
    }
    frame = pl.read_csv(
        io.BytesIO(piece),
        has_header=False,
        schema=texts,
    )
    return frame.cast({n: k for n, k in kinds.items() if isinstance(k, pl.Categorical)})

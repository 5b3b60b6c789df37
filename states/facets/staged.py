"""Bitmaps on their way into the database: written to staging as the loader."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import connections
from psycopg import sql
from pyroaring import BitMap

from coop.db.scope import current_scope, renew_scope

LOADER: Final = "loader"
_HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER: Final = b"\xff\xff"

Chunk = tuple[str, str, str, int, BitMap]
"""Field group, field, value, place, ordinals; an empty bitmap is one to take away."""


def renew() -> None:
    """Sign the open scope anew: statements before may have outlasted its minute."""
    if scope := current_scope():
        renew_scope(scope)


def execute(statement: sql.Composable, values: Sequence[str] = ()) -> object:
    """Run a statement as the loader, in the scope signed anew; return its first value, if it gives any."""
    renew()
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
    # They are compressed already: another try would only take its time.
    plain = sql.SQL("ALTER TABLE {} ALTER COLUMN bits SET STORAGE EXTERNAL")
    execute(plain.format(table))
    execute(sql.SQL("GRANT SELECT ON {} TO coop_publisher").format(table))


def drop_staging(name: str) -> None:
    """Drop the staging table."""
    words = sql.SQL("DROP TABLE IF EXISTS {}")
    execute(words.format(sql.Identifier("staging", name)))


@dataclass(frozen=True, slots=True)
class Packed:
    """Bitmaps as lines of a binary COPY, and the bytes of the bitmaps alone."""

    lines: bytearray
    size: int


def packed(chunks: Iterable[Chunk]) -> Packed:
    """Return bitmaps as they are written; it needs no connection."""
    written, size = bytearray(), 0
    for group, field, value, place, ordinals in chunks:
        written += b"\0\5"
        for text in (group.encode(), field.encode(), value.encode()):
            written += struct.pack(">i", len(text)) + text
        written += struct.pack(">ii", 4, place)
        if ordinals:
            ordinals.run_optimize()
            bits = ordinals.serialize()
            written += struct.pack(">i", len(bits)) + bits
            size += len(bits)
        else:
            written += struct.pack(">i", -1)
    return Packed(written, size)


def write_packed(name: str, made: Packed) -> int:
    """COPY what `packed` made into staging; return the bytes of the bitmaps."""
    words = sql.SQL(
        "COPY {} (field_group, field, value, place, bits) FROM STDIN (FORMAT binary)"
    )
    with (
        connections[LOADER].cursor() as cursor,
        cursor.copy(words.format(sql.Identifier("staging", name))) as copy,
    ):
        for piece in (_HEADER, made.lines, _TRAILER):
            copy.write(piece)
    return made.size

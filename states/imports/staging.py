"""The staging tables of one import: unlogged, named after it, made and dropped by the loader.

`voters` holds what the files say, `history` votes that came in files of their own,
`votes` those gathered by voter, `met` the places of lines that are as they were (`lines`), `unmet`
the voters whose line is not there any more, `touched` those and the staged, `known` what is published of them,
`difference` and `gone` what a publication would do. The application's role cannot reach the schema at all.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping
from hashlib import md5
from typing import Any, Final
from uuid import UUID

import polars as pl
from django.db import connections
from psycopg import sql
from pyroaring import BitMap

from coop.actors import WORKER, Action
from coop.db.bulk import copy_csv
from coop.db.scope import acting_as, current_scope, renew_scope
from states.imports.lease import LOADER
from states.layouts.parse import VOTER_COLUMNS

KINDS: Final = (
    "voters",
    "history",
    "votes",
    "met",
    "unmet",
    "touched",
    "known",
    "difference",
    "gone",
    "facets",
)
_TYPES: Final = {pl.Int32: "integer", pl.Date: "date", pl.String: "text"}
_ARRAYS: Final = {
    "elections": "integer[]",
    "methods": "text[]",
    "parties": "text[]",
    "last_voted_date": "date",
}
FILLED: Final = {
    name: kind for name, kind in VOTER_COLUMNS.items() if name != "party_basis"
}
"""What voters' tables take from a file; the basis of `party` is the state's own."""
_BESIDE: Final = {"source": "smallint", "voter": "uuid", "fingerprint": "bytea"}
_ID_BYTES: Final = 16
_ID_FREE: Final = bytes.fromhex("ffffffffffff0fff3fffffffffffffff")
_ID_FIXED: Final = bytes.fromhex("00000000000040008000000000000000")
"""Which bits of an id are drawn, and what is written into the others: version and variant."""
HISTORY: Final = {
    "state_voter_id": "text",
    "election": "integer",
    "method": "text",
    "party": "text",
}
MET: Final = {"source": "smallint", "places": "bytea"}
VOTERS: Final = (
    {name: _TYPES[type(kind)] for name, kind in FILLED.items()}
    | {"confidential": "boolean"}
    | _ARRAYS
)


def table(kind: str, import_id: UUID) -> str:
    """Return the qualified name of a staging table."""
    return f"staging.{kind}_{import_id.hex}"


def identifier(kind: str, import_id: UUID) -> sql.Identifier:
    """Return the same, quoted for SQL."""
    return sql.Identifier("staging", f"{kind}_{import_id.hex}")


def execute(query: sql.Composable, values: list[Any] | None = None) -> list[Any]:
    """Run a statement as the loader in the open step; return its rows, if it gives any.

    The scope is signed anew first: statements before may have outlasted its minute.
    """
    if scope := current_scope():
        renew_scope(scope)
    with connections[LOADER].cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall() if cursor.description else []


def create(import_id: UUID, beside: Mapping[str, str]) -> None:
    """Make the tables that files are read into, empty, whatever lay there before.

    `beside` are further columns of voters, that fill themselves.
    """
    drop(import_id)
    create_table("voters", import_id, _BESIDE | VOTERS | dict(beside))
    create_table("history", import_id, HISTORY)
    create_table("met", import_id, MET)


def create_table(kind: str, import_id: UUID, columns: Mapping[str, str]) -> None:
    """Make one empty unlogged table of an import.

    The server leaves it alone: it lives for minutes, and `analyze` tells of it what is asked.
    """
    listed = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(declared))
        for name, declared in columns.items()
    )
    name = identifier(kind, import_id)
    query = "CREATE UNLOGGED TABLE {} ({}) WITH (autovacuum_enabled = false)"
    execute(sql.SQL(query).format(name, listed))


def drop(import_id: UUID) -> None:
    """Drop all of an import's staging tables."""
    tables = sql.SQL(", ").join(identifier(kind, import_id) for kind in KINDS)
    execute(sql.SQL("DROP TABLE IF EXISTS {}").format(tables))


def voters_as_csv(source: int, rows: pl.DataFrame) -> bytes:
    """Return voters with their arrays as COPY takes them, each line with a new id and its fingerprint.

    `source` is the file's place in the cursor. The fingerprint is of all that the line
    says of the voter: equal for equal voters, whichever file they come in. The id is for
    a voter who is new.
    """
    lines = _as_csv(rows.select(*VOTERS)).split(b"\n")[:-1]
    before = b"%d," % source
    return b"".join(
        b"%b%b,\\x%b,%b\n" % (before, voter, _digest(line), line)
        for voter, line in zip(_new_ids(len(lines)), lines, strict=True)
    )


def _new_ids(count: int) -> list[bytes]:
    """Return random UUIDs of version 4, in hex: PostgreSQL asks for each one's bytes by itself."""
    drawn = int.from_bytes(os.urandom(_ID_BYTES * count))
    # All at once: one number of as many bytes.
    made = drawn & int.from_bytes(_ID_FREE * count) | int.from_bytes(_ID_FIXED * count)
    written = made.to_bytes(_ID_BYTES * count).hex().encode()
    width = 2 * _ID_BYTES
    return [written[at : at + width] for at in range(0, width * count, width)]


def _digest(line: bytes) -> bytes:
    return md5(line, usedforsecurity=False).hexdigest().encode()


def history_as_csv(votes: pl.DataFrame) -> bytes:
    """Return numbered votes as COPY takes them."""
    return _as_csv(votes.select(*HISTORY))


def _as_csv(rows: pl.DataFrame) -> bytes:
    written = io.BytesIO()
    rows.write_csv(written, include_header=False)
    return written.getvalue()


def stage_voters(import_id: UUID, written: bytes) -> None:
    """COPY voters, written by `voters_as_csv`."""
    copy_csv(table("voters", import_id), [*_BESIDE, *VOTERS], written, using=LOADER)


def stage_history(import_id: UUID, written: bytes) -> None:
    """COPY votes, written by `history_as_csv`."""
    copy_csv(table("history", import_id), list(HISTORY), written, using=LOADER)


def identifiers(import_id: UUID, source: int) -> Iterator[pl.Series]:
    """Yield the identifiers that are staged of one file, a piece at a time."""
    statement = sql.SQL(
        "COPY (SELECT state_voter_id FROM {} WHERE source = {}) TO STDOUT"
    ).format(identifier("voters", import_id), sql.Literal(source))
    with connections[LOADER].cursor() as cursor, cursor.copy(statement) as copy:
        held = bytearray()
        for piece in copy:
            held += piece
            if len(held) >= _PIECE:
                yield _lines(held)
                held.clear()
        yield _lines(held)


_PIECE: Final = 1 << 20


def _lines(written: bytearray) -> pl.Series:
    texts = bytes(written).decode().removesuffix("\n").split("\n") if written else []
    # Nothing but a backslash is escaped in them: they came as fields of single lines.
    return pl.Series([text.replace("\\\\", "\\") for text in texts], dtype=pl.String)


def stage_met(import_id: UUID, source: int, places: BitMap) -> None:
    """Note the places of lines that a batch of a source has passed over."""
    query = sql.SQL("INSERT INTO {} (source, places) VALUES (%s, %s)")
    execute(
        query.format(identifier("met", import_id)), [source, bytes(places.serialize())]
    )


def met(import_id: UUID, source: int | None = None) -> BitMap:
    """Return the places of all lines that were passed over, or of one source's."""
    query = sql.SQL("SELECT places FROM {} WHERE source = coalesce(%s, source)")
    found = execute(query.format(identifier("met", import_id)), [source])
    return BitMap.union(BitMap(), *(BitMap.deserialize(one) for (one,) in found))


def stage_unmet(import_id: UUID, identifiers: pl.Series) -> None:
    """Stage identifiers of voters whose line is not in the delivery as it was."""
    written = _as_csv(identifiers.to_frame())
    copy_csv(table("unmet", import_id), ["state_voter_id"], written, using=LOADER)


def count(kind: str, import_id: UUID) -> int:
    """Count the rows of a staging table."""
    query = sql.SQL("SELECT count(*) FROM {}").format(identifier(kind, import_id))
    return int(execute(query)[0][0])


def analyze(kind: str, import_id: UUID, *columns: str) -> None:
    """Let the planner know how many rows there are, and of what it joins them by."""
    execute(
        sql.SQL("ANALYZE {} ({})").format(
            identifier(kind, import_id),
            sql.SQL(", ").join(map(sql.Identifier, columns)),
        )
    )


def drop_left_over() -> int:
    """Drop the staging tables of imports that are over; return how many."""
    with acting_as(WORKER, Action.WORK, using=LOADER):
        named = execute(
            sql.SQL(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'staging'"
                " AND tableowner = current_user AND right(tablename, 32) NOT IN"
                " (SELECT replace(i::text, '-', '') FROM sec.imports_with_staging() AS i)"
            )
        )
        for (name,) in named:
            execute(
                sql.SQL("DROP TABLE IF EXISTS {}").format(
                    sql.Identifier("staging", name)
                )
            )
    return len(named)

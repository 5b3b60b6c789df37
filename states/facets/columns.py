"""Columns of voters as frames: read of whole places, or of the voters that the newest publication touched.

Each frame has `place`, `ordinal` and the kept fields of one group; shielded voters are in none.
Everything is read as the loader, in the owner's import scope.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Final

import polars as pl
from django.db import connections
from psycopg import sql

from coop.db.scope import current_scope, renew_scope
from states.facets.kept import Form, kept_fields, source_of
from states.facets.staged import LOADER
from states.fields.definition import Group

READ_AT_ONCE: Final = 8 << 20
"""Bytes of CSV that are parsed at a time."""
_INTEGERS: Final[Mapping[str, pl.DataType]] = {
    "place": pl.Int32(),
    "ordinal": pl.UInt32(),
}
_TYPES: Final[Mapping[Form, pl.DataType]] = {
    Form.VALUES: pl.Categorical(),
    Form.SLICED: pl.UInt32(),
    Form.ELECTIONS: pl.Categorical(),
    Form.KNOWN: pl.UInt8(),
}
_WAYS_OF_ROWS: Final = (
    "enable_indexscan",
    "enable_indexonlyscan",
    "enable_bitmapscan",
    "enable_nestloop",
    "enable_mergejoin",
)
_WAYS_OF_TABLES: Final = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin")
_OF_PLACES: Final = (
    "t.place, t.ordinal{fields} FROM voters_registration AS t"
    " WHERE t.state = {state} AND t.place = ANY ({places})"
)
_OF_PLACES_JOINED: Final = (
    "t.place, r.ordinal{fields} FROM {table} AS t JOIN voters_registration AS r"
    " ON r.state = {state} AND r.voter = t.voter AND r.place = ANY ({places})"
    " WHERE t.state = {state} AND t.place = ANY ({places})"
)
_BEFORE: Final = (
    "o.was_at, o.ordinal{fields} FROM sec.facets_replaced({state}, {name}) AS o"
    " CROSS JOIN LATERAL jsonb_populate_record(NULL::{table}, o.was) AS t"
    " WHERE o.was_at > 0"
)
_NOW: Final = (
    "t.place, o.ordinal{fields} FROM sec.facets_replaced({state}, NULL) AS o"
    " JOIN {table} AS t ON t.state = {state} AND t.voter = o.voter WHERE t.place > 0"
)


def voters_by_place(state: str) -> dict[int, int]:
    """Return how many voters each place has, shielded ones aside."""
    words = (
        "SELECT r.place, count(*) FROM voters_registration AS r"
        " WHERE r.state = %s AND r.place > 0 GROUP BY r.place ORDER BY r.place"
    )
    with connections[LOADER].cursor() as cursor:
        cursor.execute(words, [state])
        return dict(cursor.fetchall())


def whole_tables() -> AbstractContextManager[None]:
    """Let the planner read whole tables and join them by hashing, until the block ends.

    It knows nothing yet of what the open transaction has written, and would look rows up one by one.
    """
    return _without(_WAYS_OF_ROWS)


def single_rows() -> AbstractContextManager[None]:
    """Let the planner look rows up one by one: it takes a function's thousands for reason to read all."""
    return _without(_WAYS_OF_TABLES)


@contextmanager
def _without(ways: Sequence[str]) -> Iterator[None]:
    with connections[LOADER].cursor() as cursor:
        for way in ways:
            cursor.execute(f"SET LOCAL {way} = off")
        cursor.execute("SET LOCAL work_mem = '128MB'")
        yield
        for way in (*ways, "work_mem"):
            cursor.execute(f"SET LOCAL {way} TO DEFAULT")


def read_places(state: str, group: Group, places: Sequence[int]) -> pl.DataFrame:
    """Return a group's rows of all voters of these places, sorted by place and ordinal."""
    is_first = group is Group.REGISTRATION
    words = _OF_PLACES if is_first else _OF_PLACES_JOINED
    kinds = {name: _TYPES[form] for name, form in kept_fields(group).items()}
    read = _read(_statement(words, state, group, places), kinds)
    return read.sort("place", "ordinal")


def read_touched(state: str, group: Group) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return a group's rows of the voters that the newest publication touched: before it, and now."""
    kinds = {
        name: pl.String() if isinstance(_TYPES[form], pl.Categorical) else _TYPES[form]
        for name, form in kept_fields(group).items()
    }
    before, now = (
        _read(_statement(words, state, group), kinds) for words in (_BEFORE, _NOW)
    )
    return before, now


def _statement(
    words: str, state: str, group: Group, places: Sequence[int] = ()
) -> sql.Composed:
    source = source_of(group)
    listed = [
        sql.SQL(", {} AS {}").format(sql.SQL(made), sql.Identifier(name))
        for name, made in source.columns.items()
    ]
    return sql.SQL("COPY (SELECT " + words + ") TO STDOUT (FORMAT csv)").format(
        fields=sql.Composed(listed),
        state=sql.Literal(state),
        table=sql.Identifier(source.table),
        name=sql.Literal(source.table),
        places=sql.Literal(list(places)),
    )


def _read(
    statement: sql.Composable, columns: Mapping[str, pl.DataType]
) -> pl.DataFrame:
    kinds = dict(_INTEGERS) | dict(columns)
    if scope := current_scope():
        renew_scope(scope)
    frames = [_parsed(piece, kinds) for piece in _pieces(statement)]
    return pl.concat(frames) if frames else pl.DataFrame(schema=kinds)


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
    frame = pl.read_csv(io.BytesIO(piece), has_header=False, schema=texts)
    return frame.cast({n: k for n, k in kinds.items() if isinstance(k, pl.Categorical)})

"""Columns of voters as frames: of whole tables, some blocks at a time, or of voters that a publication touched.

Each frame has `place`, `ordinal` and the kept fields of one group; shielded voters are in none.
The server gathers each column into one value, so that a million voters arrive as one row. Everything is read
as the loader, in the owner's import scope.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import polars as pl
from django.db import connections
from psycopg import sql

from coop.frames import in_order
from states.facets.gathered import Column, gathered_as, unpacked
from states.facets.kept import kept_fields, source_of
from states.facets.staged import LOADER, renew
from states.fields.definition import Group

READ_AT_ONCE: Final = 125_000
"""Voters whose columns of one group are held in memory at a time."""
_WAYS_OF_TABLES: Final = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin")
_BLOCKS: Final = (
    "{table} AS t WHERE t.state = {state} AND t.place > 0"
    " AND t.ctid >= {first}::tid AND t.ctid < {end}::tid"
)
_NUMBERED: Final = (
    "{table} AS t JOIN voters_registration AS o ON o.state = {state} AND o.voter = t.voter"
    " WHERE t.state = {state} AND t.place > 0 AND t.ctid >= {first}::tid AND t.ctid < {end}::tid"
)
_BEFORE: Final = (
    "sec.facets_replaced({state}, {name}) AS o"
    " CROSS JOIN LATERAL jsonb_populate_record(NULL::{table}, o.was) AS t"
    " WHERE o.was_at > 0"
)
_NOW: Final = (
    "sec.facets_replaced({state}, NULL) AS o"
    " JOIN {table} AS t ON t.state = {state} AND t.voter = o.voter WHERE t.place > 0"
)
_PLACE: Final = Column("place", "t.place")
_ORDINAL: Final = Column("ordinal", "t.ordinal")
_VOTER: Final = Column("voter", "t.voter")
LAST_BLOCK: Final = (1 << 32) - 2


def count_voters(state: str) -> int:
    """Return how many voters a state has, shielded ones aside."""
    words = (
        "SELECT count(*) FROM voters_registration AS r"
        " WHERE r.state = %s AND r.place > 0"
    )
    with connections[LOADER].cursor() as cursor:
        cursor.execute(words, [state])
        return int(cursor.fetchone()[0])


@contextmanager
def single_rows() -> Iterator[None]:
    """Let the planner look rows up one by one: it takes a function's thousands for reason to read all."""
    with connections[LOADER].cursor() as cursor:
        for way in _WAYS_OF_TABLES:
            cursor.execute(f"SET LOCAL {way} = off")
        yield
        for way in _WAYS_OF_TABLES:
            cursor.execute(f"SET LOCAL {way} TO DEFAULT")


class WholeTables:
    """A state's voters group by group, each table read once. Registration comes first: it tells the ordinals."""

    def __init__(self, state: str) -> None:
        self._state = state
        self._voters = max(count_voters(state), 1)
        self._numbers: list[pl.DataFrame] = []
        self._is_sorted = self._has_twins = False

    def frames(self, group: Group) -> Iterator[pl.DataFrame]:
        """Yield a group's rows, some hundred thousand at a time."""
        is_first = group is Group.REGISTRATION
        columns = [_PLACE, _VOTER, *([_ORDINAL] if is_first else []), *_fields(group)]
        for blocks in self._ranges(group):
            if is_first:
                frame = _read(_BLOCKS, self._state, group, columns, blocks)
                self._numbers.append(frame.select("voter", "ordinal"))
            elif (known := self._known()) is not None:
                frame = _read(_BLOCKS, self._state, group, columns, blocks)
                frame = numbered(frame, known)
            else:
                told = [*columns, Column("ordinal", "o.ordinal")]
                frame = _read(_NUMBERED, self._state, group, told, blocks)
            yield frame.drop("voter", "voter_low")

    def _known(self) -> pl.DataFrame | None:
        """Return the ordinals of all voters, by the first halves of their ids; None where two voters share one.

        Whole ids would take half as much memory again. They are random: of eight million, two share a half in one state of 36,000.
        """
        if not self._is_sorted:
            self._numbers = [in_order(self._numbers, "voter")]
            self._is_sorted = True
            self._has_twins = has_twins(self._numbers[0]["voter"])
        return None if self._has_twins else self._numbers[0]

    def _ranges(self, group: Group) -> Iterator[tuple[int, int]]:
        """Yield ranges of blocks, about as many voters in each."""
        blocks = _blocks(self._state, source_of(group).table)
        step = max(1, blocks * READ_AT_ONCE // self._voters)
        starts = list(range(0, max(blocks, 1), step))
        yield from zip(starts, [*starts[1:], LAST_BLOCK], strict=True)


def numbered(frame: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Add the ordinals of voters from those of all, which are in the order of `voter` and none twice.

    They are looked up, as a join would go through all voters for each frame; only where one is not there, it is a join.
    """
    places = known["voter"].search_sorted(frame["voter"])
    if places.is_empty() or places.max() == len(known):
        return frame.join(known, on="voter")
    found = known.select(pl.all().gather(places))
    if not found["voter"].equals(frame["voter"]):
        return frame.join(known, on="voter")
    return frame.with_columns(found["ordinal"])


def has_twins(ordered: pl.Series) -> bool:
    """Tell whether a number stands twice in numbers that are in order."""
    return bool((ordered[1:] == ordered[:-1]).any())


def _blocks(state: str, table: str) -> int:
    words = (
        "SELECT pg_relation_size(c.oid) / current_setting('block_size')::integer FROM pg_class AS c"
        " WHERE c.relnamespace = 'partitions'::regnamespace AND c.relname = %s"
    )
    with connections[LOADER].cursor() as cursor:
        cursor.execute(words, [f"{table}_{state.lower()}"])
        return int(cursor.fetchone()[0])


def read_touched(state: str, group: Group) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return a group's rows of the voters that the newest publication touched: before it, and now."""
    ordinal = Column("ordinal", "o.ordinal")
    before = [Column("place", "o.was_at"), ordinal, *_fields(group)]
    now = [_PLACE, ordinal, *_fields(group)]
    return (
        _read(_BEFORE, state, group, before),
        _read(_NOW, state, group, now),
    )


def _fields(group: Group) -> list[Column]:
    forms, source = kept_fields(group), source_of(group)
    return [Column(name, source.columns[name], form) for name, form in forms.items()]


def _read(
    words: str,
    state: str,
    group: Group,
    columns: Sequence[Column],
    blocks: tuple[int, int] = (0, 0),
) -> pl.DataFrame:
    source = source_of(group)
    listed = sql.SQL(", ").join(map(gathered_as, columns))
    rows_of = sql.SQL(words).format(
        state=sql.Literal(state),
        table=sql.Identifier(source.table),
        name=sql.Literal(source.table),
        first=sql.Literal(f"({blocks[0]},0)"),
        end=sql.Literal(f"({blocks[1]},0)"),
    )
    statement = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT (FORMAT binary)").format(
        listed, rows_of
    )
    renew()
    with connections[LOADER].cursor() as cursor, cursor.copy(statement) as copy:
        rows = list(copy.rows())
    return unpacked(columns, rows[0])

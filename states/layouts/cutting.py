"""From a file's blocks to the fields of its lines: bound to its header, cut, keyed, each voter once.

Lines that are familiar are passed over here, before anything of them is looked at.
"""

import datetime as dt
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import BinaryIO

import polars as pl

from states.layouts.binding import Binding, bind, header_at
from states.layouts.declaration import Variant
from states.layouts.decode import Block, Point, blocks
from states.layouts.duplicates import SeenKeys, hashed
from states.layouts.familiar import (
    Familiar,
    FamiliarLines,
    digests,
    lines_of,
    passed_over,
)
from states.layouts.normalize import expressions
from states.layouts.records import Reject, RejectCode, reject, split
from states.layouts.rules import Text, columns_of
from states.layouts.shape import LINE

_IDENTIFIER = "state_voter_id"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known before a file is read: the keys of rows that were, and lines that are familiar."""

    seen: SeenKeys = field(default_factory=SeenKeys)
    familiar: Familiar | None = None


@dataclass(slots=True)
class Reading:
    """What is carried from one block of a file to the next."""

    variant: Variant
    today: dt.date
    calendar: pl.DataFrame | None = None
    after: Point | None = None
    binding: Binding | None = None
    known: Known = field(default_factory=Known)
    lines: FamiliarLines | None = None

    def bound(self, block: Block) -> Block:
        """Bind to the header if it is the first block, and give the block without it."""
        if self.binding:
            return block
        if not self.variant.header:
            self.binding = bind(self.variant, None)
            return block
        at = header_at(self.variant, block.lines)
        self.binding = bind(self.variant, block.lines[at])
        return block.without_first(at + 1)


@dataclass(frozen=True, slots=True)
class Cut:
    """A block's lines as fields, those with the voter's identifier; and the others."""

    block: Block
    table: pl.DataFrame
    rejects: list[Reject]
    digests: pl.DataFrame | None = None
    same: pl.DataFrame | None = None


def _blocks(stream: BinaryIO, lines: int, reading: Reading) -> Iterator[Block]:
    preamble = reading.variant.preamble
    return blocks(stream, lines, reading.after, preamble=preamble)


def cuts_of(
    stream: BinaryIO, reading: Reading, lines: int
) -> Generator[Cut, None, None]:
    for number, whole in enumerate(_blocks(stream, lines, reading)):
        block = reading.bound(whole)
        if number == 0 and reading.after and reading.after.lines:
            continue  # it was there for the header
        if reading.binding is None:
            raise RuntimeError("a block was cut before its file was bound")
        left, told, same = _unfamiliar(block, reading, reading.binding)
        table, rejects = split(left, reading.binding.shape)
        if told is not None and not _is_a_line_each(left, table, rejects):
            told = told.clear(len(told))
        keyed, unkeyed = _keyed(table, reading, block)
        yield Cut(block, keyed, rejects + unkeyed, told, same)


def _unfamiliar(
    block: Block, reading: Reading, binding: Binding
) -> tuple[Block, pl.DataFrame | None, pl.DataFrame | None]:
    """Leave a block's familiar lines out; give the digests of all lines, and those left out."""
    if reading.known.familiar is None or not block.size:
        return block, None, None
    if reading.lines is None:
        reading.lines = reading.known.familiar.read_as(repr(binding))
    lines = lines_of(block)
    told = digests(lines)
    left, same = passed_over(block, lines, reading.lines.met(told))
    return left, told, same


def _is_a_line_each(block: Block, table: pl.DataFrame, rejects: list[Reject]) -> bool:
    """Tell whether each row is one line of the block: no line but blank ones is missing."""
    found = len(table) + len(rejects)
    return found == block.size or found == block.size - block.lines.count("")


def first_uses(
    cuts: Generator[Cut, None, None], reading: Reading
) -> Generator[Cut, None, None]:
    """Keep the first row of each identifier in the file."""
    with closing(cuts):
        for cut in cuts:
            key = hashed(_key(cut.table, reading.variant))
            used = pl.DataFrame({LINE: cut.table[LINE], "key": key})
            if cut.same is not None:
                used = pl.concat([used, cut.same.select(LINE, "key")]).sort(LINE)
            first = used.filter(reading.known.seen.first_uses_of(used["key"]))[LINE]
            rows, repeated = _first(cut.table, first, cut, reading)
            same, again = cut.same, list[Reject]()
            if same is not None:
                same, again = _first(same, first, cut, reading)
            rejects = cut.rejects + repeated + again
            yield Cut(cut.block, rows, rejects, cut.digests, same)


def _first(
    rows: pl.DataFrame, first: pl.Series, cut: Cut, reading: Reading
) -> tuple[pl.DataFrame, list[Reject]]:
    """Keep the rows of these lines; set the others aside as repeating an identifier."""
    is_first = rows[LINE].is_in(first.implode())
    return set_aside(rows, is_first, RejectCode.DUPLICATE, (reading, cut.block))


def set_aside(
    rows: pl.DataFrame, good: pl.Series, code: RejectCode, of: tuple[Reading, Block]
) -> tuple[pl.DataFrame, list[Reject]]:
    reading, block = of
    if good.all() or reading.binding is None:
        return rows, []
    rejects = reject(block, rows.filter(~good)[LINE], code, reading.binding.shape)
    return rows.filter(good), rejects


def _keyed(
    table: pl.DataFrame, reading: Reading, block: Block
) -> tuple[pl.DataFrame, list[Reject]]:
    """Keep the rows that have the voter's identifier."""
    present = _key(table, reading.variant).is_not_null()
    return set_aside(table, present, RejectCode.KEY, (reading, block))


def _key(rows: pl.DataFrame, variant: Variant) -> pl.Series:
    """Give each row's identifier in the shape in which it is kept."""
    told = (r for r in variant.rules if getattr(r, "target", "") == _IDENTIFIER)
    rule = next(told, Text(_IDENTIFIER, (variant.key,)))
    text = pl.col(columns_of(rule)).str.strip_chars()
    known = rows.select(pl.when(text != "").then(text))
    return known.select(expressions(rule)).to_series()

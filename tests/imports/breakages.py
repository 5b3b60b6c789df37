"""A state's own file broken in each of the ways that files break, with what must come of it."""

from __future__ import annotations

import csv
import io
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from states.layouts.calendar import CALENDAR_COLUMNS
from states.layouts.declaration import Role, Variant
from states.layouts.parse import parse_voters
from states.layouts.recognize import HEAD_BYTES, Recognized, recognize
from states.layouts.rules import BirthDate, BirthYear, Text, formats
from states.layouts.synthesis import synthesize

VOTERS = 120
SOME = 12
"""Voters that each broken file takes of the sample: a file without header is known by nine in ten."""
STRAY = {
    "README.txt": b"About these files",
    "layout.pdf": b"%PDF-1.4",
    "__MACOSX/._file.txt": b"\x00\x05\x16\x07",
    ".DS_Store": b"\x00\x00",
}
"""What lies about in archives."""


@dataclass(frozen=True, slots=True)
class Voter:
    """One line of a state's file, and what the layout reads in it."""

    line: bytes
    values: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.values["state_voter_id"])

    def but(self, line: bytes, **values: Any) -> Voter:
        """Return the voter as another line tells it."""
        return Voter(line, self.values | values)


@dataclass(frozen=True, slots=True)
class Sample:
    """A state's voters as lines of its own layout, and the files that explain their codes."""

    variant: Variant
    name: str
    header: bytes
    voters: tuple[Voter, ...]
    calendars: dict[str, bytes]

    @property
    def columns(self) -> Sequence[str]:
        return self.cells(self.header) if self.header else self.variant.columns

    def cells(self, line: bytes) -> list[str]:
        """Take a line apart; no invented value holds a delimiter, but names of columns may."""
        text = line.decode("cp1252")
        if self.variant.quoted:
            return next(csv.reader([text], delimiter=self.variant.delimiter))
        if not self.variant.widths:
            return [one.strip('"') for one in text.split(self.variant.delimiter)]
        cells, at = [], 0
        for width in self.variant.widths:
            cells.append(text[at : at + width])
            at += width + self.variant.gap
        return cells

    def line(self, cells: Sequence[str], encoding: str = "cp1252") -> bytes:
        """Write a line as the state does."""
        if self.variant.widths:
            between = (self.variant.delimiter or " ") * self.variant.gap
            ended = between if self.variant.gap else ""
            padded = [
                cell[:width].ljust(width)
                for cell, width in zip(cells, self.variant.widths, strict=True)
            ]
            return (between.join(padded) + ended).encode(encoding)
        quoted = [f'"{one}"' for one in cells] if self.variant.quoted else cells
        return self.variant.delimiter.join(quoted).encode(encoding)

    def changed(self, voter: Voter, column: str, value: str, encoding: str) -> bytes:
        """Return a voter's line with another value in a column."""
        cells = self.cells(voter.line)
        cells[list(self.columns).index(column)] = value
        return self.line(cells, encoding)

    def file(self, *lines: bytes) -> bytes:
        """Return lines as a file of the state's."""
        head = [self.header] if self.header else []
        return b"\n".join([*head, *lines, b""])


@dataclass(frozen=True, slots=True)
class Broken:
    """A broken file: its content, the voters it still gives, and the lines set aside by code."""

    content: bytes
    kept: list[Voter]
    rejects: list[tuple[int, str]] = field(default_factory=list)


@cache
def sample(state: str) -> Sample:
    """Invent a state's delivery, and take its lines apart."""
    with tempfile.TemporaryDirectory() as folder:
        files = synthesize(state, VOTERS, 7, Path(folder)).files
        met = {path: _met(state, path) for path in files}
        voters = [path for path in files if met[path].role is Role.VOTERS]
        variant = met[voters[0]].variant
        header = voters[0].read_bytes().split(b"\n", 1)[0] if variant.header else b""
        return Sample(
            variant,
            voters[0].name,
            header,
            tuple(one for path in voters for one in _voters(path, variant)),
            {
                path.name: path.read_bytes()
                for path in files
                if met[path].role is Role.ELECTIONS
            },
        )


def _met(state: str, path: Path) -> Recognized:
    met = recognize(path.name, path.read_bytes()[:HEAD_BYTES], state=state)
    assert isinstance(met, Recognized), path.name
    return met


def _voters(path: Path, variant: Variant) -> list[Voter]:
    content = path.read_bytes()
    calendar = pl.DataFrame(schema=CALENDAR_COLUMNS) if variant.needs_calendar else None
    batches = parse_voters(io.BytesIO(content), variant, calendar=calendar)
    rows = pl.concat([one.table for one in batches]).to_dicts()
    lines = content.splitlines()[variant.header :]
    return [Voter(line, row) for line, row in zip(lines, rows, strict=True)]


def zipped(members: dict[str, bytes]) -> bytes:
    """Return members as a zip."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


# Ways of breaking: each takes a sample and some of its voters -----------------------------------


def column_of(variant: Variant, target: str) -> str:
    """Return the column that a text is read from."""
    rules = [one for one in variant.rules if isinstance(one, Text)]
    return next(one.columns[0] for one in rules if one.target == target)


def _set_aside(sample: Sample, voters: list[Voter], line: bytes, code: str) -> Broken:
    """Put a line that gives no row in the place of the second voter's."""
    first, _, *rest = voters
    lines = [first.line, line, *(one.line for one in rest)]
    at = 2 + bool(sample.header)
    return Broken(sample.file(*lines), [first, *rest], [(at, code)])


def letters_of_two_encodings(sample: Sample, voters: list[Voter]) -> Broken:
    """Have names in Windows' letters and in UTF-8 in one file: each is read as what it is."""
    column = column_of(sample.variant, "last_name")
    named = [
        one.but(sample.changed(one, column, "MUÑOZ", encoding), last_name="MUÑOZ")
        for one, encoding in zip(voters, ("cp1252", "utf-8"), strict=False)
    ]
    kept = [*named, *voters[2:]]
    return Broken(sample.file(*(one.line for one in kept)), kept)


def an_open_quotation_mark(sample: Sample, voters: list[Voter]) -> Broken:
    """Open a quotation mark and never close it; it is data where nothing is quoted."""
    if sample.variant.quoted:
        cells = len(sample.cells(voters[1].line))
        line = b'"open' + sample.variant.delimiter.encode() * (cells - 1)
        return _set_aside(sample, voters, line, "quote")
    column = column_of(sample.variant, "last_name")
    line = sample.changed(voters[1], column, '"SMITH', "cp1252")
    kept = [voters[0], voters[1].but(line, last_name='"SMITH'), *voters[2:]]
    return Broken(sample.file(*(one.line for one in kept)), kept)


def a_column_too_many(sample: Sample, voters: list[Voter]) -> Broken:
    """Have more columns than the header, or a record that is longer than it may be."""
    line = voters[1].line
    if sample.variant.widths:
        line = line.rstrip(b" ").ljust(sum(sample.variant.widths) + 900, b"9")
    else:
        line = sample.line([*sample.cells(line), "more", "and more"])
    return _set_aside(sample, voters, line, "columns")


def columns_missing(sample: Sample, voters: list[Voter]) -> Broken:
    """Have fewer columns than the header."""
    if sample.variant.widths:
        line = voters[1].line[:20]
    else:
        line = sample.line(sample.cells(voters[1].line)[:5])
    return _set_aside(sample, voters, line, "columns")


def nul_bytes(sample: Sample, voters: list[Voter]) -> Broken:
    """Have NUL bytes where text should be: the line is damaged."""
    line = voters[1].line
    middle = len(line) // 2
    line = line[:middle] + b"\0\0" + line[middle + 2 :]
    return _set_aside(sample, voters, line, "unreadable")


def a_header_repeated(sample: Sample, voters: list[Voter]) -> Broken:
    """Repeat the header between the lines, as glued files have it; without one, an empty line."""
    first, *rest = (one.line for one in voters)
    content = sample.file(first, sample.header, *rest)
    return Broken(content, voters, [(3, "header")] if sample.header else [])


def a_day_that_stands_for_none(sample: Sample, voters: list[Voter]) -> Broken:
    """Have a birth in 1800, as files that know none have it: the voter stays, the day is not known."""
    births = [
        one for one in sample.variant.rules if isinstance(one, BirthDate | BirthYear)
    ]
    if not births:  # the state's file tells no births
        return Broken(sample.file(*(one.line for one in voters)), voters)
    rule = births[0]
    day = "1800"
    if isinstance(rule, BirthDate):
        written = formats(rule.format)[0]
        for sign, value in (("%Y", "1800"), ("%m", "01"), ("%d", "01")):
            written = written.replace(sign, value)
        day = written
    line = sample.changed(voters[1], rule.column, day, "cp1252")
    unknown = voters[1].but(line, birth_date=None, birth_year=None)
    kept = [voters[0], unknown, *voters[2:]]
    return Broken(sample.file(*(one.line for one in kept)), kept)


def an_identifier_twice(sample: Sample, voters: list[Voter]) -> Broken:
    """Use an identifier twice: the first use stands."""
    lines = [one.line for one in voters]
    at = len(lines) + 1 + bool(sample.header)
    return Broken(sample.file(*lines, lines[0]), voters, [(at, "duplicate")])


def a_file_cut_off(sample: Sample, voters: list[Voter]) -> Broken:
    """End in the middle of a line, without a line end."""
    *whole, last = (one.line for one in voters)
    cells = sample.cells(last)
    cut = last[:15] if sample.variant.widths else sample.line(cells[: len(cells) // 2])
    at = len(voters) + bool(sample.header)
    return Broken(sample.file(*whole, cut)[:-1], voters[:-1], [(at, "columns")])


BREAKAGES: tuple[Callable[[Sample, list[Voter]], Broken], ...] = (
    letters_of_two_encodings,
    an_open_quotation_mark,
    a_column_too_many,
    columns_missing,
    nul_bytes,
    a_header_repeated,
    a_day_that_stands_for_none,
    an_identifier_twice,
    a_file_cut_off,
)


def broken_files(state: str) -> dict[str, Broken]:
    """Return one file for each way of breaking, with voters of its own, by its way in an archive."""
    known = sample(state)
    files = {}
    for number, breaking in enumerate(BREAKAGES):
        some = list(known.voters[number * SOME : (number + 1) * SOME])
        files[f"{breaking.__name__}/{known.name}"] = breaking(known, some)
    return files


def changed_header(known: Sample) -> bytes:
    """Return a file whose header, or without one whose number of columns, is another now."""
    lines = [one.line for one in known.voters]
    if not known.header:
        if known.variant.widths:
            return b"\n".join([line[3:] for line in lines] + [b""])
        return b"\n".join(
            [known.line(known.cells(line)[:-3]) for line in lines] + [b""]
        )
    names = known.cells(known.header)
    names[names.index(column_of(known.variant, "last_name"))] = "FAMILY"
    return replace(known, header=known.line(names)).file(*lines)


def utf_16(known: Sample) -> bytes:
    """Return the file in an encoding of two bytes a letter, as spreadsheets save it."""
    lines = [one.line for one in known.voters]
    return known.file(*lines).decode("cp1252").encode("utf-16")

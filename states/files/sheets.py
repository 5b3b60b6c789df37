"""CSV files that members write themselves, about voters: read line by line, good lines kept.

Each line stands alone (no value holds a line break), so that an unmatched quote hurts its own
line and no other. Memory stays bounded whatever the size.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Final

from coop.errors import FieldFault, Invalid, TooLarge

MAX_BYTES: Final = 512 << 20
MAX_LINE: Final = 4096


@dataclass(frozen=True, slots=True)
class Line:
    """A line that could be read: its number in the file, from 1, and its cells by column."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Faulty:
    """A line that is left out: its number, a stable code, and what to do."""

    number: int
    code: str
    detail: str

    def as_row(self) -> dict[str, str | int]:
        """Return it as it is stored."""
        return {"line": self.number, "code": self.code, "detail": self.detail}


class Sheet:
    """A CSV file with a header line, in UTF-8, from its bytes as they come.

    `columns` maps each column to the other names that its header may have; `optional` ones
    may be missing, and columns of other names are passed over. Raises `Invalid`
    (`header_invalid`) at once; reading raises `TooLarge` (`file_too_large`).
    """

    def __init__(
        self,
        chunks: Iterable[bytes],
        columns: Mapping[str, tuple[str, ...]],
        optional: frozenset[str] = frozenset(),
    ) -> None:
        self._lines = _numbered(chunks)
        self._columns = self._header(columns, optional)

    @property
    def columns(self) -> frozenset[str]:
        """The columns that the header names, by their first names."""
        return frozenset(name for name in self._columns if name)

    def __iter__(self) -> Iterator[Line | Faulty]:
        """Yield every further line that is not blank, in order."""
        return self.after(1)

    def after(self, last: int) -> Iterator[Line | Faulty]:
        """Yield the lines that follow one by its number; those before it are not looked at."""
        for number, raw in self._lines:
            if number > last and raw.strip():
                yield self._read(number, raw)

    def _header(
        self, columns: Mapping[str, tuple[str, ...]], optional: frozenset[str]
    ) -> list[str | None]:
        first = next(self._lines, (1, b""))[1].removeprefix(b"\xef\xbb\xbf")
        cells = _cells(first)
        names = {
            name: one for one, others in columns.items() for name in (one, *others)
        }
        found = [names.get(cell.strip().lower()) for cell in cells or ()]
        faults = [
            FieldFault(
                "/header", "column_missing", f"The header names no column {one}."
            )
            for one in columns
            if one not in found and one not in optional
        ]
        faults += [
            FieldFault("/header", "column_repeated", f"Two columns are {one}.")
            for one in columns
            if found.count(one) > 1
        ]
        if faults:
            detail = "Give a header line that names each column once."
            raise Invalid("header_invalid", detail, faults)
        return found

    def _read(self, number: int, raw: bytes) -> Line | Faulty:
        if len(raw) > MAX_LINE:
            return Faulty(
                number, "line_too_long", f"Give at most {MAX_LINE} bytes a line."
            )
        cells = _cells(raw)
        if cells is None:
            return Faulty(
                number, "line_malformed", "Give UTF-8 text with its quotes matched."
            )
        if len(cells) != len(self._columns):
            detail = (
                f"Give {len(self._columns)} cells as in the header, not {len(cells)}."
            )
            return Faulty(number, "cells_wrong", detail)
        pairs = zip(self._columns, cells, strict=True)
        return Line(number, {name: cell.strip() for name, cell in pairs if name})


def _cells(raw: bytes) -> list[str] | None:
    """Return the cells of one line; None where it is not UTF-8, holds a NUL or an open quote."""
    try:
        text = raw.decode()
        if "\0" in text:
            return None
        return next(csv.reader((text,), strict=True), [])
    except (UnicodeDecodeError, csv.Error):
        return None


def _numbered(chunks: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield lines without their ends; of one that is too long only its beginning."""
    number, rest, size = 0, b"", 0
    for chunk in chain(chunks, (b"\n",)):
        size += len(chunk)
        if size > MAX_BYTES:
            raise TooLarge(
                "file_too_large",
                f"The file is larger than {MAX_BYTES:,} bytes; send it in parts.",
                extra={"limit": MAX_BYTES},
            )
        *whole, rest = (rest + chunk).split(b"\n")
        rest = rest[: MAX_LINE + 2]
        for line in whole:
            number += 1
            yield number, line.removesuffix(b"\r")

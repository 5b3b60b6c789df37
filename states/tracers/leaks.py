"""Reading a leaked file row by row, whatever became of it: CSV of any delimiter, NDJSON or Parquet, also in gzip."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, Final

from pyarrow import parquet

_GZIP: Final = b"\x1f\x8b"
_PARQUET: Final = b"PAR1"
_DELIMITERS: Final = (",", ";", "\t", "|")
_LONGEST_CELL: Final = 1 << 20
_BATCH: Final = 4096


class UnreadableLeak(ValueError):  # noqa: N818  # reads as what happened
    """A file is neither CSV, NDJSON nor Parquet, or is damaged."""


def rows_of_file(path: Path) -> Iterator[list[str]]:
    """Yield the texts of each row's cells, the header's too.

    Raises `OSError` where it cannot be read, `UnreadableLeak` where it is no such file.
    """
    try:
        yield from _rows_of(path)
    except (ValueError, csv.Error, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UnreadableLeak(str(error)) from error


def _rows_of(path: Path) -> Iterator[list[str]]:
    with path.open("rb") as file:
        start = file.read(4)
        file.seek(0)
        if start == _PARQUET:
            yield from _parquet_rows(file)
        elif start.startswith(_GZIP):
            with gzip.open(file) as plain:
                yield from _text_rows(plain)
        else:
            yield from _text_rows(file)


def _text_rows(file: Any) -> Iterator[list[str]]:
    with io.TextIOWrapper(
        file, encoding="utf-8-sig", errors="replace", newline=""
    ) as text:
        first = text.readline()
        lines = _with_first(first, text)
        if first.lstrip().startswith("{"):
            yield from (list(_texts(json.loads(one))) for one in lines if one.strip())
            return
        csv.field_size_limit(_LONGEST_CELL)
        yield from csv.reader(lines, delimiter=max(_DELIMITERS, key=first.count))


def _with_first(first: str, rest: Iterable[str]) -> Iterator[str]:
    yield first
    yield from rest


def _parquet_rows(file: IO[bytes]) -> Iterator[list[str]]:
    for batch in parquet.ParquetFile(file).iter_batches(batch_size=_BATCH):
        for row in batch.to_pylist():
            yield list(_texts(row))


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts of a value however deep they lie."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif value is not None:
        yield str(value)

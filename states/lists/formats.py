"""The formats of an export's file: what stands before the lines, how lines are joined, and what ends the file."""

from __future__ import annotations

import io
from collections.abc import Collection, Sequence
from typing import Final, Protocol

import pyarrow as pa
from pyarrow import csv as arrow_csv, parquet

from states.fields.definition import Field, Kind
from states.lists.lines import header
from states.lists.models import Format

_TYPES: Final = {
    Kind.INTEGER: pa.int32(),
    Kind.NUMBER: pa.float64(),
    Kind.DATE: pa.date32(),
}
_SEVERAL: Final = pa.list_(pa.string())


class Encoder(Protocol):
    """Turns lines into the bytes of one file, in order; each call gives the bytes that may leave then."""

    def add(self, lines: Sequence[bytes]) -> bytes:
        """Return the bytes of further lines, with the file's beginning before the first."""

    def end(self) -> bytes:
        """Return the bytes that end the file."""


def encoder_of(
    form: Format,
    columns: Sequence[Field],
    titles: Sequence[str],
    labeled: Collection[str] = (),
) -> Encoder:
    """Return a new encoder of a format; `labeled` are the names of scores whose values are words."""
    if form == Format.PARQUET:
        return ParquetEncoder(columns, titles, labeled)
    if form == Format.NDJSON:
        return LineEncoder(b"", b"\n")
    return LineEncoder(header(titles), b"\r\n")


class LineEncoder:
    """Lines as they are, under the format's own end of line."""

    def __init__(self, head: bytes, end: bytes) -> None:
        self._head = head
        self._end = end

    def add(self, lines: Sequence[bytes]) -> bytes:
        """Return the lines, the first time after the header."""
        head, self._head = self._head, b""
        return head + b"".join(line[:-1] + self._end for line in lines)

    def end(self) -> bytes:
        """Return what is left: the header of a file without lines."""
        return self.add([])


class ParquetEncoder:
    """Parquet in row groups: one for each chunk, so that only a chunk is held in memory."""

    def __init__(
        self,
        columns: Sequence[Field],
        titles: Sequence[str],
        labeled: Collection[str],
    ) -> None:
        text = pa.string()
        self._types = {"id": text, "state": text} | {
            title: text if one.name in labeled else _TYPES.get(one.kind, text)
            for one, title in zip(columns, titles, strict=True)
        }
        self._several = [
            title for one, title in zip(columns, titles, strict=True) if one.several
        ]
        schema = pa.schema(
            (name, _SEVERAL if name in self._several else kind)
            for name, kind in self._types.items()
        )
        self._sink = _Sink()
        self._writer = parquet.ParquetWriter(self._sink, schema, compression="zstd")

    def add(self, lines: Sequence[bytes]) -> bytes:
        """Return a row group of the lines, the first time after the file's magic number."""
        if lines:
            self._writer.write_table(self._table(b"".join(lines)))
        return self._sink.taken()

    def end(self) -> bytes:
        """Return the footer, without which the file cannot be read."""
        self._writer.close()
        return self._sink.taken()

    def _table(self, text: bytes) -> pa.Table:
        table = arrow_csv.read_csv(
            io.BytesIO(text),
            read_options=arrow_csv.ReadOptions(
                column_names=list(self._types), use_threads=False
            ),
            parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(
                column_types=self._types,
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
        for name in self._several:
            table = _divided(table, name)
        return table


class _Sink(io.RawIOBase):
    """Takes what the writer writes, until it is taken away."""

    def __init__(self) -> None:
        super().__init__()
        self._held = bytearray()
        self._position = 0

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = memoryview(data)  # type: ignore[arg-type]  # whatever has a buffer
        self._held += piece
        self._position += piece.nbytes
        return piece.nbytes

    def tell(self) -> int:
        return self._position

    def taken(self) -> bytes:
        """Return what was written since the last time."""
        held, self._held = bytes(self._held), bytearray()
        return held


def _divided(table: pa.Table, name: str) -> pa.Table:
    """Return the table with a column's texts divided into lists; an empty text is an empty list."""
    place = table.schema.get_field_index(name)
    lists = [
        None if text is None else [one for one in text.split(";") if one]
        for text in table.column(place).to_pylist()
    ]
    return table.set_column(place, name, pa.array(lists, _SEVERAL))

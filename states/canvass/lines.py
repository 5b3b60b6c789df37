"""Lines of JSON out of a body's chunks: unpacked, cut and bounded, however long the body is."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from coop.errors import Invalid

LONGEST: Final = 64 * 1024
"""Bytes of one line."""
PIECE: Final = 256 * 1024
FREE_BYTES: Final = 16 * 1024 * 1024
MOST_TIMES: Final = 200
"""Past the free bytes, what is unpacked may be so many times what was received: lines of JSON
that differ in their event ids stay far below, a bomb of zeros reaches a thousand."""
GZIP: Final = 31


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank: its number in the body from 1; `raw` None where it is too long."""

    number: int
    raw: bytes | None


@dataclass(slots=True)
class Lines:
    """Cuts chunks into lines and forgets what is too long; blank lines count, and are passed over."""

    _rest: bytes = b""
    _number: int = 0
    _skipping: bool = False

    def feed(self, chunk: bytes) -> Iterator[Line]:
        """Yield the lines that this chunk ends."""
        *ended, self._rest = (self._rest + chunk).split(b"\n")
        for raw in ended:
            yield from self._cut(raw)
        if len(self._rest) > LONGEST:
            if not self._skipping:
                yield Line(self._number + 1, None)
            self._skipping, self._rest = True, b""

    def close(self) -> Iterator[Line]:
        """Yield the last line where nothing ended it."""
        if self._rest:
            yield from self._cut(self._rest)
        self._rest = b""

    def _cut(self, raw: bytes) -> Iterator[Line]:
        self._number += 1
        if self._skipping:
            self._skipping = False
        elif len(raw) > LONGEST:
            yield Line(self._number, None)
        elif raw and not raw.isspace():
            yield Line(self._number, raw)


@dataclass(slots=True)
class Unpacked:
    """Takes the content coding off a body; `coding` is '' or `gzip`."""

    coding: str
    _taken: int = 0
    _given: int = 0
    _inflating: zlib._Decompress | None = field(default=None)

    def __post_init__(self) -> None:
        if self.coding not in {"", "identity", "gzip"}:
            raise unsupported_coding()

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Yield what a chunk holds, in small pieces.

        Raises `Invalid`: `archive_damaged`, or `archive_floods` for what unpacks to
        hundreds of times its size.
        """
        if self.coding != "gzip":
            yield chunk
            return
        self._taken += len(chunk)
        while chunk:
            if self._inflating is None or self._inflating.eof:
                self._inflating = zlib.decompressobj(GZIP)
            piece = _inflated(self._inflating, chunk)
            self._given += len(piece)
            if self._given > max(FREE_BYTES, MOST_TIMES * self._taken):
                sentence = "The body unpacks to hundreds of times its size."
                raise Invalid("archive_floods", sentence)
            yield piece
            chunk = self._inflating.unconsumed_tail or self._inflating.unused_data

    def close(self) -> None:
        """Raise `Invalid` (`archive_damaged`) where the end is missing."""
        if self._inflating is not None and not self._inflating.eof:
            raise Invalid("archive_damaged", "The gzip ends before its end.")


def unsupported_coding() -> Invalid:
    """Return the error of a body in a content coding that is none of ours, or is not named."""
    sentence = "Send the body as it is, or with Content-Encoding: gzip."
    return Invalid("encoding_unsupported", sentence)


def _inflated(inflating: zlib._Decompress, chunk: bytes) -> bytes:
    try:
        return inflating.decompress(chunk, PIECE)
    except zlib.error as error:
        raise Invalid("archive_damaged", "The body is no gzip, or damaged.") from error

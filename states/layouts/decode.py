"""From a binary stream to numbered lines of text, at bounded memory.

One line is one record: a quote left open cannot swallow the lines after it.
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO

BLOCK_BYTES = 1 << 20
BATCH_BYTES = 4 << 20
BATCH_LINES = 1 << 16
# No state's record comes near; beyond it, what comes is not a line.
LINE_BYTES = 1 << 20

# Put between the fields of a line once its quoting is resolved.
UNIT_SEPARATOR = "\x1f"


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    """Read bytes that are not UTF-8 as Windows-1252, its gaps as Latin-1."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    text = "".join(
        byte.to_bytes().decode("cp1252", "ignore") or chr(byte)
        for byte in error.object[error.start : error.end]
    )
    return text, error.end


codecs.register_error("states.windows_1252", _as_windows_1252)


def decode(raw: bytes) -> str:
    """Read UTF-8, with any byte that is none read as Windows-1252.

    States mix the two between their files and inside them; a Windows-1252
    letter among ASCII is never valid UTF-8, so each is told apart where it is.
    """
    return raw.decode("utf-8", "states.windows_1252")


@dataclass(frozen=True, slots=True)
class Point:
    """How far a file was read: whole lines, and the bytes in which they lie."""

    lines: int = 0
    bytes: int = 0


@dataclass(frozen=True)
class Block:
    """Whole lines, parted by line breaks; ``size`` is how many.

    ``first_line`` counts from 1; ``bytes_read`` and ``lines_read`` count from
    the start of the file up to and with this block.
    """

    first_line: int
    text: str
    size: int
    bytes_read: int

    @property
    def lines_read(self) -> int:
        """Count the file's lines up to the end of this block."""
        return self.first_line + self.size - 1

    @cached_property
    def lines(self) -> list[str]:
        """Give the lines one by one, without their ends."""
        return self.text.split("\n") if self.size else []

    def without_first(self, lines: int = 1) -> "Block":
        """Give the block without its first lines, of which it has as many."""
        rest = "\n".join(self.text.split("\n", lines)[lines:])
        return Block(self.first_line + lines, rest, self.size - lines, self.bytes_read)


def _raw_blocks(stream: BinaryIO, lines: int, begun: bytes) -> Iterator[bytes]:
    """Cut the stream after line ends, into about ``lines`` lines each."""
    held, size, ends = [begun], len(begun), begun.count(b"\n")
    while piece := stream.read(BLOCK_BYTES):
        held.append(piece)
        size += len(piece)
        ends += piece.count(b"\n")
        if ends < lines and size < BATCH_BYTES:
            continue
        raw = b"".join(held)
        cut = raw.rfind(b"\n") + 1
        if not cut and size < LINE_BYTES:
            continue
        cut = cut or size
        yield raw[:cut]
        held, size, ends = [raw[cut:]], size - cut, 0
    if rest := b"".join(held):
        yield rest


def blocks(
    stream: BinaryIO,
    lines: int = BATCH_LINES,
    after: Point | None = None,
    *,
    preamble: int = 0,
) -> Iterator[Block]:
    """Yield the stream's lines in blocks; a byte order mark is left out.

    With ``after`` the first block is the file's first line alone, with as many more as
    a ``preamble`` may have, and those that follow begin at that point: what lies before
    is passed over unread.
    """
    first_line, bytes_read, begun = 1, 0, b""
    if after and after.lines:
        head, begun = _passed(stream, after, 1 + preamble)
        yield _block(1, head, len(head))
        first_line, bytes_read = after.lines + 1, after.bytes
    for raw in _raw_blocks(stream, lines, begun):
        bytes_read += len(raw)
        block = _block(first_line, raw, bytes_read)
        yield block
        first_line += block.size


def _passed(stream: BinaryIO, after: Point, lines: int) -> tuple[bytes, bytes]:
    """Read up to the point; give the first lines, and what is already read beyond."""
    read = b""
    while read.count(b"\n") < lines and (piece := stream.read(BLOCK_BYTES)):
        read += piece
    head = b"\n".join(read.split(b"\n", lines)[:lines])
    left = after.bytes - len(read)
    while left > 0 and (piece := stream.read(min(left, BLOCK_BYTES))):
        left -= len(piece)
    return head, read[after.bytes :]


def _block(first_line: int, raw: bytes, bytes_read: int) -> Block:
    text = decode(raw.removeprefix(codecs.BOM_UTF8) if first_line == 1 else raw)
    if UNIT_SEPARATOR in text:
        text = text.replace(UNIT_SEPARATOR, " ")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", " ")
    whole = text.removesuffix("\n")
    return Block(first_line, whole, whole.count("\n") + 1, bytes_read)

"""From a binary stream to numbered lines of text, at bounded memory.

One line is one record: a quote left open cannot swallow the lines after it.
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

BLOCK_BYTES = 1 << 20
BATCH_BYTES = 8 << 20
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
class Block:
    """Whole lines, without their ends.

    ``first_line`` counts from 1; ``bytes_read`` and ``lines_read`` count from
    the start of the file up to and with this block.
    """

    first_line: int
    lines: list[str]
    bytes_read: int

    @property
    def lines_read(self) -> int:
        """Count the file's lines up to the end of this block."""
        return self.first_line + len(self.lines) - 1


def _raw_blocks(stream: BinaryIO, lines: int) -> Iterator[bytes]:
    """Cut the stream after line ends, into about ``lines`` lines each."""
    held: list[bytes] = []
    size = ends = 0
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


def blocks(stream: BinaryIO, lines: int = BATCH_LINES) -> Iterator[Block]:
    """Yield the stream's lines in blocks; a byte order mark is left out."""
    first_line, bytes_read = 1, 0
    for raw in _raw_blocks(stream, lines):
        bytes_read += len(raw)
        text = decode(raw.removeprefix(codecs.BOM_UTF8) if first_line == 1 else raw)
        split = _lines(text)
        yield Block(first_line, split, bytes_read)
        first_line += len(split)


def _lines(text: str) -> list[str]:
    if UNIT_SEPARATOR in text:
        text = text.replace(UNIT_SEPARATOR, " ")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", " ")
    return text.removesuffix("\n").split("\n")

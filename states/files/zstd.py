"""Zstandard as a stream: bounded memory, frames one after another, and a cut is an error.

`zstandard`'s own reader takes the end of a cut file for the end of its data.
"""

from __future__ import annotations

import io
from typing import BinaryIO, Final

import zstandard

_FED: Final = 2048
"""Bytes fed at once: few, since each block of a bomb's unpacks to 128 KiB from four bytes."""
_WINDOW: Final = 1 << 27
"""What `zstd --long` asks for at most; more would be a reader's memory at the sender's wish."""


class ZstdFile(io.RawIOBase):
    """The unpacked bytes of a zstd stream. Raises `EOFError` for one that is cut off."""

    def __init__(self, packed: BinaryIO) -> None:
        self._packed = packed
        self._reader = zstandard.ZstdDecompressor(max_window_size=_WINDOW)
        self._frame = self._reader.decompressobj()
        self._fed = b""
        self._ready = bytearray()
        self._within = False

    def readable(self) -> bool:
        """Return true: it is read, and nothing else."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Read `size` bytes, fewer at the end; all that is left where it is below zero."""
        while (size < 0 or len(self._ready) < size) and self._feed():
            pass
        end = len(self._ready) if size < 0 else size
        piece = bytes(self._ready[:end])
        del self._ready[:end]
        return piece

    def _feed(self) -> bool:
        """Unpack a little more; false at the end. `EOFError` if that is within a frame."""
        fed = self._fed or self._packed.read(_FED)
        self._fed = b""
        if not fed:
            if self._within:
                raise EOFError
            return False
        if not self._within:
            self._frame, self._within = self._reader.decompressobj(), True
        self._ready += self._frame.decompress(fed)
        if self._frame.eof:
            self._fed, self._within = self._frame.unused_data, False
        return True

"""The kept file of an export: encrypted in segments under a key of its own, whole or not at all.

Each segment is sealed by AES-GCM with its number and whether it is the last one as nonce
(the STREAM construction), bound to its export and fetch: none can be changed, moved, left
out or taken from another file unnoticed. The key lies in the database, sealed in turn.
"""

from __future__ import annotations

import hashlib
import os
import weakref
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final
from uuid import UUID

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from coop.errors import Unavailable

SEGMENT: Final = 256 * 1024
TAG: Final = 16
KEY_PURPOSE: Final = "export-spool"

_log = structlog.get_logger("lists.spool")


@dataclass(frozen=True, slots=True)
class SpoolKey:
    """What opens a kept file: whose it is, which fetch made it, its key, and its size in plain bytes."""

    export: UUID
    fetch: int
    key: bytes
    size: int = 0

    @property
    def bound(self) -> str:
        """What the file's segments, and the sealed key, are bound to."""
        return f"{self.export}|{self.fetch}"

    @property
    def path(self) -> Path:
        """Where the file lies: named by ids alone."""
        return folder() / f"{self.export.hex}.{self.fetch}"


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that was kept whole: what opens it, and the SHA-256 of its plain bytes in hex."""

    opens: SpoolKey
    sha256: str


def folder() -> Path:
    """Return the folder of kept files."""
    return Path(settings.STORAGE_FOLDER) / "exports"


class Spooler:
    """Takes a file's bytes as they leave; a disk that fails ends the keeping, never the download.

    What is neither kept nor discarded (an abandoned download, a process that exits) is removed.
    """

    def __init__(self, export: UUID, fetch: int) -> None:
        self._opens = SpoolKey(export, fetch, os.urandom(32))
        self._cipher = AESGCM(self._opens.key)
        self._digest = hashlib.sha256()
        self._rest = b""
        self._size = self._segments = 0
        self._file: IO[bytes] | None = None
        self._remove: weakref.finalize[..., Spooler] | None = None
        self._failed = False
        self.failure = ""
        """Why the disk failed, if it did."""

    def write(self, body: bytes) -> None:
        """Take further bytes."""
        if self._failed:
            return
        self._digest.update(body)
        self._size += len(body)
        text = memoryview(self._rest + body)
        start = 0
        try:
            # The last segment waits: only the end of the file tells that it is the last.
            while len(text) - start > SEGMENT:
                self._seal(text[start : start + SEGMENT], last=False)
                start += SEGMENT
        except OSError as error:
            self._give_up(error)
        self._rest = bytes(text[start:])

    def keep(self) -> Kept | None:
        """End the file and move it to its place, on disk for good; None where the disk failed."""
        if self._failed:
            return None
        try:
            self._seal(self._rest, last=True)
            file = self._opened()
            file.flush()
            os.fsync(file.fileno())
            file.close()
            self._part.replace(self._opens.path)
        except OSError as error:
            self._give_up(error)
            return None
        if self._remove:
            self._remove.detach()
        opens = self._opens
        return Kept(
            SpoolKey(opens.export, opens.fetch, opens.key, self._size),
            self._digest.hexdigest(),
        )

    def discard(self) -> None:
        """Forget what was taken."""
        self._failed = True
        if self._remove:
            self._remove()

    @property
    def _part(self) -> Path:
        return self._opens.path.with_suffix(self._opens.path.suffix + ".part")

    def _opened(self) -> IO[bytes]:
        if self._file is None:
            folder().mkdir(parents=True, exist_ok=True, mode=0o700)
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
            self._file = os.fdopen(os.open(self._part, flags, 0o600), "wb")
            self._remove = weakref.finalize(self, _removed, self._file, self._part)
        return self._file

    def _seal(self, plain: bytes | memoryview, *, last: bool) -> None:
        nonce = _nonce(self._segments, last=last)
        self._opened().write(
            self._cipher.encrypt(nonce, plain, self._opens.bound.encode())
        )
        self._segments += 1

    def _give_up(self, error: OSError) -> None:
        _log.warning("export not kept", error=error.strerror)
        self.failure = error.strerror or type(error).__name__
        self.discard()


def pieces(opens: SpoolKey, start: int, stop: int) -> Iterator[bytes]:
    """Yield the plain bytes from `start` to before `stop`, a segment at most at a time.

    Raises `Unavailable` (`export_damaged`) where the file is gone or not what was kept.
    """
    cipher = AESGCM(opens.key)
    final = max(0, (opens.size - 1) // SEGMENT)
    for number in range(start // SEGMENT, max(start, stop - 1) // SEGMENT + 1):
        try:
            sealed = _read(opens.path, number)
            nonce = _nonce(number, last=number == final)
            plain = cipher.decrypt(nonce, sealed, opens.bound.encode())
        except (OSError, InvalidTag, ValueError) as error:
            raise damaged() from error
        low = number * SEGMENT
        yield plain[max(0, start - low) : stop - low]


def damaged() -> Unavailable:
    """Return the problem of a kept file that is not what it was."""
    detail = (
        "The kept file was damaged and is dropped: fetch it again, it is read anew."
    )
    return Unavailable("export_damaged", detail)


def forget(export: UUID, fetch: int) -> None:
    """Remove a kept file, if it lies there."""
    SpoolKey(export, fetch, b"").path.unlink(missing_ok=True)


def _read(path: Path, number: int) -> bytes:
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
        file.seek(number * (SEGMENT + TAG))
        return file.read(SEGMENT + TAG)


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _removed(file: IO[bytes], part: Path) -> None:
    part.unlink(missing_ok=True)
    with suppress(OSError):  # a full disk has no room for what was still in the buffer
        file.close()

"""The bytes of an upload on disk while they arrive: one writer at a time, and what is synced stays.

The lock is the operating system's and lies on the file itself: it goes with the process
that held it, however that ended, so nobody waits for a writer that is dead.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final
from uuid import UUID

from django.conf import settings

from coop.errors import Conflict
from states.files.storage import Stored, incoming_folder, room_on_disk

_PIECE: Final = 1 << 20


def parts_folder() -> Path:
    """Return the folder of uploads that arrive in pieces, on the file system of what is kept."""
    folder = Path(settings.STORAGE_FOLDER) / "uploads"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def part_path(upload: UUID) -> Path:
    """Return where an upload's bytes lie until they are whole."""
    return parts_folder() / upload.hex


class Part:
    """An upload's file, locked and open for writing from `at` on."""

    def __init__(self, path: Path, descriptor: int, at: int) -> None:
        self.path = path
        self.at = at
        self._descriptor = descriptor

    def write(self, piece: bytes) -> None:
        """Write after what was written. Raises `Unavailable` where the disk is full."""
        left = memoryview(piece)
        with room_on_disk():
            while left:
                count = os.pwrite(self._descriptor, left, self.at)
                self.at += count
                left = left[count:]

    def sync(self) -> None:
        """Let everything written be on disk for certain."""
        with room_on_disk():
            os.fsync(self._descriptor)

    def length(self) -> int:
        """Return how many bytes the file has."""
        return os.fstat(self._descriptor).st_size

    def whole(self) -> Stored:
        """Return a second name for the bytes, hashed: whatever becomes of it, the part stays."""
        os.ftruncate(self._descriptor, self.at)
        digest = hashlib.sha256()
        with self.path.open("rb") as stream:
            while piece := stream.read(_PIECE):
                digest.update(piece)
        name = incoming_folder() / f"upload-{self.path.name}"
        with suppress(FileNotFoundError):
            name.unlink()
        name.hardlink_to(self.path)
        return Stored(name, digest.hexdigest(), self.at)


@contextmanager
def locked_part(upload: UUID, at: int) -> Iterator[Part]:
    """Open an upload's file for one writer. Raises `Conflict` (`upload_busy`) for a second one."""
    path = part_path(upload)
    with room_on_disk():
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict(
                "upload_busy", "Another request is sending bytes of this upload."
            ) from error
        yield Part(path, descriptor, at)
    finally:
        os.close(descriptor)


def forget_part(upload: UUID) -> None:
    """Delete an upload's bytes, if any lie there."""
    with suppress(FileNotFoundError):
        part_path(upload).unlink()

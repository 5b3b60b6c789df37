"""Where uploaded bytes lie: written in chunks, hashed on the way, whole or not at all.

A file's place in the storage folder is its state and its SHA-256, so the same content
uploaded twice is one file on disk.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from django.conf import settings

from coop.errors import Invalid, TooLarge, Unavailable

FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
RETRY_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes on disk, with their SHA-256 in hex and their number."""

    path: Path
    sha256: str
    size: int


def place_of(state: str, sha256: str) -> Path:
    """Return where a state's file of this content lies, or would lie."""
    return Path(settings.STORAGE_FOLDER) / "files" / state / sha256[:2] / sha256


def incoming_folder() -> Path:
    """Return the folder of uploads that are under way, on the same file system."""
    folder = Path(settings.STORAGE_FOLDER) / "incoming"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def receive(chunks: Iterable[bytes], *, expected_sha256: str | None = None) -> Stored:
    """Write chunks to a temporary file, fsynced; `keep` or `discard` what is returned.

    Raises `TooLarge` past MAX_UPLOAD_BYTES, `Invalid` when nothing came or when the digest
    is not the expected one, `Unavailable` where the disk is full. Nothing stays behind
    after an error.
    """
    with (
        room_on_disk(),
        tempfile.NamedTemporaryFile(dir=incoming_folder(), delete=False) as target,
    ):
        path = Path(target.name)
        try:
            sha256, size = _copy(chunks, target)
            _check(sha256, size, expected_sha256)
        except BaseException:
            path.unlink()
            raise
    return Stored(path, sha256, size)


@contextmanager
def room_on_disk() -> Iterator[None]:
    """Raise `Unavailable` (`storage_full`) where the operating system says the disk is full."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise _storage_full() from error


def check_room(size: int) -> None:
    """Raise `Unavailable` unless the storage has room for so many bytes now."""
    if size > shutil.disk_usage(incoming_folder()).free:
        raise _storage_full()


def _storage_full() -> Unavailable:
    sentence = "The storage is full: tell the operator, and go on later."
    return Unavailable("storage_full", sentence, extra={"retry_after": RETRY_SECONDS})


def _copy(chunks: Iterable[bytes], target: IO[bytes]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    for chunk in chunks:
        size += len(chunk)
        check_size(size)
        digest.update(chunk)
        target.write(chunk)
    target.flush()
    os.fsync(target.fileno())
    return digest.hexdigest(), size


def check_size(size: int) -> None:
    """Raise `TooLarge` for more bytes than a file may have."""
    if size > settings.MAX_UPLOAD_BYTES:
        raise TooLarge(
            "file_too_large",
            f"A file may have at most {settings.MAX_UPLOAD_BYTES:,} bytes.",
            extra={"limit": settings.MAX_UPLOAD_BYTES},
        )


def _check(sha256: str, size: int, expected: str | None) -> None:
    if not size:
        raise Invalid("file_empty", "The file is empty: nothing was received.")
    if expected is not None and sha256 != expected:
        raise Invalid(
            "digest_mismatch",
            "What arrived does not have the SHA-256 that was sent with it: send it again.",
        )


def keep(stored: Stored, state: str) -> Path:
    """Move received bytes to their place in one step; return it."""
    target = place_of(state, stored.sha256)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    stored.path.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return target


def discard(stored: Stored) -> None:
    """Forget received bytes that are not kept."""
    with suppress(FileNotFoundError):
        stored.path.unlink()


def forget(state: str, sha256: str) -> None:
    """Delete a state's content from its place, if it lies there."""
    with suppress(FileNotFoundError):
        place_of(state, sha256).unlink()

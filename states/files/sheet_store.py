"""Where uploaded sheets of members lie until a worker has read them: whole or not at all, under an id.

Ballots and scores are uploaded so. A sheet is forgotten once it is worked through.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final
from uuid import UUID

from django.conf import settings

from coop.errors import Invalid, TooLarge
from states.files.sheets import MAX_BYTES
from states.files.storage import incoming_folder

READ_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class StoredSheet:
    """A sheet on disk: its bytes, and its lines without the header."""

    size: int
    lines: int


def keep_sheet(chunks: Iterable[bytes], key: UUID) -> StoredSheet:
    """Write a sheet down, fsynced, under its key.

    Raises `TooLarge` past the limit of sheets, `Invalid` (`file_empty`); nothing stays behind then.
    """
    with tempfile.NamedTemporaryFile(dir=incoming_folder(), delete=False) as target:
        path = Path(target.name)
        try:
            stored = _copy(chunks, target)
            _place(key).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.replace(_place(key))
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    _sync_folder()
    return stored


def sheet_path(key: UUID) -> Path:
    """Return where a kept sheet lies, whether it is there or not."""
    return _place(key)


def read_sheet(key: UUID) -> Iterator[bytes]:
    """Yield a kept sheet's bytes. Raises `FileNotFoundError` where there is none."""
    with _place(key).open("rb") as source:
        while chunk := source.read(READ_BYTES):
            yield chunk


def forget_sheet(key: UUID) -> None:
    """Delete a sheet, if it is there."""
    with suppress(FileNotFoundError):
        _place(key).unlink()


def _place(key: UUID) -> Path:
    return Path(settings.STORAGE_FOLDER) / "sheets" / str(key)


def _copy(chunks: Iterable[bytes], target: IO[bytes]) -> StoredSheet:
    size, ends, last = 0, 0, b"\n"
    for chunk in chunks:
        size += len(chunk)
        if size > MAX_BYTES:
            raise TooLarge(
                "file_too_large",
                f"The file is larger than {MAX_BYTES:,} bytes; send it in parts.",
                extra={"limit": MAX_BYTES},
            )
        ends += chunk.count(b"\n")
        last = chunk[-1:] or last
        target.write(chunk)
    if not size:
        raise Invalid("file_empty", "The file is empty: nothing was received.")
    target.flush()
    os.fsync(target.fileno())
    return StoredSheet(size, max(0, ends + (last != b"\n") - 1))


def _sync_folder() -> None:
    folder = os.open(Path(settings.STORAGE_FOLDER) / "sheets", os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

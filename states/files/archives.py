"""What lies inside an uploaded file: plain text, gzip, or the members of a zip, read as streams.

Nothing is ever unpacked to disk. Limits are on what comes out, so that a small file that
unpacks to a huge one is refused while it is read, not after.
"""

from __future__ import annotations

import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final, cast

from django.conf import settings

from coop.errors import Invalid
from states.files.models import Packing

MAX_RATIO: Final = 200
"""Voter files unpack to ten or twenty times; past this it is no voter file."""
RATIO_COUNTS_FROM: Final = 16 * 1024**2
MAX_MEMBERS: Final = 5_000
_DATA = re.compile(r".+\.(?:txt|csv|tsv|dat|tab)", re.IGNORECASE)
_STRAY = re.compile(
    r"(?:\.|~\$|__MACOSX|readme|layout|license|legend|record[ _-]?layout).*",
    re.IGNORECASE,
)
_ENCRYPTED: Final = 0x1


@dataclass(frozen=True, slots=True)
class Source:
    """One text to be read: a file, or a member of a zip.

    `label` names it to people; `size` is in bytes, as `Counted.done` counts them:
    unpacked ones, for gzip packed ones (all that is known beforehand).
    """

    label: str
    path: Path
    packing: Packing
    size: int
    member: str = ""


class Counted(io.RawIOBase):
    """A stream that knows how far it is, and stops a flood.

    `done` counts bytes as the source's `size` does.
    """

    def __init__(self, stream: BinaryIO, packed: BinaryIO, source: Source) -> None:
        self._stream = stream
        self._packed = packed
        self._source = source
        self._packed_size = source.path.stat().st_size
        self.unpacked = 0

    @property
    def done(self) -> int:
        """Return how far the source is read."""
        is_gzip = self._source.packing is Packing.GZIP
        return self._packed.tell() if is_gzip else self.unpacked

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """Read up to `size` unpacked bytes; damage and floods are `Invalid`."""
        try:
            piece = self._stream.read(size)
        except (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError) as fault:
            raise _damaged() from fault
        self.unpacked += len(piece)
        check_flood(self.unpacked, self._packed_size)
        return piece


def check_flood(unpacked: int, packed: int) -> None:
    """Raise `Invalid` where so few bytes unpack to so many."""
    too_much = unpacked > settings.MAX_UNPACKED_BYTES
    if too_much or (unpacked > RATIO_COUNTS_FROM and unpacked > MAX_RATIO * packed):
        raise Invalid(
            "archive_floods",
            "The archive unpacks to far more than a voter file has, and was not read on.",
        )


def packing_of(path: Path) -> Packing:
    """Tell how a file is packed from its first bytes."""
    with path.open("rb") as stream:
        head = stream.read(4)
    if head.startswith(b"PK"):
        return Packing.ZIP
    return Packing.GZIP if head.startswith(b"\x1f\x8b") else Packing.PLAIN


def sources_of(path: Path, name: str) -> list[Source]:
    """Return the texts in a file: one, or a zip's members that look like data.

    Folders, `__MACOSX`, read-me and layout texts, pictures and documents are left out.
    Raises `Invalid` (`archive_damaged`, `archive_encrypted`, `archive_floods`,
    `archive_empty`) for an archive that cannot be read whole.
    """
    packing = packing_of(path)
    if packing is not Packing.ZIP:
        return [Source(name, path, packing, path.stat().st_size)]
    try:
        with zipfile.ZipFile(path) as archive:
            members = [one for one in archive.infolist() if is_data(one.filename)]
            _check_members(archive.infolist(), path.stat().st_size)
    except (zipfile.BadZipFile, OSError, ValueError) as fault:
        raise _damaged() from fault
    if not members:
        raise Invalid("archive_empty", "The archive holds no voter or history file.")
    return [
        Source(f"{name}/{one.filename}", path, packing, one.file_size, one.filename)
        for one in members
    ]


def is_data(member: str) -> bool:
    """Tell whether a zip member's name is that of data, not of what lies about it."""
    parts = PurePosixPath(member).parts
    return (
        bool(parts)
        and not any(part.startswith((".", "__MACOSX")) for part in parts)
        and bool(_DATA.fullmatch(parts[-1]))
        and not _STRAY.fullmatch(parts[-1])
    )


def _check_members(members: list[zipfile.ZipInfo], packed: int) -> None:
    if len(members) > MAX_MEMBERS:
        raise Invalid("archive_floods", f"The archive has over {MAX_MEMBERS} members.")
    if any(one.flag_bits & _ENCRYPTED for one in members):
        raise Invalid("archive_encrypted", "The archive is encrypted: send it open.")
    check_flood(sum(one.file_size for one in members), max(packed, 1))


def _damaged() -> Invalid:
    return Invalid(
        "archive_damaged", "The archive is cut off or damaged: upload it again, whole."
    )


@contextmanager
def opened(source: Source) -> Iterator[Counted]:
    """Open a source as a stream of unpacked bytes; raises `Invalid` for a damaged archive."""
    with ExitStack() as stack:
        packed = stack.enter_context(source.path.open("rb"))
        yield Counted(_unpacked(source, packed, stack), packed, source)


def _unpacked(source: Source, packed: BinaryIO, stack: ExitStack) -> BinaryIO:
    if source.packing is Packing.PLAIN:
        return packed
    if source.packing is Packing.GZIP:
        return cast("BinaryIO", stack.enter_context(gzip.GzipFile(fileobj=packed)))
    try:
        archive = stack.enter_context(zipfile.ZipFile(packed))
        member = stack.enter_context(archive.open(source.member))
    except (zipfile.BadZipFile, NotImplementedError, KeyError) as fault:
        raise _damaged() from fault
    return cast("BinaryIO", member)

"""What lies inside an uploaded file: plain text, gzip, zstd, or a zip's members, read as streams.

A zip may hold zips and compressed texts. An inner zip is read from a nameless temporary
file, since its directory is at its end; nothing else is unpacked to disk. Limits are on
what comes out, so that a small file that unpacks to a huge one is refused while it is
read, not after.
"""

from __future__ import annotations

import gzip
import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, Final, cast

import zstandard

from coop.errors import Invalid
from states.files.floods import Tally, check_flood
from states.files.models import Packing
from states.files.storage import incoming_folder
from states.files.zstd import ZstdFile

MAX_DEPTH: Final = 3
"""Zips inside each other, the outermost included."""
_DATA = re.compile(r".+\.(?:txt|csv|tsv|dat|tab)(?:\.gz|\.zst)?", re.IGNORECASE)
_INNER_ZIP = re.compile(r".+\.zip", re.IGNORECASE)
_STRAY = re.compile(
    r"(?:\.|~\$|__MACOSX|readme|layout|license|legend|record[ _-]?layout).*",
    re.IGNORECASE,
)
_ENCRYPTED: Final = 0x1
_PIECE: Final = 1 << 20
_MAGIC: Final = {
    b"PK": Packing.ZIP,
    b"\x1f\x8b": Packing.GZIP,
    b"\x28\xb5\x2f\xfd": Packing.ZSTD,
}
_FAULTS: Final = (
    zipfile.BadZipFile,
    gzip.BadGzipFile,
    zlib.error,
    zstandard.ZstdError,
    EOFError,
    NotImplementedError,
    KeyError,
    ValueError,
)
"""What the standard readers raise over bytes that are not what they say they are."""


@dataclass(frozen=True, slots=True)
class Source:
    """One text to be read: a file, or a member of a zip.

    `label` names it to people; `members` are the names to follow through zips, outermost
    first, none for a file that is no zip. `size` is in bytes, as `Counted.done` counts
    them: those that lie in the file or the innermost zip before gzip and zstd are undone.
    """

    label: str
    path: Path
    packing: Packing
    size: int
    members: tuple[str, ...] = ()


class Counted:
    """A readable stream that knows how far it is, and stops a flood.

    `done` counts bytes as the source's `size` does, `unpacked` what was given out.
    """

    def __init__(self, stream: BinaryIO, measured: BinaryIO, packed_size: int) -> None:
        self._stream = stream
        self._measured = measured
        self._packed_size = packed_size
        self.unpacked = 0

    @property
    def done(self) -> int:
        """Return how far the source is read."""
        return self._measured.tell()

    def read(self, size: int = -1) -> bytes:
        """Read up to `size` unpacked bytes; damage and floods are `Invalid`."""
        try:
            piece = self._stream.read(size)
        except _FAULTS as fault:
            raise damaged() from fault
        self.unpacked += len(piece)
        check_flood(self.unpacked, self._packed_size)
        return piece


def packing_of(path: Path) -> Packing:
    """Tell how a file is packed from its first bytes."""
    with path.open("rb") as stream:
        return _packing_of(stream.read(4))


def _packing_of(head: bytes) -> Packing:
    met = (packing for magic, packing in _MAGIC.items() if head.startswith(magic))
    return next(met, Packing.PLAIN)


def sources_of(path: Path, name: str) -> list[Source]:
    """Return the texts in a file: one, or the members of its zips that look like data.

    Folders, `__MACOSX`, read-me and layout texts, pictures and documents are left out.
    Raises `Invalid` (`archive_damaged`, `archive_encrypted`, `archive_floods`,
    `archive_too_deep`, `archive_empty`) for an archive that cannot be read whole.
    """
    packing = packing_of(path)
    size = path.stat().st_size
    if packing is not Packing.ZIP:
        return [Source(name, path, packing, size)]
    try:
        with path.open("rb") as stream:
            found = list(_inside(stream, (), Tally(packed=size)))
    except _FAULTS as fault:
        raise damaged() from fault
    if not found:
        raise Invalid("archive_empty", "The archive holds no voter or history file.")
    return [
        Source("/".join((name, *members)), path, packing, size, members)
        for members, size in found
    ]


def _inside(
    stream: IO[bytes], within: tuple[str, ...], tally: Tally
) -> Iterator[tuple[tuple[str, ...], int]]:
    """Yield the way to each text in a zip, zips in it included, and its size there."""
    if len(within) == MAX_DEPTH:
        raise Invalid(
            "archive_too_deep", f"Zips lie over {MAX_DEPTH} deep in each other."
        )
    with zipfile.ZipFile(stream) as archive:
        members = archive.infolist()
        if any(one.flag_bits & _ENCRYPTED for one in members):
            raise Invalid(
                "archive_encrypted", "The archive is encrypted: send it open."
            )
        tally.add(len(members), sum(one.file_size for one in members))
        for one in members:
            way = (*within, one.filename)
            if is_data(one.filename):
                yield way, one.file_size
            elif is_inner_zip(one.filename):
                with archive.open(one) as packed, _on_disk(packed) as inner:
                    yield from _inside(inner, way, tally)


@contextmanager
def _on_disk(packed: IO[bytes]) -> Iterator[IO[bytes]]:
    """Give a member's bytes as a file that can be read from any place, and has no name."""
    with tempfile.TemporaryFile(dir=incoming_folder()) as copied:
        while piece := packed.read(_PIECE):
            copied.write(piece)
        copied.seek(0)
        yield copied


def is_data(member: str) -> bool:
    """Tell whether a zip member's name is that of data, not of what lies about it."""
    return _is_named(member, _DATA)


def is_inner_zip(member: str) -> bool:
    """Tell whether a member's name is that of a zip to be looked into."""
    return _is_named(member, _INNER_ZIP)


def _is_named(member: str, pattern: re.Pattern[str]) -> bool:
    parts = PurePosixPath(member).parts
    return (
        bool(parts)
        and not member.endswith("/")
        and not any(part.startswith((".", "__MACOSX")) for part in parts)
        and bool(pattern.fullmatch(parts[-1]))
        and not _STRAY.fullmatch(parts[-1])
    )


def damaged() -> Invalid:
    """Return the fault of an archive that cannot be read whole."""
    return Invalid(
        "archive_damaged", "The archive is cut off or damaged: upload it again, whole."
    )


@contextmanager
def opened(source: Source) -> Iterator[Counted]:
    """Open a source as a stream of unpacked bytes; raises `Invalid` for a damaged archive."""
    with ExitStack() as stack:
        outer = stack.enter_context(source.path.open("rb"))
        try:
            measured = _followed(outer, source.members, stack)
            stream = _unpacked(measured, stack)
        except _FAULTS as fault:
            raise damaged() from fault
        yield Counted(stream, measured, max(source.path.stat().st_size, 1))


def _followed(outer: BinaryIO, members: tuple[str, ...], stack: ExitStack) -> BinaryIO:
    """Follow a way through zips to a member's stream; without one, to the file itself."""
    stream: IO[bytes] = outer
    for number, member in enumerate(members):
        if number:
            stream = stack.enter_context(_on_disk(stream))
        archive = stack.enter_context(zipfile.ZipFile(stream))
        stream = stack.enter_context(archive.open(member))
    return cast("BinaryIO", stream)


def _unpacked(packed: BinaryIO, stack: ExitStack) -> BinaryIO:
    head = packed.peek(4)[:4]  # type: ignore[attr-defined]  # files and members have it
    kind = _packing_of(head)
    if kind is Packing.GZIP:
        return cast("BinaryIO", stack.enter_context(gzip.GzipFile(fileobj=packed)))
    if kind is Packing.ZSTD:
        return cast("BinaryIO", stack.enter_context(ZstdFile(packed)))
    return packed

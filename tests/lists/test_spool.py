"""Kept files: encrypted, whole or not at all, and of no use to whoever changes a byte of them."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from coop.errors import Unavailable
from states.lists import spool
from states.lists.spool import SEGMENT, TAG, Kept, Spooler, SpoolKey, folder, pieces

SIZES = [0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 3 * SEGMENT, 3 * SEGMENT + 7]


@pytest.fixture(autouse=True)
def _storage(settings: Any, tmp_path: Path) -> None:
    settings.STORAGE_FOLDER = tmp_path


def _kept(body: bytes, *, step: int = 100_000) -> Kept:
    spooler = Spooler(uuid4(), 1)
    for start in range(0, len(body), step):
        spooler.write(body[start : start + step])
    kept = spooler.keep()
    assert kept is not None
    return kept


def _read(opens: SpoolKey, start: int = 0, stop: int | None = None) -> bytes:
    return b"".join(pieces(opens, start, opens.size if stop is None else stop))


@pytest.mark.parametrize("size", SIZES)
def test_what_is_kept_is_read_back(size: int) -> None:
    body = os.urandom(size)
    kept = _kept(body)
    assert kept.opens.size == size
    assert _read(kept.opens) == body
    assert kept.opens.path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("start", "stop"),
    [(0, 1), (5, 9), (SEGMENT - 1, SEGMENT + 1), (SEGMENT, 2 * SEGMENT), (7, 700_000)],
)
def test_any_part_is_read_back(start: int, stop: int) -> None:
    body = os.urandom(3 * SEGMENT + 7)
    assert _read(_kept(body).opens, start, stop) == body[start:stop]


def test_nothing_on_the_disk_is_plain() -> None:
    kept = _kept(b"ADA SMITH " * 50_000)
    assert b"SMITH" not in kept.opens.path.read_bytes()


def _flip(data: bytearray) -> bytes:
    data[1000] ^= 1
    return bytes(data)


def _swap(data: bytearray) -> bytes:
    whole = SEGMENT + TAG
    return bytes(data[whole : 2 * whole] + data[:whole] + data[2 * whole :])


def _cut_last(data: bytearray) -> bytes:
    return bytes(data[: 2 * (SEGMENT + TAG)])


@pytest.mark.parametrize(
    "change", [_flip, _swap, _cut_last, lambda data: b"", lambda data: bytes(data[:-1])]
)
def test_a_file_that_was_tampered_with_is_not_served(change: Any) -> None:
    kept = _kept(os.urandom(2 * SEGMENT + 7))
    path = kept.opens.path
    path.write_bytes(change(bytearray(path.read_bytes())))
    with pytest.raises(Unavailable, match="export_damaged"):
        _read(kept.opens)


def test_a_file_shortened_to_whole_segments_does_not_pass_for_whole() -> None:
    kept = _kept(os.urandom(2 * SEGMENT + 7))
    opens = kept.opens
    opens.path.write_bytes(_cut_last(bytearray(opens.path.read_bytes())))
    shorter = SpoolKey(opens.export, opens.fetch, opens.key, 2 * SEGMENT)
    with pytest.raises(Unavailable):
        _read(shorter)


def test_another_exports_file_or_a_link_in_its_place_is_not_served() -> None:
    one, other = _kept(b"one" * 100), _kept(b"two" * 100)
    one.opens.path.unlink()
    other.opens.path.rename(one.opens.path)
    with pytest.raises(Unavailable):
        _read(one.opens)
    one.opens.path.rename(other.opens.path)
    one.opens.path.symlink_to(other.opens.path)
    with pytest.raises(Unavailable):
        _read(one.opens)


def test_what_is_discarded_or_abandoned_leaves_nothing() -> None:
    first = Spooler(uuid4(), 1)
    first.write(os.urandom(2 * SEGMENT))
    assert len(list(folder().iterdir())) == 1
    first.discard()
    first.write(b"more")
    assert first.keep() is None
    second = Spooler(uuid4(), 1)
    second.write(os.urandom(2 * SEGMENT))
    del second
    gc.collect()
    assert list(folder().iterdir()) == []


def test_a_full_disk_ends_the_keeping_not_the_download(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Full:
        """A file on a disk that has no room."""

        def write(self, _data: bytes) -> int:
            raise OSError(28, "No space left on device")

    spooler = Spooler(uuid4(), 1)
    monkeypatch.setattr(Spooler, "_opened", lambda self: Full())
    spooler.write(os.urandom(2 * SEGMENT))
    spooler.write(os.urandom(2 * SEGMENT))
    assert spooler.keep() is None
    assert not spool.folder().exists() or not list(spool.folder().iterdir())

"""Archives: each packing gives the same text back, and what floods or is broken is refused."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest
import zstandard

from coop.errors import Invalid
from states.files import archives, floods
from states.files.archives import opened, sources_of

TEXT = b"".join(b"%d,EXAMPLE,%d ELM ST\n" % (n, n * 7919) for n in range(40_000))


def zipped(members: dict[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", packing) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def nested(depth: int, name: str = "a.txt", content: bytes = TEXT) -> bytes:
    packed = zipped({name: content})
    for number in range(depth - 1):
        packed = zipped({f"inner{number}.zip": packed})
    return packed


def texts(folder: Path, content: bytes, name: str = "upload") -> dict[str, bytes]:
    path = folder / "stored"
    path.write_bytes(content)
    found = {}
    for source in sources_of(path, name):
        with opened(source) as stream:
            pieces = []
            while piece := stream.read(10_007):
                pieces.append(piece)
            assert stream.done == source.size
        found[source.label] = b"".join(pieces)
    return found


@pytest.mark.parametrize(
    "packed",
    [
        TEXT,
        gzip.compress(TEXT),
        zstandard.compress(TEXT),
        # several frames, one of them empty, as parallel writers leave them
        zstandard.compress(TEXT[:7])
        + zstandard.compress(b"")
        + zstandard.compress(TEXT[7:]),
        zstandard.ZstdCompressor(write_content_size=False).compress(TEXT),
    ],
    ids=["plain", "gzip", "zstd", "zstd frames", "zstd of unknown size"],
)
def test_a_text_comes_out_as_it_was_packed(tmp_path: Path, packed: bytes) -> None:
    assert texts(tmp_path, packed) == {"upload": TEXT}


def test_zips_in_zips_and_packed_members_are_read_by_their_way(tmp_path: Path) -> None:
    inner = zipped({"c.txt": b"third", "readme.txt": b"about"})
    packed = zipped(
        {
            "a.txt.gz": gzip.compress(TEXT),
            "b.csv.zst": zstandard.compress(TEXT),
            "counties/one.zip": zipped({"d.txt": b"fourth", "two.zip": inner}),
            "map.png": b"\x89PNG",
            "__MACOSX/one.zip": b"not a zip",
        }
    )
    assert texts(tmp_path, packed, "all.zip") == {
        "all.zip/a.txt.gz": TEXT,
        "all.zip/b.csv.zst": TEXT,
        "all.zip/counties/one.zip/d.txt": b"fourth",
        "all.zip/counties/one.zip/two.zip/c.txt": b"third",
    }


def test_zips_lie_only_so_deep(tmp_path: Path) -> None:
    assert list(texts(tmp_path, nested(archives.MAX_DEPTH)).values()) == [TEXT]
    with pytest.raises(Invalid) as refused:
        texts(tmp_path, nested(archives.MAX_DEPTH + 1))
    assert refused.value.code == "archive_too_deep"


FLOOD = b"0" * (floods.RATIO_COUNTS_FROM + 1)


@pytest.mark.parametrize(
    ("packed", "code"),
    [
        (nested(2, content=FLOOD), "archive_floods"),
        (zstandard.compress(FLOOD), "archive_floods"),
        (zipped({"a.txt.zst": zstandard.compress(FLOOD)}), "archive_floods"),
        (zipped({"a.txt.gz": gzip.compress(FLOOD)}), "archive_floods"),
        (zipped({"empty.zip": zipped({})}), "archive_empty"),
        (zipped({"broken.zip": b"PK\x03\x04 and no more"}), "archive_damaged"),
        (zipped({"cut.zip": nested(1)[:-30]}), "archive_damaged"),
        (zstandard.compress(TEXT)[:-100], "archive_damaged"),
        (zstandard.compress(TEXT) + b"more", "archive_damaged"),
        (zipped({"a.txt.zst": zstandard.compress(TEXT)[:-9]}), "archive_damaged"),
        (gzip.compress(TEXT)[:-9], "archive_damaged"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_floods_or_is_cut_is_refused(
    tmp_path: Path, packed: bytes, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        texts(tmp_path, packed)
    assert refused.value.code == code


def test_members_are_counted_through_all_zips(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(floods, "MAX_MEMBERS", 5)
    pair = zipped({"a.txt": b"1", "b.txt": b"2"})
    assert len(texts(tmp_path, zipped({"one.zip": pair}))) == 2
    with pytest.raises(Invalid) as refused:
        texts(tmp_path, zipped({"one.zip": pair, "two.zip": pair}))
    assert refused.value.code == "archive_floods"


def test_nothing_is_left_in_the_folder_of_uploads(
    tmp_path: Path, storage: Path
) -> None:
    texts(tmp_path, nested(3))
    assert [path for path in storage.rglob("*") if path.is_file()] == []

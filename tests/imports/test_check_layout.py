"""The command that explains a file, column by column."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from states.layouts.explain import explain
from tests.files.test_archives import zipped
from tests.imports.people import ohio_file, people

GOOD = ohio_file(people(range(1, 6)))


def told(*paths: Path, state: str = "OH") -> str:
    written = io.StringIO()
    call_command("check_layout", *map(str, paths), state=state, stdout=written)
    return written.getvalue()


def test_each_column_is_told_with_what_it_is_read_as(tmp_path: Path) -> None:
    path = tmp_path / "ohio.zip"
    path.write_bytes(zipped({"one/SWVF_1_44.txt": GOOD}))
    lines = [line.split() for line in told(path).splitlines()]
    assert lines[0][:5] == ["ohio.zip/one/SWVF_1_44.txt:", "A", "voters", "file", "of"]
    assert ["1", "SOS_VOTERID", "state_voter_id"] in lines
    assert ["4", "LAST_NAME", "last_name"] in lines
    assert any(line[-4:] == ["votes", "in", "an", "election"] for line in lines)


def test_what_is_missing_unknown_or_renamed_is_told_and_fails(tmp_path: Path) -> None:
    path = tmp_path / "SWVF.txt"
    path.write_bytes(GOOD.replace(b"LAST_NAME", b"FAMILY", 1))
    written = io.StringIO()
    with pytest.raises(CommandError, match=r"SWVF\.txt"):
        call_command("check_layout", str(path), stdout=written)
    text = written.getvalue()
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert "missing: LAST_NAME; added: FAMILY" in lines[0]
    assert "4 FAMILY not known, not read" in lines
    assert "- LAST_NAME missing, and needed" in lines


def test_a_text_that_is_nothing_known_is_told_without_columns() -> None:
    found = explain("letter.txt", b"Dear Sir,\nthank you\n", state="OH")
    assert (found.recognized, found.variant, found.columns) == (False, None, ())


def test_a_damaged_archive_is_told_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "half.zip"
    path.write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(CommandError):
        told(path)

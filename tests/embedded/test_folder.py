"""The run folder keeps its secrets, is one a checkout, and survives being moved."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import pytest

from coop.embedded.errors import EmbeddedError
from coop.embedded.folder import RunFolder, open_run_folder


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_only_its_owner_reads_secrets_and_reaches_sockets(folder: RunFolder) -> None:
    assert _mode(folder.path / "services.json") == 0o600
    assert _mode(folder.sockets) == 0o700


def test_secrets_and_sockets_stay_the_same(folder: RunFolder) -> None:
    assert open_run_folder(folder.path) == folder


def test_two_checkouts_share_neither_secrets_nor_sockets(
    folder: RunFolder, other_folder: RunFolder
) -> None:
    assert folder.sockets != other_folder.sockets
    assert not set(folder.secrets.values()) & set(other_folder.secrets.values())


def test_a_copied_checkout_gets_sockets_of_its_own(
    folder: RunFolder, tmp_path: Path
) -> None:
    shutil.copytree(folder.path, tmp_path / "copy")
    copy = open_run_folder(tmp_path / "copy")
    assert copy.sockets != folder.sockets
    assert open_run_folder(folder.path) == folder
    shutil.rmtree(copy.sockets)


def test_removed_sockets_are_made_again_and_secrets_kept(folder: RunFolder) -> None:
    shutil.rmtree(folder.sockets)
    again = open_run_folder(folder.path)
    assert again.sockets.is_dir()
    assert again.secrets == folder.secrets


def test_a_socket_path_fits_below_a_deep_checkout(tmp_path: Path) -> None:
    deep = open_run_folder(
        tmp_path.joinpath(*["a-rather-long-name-of-a-folder"] * 6) / ".run"
    )
    assert len(os.fsencode(deep.sockets / ".s.PGSQL.5432")) <= 107
    shutil.rmtree(deep.sockets)


def test_a_long_temporary_folder_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("t" * 90)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))
    opened = open_run_folder(tmp_path / ".run")
    assert len(os.fsencode(opened.valkey_socket)) <= 107
    shutil.rmtree(opened.sockets)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    theirs = tmp_path / ".run"
    theirs.mkdir()
    os.chown(theirs, 65534, 65534)
    with pytest.raises(EmbeddedError, match=r"belongs to user 65534.*RUN_FOLDER"):
        open_run_folder(theirs)

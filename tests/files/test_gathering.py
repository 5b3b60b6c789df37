"""Files and folders named on a command line become the files of a delivery."""

from __future__ import annotations

from pathlib import Path

import pytest

from coop.errors import Conflict, CoopError
from states.files.gathering import named_files


def made(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def test_a_folder_stands_for_the_data_in_it_and_below(tmp_path: Path) -> None:
    made(tmp_path, "FL/ALA.txt", "FL/hist/ALA_H.txt.gz", "FL/more.zip", "one.csv")
    made(tmp_path, "FL/readme.txt", "FL/.DS_Store", "FL/map.png", "FL/layout.pdf")
    named = named_files([tmp_path / "FL", tmp_path / "one.csv"])
    assert list(named) == ["ALA.txt", "ALA_H.txt.gz", "more.zip", "one.csv"]
    assert named["ALA_H.txt.gz"] == tmp_path / "FL" / "hist" / "ALA_H.txt.gz"


def test_files_of_one_name_are_called_by_their_way(tmp_path: Path) -> None:
    made(tmp_path, "PA/ADAMS/FVE.txt", "PA/BERKS/FVE.txt", "PA/zones.txt")
    assert list(named_files([tmp_path / "PA"])) == [
        "ADAMS - FVE.txt",
        "BERKS - FVE.txt",
        "zones.txt",
    ]


def test_two_files_never_get_one_name(tmp_path: Path) -> None:
    made(tmp_path, "a/x.txt", "b/x.txt")
    with pytest.raises(Conflict):
        named_files([tmp_path / "a" / "x.txt", tmp_path / "b" / "x.txt"])
    assert len(named_files([tmp_path / "a", tmp_path / "a" / "x.txt"])) == 1


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    made(tmp_path, "empty/readme.txt", "bad/;.txt")
    with pytest.raises(FileNotFoundError):
        named_files([tmp_path / "none.txt"])
    for folder, code in (("empty", "delivery_empty"), ("bad", "file_name_invalid")):
        with pytest.raises(CoopError) as told:
            named_files([tmp_path / folder])
        assert told.value.code == code

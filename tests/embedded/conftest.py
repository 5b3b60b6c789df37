"""A run folder of the test's own, whose services are stopped afterwards."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from coop import embedded
from coop.embedded.folder import RunFolder, open_run_folder


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[RunFolder]:
    yield from run_folder(tmp_path / "checkout" / ".run")


@pytest.fixture
def other_folder(tmp_path: Path) -> Iterator[RunFolder]:
    yield from run_folder(tmp_path / "other-checkout" / ".run")


def run_folder(path: Path) -> Iterator[RunFolder]:
    """Open a run folder; stop what runs in it and remove its sockets at the end."""
    opened = open_run_folder(path)
    yield opened
    opened = open_run_folder(path)
    embedded.stop(opened)
    shutil.rmtree(opened.sockets)

"""Clients of the cast, and a storage folder that goes away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.grants.conftest import client_of

__all__ = ["client_of"]


@pytest.fixture(autouse=True)
def storage(settings: Any, tmp_path: Path) -> Path:
    """Uploaded files lie in a folder of the test's own."""
    settings.STORAGE_FOLDER = tmp_path / "storage"
    return tmp_path / "storage"

"""Clients of the cast's members, each with a key of its own; downloads in small chunks."""

from __future__ import annotations

import pytest

from states.lists import chunks
from tests.grants.conftest import client_of

__all__ = ["client_of"]


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a download of the cast's voters take many chunks."""
    monkeypatch.setattr(chunks, "CHUNK_ROWS", 16)

"""A database of one's own for imports, with Ohio empty, and a storage folder that goes away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from coop.actors import Action
from coop.db.scope import acting_as
from states.imports.access import rejects_after
from states.imports.models import Import
from tests.cast import Cast, load_cast
from tests.conftest import CommittedDatabase
from tests.grants.conftest import client_of

__all__ = ["client_of"]

VOTER_TABLES = (
    "voters_registration",
    "voters_demographics",
    "voters_contactdetails",
    "voters_votehistory",
    "voters_publication",
)


@pytest.fixture(autouse=True)
def storage(settings: Any, tmp_path: Path) -> Path:
    """Uploaded files lie in a folder of the test's own."""
    settings.STORAGE_FOLDER = tmp_path / "storage"
    return tmp_path / "storage"


@pytest.fixture
def ohio(committed_db: CommittedDatabase, cast: Cast, storage: Path) -> Cast:
    """The cast, with no voter of Ohio published yet."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("RESET ROLE; SET ROLE coop_owner")
        for table in VOTER_TABLES:
            cursor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
            cursor.execute(f"DELETE FROM {table} WHERE state = 'OH'")
            cursor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    return cast


@pytest.fixture
def rejected() -> Callable[[Import], list[tuple[object, ...]]]:
    """Return an import's rejects: file, line number, code and raw line, as kept."""

    def read(run: Import) -> list[tuple[object, ...]]:
        with acting_as(load_cast().ohio, Action.IMPORT):
            return [
                (one.file, one.line_number, one.code, one.raw_line)
                for one in rejects_after(run, 0, 100)
            ]

    return read

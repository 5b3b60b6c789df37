"""A database of one's own for imports, with Ohio empty, and a storage folder that goes away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from tests.cast import Cast
from tests.conftest import CommittedDatabase

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

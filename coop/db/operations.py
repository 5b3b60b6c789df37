"""Migration operations: run a `.sql` file that lies beside the migration.

Policies, roles' rights, triggers and functions are hand-written SQL, run by migrations
and by nothing else.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db import migrations


def run_sql(migration_file: str, name: str) -> migrations.RunSQL:
    """Return the operation that runs `sql/<name>.sql` beside the migration.

    `migration_file` is the migration's `__file__`. There is no way back: a later
    migration mends an earlier one.
    """
    path = Path(migration_file).parent / "sql" / f"{name}.sql"
    # A pair with parameters None: psycopg then takes percent signs literally, and the
    # whole file is one query of the simple protocol.
    whole: list[Any] = [(path.read_text(), None)]
    return migrations.RunSQL(whole, migrations.RunSQL.noop)

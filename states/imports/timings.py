"""How long the work on an import took, by phase: seconds on the clock, waiting for a worker left out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from psycopg import sql

from coop.actors import Action, worker_for
from coop.db.scope import acting_as
from states.imports.lease import LOADER, Claim
from states.imports.staging import execute

PHASES: Final = (
    "reading",
    "gathering",
    "comparing",
    "publishing",
    "facets",
    "statistics",
)
"""The kinds of work on an import, in their order; `facets` is done while it is published."""


@contextmanager
def timed(claim: Claim, phase: str) -> Iterator[None]:
    """Add what the block takes to the import's seconds of a phase; a block that fails counts for nothing.

    Inside an open step they are kept if the step is.
    """
    begun = time.monotonic()
    yield
    spent = round(time.monotonic() - begun, 3)
    with acting_as(worker_for(claim.organization), Action.IMPORT, using=LOADER):
        execute(
            sql.SQL(
                "UPDATE imports_import SET timings = jsonb_set(timings, ARRAY[%s],"
                " to_jsonb(coalesce((timings->>%s)::numeric, 0) + %s)) WHERE id = %s"
            ),
            [phase, phase, spent, claim.import_id],
        )

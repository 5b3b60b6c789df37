"""Versions of a set's values in a state: which one counts, and the going of those that do not."""

from __future__ import annotations

from uuid import UUID

from django.db import connection

from states.scores.models import Holding, Upload


def hold_version(upload: Upload) -> None:
    """Make an upload's values the ones that count in its state, in the open scope."""
    Holding.objects.bulk_create(
        [
            Holding(
                state=upload.state,
                score_set=upload.score_set_id,
                version=upload.version,
            )
        ],
        update_conflicts=True,
        update_fields=["version"],
        unique_fields=["state", "score_set"],
    )


def drop_values(state: str, score_set: UUID, *, whole: bool = False) -> None:
    """Drop an own set's values that count no longer, in the open scope; of a `whole` set, all."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sec.drop_scores(%s, %s, %s)", [state, score_set, whole])

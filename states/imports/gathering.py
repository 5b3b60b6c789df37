"""One row a voter: what several files of a delivery say is put together before it is compared."""

from __future__ import annotations

import json
from typing import Final

from django.utils import timezone
from psycopg import sql

from states.imports import lines, staging
from states.imports.errors import ImportRefused, StagingLost
from states.imports.lease import Claim, importing, save
from states.imports.models import Import
from states.imports.reading import SetAside, keep_rejects
from states.imports.staging import execute, identifier
from states.layouts.declaration import Role

REPEATED: Final = "duplicate_in_delivery"


def gather(claim: Claim) -> None:
    """Leave one row a voter, with the votes of all files, unless that was done.

    Raises `StagingLost` where staged rows are missing, `ImportRefused` for voters outside
    the delivery's scope.
    """
    with importing(claim) as run:
        _check_whole(run)
        if "gathered" not in run.cursor:
            if run.cursor.get("base"):
                lines.part(run)
            _set_repeated_aside(run)
            _check_scope(run)
            _gather_votes(run)
            save(
                run,
                cursor=run.cursor | {"gathered": True},
                phase="comparing",
                phase_started_at=timezone.now(),
            )


def _check_whole(run: Import) -> None:
    """Raise `StagingLost` unless all that was staged is there: a crash empties unlogged tables."""
    for kind in ("voters", "history"):
        if staging.count(kind, run.id) != run.cursor[kind]:
            raise StagingLost
    if len(staging.met(run.id)) != run.cursor["same"]:
        raise StagingLost


def _set_repeated_aside(run: Import) -> None:
    """Keep the first row of each identifier that several files of the delivery have."""
    notes = run.cursor["sources"]
    if sum(note["role"] == Role.VOTERS for note in notes) < 2:
        return
    repeated = execute(
        sql.SQL(
            "DELETE FROM {voters} AS s USING (SELECT state_voter_id, min(ctid) AS first"
            " FROM {voters} GROUP BY 1 HAVING count(*) > 1) AS d"
            " WHERE s.state_voter_id = d.state_voter_id AND s.ctid <> d.first"
            " RETURNING s.source, s.state_voter_id"
        ).format(voters=identifier("voters", run.id))
    )
    reason = (
        "The identifier is also in another file of the delivery; that row was kept."
    )
    for number, note in enumerate(notes):
        rows = [
            SetAside(None, one[1], REPEATED, reason)
            for one in repeated
            if one[0] == number
        ]
        keep_rejects(run, note["label"], rows)
    run.cursor["voters"] -= len(repeated)


def _check_scope(run: Import) -> None:
    """Refuse a delivery that holds voters of counties it does not declare."""
    counties = run.delivery.counties
    if counties is None:
        return
    outside = execute(
        sql.SQL(
            "SELECT count(*) FROM {} WHERE county IS NULL OR county <> ALL (%s)"
        ).format(identifier("voters", run.id)),
        [counties],
    )[0][0]
    if outside:
        raise ImportRefused(
            "outside_scope",
            f"{outside:,} voters are outside the counties that the delivery declares.",
        )


def _gather_votes(run: Import) -> None:
    """Gather votes that came in files of their own, a row per voter."""
    execute(
        sql.SQL(
            "CREATE UNLOGGED TABLE {votes} AS"
            " SELECT h.state_voter_id, array_agg(h.election ORDER BY h.election) AS elections,"
            "  array_agg(h.method ORDER BY h.election) AS methods,"
            "  array_agg(h.party ORDER BY h.election) AS parties,"
            "  max(e.date) AS last_voted_date"
            " FROM (SELECT DISTINCT ON (state_voter_id, election) state_voter_id, election,"
            "        coalesce(method, '') AS method, coalesce(party, '') AS party"
            "       FROM {history} ORDER BY state_voter_id, election, method, party) AS h"
            " JOIN (SELECT (j->>'election')::integer AS election, (j->>'date')::date AS date"
            "       FROM jsonb_array_elements(%s::jsonb) AS j) AS e USING (election)"
            " GROUP BY h.state_voter_id"
        ).format(
            votes=identifier("votes", run.id), history=identifier("history", run.id)
        ),
        [json.dumps(run.cursor["elections"])],
    )
    roles = {note["role"] for note in run.cursor["sources"]}
    if Role.HISTORY in roles or not run.cursor.get("first"):
        # They are joined with each other, and with what is published.
        for kind in ("voters", "votes"):
            staging.analyze(kind, run.id, "state_voter_id")

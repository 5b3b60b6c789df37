"""Going back to an earlier publication: a run that reads no file, in one publishing transaction."""

from __future__ import annotations

from typing import Final

from django.db import DatabaseError, connections

from coop.actors import worker_for
from coop.db.scope import current_scope, renew_scope
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from states.facets.building import build_facets
from states.imports.errors import ImportRefused
from states.imports.lease import LOADER, Claim, importing, save
from states.imports.models import Import, Status
from states.imports.publishing import take_statistics
from states.imports.timings import timed

NO_DATA: Final = "P0002"
"""What the function raises where the publication's reverse is not whole, or others came between."""


def roll_back(claim: Claim) -> int:
    """Publish the state's voters as they were after an earlier publication; return the new number.

    Raises `ImportRefused` where that cannot be gone back to any more.
    """
    with importing(claim) as run:
        _get_ready(run)
    with importing(claim) as run:
        with timed(claim, "publishing"):
            number = _roll_back(claim)
        with timed(claim, "facets"):
            build_facets(run.state, run.id)
        if scope := current_scope():
            renew_scope(scope)
        done = Import.objects.using(LOADER).get(id=run.id)
        record(
            Event.ROLLED_BACK,
            by=worker_for(claim.organization),
            use=Use(state=run.state, rows=done.figures["restored"]),
            subject=run.id,
            detail={"publication": number, "to": run.rolls_back_to} | done.figures,
        )
    with timed(claim, "statistics"):
        take_statistics(claim, run.state)
    return number


def _get_ready(run: Import) -> None:
    """Take the steps that lead an import to publication; the aim's profile is this run's."""
    aim = Import.objects.using(LOADER).filter(
        state=run.state, publication=run.rolls_back_to
    )
    profile = aim.values_list("cursor__profile", flat=True).first()
    kept = {"profile": profile} if profile else {}
    if run.status == Status.READING:
        save(run, status=Status.COMPARING, phase="comparing", cursor=kept)
    if run.status == Status.COMPARING:
        save(run, status=Status.PUBLISHING, phase="rolling_back")


def _roll_back(claim: Claim) -> int:
    try:
        with connections[LOADER].cursor() as cursor:
            cursor.execute(
                "SELECT sec.roll_back(%s, %s)", [claim.import_id, claim.worker]
            )
            return int(cursor.fetchone()[0])
    except DatabaseError as error:
        if getattr(error.__cause__, "sqlstate", None) == NO_DATA:
            raise ImportRefused(
                "publication_moved_on",
                "There is a newer publication meanwhile, or the earlier one is not kept.",
            ) from error
        raise

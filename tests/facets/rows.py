"""Stored bitmaps as plain values, and imports that hold whatever the guard rails say of so few voters."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.db import connections
from pyroaring import BitMap

from coop.actors import Action, worker_for
from coop.db.scope import acting_as
from states.facets.building import Built, build_facets
from states.facets.kept import GROUPS
from states.facets.staged import LOADER
from states.imports.actions import order_rollback, publish_import
from states.imports.models import Import, Status
from states.imports.work import run_imports
from tests.cast import Cast
from tests.imports.people import deliver, import_delivery, ohio_file, seen

Rows = dict[tuple[str, str, str, int], tuple[bytes, str]]
"""Group, field, value and place → the bitmap's bytes, and which transaction wrote them."""


def rows() -> Rows:
    """Return all bitmaps of Ohio's."""
    found: Rows = {}
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET ROLE coop_publisher")
        for group in GROUPS:
            cursor.execute(
                f"SELECT field, value, place, bits, xmin::text FROM facets_{group} WHERE state = 'OH'"
            )
            for field, value, place, bits, wrote in cursor.fetchall():
                found[group.value, field, value, place] = (bytes(bits), wrote)
        cursor.execute("RESET ROLE")
    return found


def contents(found: Rows) -> dict[tuple[str, str, str, int], frozenset[int]]:
    """Return the ordinals in each bitmap: the same ones may be written in two ways of equal length."""
    return {
        key: frozenset(BitMap.deserialize(bits)) for key, (bits, _) in found.items()
    }


def build_anew(cast: Cast) -> Built | None:
    """Build Ohio's bitmaps from nothing but its voters."""
    worker = worker_for(cast.ohio.organization)
    with acting_as(worker, Action.IMPORT, using=LOADER):
        return build_facets("OH", uuid4(), whole=True)


def publish(cast: Cast, delivered: list[dict[str, Any]], **terms: Any) -> Import:
    """Publish a delivery of Ohio's."""
    delivery = deliver(cast.ohio, {"SWVF.txt": ohio_file(delivered)}, **terms)
    run = import_delivery(cast.ohio, delivery)
    if run.status == Status.READY:
        publish_import(import_id=run.id, reason="It is so.", by=cast.ohio)
        run_imports()
        run = seen(cast.ohio, run)
    assert run.status == Status.PUBLISHED, run.problem
    return run


def roll_back(cast: Cast, to: int) -> Import:
    """Go back to an earlier publication of Ohio's."""
    run = order_rollback(state="OH", to=to, reason="It was wrong.", by=cast.ohio)
    run_imports()
    run = seen(cast.ohio, run)
    assert run.status == Status.PUBLISHED, run.problem
    return run

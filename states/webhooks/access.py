"""The only way from a caller's id to a webhook: inside a scope, through its policies."""

from __future__ import annotations

from uuid import UUID

from coop.errors import not_found
from states.webhooks.models import Endpoint, Line


def endpoint_by_id(wanted: UUID, *, lock: bool = False) -> Endpoint:
    """Return an endpoint of the acting organization; raises `NotFound` for any other."""
    rows = Endpoint.objects.filter(id=wanted)
    found = (rows.select_for_update() if lock else rows).first()
    if found is None:
        raise not_found("webhook")
    return found


def lines_of(endpoint: UUID) -> list[Line]:
    """Return the lines of an endpoint, by state; those of states no longer wanted are gone."""
    return list(Line.objects.filter(endpoint=endpoint).order_by("state"))

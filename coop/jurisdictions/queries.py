"""Named reads of states and their places."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from coop.jurisdictions.models import County, State


def all_states() -> QuerySet[State]:
    """Return every state, by code."""
    return State.objects.order_by("code")


def state_owned_by(organization: UUID) -> State | None:
    """Return the state whose data the organization owns, if it owns one's."""
    return State.objects.filter(owner=organization).first()


def counties_outside(state: State, counties: Iterable[int]) -> set[int]:
    """Return those of the FIPS codes that are no county of the state."""
    wanted = set(counties)
    known = County.objects.filter(state=state, fips__in=wanted)
    return wanted - set(known.values_list("fips", flat=True))

"""Named reads of grants: which are in force for whom, and what was used of a cap."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from coop.actors import Action, Actor
from coop.grants.models import Grant, Status


def grants_in_force_of(
    actor: Actor, *, states: Iterable[str] | None = None
) -> QuerySet[Grant]:
    """Return the grants that the actor's organization holds and may use at this moment."""
    now = timezone.now()
    found = Grant.objects.filter(
        grantee=actor.organization,
        status=Status.ACTIVE,
        starts_at__lte=now,
        ends_at__gt=now,
    )
    if states is not None:
        found = found.filter(state__in=list(states))
    return found.order_by("state_id", "created_at", "id")


def grants_for(
    actor: Actor, state: str, action: Action, groups: Iterable[str] = ()
) -> list[Grant]:
    """Return the grants in force that an access rests on, so that the ledger can name them.

    They allow the action in the state and share a field group with `groups` (any, if none
    is named). Empty for the owner, whose access rests on ownership.
    """
    wanted = {str(group) for group in groups}
    return [
        grant
        for grant in grants_in_force_of(actor, states=[state])
        if action.value in grant.actions
        and (not wanted or wanted.intersection(grant.groups))
    ]


LATE: Final = dt.timedelta(hours=72)
"""How long after a grant's natural end contacts dated within it are taken; the database keeps it."""


def late_grants_for(actor: Actor, state: str) -> list[Grant]:
    """Return the grants to contribute that lived out so recently that late contacts are taken."""
    now = timezone.now()
    active_to_the_end = Q(status=Status.ACTIVE) | Q(lived_out=True)
    found = Grant.objects.filter(
        active_to_the_end,
        grantee=actor.organization,
        state=state,
        ends_at__lte=now,
        ends_at__gt=now - LATE,
        groups__contains=["contacts"],
        actions__contains=["contribute"],
    )
    return list(found.order_by("created_at", "id"))


def grants_of(actor: Actor) -> QuerySet[Grant]:
    """Return every grant that the actor's organization is a side of, newest first."""
    sides = Q(owner=actor.organization) | Q(grantee=actor.organization)
    return Grant.objects.filter(sides).order_by("-created_at", "-id")


def cap_use(lineage: UUID) -> list[tuple[dt.date, int]]:
    """Return a grant's used voters by month (its first day), for either side of it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT month, used FROM sec.voters_used(%s)", [lineage])
        return [(month, int(used)) for month, used in cursor.fetchall()]

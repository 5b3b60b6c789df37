"""Founding organizations, and every change to who may act for them."""

from __future__ import annotations

from django.contrib.auth.models import Group
from django.utils import timezone

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.ledger.actions import record
from coop.ledger.events import Event
from coop.organizations.models import Organization, OrganizationKind


def found_organization(*, kind: OrganizationKind, name: str, by: Actor) -> Organization:
    """Enter a new member into the co-op's directory: an operator's act."""
    with acting_as(by, Action.OPERATE):
        group = Group.objects.create(name=name)
        organization = Organization(
            kind=kind, name=name, group=group, created_at=timezone.now()
        )
        organization.save(force_insert=True)
        record(
            Event.ORGANIZATION_FOUNDED,
            by=by,
            subject=organization.id,
            detail={"kind": kind},
        )
    return organization

"""Named reads about organizations; inside a scope, unless they say otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db.models import Exists, OuterRef, QuerySet

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.organizations.models import (
    Credential,
    Invitation,
    Member,
    Organization,
    Person,
)


def has_second_factor(person: Person) -> bool:
    """Tell whether a person has enrolled an authenticator app; needs no scope."""
    return _totp().filter(user=person).exists()


def directory() -> QuerySet[Organization]:
    """Return every organization by name: the directory that each member may read."""
    return Organization.objects.order_by("name", "id")


def members() -> QuerySet[Member]:
    """Return the acting organization's members, each with `second_factor`."""
    enrolled = Exists(_totp().filter(user_id=OuterRef("person_id")))
    rows = Member.objects.select_related("person").annotate(second_factor=enrolled)
    return rows.order_by("added_at", "id")


def open_invitations() -> QuerySet[Invitation]:
    """Return the acting organization's invitations that nobody accepted or withdrew."""
    return Invitation.objects.filter(accepted_at=None, withdrawn_at=None).order_by(
        "invited_at", "id"
    )


def credentials() -> QuerySet[Credential]:
    """Return the acting organization's credentials, newest first."""
    return Credential.objects.order_by("-created_at", "id")


def _totp() -> QuerySet[Authenticator]:
    rows: QuerySet[Authenticator] = Authenticator.objects.filter(
        type=Authenticator.Type.TOTP
    )
    return rows


def names_of(organizations: Iterable[UUID], by: Actor) -> dict[UUID, str]:
    """Return the names of organizations by id; opens a scope of its own, as any of them."""
    wanted = list(organizations)
    if not wanted:
        return {}
    with acting_as(replace(by, organization=wanted[0]), Action.MANAGE):
        rows = Organization.objects.filter(id__in=wanted)
        return {one.id: one.name for one in rows}

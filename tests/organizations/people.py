"""An organization with people in it, made as the house makes them: founded, invited, accepted."""

from __future__ import annotations

from coop.actors import NOBODY, OPERATOR, Actor, PrincipalKind
from coop.organizations.actions import (
    enroll_person,
    found_organization,
    invite_first_owner,
    invite_member,
)
from coop.organizations.models import Organization, OrganizationKind, Person, Role
from coop.organizations.rules import ROLE_PERMISSIONS

PASSWORD = "a long walk by the river"
NEWCOMER = Actor(NOBODY, NOBODY, PrincipalKind.PERSON)


def founded(name: str, email: str) -> tuple[Organization, Actor]:
    """Return an organization and its first owner, who has accepted."""
    organization = found_organization(
        kind=OrganizationKind.CAMPAIGN, name=name, by=OPERATOR
    )
    _invitation, token = invite_first_owner(
        organization=organization.id, email=email, by=OPERATOR
    )
    return organization, actor_for(enroll(token), organization, Role.OWNER)


def enroll(token: str) -> Person:
    """Return the person that an invitation makes."""
    return enroll_person(
        token=token, name="Rae Example", password=PASSWORD, by=NEWCOMER
    )


def joined(owner: Actor, organization: Organization, email: str, role: Role) -> Actor:
    """Return a new member of the owner's organization."""
    _invitation, token = invite_member(email=email, role=role, by=owner)
    return actor_for(enroll(token), organization, role)


def actor_for(person: Person, organization: Organization, role: Role) -> Actor:
    """Return the actor that a session would be."""
    return Actor(
        organization.id,
        person.id,
        PrincipalKind.PERSON,
        ROLE_PERMISSIONS[role],
    )

"""The operator's part of the demo: organizations, open states, and a key for each member's machine.

Everything else in the journey happens over HTTP with these keys.
"""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.utils import timezone

from coop.actors import OPERATOR, Actor, Permission, PrincipalKind
from coop.jurisdictions.actions import open_state
from coop.organizations.actions import (
    enroll_person,
    found_organization,
    invite_first_owner,
)
from coop.organizations.credential_actions import CredentialTerms, issue_credential
from coop.organizations.models import OrganizationKind as Kind
from coop.organizations.rules import ROLE_PERMISSIONS

MEMBERS: Final = {
    "ohio": ("Ohio State Party", Kind.STATE_PARTY),
    "north_carolina": ("North Carolina State Party", Kind.STATE_PARTY),
    "florida": ("Florida State Party", Kind.STATE_PARTY),
    "committee": ("National Committee", Kind.NATIONAL_COMMITTEE),
    "campaign": ("Campaign for Ohio Three", Kind.CAMPAIGN),
    "outside_group": ("Doors and Phones", Kind.OUTSIDE_GROUP),
    "stranger": ("Passing Through", Kind.OUTSIDE_GROUP),
}
STATES: Final = {"OH": "ohio", "NC": "north_carolina", "FL": "florida"}
KEY_LASTS: Final = dt.timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the demo's co-op: its name, id and key."""

    name: str
    organization: UUID
    key: str


def found_co_op() -> dict[str, Member]:
    """Found the members and open the states; return the members by their short names."""
    members = {short: _found(short, *named) for short, named in MEMBERS.items()}
    for code, short in STATES.items():
        open_state(code=code, owner=members[short].organization, by=OPERATOR)
    return members


def _found(short: str, name: str, kind: Kind) -> Member:
    """Found one organization; its first owner accepts the invitation and makes a key."""
    organization = found_organization(kind=kind, name=name, by=OPERATOR)
    email = f"{short}@example.org"
    _, token = invite_first_owner(
        organization=organization.id, email=email, by=OPERATOR
    )
    person = enroll_person(
        token=token,
        name=f"Owner of {name}",
        password=secrets.token_urlsafe(24),
        by=OPERATOR,
    )
    owner = Actor(
        organization.id, person.id, PrincipalKind.PERSON, ROLE_PERMISSIONS["owner"]
    )
    terms = CredentialTerms(
        name="demo",
        source="demo",
        permissions=sorted(Permission),
        expires_at=timezone.now() + KEY_LASTS,
    )
    _, key = issue_credential(terms=terms, by=owner)
    return Member(name, organization.id, key.text)

"""The operator's part of the demo: organizations, open states, and a key for each member's machine.

Everything else in the journey happens over HTTP with these keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from coop.actors import OPERATOR, Actor, Permission, PrincipalKind
from coop.jurisdictions.actions import open_state
from coop.organizations.actions import found_organization, issue_credential
from coop.organizations.models import OrganizationKind as Kind, Person

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


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the demo's co-op: its name, id and key."""

    name: str
    organization: str
    key: str


def found_co_op() -> dict[str, Member]:
    """Found the members and open the states; return the members by their short names."""
    members = {}
    for short, (name, kind) in MEMBERS.items():
        organization = found_organization(kind=kind, name=name, by=OPERATOR)
        person = Person.objects.create_user(
            f"{short}@example.org", name=f"Owner of {name}"
        )
        owner = Actor(
            organization.id, person.id, PrincipalKind.PERSON, frozenset(Permission)
        )
        issued = issue_credential(
            name="demo", source="demo", permissions=sorted(Permission), by=owner
        )
        members[short] = Member(name, str(organization.id), issued.key)
    for code, short in STATES.items():
        open_state(code=code, owner=members[short].organization, by=OPERATOR)  # type: ignore[arg-type]
    return members

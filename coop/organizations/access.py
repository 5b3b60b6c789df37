"""The only way from what a caller offers (a key, a session, an id) to an object."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connections

from coop.actors import Actor, Permission, PrincipalKind
from coop.errors import Denied, Gone, not_found
from coop.organizations.keys import Key, token_hash
from coop.organizations.models import Credential, Invitation, Member
from coop.organizations.rules import ROLE_PERMISSIONS, is_live


@dataclass(frozen=True, slots=True)
class KnownCredential:
    """What a key may do, as read before an actor is known."""

    credential: UUID
    organization: UUID
    source: str
    permissions: list[str]
    networks: list[str]
    test: bool
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


def find_credential(key: Key) -> KnownCredential | None:
    """Return the credential whose key this is, also an expired or revoked one, or None."""
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT credential, organization, source, permissions, networks, test,"
            " expires_at, revoked_at, last_used_at FROM sec.authenticate(%s, %s)",
            [key.prefix, key.hash],
        )
        row = cursor.fetchone()
    return KnownCredential(*row) if row else None


def touch_credential(key: Key) -> None:
    """Note that a key was used, at most once a minute."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT sec.touch_credential(%s, %s)", [key.prefix, key.hash])


def memberships(person: UUID) -> list[tuple[UUID, str]]:
    """Return the organizations of a person who has logged in, each with the role held there."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT organization, role FROM sec.memberships(%s)", [person])
        return [(row[0], row[1]) for row in cursor.fetchall()]


def check_standing(*, by: Actor, permission: Permission) -> None:
    """Look again, inside the actor's open scope, whether the caller may still do what it began.

    What lasts longer than a request's first moment (a download, a long wait) asks at each
    step. Raises `Denied` where the key is revoked or expired, the membership over, or
    the permission gone from either.
    """
    if permission not in _permissions_now(by):
        sentence = "Your key or membership has ended, or has lost this permission."
        raise Denied("standing_ended", sentence, extra={"permission": permission.value})


def get_member(member: UUID) -> Member:
    """Return a membership of the acting organization. Raises `NotFound`."""
    found = Member.objects.select_related("person").filter(id=member).first()
    if found is None:
        raise not_found("member")
    return found


def get_invitation(invitation: UUID) -> Invitation:
    """Return an invitation of the acting organization. Raises `NotFound`."""
    found = Invitation.objects.filter(id=invitation).first()
    if found is None:
        raise not_found("invitation")
    return found


def get_credential(credential: UUID, *, lock: bool = False) -> Credential:
    """Return a credential of the acting organization, its row locked on demand. Raises `NotFound`."""
    rows = Credential.objects.filter(id=credential)
    found = (rows.select_for_update() if lock else rows).first()
    if found is None:
        raise not_found("credential")
    return found


def invited_address(token: str) -> str:
    """Return the e-mail address that an open invitation is for. Raises `Gone` for any other token."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT email FROM sec.open_invitation(%s)", [token_hash(token)])
        row = cursor.fetchone()
    if row is None:
        raise Gone("invitation_over", "This invitation is over.")
    return str(row[0])


def _permissions_now(by: Actor) -> frozenset[str]:
    if by.kind is PrincipalKind.CREDENTIAL:
        key = Credential.objects.filter(id=by.principal).first()
        return frozenset(key.permissions if key and is_live(key) else ())
    member = Member.objects.filter(person=by.principal, person__is_active=True).first()
    return frozenset(ROLE_PERMISSIONS[member.role] if member else ())

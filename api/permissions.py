"""The first lock at the edge: what a role or a credential's scope allows, and second factors."""

from __future__ import annotations

from typing import Final

from allauth.mfa.models import Authenticator

from coop.actors import Actor, Permission
from coop.errors import Denied
from coop.organizations.models import Person, Role

NEEDS_SECOND_FACTOR: Final = frozenset({Role.OWNER, Role.DATA_MANAGER})


def check_permission(actor: Actor, permission: Permission | None) -> None:
    """Raise `Denied` where the caller's role or scope does not hold the permission."""
    if permission is None or actor.may(permission):
        return
    raise Denied(
        "permission_missing",
        f"This needs the permission {permission}, which your role or credential does not have.",
        extra={"permission": permission.value},
    )


def check_second_factor(person: Person, role: str) -> None:
    """Raise `Denied` where the role requires a second factor and the person has none.

    Whoever has one was asked for it at log-in.
    """
    if role in NEEDS_SECOND_FACTOR and not has_second_factor(person):
        raise Denied(
            "second_factor_required",
            "Owners and data managers need a second factor: set one up at /accounts/2fa/.",
        )


def has_second_factor(person: Person) -> bool:
    """Tell whether the person has enrolled an authenticator app."""
    return Authenticator.objects.filter(
        user=person, type=Authenticator.Type.TOTP
    ).exists()

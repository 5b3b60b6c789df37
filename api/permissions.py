"""The first lock at the edge: what a role or a credential's scope allows."""

from __future__ import annotations

from coop.actors import Actor, Permission
from coop.errors import Denied


def check_permission(actor: Actor, permission: Permission | None) -> None:
    """Raise `Denied` where the caller's role or scope does not hold the permission."""
    if permission is None or actor.may(permission):
        return
    raise Denied(
        "permission_missing",
        f"This needs the permission {permission}, which your role or credential does not have.",
        extra={"permission": permission.value},
    )

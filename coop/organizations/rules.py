"""What each role may do, and the rules on members, invitations and credentials."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from coop.actors import Actor, Permission
from coop.errors import Conflict, Denied, FieldFault, Invalid
from coop.organizations.models import Credential, Role

_VIEWER: Final = frozenset(
    {
        Permission.VOTERS_COUNT,
        Permission.VOTERS_READ,
        Permission.CONTACTS_READ,
        Permission.GRANTS_READ,
    }
)
_ANALYST: Final = _VIEWER | {
    Permission.VOTERS_EXPORT,
    Permission.CHANGES_READ,
    Permission.LISTS_WRITE,
    Permission.SCORES_WRITE,
    Permission.CONTACTS_WRITE,
}
_DATA_MANAGER: Final = _ANALYST | {
    Permission.FILES_WRITE,
    Permission.IMPORTS_PUBLISH,
    Permission.SURVEYS_MANAGE,
    Permission.SCORES_SHARE,
    Permission.CREDENTIALS_MANAGE,
    Permission.LEDGER_READ,
    Permission.TRACERS_MANAGE,
}

ROLE_PERMISSIONS: Final[Mapping[str, frozenset[Permission]]] = {
    Role.VIEWER.value: _VIEWER,
    Role.ANALYST.value: _ANALYST,
    Role.DATA_MANAGER.value: _DATA_MANAGER,
    Role.OWNER.value: frozenset(Permission),
}
"""Only an owner manages members and grants."""

NEEDS_SECOND_FACTOR: Final = frozenset({Role.OWNER.value, Role.DATA_MANAGER.value})

INVITATION_LASTS: Final = timedelta(days=7)
CREDENTIAL_LASTS_AT_MOST: Final = timedelta(days=400)
OVERLAP_AT_MOST: Final = timedelta(days=30)
SOURCE: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")


def check_may_give(by: Actor, permissions: Iterable[Permission]) -> None:
    """Raise `Denied` where someone would hand out more than they hold."""
    beyond = sorted(set(permissions) - by.permissions)
    if beyond:
        raise Denied(
            "permission_beyond_own",
            f"You cannot give what you do not have: {', '.join(beyond)}.",
            extra={"permissions": beyond},
        )


def check_permissions(names: Iterable[str]) -> list[Permission]:
    """Return the named permissions, sorted. Raises `Invalid` for an unknown name or none at all."""
    known = {one.value for one in Permission}
    wanted = sorted(set(names))
    unknown = [name for name in wanted if name not in known]
    if unknown or not wanted:
        raise _fault(
            "/permissions",
            "permission_unknown",
            f"Name at least one of: {', '.join(sorted(known))}.",
        )
    return [Permission(name) for name in wanted]


def check_networks(networks: Iterable[str]) -> list[str]:
    """Return the networks as CIDR. Raises `Invalid` for what is no address or network."""
    try:
        return [str(ipaddress.ip_network(one, strict=False)) for one in networks]
    except ValueError as error:
        sentence = "Write addresses or networks, such as 198.51.100.0/24."
        raise _fault("/networks", "network_invalid", sentence) from error


def check_source(source: str) -> str:
    """Return the name of a sending tool. Raises `Invalid` for anything but a short lower-case word."""
    if SOURCE.fullmatch(source):
        return source
    sentence = "Use lower-case letters, digits, '.', '-' and '_', at most 60."
    raise _fault("/source", "source_invalid", sentence)


def check_expiry(expires_at: datetime) -> datetime:
    """Return the expiry. Raises `Invalid` for one in the past or beyond 400 days."""
    now = timezone.now()
    if now < expires_at <= now + CREDENTIAL_LASTS_AT_MOST:
        return expires_at
    sentence = f"A key expires within {CREDENTIAL_LASTS_AT_MOST.days} days."
    raise _fault("/expires_at", "expiry_invalid", sentence)


def check_overlap(overlap: timedelta) -> timedelta:
    """Return how long both keys of a rotation live. Raises `Invalid` beyond 30 days or below zero."""
    if timedelta(0) <= overlap <= OVERLAP_AT_MOST:
        return overlap
    sentence = f"Both keys live for at most {OVERLAP_AT_MOST.days} days."
    raise _fault("/overlap_hours", "overlap_invalid", sentence)


def is_live(credential: Credential) -> bool:
    """Tell whether a credential's key is accepted now."""
    return credential.revoked_at is None and credential.expires_at > timezone.now()


def check_can_rotate(credential: Credential, before: Credential | None) -> None:
    """Raise `Conflict` unless this is the one live key of its line; `before` is the one it replaced."""
    if not is_live(credential):
        raise Conflict("credential_not_live", "This key has expired or is revoked.")
    if credential.successor_id is not None:
        raise Conflict("credential_rotated", "This key has a successor already.")
    if before is not None and is_live(before):
        raise Conflict(
            "two_keys_live", "Two keys are live; revoke the older one first."
        )


def _fault(pointer: str, code: str, sentence: str) -> Invalid:
    fault = FieldFault(pointer, code, sentence)
    return Invalid("invalid", "The input has faults.", faults=[fault])

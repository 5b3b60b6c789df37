"""What each role may do, and the rules on members, invitations and credentials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from coop.actors import Permission
from coop.organizations.models import Role

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
    Permission.CONTACTS_WRITE,
}
_DATA_MANAGER: Final = _ANALYST | {
    Permission.FILES_WRITE,
    Permission.IMPORTS_PUBLISH,
    Permission.SURVEYS_MANAGE,
    Permission.CREDENTIALS_MANAGE,
    Permission.LEDGER_READ,
}

ROLE_PERMISSIONS: Final[Mapping[str, frozenset[Permission]]] = {
    Role.VIEWER.value: _VIEWER,
    Role.ANALYST.value: frozenset(_ANALYST),
    Role.DATA_MANAGER.value: frozenset(_DATA_MANAGER),
    Role.OWNER.value: frozenset(Permission),
}
"""Only an owner manages members and grants."""

"""Who is acting: the organization, the person or credential behind it, and what it may do there.

Plain values, made at the edge (a request, a task, a command) and handed down as `by`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

NOBODY: Final = UUID(int=0)
"""The organization of those who act for none: the operator and the worker that claims work.

As an audience of contact data the same value means the state party's pool.
"""


class Action(StrEnum):
    """What a scope is opened for; signed, and checked by the policies in the database.

    The first four are what a grant can allow; the others are the house's own.
    """

    COUNT = "count"
    READ = "read"
    EXPORT = "export"
    CONTRIBUTE = "contribute"
    MANAGE = "manage"
    IMPORT = "import"
    APPLY = "apply"
    WORK = "work"
    OPERATE = "operate"


class Permission(StrEnum):
    """What a member's role or a credential's scope allows: `resource:action`, never renamed."""

    VOTERS_COUNT = "voters:count"
    VOTERS_READ = "voters:read"
    VOTERS_EXPORT = "voters:export"
    CONTACTS_WRITE = "contacts:write"
    CONTACTS_READ = "contacts:read"
    CHANGES_READ = "changes:read"
    LISTS_WRITE = "lists:write"
    SCORES_WRITE = "scores:write"
    SCORES_SHARE = "scores:share"
    FILES_WRITE = "files:write"
    IMPORTS_PUBLISH = "imports:publish"
    GRANTS_READ = "grants:read"
    GRANTS_MANAGE = "grants:manage"
    MEMBERS_MANAGE = "members:manage"
    CREDENTIALS_MANAGE = "credentials:manage"
    SURVEYS_MANAGE = "surveys:manage"
    LEDGER_READ = "ledger:read"
    TRACERS_MANAGE = "tracers:manage"


class PrincipalKind(StrEnum):
    """What stands behind an act."""

    PERSON = "person"
    CREDENTIAL = "credential"
    WORKER = "worker"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Actor:
    """Someone acting for one organization.

    `principal` is the person's or the credential's id; `source` names the tool or vendor
    that sends (empty for a person); `test` marks a credential whose writes are validated
    and applied to nothing.
    """

    organization: UUID
    principal: UUID
    kind: PrincipalKind
    permissions: frozenset[Permission] = frozenset()
    source: str = ""
    test: bool = False
    request_id: str = ""

    def may(self, permission: Permission) -> bool:
        """Tell whether the role or scope allows this."""
        return permission in self.permissions


def worker_for(organization: UUID, *, source: str = "") -> Actor:
    """Return the actor of background work done for one organization."""
    return Actor(organization, NOBODY, PrincipalKind.WORKER, source=source)


WORKER: Final = Actor(NOBODY, NOBODY, PrincipalKind.WORKER)
"""Claims queued work, and sees nothing else."""

OPERATOR: Final = Actor(NOBODY, NOBODY, PrincipalKind.OPERATOR)
"""Whoever runs the servers: founds organizations and opens states; no access to data."""

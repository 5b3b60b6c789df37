"""Following feeds as they grow: how far each has come, and who may still follow. Worker's scope."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from coop.actors import WORKER, Action, Permission
from coop.db.scope import acting_as
from coop.organizations.rules import ROLE_PERMISSIONS
from states.feeds.queries import feed_head


@dataclass(frozen=True, slots=True)
class Follower:
    """Someone who follows a state's feed for an organization."""

    state: str
    organization: UUID
    principal: UUID


@dataclass(frozen=True, slots=True)
class Standing:
    """What a follower still has: `may_read` of its own, `related` of its organization."""

    may_read: bool
    related: bool


def feed_heads(states: Iterable[str]) -> dict[str, int]:
    """Return the newest number of each state's feed; none of them leaves the service."""
    with acting_as(WORKER, Action.WORK):
        return {state: feed_head(state) for state in states}


def standing_of(followers: Sequence[Follower]) -> dict[Follower, Standing]:
    """Return the standing of each follower at this moment, all by one statement."""
    with acting_as(WORKER, Action.WORK), connection.cursor() as cursor:
        cursor.execute(
            "SELECT nth, held, standing_role, related FROM sec.followers(%s, %s, %s)",
            [
                [one.state for one in followers],
                [one.organization for one in followers],
                [one.principal for one in followers],
            ],
        )
        return {
            followers[nth - 1]: Standing(_may_read(held, role), related)
            for nth, held, role, related in cursor.fetchall()
        }


def _may_read(held: Sequence[str] | None, role: str | None) -> bool:
    """Tell whether a credential's scope or a member's role holds `changes:read`."""
    permission = Permission.CHANGES_READ
    of_role = ROLE_PERMISSIONS.get(role, frozenset()) if role else frozenset()
    return permission.value in (held or ()) or permission in of_role

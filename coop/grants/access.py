"""The second lock: which grants let an actor do what in a state, and the way from an id to a grant."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from coop.actors import Action, Actor
from coop.errors import Denied, not_found
from coop.grants.models import Grant
from coop.grants.queries import grants_of, late_grants_for
from coop.grants.rules import GUARDIAN_PERMISSIONS
from coop.jurisdictions.access import is_code


@dataclass(frozen=True, slots=True)
class UsedGrant:
    """A grant that an access rests on, as far as answers and the ledger need it."""

    id: UUID
    purpose: str
    groups: frozenset[str]
    whole_state: bool
    cap_voters_month: int | None
    actions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class StateLicense:
    """What lets an actor into one state: ownership, or the grants it rests on.

    `whole_state` tells that every wanted group is licensed for the whole state; otherwise
    the database narrows the answer to the places of the grants.
    """

    state: str
    owner: bool
    whole_state: bool
    grants: tuple[UsedGrant, ...]

    @property
    def grant_ids(self) -> list[UUID]:
        """Return the ids of the grants, for a ledger entry."""
        return [grant.id for grant in self.grants]

    @property
    def purpose(self) -> str:
        """Return the purposes of the grants, joined by commas; '' for the owner."""
        return ",".join(sorted({grant.purpose for grant in self.grants}))

    @property
    def is_capped(self) -> bool:
        """Tell whether voters obtained must be noted with `caps.note_voters`."""
        return any(grant.cap_voters_month is not None for grant in self.grants)


@dataclass(frozen=True, slots=True)
class Licensing:
    """What lets an actor into the states that it asked for, by their codes."""

    states: Mapping[str, StateLicense]


def get_grant(grant_id: UUID, *, by: Actor, lock: bool = False) -> Grant:
    """Return a grant to either side of it; `lock` holds its row until the transaction ends.

    Raises `NotFound` for anyone else, as for a grant that does not exist.
    """
    found = grants_of(by).filter(id=grant_id)
    grant = (found.select_for_update() if lock else found).first()
    if grant is None:
        raise not_found("grant")
    return grant


def check_licensed(
    actor: Actor, state: str, action: Action, groups: Iterable[str] = ()
) -> StateLicense:
    """Return what the access rests on: ownership, or guardian's permission and grants' terms.

    Raises `Denied` with code `not_licensed`, naming state, action and the field groups that
    no grant covers; `NotFound` for a state that does not exist. Where a group is licensed
    for part of the state only, this passes and the database narrows the rows.
    """
    wanted = frozenset(str(group) for group in groups)
    held = held_in(actor, state)
    if held.owner == actor.organization:
        return StateLicense(state, owner=True, whole_state=True, grants=())
    used = held.for_action(action, wanted)
    covered = {group for grant in used for group in grant.groups}
    if not used or not wanted <= covered:
        raise _not_licensed(state, action, wanted - covered)
    whole = {group for grant in used if grant.whole_state for group in grant.groups}
    return StateLicense(
        state,
        owner=False,
        whole_state=wanted <= whole if wanted else any(g.whole_state for g in used),
        grants=tuple(used),
    )


def late_license(actor: Actor, state: str) -> StateLicense:
    """Return what late contacts rest on: the grants that lived out within the last 72 hours."""
    used = tuple(_used(grant) for grant in late_grants_for(actor, state))
    whole = any(grant.whole_state for grant in used)
    return StateLicense(state, owner=False, whole_state=whole, grants=used)


def licensed_scope(
    actor: Actor, states: Iterable[str], action: Action, groups: Iterable[str] = ()
) -> Licensing:
    """Return what lets the actor into each of the states; raises as `check_licensed` does."""
    wanted = tuple(groups)
    return Licensing(
        {state: check_licensed(actor, state, action, wanted) for state in states}
    )


def licensed_groups(actor: Actor, state: str, action: Action) -> frozenset[str] | None:
    """Return the field groups that the actor may use somewhere in the state; None means all.

    For answers that leave unlicensed fields out and name them under `denied_fields`.
    """
    held = held_in(actor, state)
    if held.owner == actor.organization:
        return None
    return held.groups_for(action)


@dataclass(frozen=True, slots=True)
class Held:
    """Who owns a state, what guardian's mirror permits there, and the grants in force."""

    owner: UUID | None
    permissions: frozenset[str]
    grants: tuple[UsedGrant, ...]

    def for_action(self, action: Action, groups: frozenset[str]) -> list[UsedGrant]:
        """Return the grants for an action that guardian's mirror permits as well.

        They share a field group with `groups` (any, if none is named).
        """
        if GUARDIAN_PERMISSIONS.get(action.value) not in self.permissions:
            return []
        return [
            grant
            for grant in self.grants
            if action.value in grant.actions
            and (not groups or not groups.isdisjoint(grant.groups))
        ]

    def groups_for(self, action: Action) -> frozenset[str]:
        """Return the field groups that the grants let be used somewhere in the state."""
        used = self.for_action(action, frozenset())
        return frozenset(group for grant in used for group in grant.groups)


def held_in(actor: Actor, state: str) -> Held:
    """Read all that an access rests on in one statement: it stands in every access's way.

    Raises `NotFound` for a state that does not exist.
    """
    if not is_code(state):
        raise not_found("state")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT owner, permissions, grants FROM sec.held_in(%s, %s, %s)",
            [state, actor.organization, timezone.now()],
        )
        row = cursor.fetchone()
    if row is None:
        raise not_found("state")
    owner, permissions, grants = row
    read = json.loads(grants) if isinstance(grants, str) else grants
    return Held(owner, frozenset(permissions), tuple(map(_grant, read)))


def _grant(row: Mapping[str, Any]) -> UsedGrant:
    return UsedGrant(
        UUID(row["id"]),
        row["purpose"],
        frozenset(row["groups"]),
        row["whole_state"],
        row["cap_voters_month"],
        frozenset(row["actions"]),
    )


def _used(grant: Grant) -> UsedGrant:
    return UsedGrant(
        grant.id,
        grant.purpose,
        frozenset(grant.groups),
        grant.whole_state,
        grant.cap_voters_month,
        frozenset(grant.actions),
    )


def _not_licensed(state: str, action: Action, missing: frozenset[str]) -> Denied:
    of = f" of {', '.join(sorted(missing))}" if missing else ""
    return Denied(
        "not_licensed",
        f"No grant in force lets you {action.value} voters{of} in {state}.",
        extra={"state": state, "action": action.value, "groups": sorted(missing)},
    )

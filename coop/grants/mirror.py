"""django-guardian's rows as the mirror of active grants: the second lock reads them."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.models import Group
from guardian.shortcuts import assign_perm, get_group_perms, remove_perm

from coop.grants.models import Grant, StateGroupObjectPermission, Status
from coop.grants.rules import GUARDIAN_PERMISSIONS
from coop.jurisdictions.models import State


def mirror_pair(*, state: State, grantee: UUID) -> None:
    """Make the grantee's permissions on the state the union over its active grants there.

    Call it in the transaction of the step, under the pair's lock.
    """
    active = Grant.objects.filter(state=state, grantee=grantee, status=Status.ACTIVE)
    actions = {action for grant in active.only("actions") for action in grant.actions}
    wanted = {
        GUARDIAN_PERMISSIONS[action]
        for action in actions
        if action in GUARDIAN_PERMISSIONS
    }
    group = Group.objects.get(organization=grantee)
    present = _held(group, state)
    for permission in sorted(wanted - present):
        assign_perm(permission, group, state)
    for permission in sorted(present - wanted):
        remove_perm(permission, group, state)


def mirrored_permissions(*, state: State, organization: UUID) -> frozenset[str]:
    """Return what guardian lets an organization do on a state: codenames of permissions."""
    # One query where guardian's own reading takes two: this stands in every access's way.
    held = StateGroupObjectPermission.objects.filter(
        content_object=state, group__organization=organization
    )
    return frozenset(held.values_list("permission__codename", flat=True))


def _held(group: Group, state: State) -> frozenset[str]:
    return frozenset(str(codename) for codename in get_group_perms(group, state))

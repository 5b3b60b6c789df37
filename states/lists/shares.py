"""Sharing lists: what a receiver may use, who shared it, and the end of it.

A share is a row that row-level security checks, and django-guardian's permission on the list,
written together. Neither opens a voter: a shared list is always read by its receiver's own grants.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.contrib.auth.models import Group as AuthGroup
from django.db import connection
from django.utils import timezone
from guardian.shortcuts import assign_perm, remove_perm

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.errors import Conflict, Denied, FieldFault, Invalid, not_found
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from coop.organizations.models import Organization, Person
from states.fields.definition import Group
from states.lists.access import get_list
from states.lists.models import (
    ListGroupObjectPermission,
    ListUserObjectPermission,
    SavedList,
    Share,
)
from states.lists.queries import question_of

USE: Final = "use_list"


@dataclass(frozen=True, slots=True)
class SharedList:
    """A list that another organization shares with the actor's."""

    share: UUID
    saved: SavedList
    owner: UUID
    owner_name: str
    shared_at: Any


def share_list(
    *, list_id: UUID, organization: UUID, person: UUID | None = None, by: Actor
) -> Share:
    """Share a list with another organization, or with one person in it alone.

    Raises `NotFound`; `Invalid` (`share_needless`, `no_such_organization`, `no_such_member`,
    `share_excludes`); `Conflict` (`already_shared`); `Denied` (`receiver_not_licensed`) where in no state
    of the list the receiver may read by every field that it rests on, saying what is lacking where.
    """
    with acting_as(by, Action.MANAGE):
        saved = get_list(list_id, by=by)
        receiver = _receiver(organization, by=by)
        _check_shareable(saved, receiver, person)
        if Share.objects.filter(
            list=saved.id, organization=organization, person=person
        ).exists():
            raise Conflict("already_shared", "The list is shared with them already.")
        share = Share(
            list=saved.id,
            owner=by.organization,
            organization=organization,
            person=person,
            shared_by=by.principal,
            shared_at=timezone.now(),
        )
        share.save(force_insert=True)
        assign_perm(USE, _holder(receiver, person), saved)
        _account(Event.LIST_SHARED, share, saved.states, by)
    return share


def unshare_list(*, share_id: UUID, by: Actor) -> None:
    """End a share: from now on its receiver finds no such list. Raises `NotFound`."""
    with acting_as(by, Action.MANAGE):
        share = Share.objects.filter(id=share_id, owner=by.organization).first()
        if share is None:
            raise not_found("share")
        saved = get_list(share.list, by=by)
        receiver = Organization.objects.get(id=share.organization)
        remove_perm(USE, _holder(receiver, share.person), saved)
        Share.objects.filter(id=share.id).delete()
        _account(Event.LIST_UNSHARED, share, saved.states, by)


def shares_of(list_id: UUID, *, by: Actor) -> list[Share]:
    """Return with whom one of the actor's own lists is shared. Raises `NotFound`."""
    saved = get_list(list_id, by=by)
    return list(Share.objects.filter(list=saved.id).order_by("shared_at", "id"))


def lists_shared_with(by: Actor, list_id: UUID | None = None) -> list[SharedList]:
    """Return the lists that others share with the actor, oldest share first, all or one.

    Each is held against guardian's permission too. How many voters its owner had is not
    told: `counts` is empty.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.share, s.list, s.owner, o.name, s.name, s.kind, s.criteria::text, s.states,"
            " s.as_of, s.created_at, s.shared_at"
            " FROM sec.lists_shared_here() AS s JOIN organizations_organization AS o ON o.id = s.owner"
            " WHERE %s::uuid IS NULL OR s.list = %s ORDER BY s.shared_at, s.share",
            [list_id, list_id],
        )
        rows = cursor.fetchall()
    permitted = _permitted([row[1] for row in rows], by)
    return [_shared(row) for row in rows if row[1] in permitted]


def get_usable_list(list_id: UUID, *, by: Actor) -> SavedList:
    """Return a list of the actor's own, or one shared with it. Raises `NotFound` for any other."""
    own = SavedList.objects.filter(id=list_id, organization=by.organization).first()
    if own is not None:
        return own
    shared = lists_shared_with(by, list_id)
    if not shared:
        raise not_found("list")
    return shared[0].saved


def _shared(row: Sequence[Any]) -> SharedList:
    share, list_id, owner, owner_name, name, kind, criteria, states, *times = row
    as_of, created_at, shared_at = times
    saved = SavedList(
        id=list_id,
        organization=owner,
        name=name,
        kind=kind,
        criteria=None if criteria is None else json.loads(criteria),
        states=states,
        exclude_lists=[],
        as_of=as_of,
        created_at=created_at,
    )
    return SharedList(share, saved, owner, owner_name, shared_at)


def _permitted(list_ids: Iterable[UUID], by: Actor) -> set[UUID]:
    """Return which of these lists guardian lets the actor use, as its organization or as itself."""
    wanted = {"content_object__in": list(list_ids), "permission__codename": USE}
    groups = ListGroupObjectPermission.objects.filter(
        group__organization=by.organization, **wanted
    )
    people = ListUserObjectPermission.objects.filter(user=by.principal, **wanted)
    return {
        *groups.values_list("content_object_id", flat=True),
        *people.values_list("content_object_id", flat=True),
    }


def _receiver(organization: UUID, *, by: Actor) -> Organization:
    if organization == by.organization:
        detail = "Everyone in your organization may use its lists."
        fault = FieldFault("/organization", "share_needless", detail)
        raise Invalid("share_needless", detail, [fault])
    found = Organization.objects.filter(id=organization).first()
    if found is None:
        detail = "There is no such organization."
        fault = FieldFault("/organization", "no_such_organization", detail)
        raise Invalid("no_such_organization", detail, [fault])
    return found


def _check_shareable(
    saved: SavedList, receiver: Organization, person: UUID | None
) -> None:
    if saved.exclude_lists:
        raise Invalid("share_excludes", "Pin the list first: it leaves out others.")
    question = question_of(saved)
    # Its own contacts an organization may always ask about; the policies judge whose it sees.
    wanted = sorted({one.value for one in question.groups} - {Group.CONTACTS.value})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT state, lacking FROM sec.groups_lacking(%s, %s, %s, %s)",
            [saved.id, receiver.id, person, wanted],
        )
        lacking = dict(cursor.fetchall())
    if not lacking:
        detail = "There is no such member of that organization."
        fault = FieldFault("/member", "no_such_member", detail)
        raise Invalid("no_such_member", detail, [fault])
    if all(lacking.values()):
        raise _not_licensed(receiver, lacking, [one.name for one in question.fields])


def _not_licensed(
    receiver: Organization, lacking: dict[str, list[str]], fields: Sequence[str]
) -> Denied:
    words = "; ".join(
        f"{state}: {', '.join(groups)}" for state, groups in lacking.items()
    )
    return Denied(
        "receiver_not_licensed",
        f"No grant in force lets {receiver.name} read what the list rests on ({words}).",
        extra={
            "missing": [
                {"state": state, "groups": groups} for state, groups in lacking.items()
            ],
            "fields": sorted(fields),
        },
    )


def _holder(receiver: Organization, person: UUID | None) -> AuthGroup | Person:
    return receiver.group if person is None else Person.objects.get(id=person)


def _account(event: Event, share: Share, states: Sequence[str], by: Actor) -> None:
    detail = {"organization": str(share.organization), "person": bool(share.person)}
    for state in states:
        record(event, by=by, use=Use(state=state), subject=share.list, detail=detail)

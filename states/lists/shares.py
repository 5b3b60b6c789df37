"""Sharing lists: what a receiver may use, who shared it, and the end of it.

A share is a row that row-level security checks, and django-guardian's permission on the list,
written together. Neither opens a voter: a shared list is always read by its receiver's own grants.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.contrib.auth.models import Group as AuthGroup
from django.db import connection
from django.db.models import Q
from django.utils import timezone
from guardian.shortcuts import assign_perm, remove_perm

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.errors import Conflict, Denied, FieldFault, Invalid, not_found
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from coop.organizations.models import Organization, Person
from states.fields.definition import Group
from states.fields.scores import is_score
from states.lists.access import get_list
from states.lists.models import SavedList, Share
from states.lists.queries import question_of
from states.lists.usable import USE
from states.scores.models import Share as ScoreShare
from states.scores.queries import known_scores
from states.targeting.codes import ACTIVIST_CODE
from states.targeting.criteria import Criteria, fields_used, lists_held
from states.targeting.licensing import told_name


def share_list(
    *, list_id: UUID, organization: UUID, person: UUID | None = None, by: Actor
) -> Share:
    """Share a list with another organization, or with one person in it alone.

    Raises `NotFound`; `Invalid` (`share_needless`, `no_such_organization`, `no_such_member`);
    `Conflict` (`already_shared`; `share_rests_on_unshared` where a live list rests on lists or score sets of
    the actor's own that are not shared with the receiver, named); `Denied` (`receiver_not_licensed`) where in no
    state of the list the receiver may read by every field that it rests on, saying what is lacking where.
    """
    with acting_as(by, Action.MANAGE):
        saved = get_list(list_id, by=by)
        receiver = _receiver(organization, by=by)
        _check_shareable(saved, receiver, person, by=by)
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
    saved: SavedList, receiver: Organization, person: UUID | None, *, by: Actor
) -> None:
    question = question_of(saved, by=by)
    # Its own contacts an organization may always ask about; the policies judge whose it sees.
    ungranted = {Group.CONTACTS, Group.SCORES}
    wanted = sorted(one.value for one in question.groups - ungranted)
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
        fields = {told_name(one) for one in question.fields}
        raise _not_licensed(receiver, lacking, sorted(fields))
    _check_rest(question.criteria, receiver, person, by=by)


def _check_rest(
    criteria: Criteria, receiver: Organization, person: UUID | None, *, by: Actor
) -> None:
    """Refuse what rests on lists and score sets of the actor's own that the receiver may not use.

    Whether a third organization shares its own with the receiver is not told: until it does, the receiver
    finds no such list.
    """
    if any(one.name == ACTIVIST_CODE for one in fields_used(criteria)):
        raise _rests_on_codes()
    rested = {one.list for one in lists_held(criteria)}
    own = set(SavedList.objects.filter(id__in=rested).values_list("id", flat=True))
    shared = Share.objects.filter(owner=by.organization, organization=receiver.id)
    shared = shared.filter(Q(person=None) | Q(person=person))
    unshared = own - set(shared.values_list("list", flat=True))
    known = known_scores()
    scores = {one.name for one in fields_used(criteria) if is_score(one.name)}
    sets = {known[one].id: known[one] for one in scores}
    mine = {one.id: one.name for one in sets.values() if one.uploader is None}
    given = ScoreShare.objects.filter(
        organization=by.organization, receiver=receiver.id
    )
    for one in given.values_list("score_set", flat=True):
        mine.pop(one, None)
    if unshared or mine:
        raise _rests_on_unshared(receiver, unshared, mine.values())


def _rests_on_codes() -> Conflict:
    """Return the refusal of a list by activist codes: they are one organization's, and of the same name another's."""
    return Conflict(
        "share_rests_on_unshared",
        "Your activist codes are nobody else's: share a pinned list of these voters instead.",
        extra={"lists": [], "score_sets": []},
    )


def _rests_on_unshared(
    receiver: Organization, lists: Iterable[UUID], sets: Iterable[str]
) -> Conflict:
    extra = {"lists": sorted(map(str, lists)), "score_sets": sorted(sets)}
    named = [
        f"{kind.replace('_', ' ')} {', '.join(of)}" for kind, of in extra.items() if of
    ]
    return Conflict(
        "share_rests_on_unshared",
        f"Share with {receiver.name} first what the list rests on: {'; '.join(named)}.",
        extra=extra,
    )


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

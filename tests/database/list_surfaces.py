"""The ways by which voters leave in lists: saved, combined, split, shared and pulled; and how often they are counted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID, uuid4

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.errors import CoopError, Denied
from states.fields.registry import field as standard_field
from states.lists.actions import Draft, save_list
from states.lists.combining import Operation, combine_lists, split_list
from states.lists.models import Kind, SavedList
from states.lists.pulls import pull_list, read_joined
from states.lists.reading import ListPage, Paging, read_list
from states.lists.shares import share_list, unshare_list
from states.targeting.actions import Question
from states.targeting.breakdowns import break_down
from states.targeting.cells import Axis
from states.targeting.criteria import read_criteria
from states.targeting.overlaps import overlap
from tests.cast import load_cast

EVERYONE_BY_GROUP: Final = {
    "registration": {"field": "status", "op": "known", "value": True},
    "demographics": {"field": "birth_year", "op": "gt", "value": 0},
    "contact_details": {
        "any": [
            {"field": "phone", "op": "known", "value": one} for one in (True, False)
        ]
    },
    "vote_history": {"field": "times_voted", "op": "gte", "value": 0},
    "ballots": {
        "any": [
            {"field": "ballot_status", "op": "known", "value": one}
            for one in (True, False)
        ]
    },
}
"""Group → criteria that every voter meets whose row of the group is licensed."""


def everyone_by(groups: Iterable[str]) -> dict[str, Any]:
    """Return the criteria that everyone meets whose rows of these groups are licensed."""
    return {"all": [EVERYONE_BY_GROUP[group] for group in groups]}


def saved(actor: Actor, kind: Kind, groups: Iterable[str] = ()) -> SavedList:
    """Save a list of everyone, under a name of its own."""
    draft = Draft(f"List {uuid4()}", kind, everyone_by(groups))
    return save_list(draft=draft, by=actor)


def read_whole(list_id: UUID, actor: Actor) -> set[UUID]:
    """Return the voters of a list, page by page."""
    found: set[UUID] = set()
    page: ListPage | None = None
    while page is None or page.last:
        paging = Paging(page.last if page else None, 60)
        page = read_list(list_id=list_id, names=["county"], paging=paging, by=actor)
        found |= {one.voter for one in page.voters}
    return found


def listed(actor: Actor, *, kind: Kind, groups: Iterable[str]) -> set[UUID]:
    """Return the voters of a saved list that rests on these groups."""
    try:
        return read_whole(saved(actor, kind, groups).id, actor)
    except Denied:
        return set()


def combined(actor: Actor, *, groups: Iterable[str]) -> set[UUID]:
    """Return the voters of a list met with a live one that rests on these groups."""
    try:
        lists = [saved(actor, Kind.PINNED).id, saved(actor, Kind.LIVE, groups).id]
        made = combine_lists(
            name=f"List {uuid4()}",
            operation=Operation.INTERSECTION,
            list_ids=lists,
            by=actor,
        )
        return read_whole(made.id, actor)
    except Denied:
        return set()


def split(actor: Actor) -> set[UUID]:
    """Return the voters of all parts of a list, dealt by party."""
    try:
        whole = saved(actor, Kind.LIVE)
        dealt = split_list(
            list_id=whole.id,
            name=f"Part {uuid4()}",
            parts=2,
            stratify="party",
            by=actor,
        )
        parts = [read_whole(one.id, actor) for one in dealt.parts]
    except Denied:
        return set()
    assert not parts[0] & parts[1]
    return parts[0] | parts[1]


def pulled(actor: Actor, *, groups: Iterable[str]) -> set[UUID]:
    """Return the voters who joined a live list with the first pull of it."""
    try:
        pull = pull_list(list_id=saved(actor, Kind.LIVE, groups).id, by=actor)
        found: set[UUID] = set()
        page: ListPage | None = None
        while page is None or page.last:
            paging = Paging(page.last if page else None, 60)
            page = read_joined(pull_id=pull.id, names=[], paging=paging, by=actor)
            found |= {one.voter for one in page.voters}
    except Denied:
        return set()
    assert len(found) == sum(one["joined"] for one in pull.figures.values())
    return found


def shared(actor: Actor, *, kind: Kind, groups: Iterable[str]) -> set[UUID]:
    """Return the voters whom lists of everyone show that each state's owner shares; its own list to an owner."""
    cast = load_cast()
    found: set[UUID] = set()
    for owner in (cast.ohio, cast.carolina):
        theirs = saved(owner, kind, groups)
        if owner.organization == actor.organization:
            found |= read_whole(theirs.id, actor)
            continue
        try:
            share = share_list(
                list_id=theirs.id, organization=actor.organization, by=owner
            )
        except CoopError as refused:
            if refused.code not in {"receiver_not_licensed", "no_such_organization"}:
                raise
            continue
        try:
            found |= read_whole(theirs.id, actor)
        except Denied as refused:
            # The groups are licensed, though not all for one place or under one grant.
            if refused.code not in {"state_not_licensed", "field_not_licensed"}:
                raise
        unshare_list(share_id=share.id, by=owner)
        with acting_as(actor, Action.READ):
            assert not SavedList.objects.filter(id=theirs.id).exists()
    return found


def by_county(actor: Actor) -> dict[str, tuple[dict[Any, int], bool]]:
    """Return each state's cells by county, and whether they are exact."""
    field = standard_field("county")
    question = Question(states=["NC", "OH"], also=(field,))
    try:
        found = break_down(question=question, axes=[Axis(field)], by=actor)
    except Denied:
        return {}
    return {
        one.state: ({cell.values[0]: cell.count for cell in one.cells}, one.exact)
        for one in found.states
    }


def overlapping(
    actor: Actor, *, groups: Iterable[str]
) -> dict[str, tuple[list[int | None], bool]]:
    """Return each state's everyone and who of them is licensed by these groups: sizes, then the part of both."""
    universes = [read_criteria(None), read_criteria(everyone_by(groups))]
    today = Question().as_of
    try:
        found = overlap(universes=universes, states=["NC", "OH"], as_of=today, by=actor)
    except Denied:
        return {}
    return {
        one.state: ([*one.sizes, one.parts[0].count], one.exact) for one in found.states
    }

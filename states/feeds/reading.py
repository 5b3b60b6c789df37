"""Handing out changes: as far as the reader's grants go now, accounted for, and counted against caps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from coop.actors import Action, Actor
from coop.errors import Denied
from coop.grants.access import Held, held_in
from coop.grants.caps import note_voters
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from states.feeds.models import Change, Kind
from states.feeds.queries import Seen, changes_by_kind, changes_of, numbers_after

GROUP_OF_KIND = {
    Kind.CONTACT: "contacts",
    Kind.CORRECTION: "contacts",
    Kind.RETRACTION: "contacts",
    Kind.SUPPRESSION: "registration",
}
"""The field group that a reader needs for changes that are not its own."""


@dataclass(frozen=True, slots=True)
class Page:
    """Changes the reader may see, in order, and the place to go on from."""

    changes: Sequence[Change]
    position: int


def read_changes(*, state: str, position: int, limit: int, by: Actor) -> Page:
    """Return changes after a position, in the open scope for reading.

    Raises as `read_numbers` does.
    """
    seen = read_numbers(state=state, position=position, limit=limit, by=by)
    return Page(changes_of(state, seen.numbers), seen.position)


def read_numbers(
    *,
    state: str,
    position: int,
    limit: int,
    by: Actor,
    until: int | None = None,
    readers: Sequence[Actor] = (),
) -> Seen:
    """Return which changes after a position the reader is handed: their numbers, accounted for.

    A change is the same for whoever may see it, and never changes, so a process may keep what
    it has read of them; which numbers a reader may see is asked in its own scope each time,
    for reading. `until` ends the page at a place that the feed has reached. `readers` are
    others of the same organization who are handed the same page: the ledger names each of them.

    Raises `Denied` with code `not_licensed` where the reader has nothing to do with the state,
    or no longer: the clear end of a feed; with `cap_reached` where the page would pass a
    cap. `NotFound` for a state that does not exist.
    """
    held = check_following(state, by=by)
    kinds = None if held.owner == by.organization else _allowed_kinds(held)
    seen = numbers_after(state, position, limit=limit, by=by, kinds=kinds, until=until)
    _account(state, seen, held, by, readers)
    return seen


def count_changes(
    *, state: str, position: int, by: Actor
) -> tuple[dict[str, int], int]:
    """Return how many changes of each kind the reader may see after a position, and the head.

    In the open scope for reading; figures, no voters. Raises as `read_changes` does.
    """
    held = check_following(state, by=by)
    own = Q(organization=by.organization)
    owner = held.owner == by.organization
    only = Q() if owner else own | Q(kind__in=_allowed_kinds(held))
    return changes_by_kind(state, position, only=only)


def check_following(state: str, *, by: Actor) -> Held:
    """Return what the reader holds in the state. Raises as `read_numbers` does."""
    held = held_in(by, state)
    if held.owner == by.organization or held.grants:
        return held
    raise not_followed(state)


def not_followed(state: str) -> Denied:
    """Return the clear end of a feed, for whoever has nothing to do with the state."""
    return Denied(
        "not_licensed",
        f"No grant in force lets you follow {state}: the feed ends here.",
        extra={"state": state, "action": Action.READ.value, "groups": []},
    )


def _allowed_kinds(held: Held) -> list[str]:
    """Return the kinds that the grants allow; the database narrows by place."""
    groups = held.groups_for(Action.READ)
    kinds = [kind.value for kind, group in GROUP_OF_KIND.items() if group in groups]
    return [*kinds, Kind.PUBLICATION.value]


def _account(
    state: str, seen: Seen, held: Held, by: Actor, readers: Sequence[Actor]
) -> None:
    """Note whose changes leave, per field group, and write the ledger; one's own are one's own."""
    rows = {"contacts": seen.contacts, "registration": seen.protections}
    used = sorted(group for group, many in rows.items() if many)
    if not used:
        return
    grants = held.for_action(Action.READ, frozenset(used))
    if any(grant.cap_voters_month is not None for grant in grants):
        _note(state, seen, used, by)
    use = Use(
        state=state,
        grants=[grant.id for grant in grants],
        purpose=",".join(sorted({grant.purpose for grant in grants})),
        groups=used,
        rows=sum(rows.values()),
    )
    for reader in (by, *readers):
        record(Event.CHANGES_READ, by=reader, use=use)


def _note(state: str, seen: Seen, used: Sequence[str], by: Actor) -> None:
    """Count the voters of others' changes against caps, group by group."""
    changes = changes_of(state, seen.numbers)
    others = [one for one in changes if one.organization != by.organization]
    for group in used:
        voters = {o.voter for o in others if GROUP_OF_KIND.get(Kind(o.kind)) == group}
        note_voters(
            by=by,
            state=state,
            voters=sorted(voter for voter in voters if voter),
            groups=[group],
            action=Action.READ,
        )

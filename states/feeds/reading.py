"""Handing out changes: as far as the reader's grants go now, accounted for, and counted against caps."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from coop.actors import Action, Actor
from coop.errors import Denied
from coop.grants.access import licensed_groups
from coop.grants.caps import note_voters
from coop.grants.queries import grants_for, grants_in_force_of
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from states.feeds.models import Change, Kind
from states.feeds.queries import (
    Page,
    Remembered,
    changes_after,
    changes_by_kind,
)

GROUP_OF_KIND = {
    Kind.CONTACT: "contacts",
    Kind.CORRECTION: "contacts",
    Kind.RETRACTION: "contacts",
    Kind.SUPPRESSION: "registration",
}
"""The field group that a reader needs for changes that are not its own."""


def read_changes(
    *,
    state: str,
    position: int,
    limit: int,
    by: Actor,
    readers: Sequence[Actor] = (),
    remembered: Remembered | None = None,
) -> Page:
    """Return changes after a position, in the open scope for reading.

    `remembered` spares reading again what this process has read for others.

    `readers` are others of the same organization who are handed the same page: the ledger
    names each of them. Raises `Denied` with code `not_licensed` where the reader has
    nothing to do with the state, or no longer: the clear end of a feed. `NotFound` for a
    state that does not exist.
    """
    groups = check_following(state, by=by)
    only = _allowed(groups, by)
    page = changes_after(state, position, limit=limit, only=only, remembered=remembered)
    _account(state, page.changes, by, readers)
    return page


def count_changes(
    *, state: str, position: int, by: Actor
) -> tuple[dict[str, int], int]:
    """Return how many changes of each kind the reader may see after a position, and the head.

    In the open scope for reading; figures, no voters. Raises as `read_changes` does.
    """
    groups = check_following(state, by=by)
    return changes_by_kind(state, position, only=_allowed(groups, by))


def check_following(state: str, *, by: Actor) -> frozenset[str] | None:
    """Return the field groups that the reader may read somewhere in the state; None means all.

    Raises as `read_changes` does.
    """
    groups = licensed_groups(by, state, Action.READ)
    if groups is None or grants_in_force_of(by, states=[state]).exists():
        return groups
    raise not_followed(state)


def not_followed(state: str) -> Denied:
    """Return the clear end of a feed, for whoever has nothing to do with the state."""
    return Denied(
        "not_licensed",
        f"No grant in force lets you follow {state}: the feed ends here.",
        extra={"state": state, "action": Action.READ.value, "groups": []},
    )


def _allowed(groups: frozenset[str] | None, by: Actor) -> Q:
    """Return which changes the reader's grants allow by kind; the database narrows by place."""
    if groups is None:
        return Q()
    kinds = [kind for kind, group in GROUP_OF_KIND.items() if group in groups]
    return Q(organization=by.organization) | Q(kind__in=[*kinds, Kind.PUBLICATION])


def _account(
    state: str, changes: Sequence[Change], by: Actor, readers: Sequence[Actor]
) -> None:
    """Note whose changes leave, per field group, and write the ledger; one's own are one's own."""
    others = [
        change
        for change in changes
        if change.voter and change.organization != by.organization
    ]
    if not others:
        return
    used = sorted({GROUP_OF_KIND[Kind(change.kind)] for change in others})
    for group in used:
        voters = {c.voter for c in others if GROUP_OF_KIND[Kind(c.kind)] == group}
        note_voters(
            by=by,
            state=state,
            voters=sorted(voter for voter in voters if voter),
            groups=[group],
            action=Action.READ,
        )
    grants = grants_for(by, state, Action.READ, used)
    use = Use(
        state=state,
        grants=[grant.id for grant in grants],
        purpose=",".join(sorted({grant.purpose for grant in grants})),
        groups=used,
        rows=len(others),
    )
    for reader in (by, *readers):
        record(Event.CHANGES_READ, by=reader, use=use)

"""Handing out contacts: what is read of the pool is accounted for, and counts against caps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from coop.actors import Action, Actor
from coop.grants.access import StateLicense, licensed_groups
from coop.grants.caps import note_voters
from coop.grants.queries import grants_for
from coop.jurisdictions.models import State
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from states.canvass.access import get_contact, reading_license, visible_contacts
from states.canvass.models import Contact, ContactDetail, SuppressionAssertion
from states.canvass.queries import (
    Binding,
    assertions_in,
    page_of_contacts,
    suppressions_of,
    wrong_phones_of,
)

Seen = tuple[Contact, ContactDetail | None]


def read_contact(*, public_id: str, by: Actor) -> Seen:
    """Return one contact in the open scope for reading. Raises `NotFound` for absent and hidden."""
    found, detail, license_ = get_contact(public_id, by=by)
    _account(found.state, [found], license_, by)
    return found, detail


@dataclass(frozen=True, slots=True)
class Span:
    """From `since` on and before `until`, by when contacts occurred; None is open."""

    since: dt.datetime | None = None
    until: dt.datetime | None = None

    def among(self, found: QuerySet[Contact]) -> QuerySet[Contact]:
        """Return those of the contacts that lie within."""
        found = found.filter(event_time__gte=self.since) if self.since else found
        return found.filter(event_time__lt=self.until) if self.until else found


ALWAYS: Final = Span()


def read_contacts(
    *,
    state: str,
    voter: UUID,
    before: tuple[dt.datetime, UUID] | None,
    limit: int,
    by: Actor,
    span: Span = ALWAYS,
) -> list[Seen]:
    """Return a voter's contacts in the open scope for reading, the newest first.

    `before` is the time and id of the last one seen.
    """
    license_ = reading_license(state, by=by)
    found = visible_contacts(state, license_, by=by).filter(voter=voter)
    seen = page_of_contacts(span.among(found), before=before, limit=limit)
    _account(state, [contact for contact, _ in seen], license_, by)
    return seen


def read_own_contacts(
    *,
    state: str,
    before: tuple[dt.datetime, UUID] | None,
    limit: int,
    by: Actor,
    span: Span = ALWAYS,
) -> list[Seen]:
    """Return the actor's own contacts of a state in the open scope for reading, the newest first.

    Also after its grant has ended; retracted ones are among them.
    """
    found = visible_contacts(state, None, by=by)
    return page_of_contacts(span.among(found), before=before, limit=limit)


def read_suppressions(
    *, state: str, voter: UUID, by: Actor
) -> tuple[list[Binding], set[str]]:
    """Return what binds the actor about a voter, and numbers known to be wrong.

    In the open scope for reading. Without a license for the registration only what binds
    the actor by its own word is there; the numbers need one for contact details.
    """
    groups = licensed_groups(by, state, Action.READ)
    licensed = _covers(groups, "registration")
    own = None if licensed else by.organization
    bindings = suppressions_of(state, [voter], own=own).get(voter, [])
    phones: set[str] = set()
    if _covers(groups, "contact_details"):
        phones = wrong_phones_of(state, [voter]).get(voter, set())
    used = ["registration"] * bool(licensed and bindings)
    used += ["contact_details"] * bool(phones)
    if used:
        _note(state, [voter], used, rows=1, by=by)
    return bindings, phones


def read_assertions(
    *, state: str, after: tuple[dt.datetime, UUID] | None, limit: int, by: Actor
) -> list[SuppressionAssertion]:
    """Return who asserted what in a state, the newest first: all for its owner, else one's own."""
    owned = State.objects.filter(code=state, owner=by.organization).exists()
    own = None if owned else by.organization
    rows = assertions_in(state, own=own, after=after, limit=limit)
    others = [row for row in rows if row.organization != by.organization]
    if others:
        use = Use(state=state, groups=["contacts"], rows=len(others))
        record(Event.SUPPRESSIONS_READ, by=by, use=use)
    return rows


def _note(
    state: str, voters: Sequence[UUID], groups: list[str], *, rows: int, by: Actor
) -> None:
    note_voters(by=by, state=state, voters=voters, groups=groups, action=Action.READ)
    grants = grants_for(by, state, Action.READ, groups)
    use = Use(
        state=state,
        grants=[grant.id for grant in grants],
        purpose=",".join(sorted({grant.purpose for grant in grants})),
        groups=groups,
        rows=rows,
    )
    record(Event.SUPPRESSIONS_READ, by=by, use=use)


def _covers(groups: frozenset[str] | None, group: str) -> bool:
    return groups is None or group in groups


def _account(
    state: str,
    contacts: Iterable[Contact],
    license_: StateLicense | None,
    by: Actor,
) -> None:
    """Note whose pooled contacts leave, and write the ledger; one's own are one's own business."""
    pooled = [one for one in contacts if one.organization != by.organization]
    if not pooled or license_ is None:
        return
    voters = sorted({one.voter for one in pooled})
    note_voters(
        by=by, state=state, voters=voters, groups=["contacts"], action=Action.READ
    )
    use = Use(
        state=state,
        grants=license_.grant_ids,
        purpose=license_.purpose,
        groups=["contacts"],
        rows=len(pooled),
    )
    record(Event.CONTACT_READ, by=by, use=use)

"""Reading voters: what is handed out is counted against caps and written into the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.grants.caps import note_voters
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from states.fields.definition import Group
from states.voters.access import voter_by_id
from states.voters.cards import Card, cards_of
from states.voters.leads import note_leads
from states.voters.licensing import Reading, check_stands, reading_of
from states.voters.marks import Said
from states.voters.search import Hit, Query, find


def read_voter(*, state: str, voter: UUID, by: Actor) -> Card:
    """Return one voter as the actor may see it.

    Raises `NotFound` otherwise, `Denied` past a cap or where its license ends meanwhile.
    """
    with acting_as(by, Action.READ):
        card, reading = voter_by_id(state, voter, by=by)
        _account(Event.VOTER_READ, [card], reading, by)
        check_stands(reading, by=by)
    return card


def note_lookup(*, state: str, voter: UUID, by: Actor) -> None:
    """Note that an id was looked up and not found, for the state's owner; call it when the look-up's scope has ended."""
    if not by.test:
        with acting_as(by, Action.READ):
            note_leads(state, [Said(voter=voter)], source=by.source)


def search_voters(
    *, state: str, query: Query, after: Hit | None, limit: int, by: Actor
) -> tuple[list[Card], Hit | None]:
    """Return a page of voters found, and the hit that the next page follows (None: the last).

    Raises `Denied` where the searched field's group is not licensed, or its license ends meanwhile, or past a cap.
    """
    with acting_as(by, Action.READ):
        reading = reading_of(by, state, query.groups)
        hits = find(state, query, after=after, limit=limit + 1)
        shown = hits[:limit]
        cards = cards_of(state, [hit.voter for hit in shown], reading)
        _account(Event.VOTERS_SEARCHED, cards, reading, by, query.fields)
        check_stands(reading, by=by)
    return cards, shown[-1] if len(hits) > limit else None


def _account(
    event: Event,
    cards: Sequence[Card],
    reading: Reading,
    by: Actor,
    asked: Sequence[str] = (),
) -> None:
    """Count the voters against caps, then write who saw how many of which fields, under what."""
    state = reading.license.state
    groups: frozenset[Group] = frozenset().union(*(card.groups for card in cards))
    note_voters(
        by=by,
        state=state,
        voters=[card.voter for card in cards],
        groups=groups,
        action=Action.READ,
    )
    license_ = reading.license
    record(
        event,
        by=by,
        use=Use(
            state=state,
            grants=license_.grant_ids,
            purpose=license_.purpose,
            groups=[group.value for group in groups],
            fields={name for card in cards for name in card.values} | set(asked),
            rows=len(cards),
        ),
        detail={"asked": list(asked)} if asked else None,
    )

"""The only way from a caller's id to a voter: the caller's license, then row-level security."""

from __future__ import annotations

from uuid import UUID

from coop.actors import Actor
from coop.errors import Denied, not_found
from states.voters.cards import Card, cards_of
from states.voters.licensing import Reading, reading_of


def voter_by_id(state: str, voter: UUID, *, by: Actor) -> tuple[Card, Reading]:
    """Return a voter as the actor may see it, in an open `read` scope, and what that rests on.

    Raises `NotFound` for an unlicensed, a shielded and an absent voter alike.
    """
    try:
        reading = reading_of(by, state)
    except Denied as denied:
        raise not_found("voter") from denied
    found = cards_of(state, [voter], reading)
    if not found:
        raise not_found("voter")
    return found[0], reading

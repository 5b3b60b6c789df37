"""Voters as they are shown: the licensed standard fields of each, and the names of the others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from coop.jurisdictions.access import get_state
from states.fields.definition import Group
from states.fields.registry import fields_of
from states.voters.ballots import ballots_of
from states.voters.licensing import Reading
from states.voters.models import (
    ContactDetails,
    Demographics,
    Election,
    Registration,
    VoteHistory,
)

TABLES: Final[dict[Group, type[Any]]] = {
    Group.REGISTRATION: Registration,
    Group.DEMOGRAPHICS: Demographics,
    Group.CONTACT_DETAILS: ContactDetails,
    Group.VOTE_HISTORY: VoteHistory,
}


@dataclass(frozen=True, slots=True)
class Card:
    """One voter: licensed values by field name, votes if licensed, and what is not licensed.

    `shielded` is told to the owner alone: nobody else reaches such a voter.
    """

    state: str
    voter: UUID
    place: int
    groups: frozenset[Group]
    values: dict[str, Any]
    elections: list[dict[str, Any]] | None
    denied_fields: list[str]
    shielded: str | None


def cards_of(state: str, voters: Sequence[UUID], reading: Reading) -> list[Card]:
    """Return the voters that the actor may see at all, in the order given, in the open scope."""
    rows = {
        group: _rows(model, state, voters)
        for group, model in TABLES.items()
        if group in reading.territories
    }
    if Group.BALLOTS in reading.territories:
        rows[Group.BALLOTS] = ballots_of(state, voters, timezone.localdate())
    told = _Told(
        state,
        reading,
        elections=_elections(state, rows.get(Group.VOTE_HISTORY, {}).values()),
        party_basis=get_state(state).party_basis,
    )
    made = (
        _card(
            voter, {group: of[voter] for group, of in rows.items() if voter in of}, told
        )
        for voter in voters
    )
    return [card for card in made if card is not None]


def _rows(model: type[Any], state: str, voters: Iterable[UUID]) -> dict[UUID, Any]:
    found = model.objects.filter(state=state, voter__in=list(voters))
    return {row.voter: row for row in found}


@dataclass(frozen=True, slots=True)
class _Told:
    """What all cards of an answer share."""

    state: str
    reading: Reading
    elections: dict[int, Election]
    party_basis: str


def _elections(state: str, histories: Iterable[VoteHistory]) -> dict[int, Election]:
    numbers = {number for one in histories for number in one.elections}
    found = Election.objects.filter(state=state, election__in=numbers)
    return {one.election: one for one in found}


def _card(voter: UUID, rows: dict[Group, Any], told: _Told) -> Card | None:
    """Return a voter's card, None where nothing is seen; each lock leaves out what it must."""
    place = next((row.place for row in rows.values()), 0)
    allowed = told.reading.groups_at(place)
    seen = {group: row for group, row in rows.items() if group in allowed}
    if not seen:
        return None
    registration = seen.get(Group.REGISTRATION)
    history = seen.get(Group.VOTE_HISTORY)
    return Card(
        state=told.state,
        voter=voter,
        place=place,
        groups=allowed,
        values=_values(seen, told) | _ballot(allowed, seen),
        elections=_votes(history, told.elections) if history else None,
        denied_fields=told.reading.denied_at(place),
        shielded=registration.shielded if registration else None,
    )


def _values(seen: dict[Group, Any], told: _Told) -> dict[str, Any]:
    values = {
        one.name: getattr(row, one.column)
        for group, row in seen.items()
        for one in fields_of(group)
        if one.column and hasattr(row, one.column)
    }
    if Group.REGISTRATION in seen:
        values["party_basis"] = told.party_basis
    if Group.DEMOGRAPHICS in seen:
        values["age"] = age_of(values["birth_date"], values["birth_year"])
    return values


def _ballot(allowed: frozenset[Group], seen: dict[Group, Any]) -> dict[str, Any]:
    """Return the fields of the voter's ballot where licensed; None where there is none."""
    if Group.BALLOTS not in allowed:
        return {}
    row = seen.get(Group.BALLOTS)
    names = [one.name for one in fields_of(Group.BALLOTS)]
    return {name: getattr(row, name, None) for name in names}


def _votes(
    history: VoteHistory, elections: dict[int, Election]
) -> list[dict[str, Any]]:
    """Return the votes, newest first; an unknown method or party is None."""
    cast = zip(history.elections, history.methods, history.parties, strict=True)
    votes = [
        {
            "date": elections[number].date,
            "type": elections[number].type,
            "method": method or None,
            "party": party or None,
        }
        for number, method, party in cast
    ]
    return sorted(votes, key=lambda vote: (vote["date"], vote["type"]), reverse=True)


def age_of(
    born: dt.date | None, year: int | None, today: dt.date | None = None
) -> int | None:
    """Return the age in years on a day (today); by the year alone where the day is unknown."""
    today = today or timezone.localdate()
    if born:
        had_birthday = (today.month, today.day) >= (born.month, born.day)
        return today.year - born.year - (not had_birthday)
    return today.year - year if year else None

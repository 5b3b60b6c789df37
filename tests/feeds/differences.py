"""A reader's copy of a state's voters, read whole or kept up by differences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from states.feeds.differences import (
    Difference,
    Told,
    begin_difference,
    read_difference,
)
from states.fields.definition import Group
from states.fields.registry import fields_of
from states.voters.models import (
    ContactDetails,
    Demographics,
    Election,
    Registration,
    VoteHistory,
)

Copy = dict[UUID, dict[str, Any]]
TABLES: dict[Group, Any] = {
    Group.REGISTRATION: Registration,
    Group.DEMOGRAPHICS: Demographics,
    Group.CONTACT_DETAILS: ContactDetails,
    Group.VOTE_HISTORY: VoteHistory,
}


def fresh_copy(reader: Actor, *, owns: bool = False) -> Copy:
    """Return all that the policies alone show a reader of Ohio's file now."""
    copy: Copy = {}
    with acting_as(reader, Action.READ):
        elections = {one.election: one for one in Election.objects.filter(state="OH")}
        for group, model in TABLES.items():
            for row in model.objects.filter(state="OH"):
                held = copy.setdefault(row.voter, {})
                held |= {
                    one.name: getattr(row, one.column)
                    for one in fields_of(group)
                    if one.column and hasattr(row, one.column)
                }
                if group is Group.VOTE_HISTORY:
                    held["elections"] = sorted(_votes(row, elections), key=repr)
                if owns and group is Group.REGISTRATION:
                    held["shielded"] = row.shielded
    return copy


def _votes(
    row: VoteHistory, elections: dict[int, Election]
) -> Iterator[dict[str, Any]]:
    for number, method, party in zip(
        row.elections, row.methods, row.parties, strict=True
    ):
        yield {
            "date": elections[number].date,
            "type": elections[number].type,
            "method": method or None,
            "party": party or None,
        }


def read_chunks(reader: Actor, since: int, number: int) -> Iterator[list[Difference]]:
    """Yield the chunks of a difference of Ohio's, as a reader gets them."""
    place = begin_difference(state="OH", number=number, since=since, by=reader)
    while True:
        part = read_difference(state="OH", place=place, by=reader)
        yield list(part.differences)
        if part.after is None:
            return
        place = part.after


def applied(copy: Copy, differences: Iterable[Difference]) -> Copy:
    """Return the copy with differences applied, as the documentation says it is done."""
    kept = {voter: dict(values) for voter, values in copy.items()}
    for one in differences:
        values = dict(one.values)
        if "elections" in values:
            values["elections"] = sorted(values["elections"], key=repr)
        if one.told is Told.LEFT:
            kept.pop(one.voter, None)
        elif one.told is Told.JOINED:
            kept[one.voter] = values
        else:
            held = kept[one.voter] | values
            kept[one.voter] = {k: v for k, v in held.items() if k not in one.dropped}
    return kept

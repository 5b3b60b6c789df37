"""Reading what publications changed: rows, as far as the reader's grants go now, a chunk a scope.

A difference leads from an earlier publication to the newest. Whoever holds the state's voters
as they could be read at any moment since the earlier one, and applies all of it, holds
what a fresh read gives. Chunks are even parts of the space of ids: where one ends tells nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from django.db import DatabaseError, connection, transaction

from coop.actors import Action, Actor, Permission
from coop.db.scope import acting_as
from coop.errors import (
    Conflict,
    CoopError,
    Denied,
    FieldFault,
    Gone,
    Invalid,
    not_found,
)
from coop.grants.caps import note_voters
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from coop.organizations.access import check_standing
from states.fields.definition import Field, Group
from states.fields.registry import fields_of
from states.voters.cards import TABLES, Card, cards_of
from states.voters.licensing import Reading, Territory, reading_of
from states.voters.models import Publication

CHUNK_VOTERS: Final = 1000
"""About how many touched voters a chunk looks at, whoever may see them."""
_IDS: Final = 1 << 128
_VOTES: Final = frozenset({"elections", "methods", "parties"})
_TOUCHED: Final = ("inserted", "changed", "returned", "gone", "restored")
FILE_GROUPS: Final = (
    Group.REGISTRATION,
    Group.DEMOGRAPHICS,
    Group.CONTACT_DETAILS,
    Group.VOTE_HISTORY,
)
"""The field groups that publications fill."""


class Told(StrEnum):
    """What is told of a voter; `left` for whatever reason: gone, protected or moved away."""

    JOINED = "joined"
    CHANGED = "changed"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the reading of a difference stands: from which publication to which, and the next chunk.

    `license` stands for the grants that it began under.
    """

    since: int
    number: int
    chunks: int
    chunk: int
    license: str

    @property
    def bounds(self) -> tuple[UUID, UUID]:
        """Return the first and the last id of the next chunk."""
        first, after = (_IDS * at // self.chunks for at in (self.chunk, self.chunk + 1))
        return UUID(int=first), UUID(int=after - 1)


@dataclass(frozen=True, slots=True)
class Difference:
    """What is told of one voter: new values by field, and fields that are licensed no more."""

    told: Told
    voter: UUID
    values: Mapping[str, Any]
    dropped: Sequence[str]


@dataclass(frozen=True, slots=True)
class Part:
    """One chunk that may leave, and where the next one starts; None after the last."""

    differences: Sequence[Difference]
    after: Place | None


def begin_difference(*, state: str, number: int, since: int | None, by: Actor) -> Place:
    """Return where the reading of a difference begins; `since` is the publication before unless named.

    Raises `NotFound` for a publication that there is not, `Conflict` (`publication_moved_on`)
    for one that is not the newest, `Invalid` for a `since` that is not before it, and `Denied`
    where nothing of the state may be read.
    """
    since = number - 1 if since is None else since
    with acting_as(by, Action.READ):
        reading = reading_of(by, state)
        _check_newest(state, number)
        if not 0 <= since < number:
            told = f"Name a publication before {number}."
            fault = FieldFault("/since", "out_of_range", told)
            raise Invalid("invalid", told, [fault])
        touched = _touched(state, since)
    chunks = max(1, -(-touched // CHUNK_VOTERS))
    return Place(since, number, chunks, 0, _license_of(reading))


def read_difference(*, state: str, place: Place, by: Actor) -> Part:
    """Return the next chunk, counted against caps and in the ledger; it may leave when this returns.

    Raises `Conflict` (`publication_moved_on`), `Gone` (`difference_not_kept`,
    `license_newer`), or `Denied` (not licensed, `license_changed`, `standing_ended`, `cap_reached`).
    """
    with acting_as(by, Action.READ):
        check_standing(by=by, permission=Permission.VOTERS_READ)
        reading = reading_of(by, state)
        if _license_of(reading) != place.license:
            sentence = "Your grants changed meanwhile: read the state's voters whole."
            raise Denied("license_changed", sentence)
        _check_newest(state, place.number)
        found = _differences(state, place, reading)
        # What was read is of one publication if none came before this statement.
        _check_newest(state, place.number)
        _account(state, place, found, reading, by)
    following = replace(place, chunk=place.chunk + 1)
    return Part(found, following if following.chunk < place.chunks else None)


def _check_newest(state: str, number: int) -> None:
    """Raise unless this is the newest publication."""
    found = Publication.objects.filter(state=state).order_by("-number")
    newest = found.values_list("number", flat=True).first()
    if newest is None or number > newest or number < 1:
        raise not_found("publication")
    if number < newest:
        raise _moved_on(newest)


def _moved_on(newest: int) -> Conflict:
    return Conflict(
        "publication_moved_on",
        f"The newest publication is {newest}: ask for it, since the one that you hold.",
        extra={"newest": newest},
    )


def _touched(state: str, since: int) -> int:
    """Return about how many voters the publications after one touched."""
    found = Publication.objects.filter(state=state, number__gt=since)
    figures = found.values_list("figures", flat=True)
    return sum(one.get(name, 0) for one in figures for name in _TOUCHED)


def _license_of(reading: Reading) -> str:
    """Return what stands for the grants that a reading rests on."""
    held = sorted(str(one) for one in reading.license.grant_ids)
    return hashlib.sha256(",".join(held).encode()).hexdigest()[:16]


def _differences(state: str, place: Place, reading: Reading) -> list[Difference]:
    rows = _rows(state, place)
    wanted = [row[0] for row in rows if row[1] != Told.LEFT]
    filed: dict[Group, Territory] = {
        group: where
        for group, where in reading.territories.items()
        if group in FILE_GROUPS
    }
    shown = cards_of(state, wanted, Reading(reading.license, filed)) if wanted else []
    cards = {card.voter: card for card in shown}
    made = (_made(row, cards.get(row[0]), reading) for row in rows)
    return [one for one in made if one is not None]


_MOVED_ON: Final = "55000"
"""What the database raises where a publication came just before the statement."""
_Row = tuple[UUID, str, list[str], list[str], list[str]]
_REFUSALS: Final[Mapping[str, CoopError]] = {
    "P0002": Gone(
        "difference_not_kept",
        "What was before that publication is not kept any more: read the state's voters whole.",
    ),
    "0LP01": Gone(
        "license_newer",
        "Your grants began, or changed, after that publication: read the state's voters whole.",
    ),
}


def _rows(state: str, place: Place) -> list[_Row]:
    """Return what the database tells of the chunk's voters; it judges the grants itself."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT met, told, changed_columns, gained, lost"
                " FROM sec.publication_difference(%s, %s, %s, %s, %s)",
                [state, place.since, place.number, *place.bounds],
            )
            return list(cursor.fetchall())
    except DatabaseError as error:
        sqlstate = getattr(error.__cause__, "sqlstate", None)
        if sqlstate == _MOVED_ON:
            _check_newest(state, place.number)
        refusal = _REFUSALS.get(sqlstate or "")
        if refusal is None:
            raise
        raise type(refusal)(refusal.code, refusal.detail) from error


def _made(row: _Row, card: Card | None, reading: Reading) -> Difference | None:
    """Return what is told of a voter; None where nothing but what is in no answer has changed."""
    voter, told, columns, gained, lost = row
    if told == Told.LEFT:
        return Difference(Told.LEFT, voter, {}, [])
    if card is None:
        return None
    held = _values(card, owns=reading.license.owner)
    if told == Told.CHANGED:
        names = _names_of(columns) | _fields_in(gained)
        held = {name: value for name, value in held.items() if name in names}
    dropped = sorted(_fields_in(lost))
    if told == Told.CHANGED and not held and not dropped:
        return None
    return Difference(Told(told), voter, held, dropped)


def _values(card: Card, *, owns: bool) -> dict[str, Any]:
    """Return a voter's licensed values as the file gives them: nothing that the day or others decide."""
    names = _fields_in(card.groups)
    held = {name: value for name, value in card.values.items() if name in names}
    if card.elections is not None:
        held["elections"] = card.elections
    if owns:
        held["shielded"] = card.shielded
    return held


def _names_of(columns: Sequence[str]) -> set[str]:
    """Return the fields of columns; columns of which no answer tells have none."""
    met = set(columns)
    named = {one.name for one in _filed(FILE_GROUPS) if one.column in met}
    votes = {"elections"} if met & _VOTES else set()
    return named | votes | (met & {"shielded"})


def _fields_in(groups: Iterable[str]) -> set[str]:
    """Return all fields of these groups that a file fills."""
    wanted = [Group(one) for one in groups]
    votes = {"elections"} if Group.VOTE_HISTORY in wanted else set()
    return {one.name for one in _filed(wanted)} | votes


def _filed(groups: Iterable[Group]) -> Iterator[Field]:
    """Yield the fields of these groups that are columns of published voters."""
    for group in groups:
        model = TABLES.get(group)
        for one in fields_of(group):
            if one.column and hasattr(model, one.column):
                yield one


def _account(
    state: str, place: Place, found: Sequence[Difference], reading: Reading, by: Actor
) -> None:
    """Count whom values are told of against caps, then write who got how much of what."""
    if not found:
        return
    names = {name for one in found for name in (*one.values, *one.dropped)}
    groups = [
        group.value
        for group in FILE_GROUPS
        if names & _fields_in([group.value]) or group is Group.REGISTRATION
    ]
    note_voters(
        by=by,
        state=state,
        voters=[one.voter for one in found if one.told != Told.LEFT],
        groups=groups,
        action=Action.READ,
    )
    license_ = reading.license
    record(
        Event.DIFFERENCE_READ,
        by=by,
        use=Use(
            state=state,
            grants=license_.grant_ids,
            purpose=license_.purpose,
            groups=groups,
            fields=names,
            rows=len(found),
        ),
        detail={"since": place.since, "publication": place.number},
    )

"""Deciding whom a described contact is about: one voter with a margin, or nobody.

It reads what the pusher may read and nothing else: the database narrows voters and places, the
licenses the field groups. What it hands out counts against caps and is in the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.errors import Denied, FieldFault, NotFound
from coop.grants.access import licensed_groups
from coop.grants.caps import note_voters
from coop.grants.queries import grants_for
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from states.canvass.candidates import Block, blocks_of
from states.canvass.references import Description, VoterReference
from states.canvass.resembling import Likeness, likeness
from states.fields.definition import Group

ENOUGH_BITS: Final = 7.0
"""A match is 128 times likelier than not."""
MARGIN_BITS: Final = 4.0
"""It is 16 times likelier than the next one."""
VETOES: Final = frozenset(
    {("first_name", "different"), ("suffix", "different"), ("birth", "different")}
)
"""Twins, parents and children share all the rest: who differs here is another person."""


class Outcome(StrEnum):
    """What matching came to."""

    MATCH = "match"
    AMBIGUOUS = "ambiguous"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Match:
    """What came of one description: the voter where it is one, and what spoke for the best.

    `margin` is the distance to the next in bits, None where there was no other.
    """

    outcome: Outcome
    voter: UUID | None = None
    best: Likeness | None = None
    margin: float | None = None
    refusal: FieldFault | None = None

    @property
    def fault(self) -> FieldFault:
        """Return why a contact without a match is rejected."""
        if self.refusal is not None:
            return self.refusal
        if self.outcome is Outcome.AMBIGUOUS:
            sentence = "Several voters fit this description: tell more of the person."
            return FieldFault("/voter", "voter_ambiguous", sentence)
        return NO_VOTER


NO_VOTER: Final = FieldFault(
    "/voter",
    "voter_unknown",
    "There is no such voter, or none that you may contribute to.",
)
NOBODY_FITS: Final = Match(Outcome.NONE)


def decide(described: Description, block: Block) -> Match:
    """Return whom a description is about, out of those it was compared with."""
    told = {name: getattr(described, name) for name in described.__slots__}
    ranked = sorted(
        ((likeness(told, one.known), one.voter) for one in block.candidates),
        key=lambda pair: (-pair[0].bits, pair[1]),
    )
    if not described.is_named:
        return _by_number(ranked)
    fitting = [pair for pair in ranked if not _is_vetoed(pair[0])]
    if not fitting or fitting[0][0].bits < ENOUGH_BITS:
        return Match(Outcome.NONE, best=fitting[0][0] if fitting else None)
    best, voter = fitting[0]
    margin = round(best.bits - fitting[1][0].bits, 2) if len(fitting) > 1 else None
    close = margin is not None and margin < MARGIN_BITS
    if close or voter not in block.sure:
        return Match(Outcome.AMBIGUOUS, best=best, margin=margin)
    return Match(Outcome.MATCH, voter, best, margin)


def _by_number(ranked: Sequence[tuple[Likeness, UUID]]) -> Match:
    """Decide by a phone or an address of e-mail alone: it is one voter's, or it tells nothing."""
    sharing = [
        pair
        for pair in ranked
        if all(reason.level == "exact" for reason in pair[0].reasons)
    ]
    if len(sharing) == 1:
        return Match(Outcome.MATCH, sharing[0][1], sharing[0][0])
    return Match(Outcome.AMBIGUOUS) if sharing else NOBODY_FITS


def _is_vetoed(found: Likeness) -> bool:
    return any((one.field, one.level) in VETOES for one in found.reasons)


def match_voters(
    *, state: str, references: Sequence[VoterReference], by: Actor
) -> dict[VoterReference, Match]:
    """Return whom described references, and those by a county's id, are about.

    In the pusher's open scope; it opens one for reading inside. Whoever may not read
    registrations in the state, or has reached a cap, finds nobody.
    """
    wanted = [one for one in dict.fromkeys(references) if _is_looked_up(one)]
    found = dict.fromkeys(wanted, NOBODY_FITS)
    if not wanted:
        return found
    try:
        with transaction.atomic(), acting_as(by, Action.READ):
            groups = licensed_groups(by, state, Action.READ)
            if groups is None or Group.REGISTRATION.value in groups:
                found |= _described(state, wanted, groups)
                found |= _numbered(state, wanted)
                _account(state, found, by)
    except NotFound:
        return dict.fromkeys(wanted, NOBODY_FITS)
    except Denied as error:
        return dict.fromkeys(wanted, _refused(error))
    return found


def _refused(error: Denied) -> Match:
    return Match(Outcome.NONE, refusal=FieldFault("/voter", error.code, error.detail))


def _is_looked_up(reference: VoterReference) -> bool:
    return reference.described is not None or reference.county_voter_id is not None


def _described(
    state: str, references: Sequence[VoterReference], groups: frozenset[str] | None
) -> dict[VoterReference, Match]:
    told = [(one, one.described) for one in references if one.described is not None]
    if not told:
        return {}
    blocks = blocks_of(state, [described for _, described in told], groups)
    return {
        one: decide(described, block)
        for (one, described), block in zip(told, blocks, strict=True)
    }


def _numbered(
    state: str, references: Sequence[VoterReference]
) -> dict[VoterReference, Match]:
    """Find voters by the id that their county gave them, which is certain."""
    wanted = {(one.county, one.county_voter_id): one for one in references}
    numbers = [number for _, number in wanted if number is not None]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT county, county_voter_id, voter FROM voters_registration"
            " WHERE state = %s AND county_voter_id = ANY (%s)",
            [state, numbers],
        )
        rows = [row for row in cursor.fetchall() if row[:2] in wanted]
    once = [row for row in rows if sum(row[:2] == other[:2] for other in rows) == 1]
    return {wanted[row[0], row[1]]: Match(Outcome.MATCH, row[2]) for row in once}


def _account(
    state: str,
    found: Mapping[VoterReference, Match],
    by: Actor,
) -> None:
    """Note the voters who are told apart: their ids are handed out."""
    voters = sorted({one.voter for one in found.values() if one.voter is not None})
    used = {Group.REGISTRATION.value}
    for one in found.values():
        used |= (
            {_GROUPS[reason.field] for reason in one.best.reasons}
            if one.best
            else set()
        )
    note_voters(by=by, state=state, voters=voters, groups=used, action=Action.READ)
    grants = grants_for(by, state, Action.READ, [])
    use = Use(
        state=state,
        grants=[grant.id for grant in grants],
        purpose=",".join(sorted({grant.purpose for grant in grants})),
        groups=used,
        rows=len(voters),
    )
    record(Event.CONTACTS_MATCHED, by=by, use=use, detail={"asked": len(found)})


_GROUPS: Final = {
    "last_name": "registration",
    "first_name": "registration",
    "middle_name": "registration",
    "suffix": "registration",
    "residence": "registration",
    "birth": "demographics",
    "phone": "contact_details",
    "email": "contact_details",
}

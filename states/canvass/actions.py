"""Contacts: accepting them from clients, applying them to voters, and setting them right."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid4

from django.utils import timezone

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.errors import FieldFault, Invalid, TooLarge
from coop.grants.access import StateLicense, late_license
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from states.canvass.access import contact_id, contributing_licenses
from states.canvass.blind import contributes_blind, keep_blind
from states.canvass.items import parse_item
from states.canvass.late import find_late
from states.canvass.leads import said_of
from states.canvass.matching import NO_VOTER, Match, match_voters
from states.canvass.models import EventKey
from states.canvass.pushing import (
    Candidate,
    by_state,
    candidate,
    find_voters,
    keep_events,
    known_events,
    own_words,
    unknown_words,
    write_receipt,
)
from states.canvass.references import VoterReference
from states.canvass.room import check_room
from states.voters.leads import note_leads

ITEMS_MOST: Final = 1000


class Outcome(StrEnum):
    """What became of one pushed item."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of item `index` of a call: the contact's public id, or why it was rejected.

    `match` is there where its voter was looked for.
    """

    index: int
    event_id: str | None
    outcome: Outcome
    contact: str | None = None
    faults: Sequence[FieldFault] = ()
    match: Match | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of a call: a receipt (none for a test credential) and a verdict per item."""

    receipt: UUID | None
    verdicts: Sequence[Verdict]

    def count(self, outcome: Outcome) -> int:
        """Return how many items had this outcome."""
        return sum(verdict.outcome is outcome for verdict in self.verdicts)


@dataclass(slots=True)
class _Call:
    """One call while it is judged: what waits, what is decided, what it rests on."""

    by: Actor
    now: dt.datetime
    receipt: UUID
    waiting: list[Candidate] = field(default_factory=list)
    verdicts: dict[int, Verdict] = field(default_factory=dict)
    licenses: dict[str, StateLicense] = field(default_factory=dict)
    twins: list[tuple[Candidate, Candidate]] = field(default_factory=list)

    def reject(
        self,
        index: int,
        event_id: str | None,
        faults: Sequence[FieldFault],
    ) -> None:
        self.verdicts[index] = Verdict(
            index, event_id, Outcome.REJECTED, faults=tuple(faults)
        )

    def settle(self, decided: Iterable[int]) -> None:
        """Take those that are decided out of the waiting."""
        gone = set(decided)
        self.waiting = [one for one in self.waiting if one.index not in gone]


def push_contacts(*, items: Sequence[object], by: Actor) -> Pushed:
    """Judge each contact by itself, and keep the good ones for ever before returning.

    1. Each item's form is checked.
    2. Answers and codes must be the organization's own.
    3. The voter must be one that the actor may read and contribute to now; unknown and not
       covered look the same. Where the actor may contribute without reading, everything is
       accepted alike: what cannot be applied waits for the state's owner.
    4. Event ids and inbox rows are written; authority and the way into the pool are judged
       by that write, and by nothing after it.

    An event id that this source has sent before is a duplicate with the same contact id, or,
    with another body, a rejection, whatever else has become of the contact's parts.

    A test credential's items go through all of it and nothing is kept but the ledger's
    entry. Raises `Invalid` for an empty call, `TooLarge` beyond 1,000 items, and what
    `check_room` does.
    """
    if not items:
        raise Invalid("batch_empty", "There is no contact in this call.")
    if len(items) > ITEMS_MOST:
        raise TooLarge(
            "batch_too_large", f"Push at most {ITEMS_MOST:,} contacts a call."
        )
    call = _Call(by, timezone.now(), uuid4())
    _check_forms(call, items)
    with acting_as(by, Action.CONTRIBUTE):
        check_room(len(items), by=by)
        _check_twins(call)
        _check_words(call)
        _check_voters(call)
        figures = _check_known(call) if by.test else _write(call)
        _judge_twins(call)
        _account(call, figures)
        if not by.test:
            _write_receipt(call)
    _accept(call)
    verdicts = [call.verdicts[index] for index in range(len(items))]
    return Pushed(None if by.test else call.receipt, verdicts)


def _check_forms(call: _Call, items: Sequence[object]) -> None:
    for index, raw in enumerate(items):
        try:
            call.waiting.append(candidate(index, parse_item(raw, now=call.now)))
        except Invalid as error:
            given = raw.get("event_id") if isinstance(raw, dict) else None
            event_id = given if isinstance(given, str) else None
            call.reject(index, event_id, error.faults)


def _check_twins(call: _Call) -> None:
    """Take out the items whose event id came before in this call: they share its fate."""
    first: dict[tuple[str, str], Candidate] = {}
    for one in call.waiting:
        twin = first.setdefault(one.key, one)
        if twin is not one:
            call.twins.append((one, twin))
    call.settle(one.index for one, _ in call.twins)


def _judge_twins(call: _Call) -> None:
    """Answer twins as the first of their event id, once it is known what became of that."""
    for one, first in call.twins:
        fate = call.verdicts.get(first.index)
        _judge_again(call, one, first.item.body_hash, first.contact)
        again = call.verdicts[one.index]
        if fate is not None and again.outcome is Outcome.DUPLICATE:
            call.verdicts[one.index] = replace(fate, index=one.index)


def _refuse(
    call: _Call, refused: Sequence[tuple[Candidate, Sequence[FieldFault]]]
) -> None:
    """Reject items, but for those whose event was accepted before: a retry still learns its id."""
    known = known_events([one for one, _ in refused], by=call.by) if refused else {}
    for one, faults in refused:
        before = known.get(one.key)
        if before is None:
            call.reject(one.index, one.item.event_id, faults)
            call.verdicts[one.index] = replace(
                call.verdicts[one.index], match=one.match, state=one.key[0]
            )
        else:
            _judge_again(call, one, bytes(before.body_hash), before.contact)
    call.settle(call.verdicts)


def _judge_again(call: _Call, one: Candidate, body_hash: bytes, contact: UUID) -> None:
    """Answer an event id that was used: the same id for the same body, else a rejection."""
    if one.item.body_hash == body_hash:
        known = None if call.by.test else contact_id(one.item.about.state, contact)
        call.verdicts[one.index] = Verdict(
            one.index, one.item.event_id, Outcome.DUPLICATE, known
        )
        return
    fault = FieldFault(
        "/event_id",
        "event_id_reused",
        "This event id was sent before, with another body.",
    )
    call.reject(one.index, one.item.event_id, [fault])


def _check_known(call: _Call) -> dict[str, tuple[int, int]]:
    """Decide the items that were accepted before, where nothing is written; there are no figures."""
    known = known_events(call.waiting, by=call.by)
    for one in call.waiting:
        if before := known.get(one.key):
            _judge_again(call, one, bytes(before.body_hash), before.contact)
    call.settle(call.verdicts)
    return {}


def _check_words(call: _Call) -> None:
    words = own_words(one.item for one in call.waiting)
    refused = []
    for one in call.waiting:
        if faults := unknown_words(one.item, words):
            refused.append((one, faults))
        else:
            one.item.body["support"] = words.support_of(one.item)
    _refuse(call, refused)


def _check_voters(call: _Call) -> None:
    call.licenses = contributing_licenses(by_state(call.waiting), by=call.by)
    refused = []
    for state, ours in by_state(call.waiting).items():
        if state in call.licenses:
            _find(state, ours, call.by)
        missing = [one for one in ours if one.found is None]
        if missing and not call.by.test:
            lost = dict.fromkeys(one.item.about for one in missing)
            note_leads(state, map(said_of, lost), source=call.by.source)
        if missing and state in call.licenses and contributes_blind(state):
            for one in missing:
                one.blind, one.match = True, None
            continue
        _find_late(call, state, missing)
        refused += [(one, [_fault(one)]) for one in missing if one.found is None]
    _refuse(call, refused)


def _fault(one: Candidate) -> FieldFault:
    """Return why a contact has no voter."""
    searched = one.match is not None and one.match.voter is None
    return one.match.fault if searched and one.match else NO_VOTER


def _find_late(call: _Call, state: str, lost: Sequence[Candidate]) -> None:
    """Find voters for whom a grant that has just lived out still lets contacts in."""
    if lost and find_late(state, lost) and state not in call.licenses:
        call.licenses[state] = late_license(call.by, state)


def _find(state: str, candidates: Sequence[Candidate], by: Actor) -> None:
    """Find the voters of items: by ids, else by matching what the actor may read."""
    wanted = [one.item.about for one in candidates]
    matches = match_voters(state=state, references=wanted, by=by)
    ids = {one: VoterReference(state, voter=matches[one].voter) for one in matches}
    found = find_voters(state, [ids.get(one, one) for one in wanted])
    for one in candidates:
        about = one.item.about
        one.match = matches.get(about)
        one.found = found.get(ids.get(about, about))


def _write(call: _Call) -> dict[str, tuple[int, int]]:
    """Write event ids and inbox rows; return figures (pooled, held) by state."""
    figures = {}
    for state, ours in by_state(call.waiting).items():
        kept = keep_events(state, ours, by=call.by, receipt=call.receipt, now=call.now)
        raced = [one for one in ours if one.item.event_id not in kept]
        known = known_events(raced, by=call.by) if raced else {}
        for one in raced:
            key: EventKey = known[one.key]
            _judge_again(call, one, bytes(key.body_hash), key.contact)
        call.settle(one.index for one in raced)
        pools = list(kept.values())
        hidden = [one for one in ours if one.blind and one.item.event_id in kept]
        shared = _keep_hidden(call, state, hidden)
        figures[state] = (
            pools.count(True) + (len(hidden) if shared else 0),
            pools.count(False) + (0 if shared else len(hidden)),
        )
    return figures


def _keep_hidden(call: _Call, state: str, hidden: Sequence[Candidate]) -> bool:
    """Keep what must not be told apart; return whether such contacts enter the pool."""
    if not hidden:
        return False
    return keep_blind(
        state, hidden, receipt=call.receipt, source=call.by.source, now=call.now
    )


def _accept(call: _Call) -> None:
    for one in call.waiting:
        contact = None if call.by.test else contact_id(one.key[0], one.contact)
        call.verdicts[one.index] = Verdict(
            one.index,
            one.item.event_id,
            Outcome.ACCEPTED,
            contact,
            match=one.match,
            state=one.key[0],
        )


def _account(call: _Call, figures: dict[str, tuple[int, int]]) -> None:
    """Write the ledger: the state's owner reads what enters its pool, not what is held.

    What is held must show nowhere but to its organization, its figure included.
    """
    rejected = sum(one.outcome is Outcome.REJECTED for one in call.verdicts.values())
    detail = {"rejected": rejected, "test": call.by.test}
    for state, (pooled, held) in figures.items():
        license_ = call.licenses[state]
        if pooled:
            use = Use(
                state=state,
                grants=license_.grant_ids,
                purpose=license_.purpose,
                groups=["contacts"],
                rows=pooled,
            )
            record(Event.CONTACTS_PUSHED, by=call.by, use=use, subject=call.receipt)
        if held:
            use = Use(groups=["contacts"], rows=held)
            note = {"held_in": state}
            record(
                Event.CONTACTS_PUSHED,
                by=call.by,
                use=use,
                subject=call.receipt,
                detail=note,
            )
    if rejected or call.by.test:
        record(
            Event.CONTACTS_PUSHED,
            by=call.by,
            use=Use(rows=0),
            subject=call.receipt,
            detail=detail,
        )


def _write_receipt(call: _Call) -> None:
    decided = call.verdicts.values()
    rejected = [one for one in decided if one.outcome is Outcome.REJECTED]
    write_receipt(
        call.receipt,
        by=call.by,
        now=call.now,
        states=sorted({one.key[0] for one in call.waiting}),
        accepted=len(call.waiting),
        duplicate=sum(one.outcome is Outcome.DUPLICATE for one in decided),
        rejections=[
            {"index": one.index, "codes": [fault.code for fault in one.faults]}
            for one in rejected
        ],
    )

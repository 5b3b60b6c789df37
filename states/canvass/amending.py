"""Setting right what was pushed: corrections and retractions, by the organization that pushed it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID, uuid4

from django.utils import timezone

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.errors import Conflict, FieldFault, Invalid
from coop.grants.access import StateLicense, check_licensed
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from states.canvass.access import (
    OwnContact,
    contact_id,
    get_own_contact,
    voter_to_amend,
)
from states.canvass.blind import amend_blind
from states.canvass.items import Item, body_hash, parse_item
from states.canvass.models import EventKind
from states.canvass.pushing import (
    Candidate,
    Found,
    keep_events,
    known_events,
    own_words,
    unknown_words,
    write_receipt,
)
from states.canvass.references import VoterReference
from states.canvass.room import check_room
from states.voters.ids import voter_id

_EVENTS: Final = {
    EventKind.CORRECTION: Event.CONTACT_CORRECTED,
    EventKind.RETRACTION: Event.CONTACT_RETRACTED,
}


@dataclass(frozen=True, slots=True)
class Amendment:
    """What became of a correction or retraction: its own public id, and whether it was known."""

    id: str
    event_id: str
    contact: str
    duplicate: bool
    receipt: UUID | None


def correct_contact(*, contact: str, told: Mapping[str, Any], by: Actor) -> Amendment:
    """Accept what one's own contact should have said: all of it anew, but for the voter.

    Without `occurred_at` the contact's own time stays. The newest correction counts. Raises
    `NotFound` for a contact that is not one's own, `Conflict` for one that is retracted,
    `Denied` or `Invalid` where the actor may not contribute to that voter now.
    """
    now = timezone.now()
    with acting_as(by, Action.CONTRIBUTE):
        check_room(1, by=by)
        target = get_own_contact(contact, by=by)
        item = _corrected(target, told, now)
        words = own_words([item])
        if faults := unknown_words(item, words):
            raise Invalid(faults[0].code, faults[0].detail, faults)
        item.body["support"] = words.support_of(item)
        return _accept(EventKind.CORRECTION, target, item, now, by)


def retract_contact(*, contact: str, event_id: str, by: Actor) -> Amendment:
    """Accept that one's own contact should never have been; it is final.

    Raises as `correct_contact` does.
    """
    now = timezone.now()
    with acting_as(by, Action.CONTRIBUTE):
        check_room(1, by=by)
        target = get_own_contact(contact, by=by)
        about = VoterReference(target.state, voter=target.voter)
        digest = body_hash({"event_id": event_id, "retracts": str(target.contact)})
        item = Item(event_id, about, target.event_time, {}, digest)
        return _accept(EventKind.RETRACTION, target, item, now, by)


def _corrected(target: OwnContact, told: Mapping[str, Any], now: dt.datetime) -> Item:
    if "voter" in told:
        sentence = "A correction is about the same voter: retract the contact instead."
        fault = FieldFault("/voter", "unknown_field", sentence)
        raise Invalid("unknown_field", sentence, [fault])
    whole = {**told, "voter": voter_id(target.state, target.voter)}
    item = parse_item(whole, now=now)
    digest = body_hash({**told, "corrects": str(target.contact)})
    timed = told.get("occurred_at") is not None
    return replace(
        item,
        body_hash=digest,
        event_time=item.event_time if timed else target.event_time,
    )


def _accept(
    kind: EventKind, target: OwnContact, item: Item, now: dt.datetime, by: Actor
) -> Amendment:
    """Claim the event id and queue the event; the same again is answered as before.

    Two at once wait for each other at the event id.
    """
    one = Candidate(0, item, uuid4(), kind=kind, amends=target.contact)
    if known := _known(one, by):
        return known
    if target.retracted:
        raise Conflict("contact_retracted", "This contact has been retracted.")
    license_ = check_licensed(by, target.state, Action.CONTRIBUTE, ["contacts"])
    if not target.blind:
        found = voter_to_amend(target.state, target.contact)
        if found is None:
            raise Invalid("voter_unknown", "You may not contribute to this voter now.")
        one.found = Found(*found)
    receipt = uuid4()
    kept = keep_events(target.state, [one], by=by, receipt=receipt, now=now)
    if not kept:
        raced = _known(one, by)
        assert raced is not None
        return raced
    if target.blind:
        amend_blind(one, receipt=receipt, source=by.source, now=now)
    pooled = bool(kept[one.item.event_id] and target.pooled)
    _account(one, license_, pooled=pooled, by=by)
    write_receipt(receipt, by=by, now=now, states=[target.state], accepted=1)
    return _amendment(one, one.contact, receipt, duplicate=False)


def _known(one: Candidate, by: Actor) -> Amendment | None:
    key = known_events([one], by=by).get(one.key)
    if key is None:
        return None
    if bytes(key.body_hash) != one.item.body_hash:
        sentence = "This event id was sent before, with another body."
        fault = FieldFault("/event_id", "event_id_reused", sentence)
        raise Invalid("event_id_reused", sentence, [fault])
    return _amendment(one, key.contact, None, duplicate=True)


def _amendment(
    one: Candidate, own_id: UUID, receipt: UUID | None, *, duplicate: bool
) -> Amendment:
    assert one.amends is not None
    state = one.key[0]
    return Amendment(
        contact_id(state, own_id),
        one.item.event_id,
        contact_id(state, one.amends),
        duplicate,
        receipt,
    )


def _account(
    one: Candidate, license_: StateLicense, *, pooled: bool, by: Actor
) -> None:
    """Write the ledger; the state's owner reads of what is pooled alone."""
    held = Use(groups=["contacts"], rows=1)
    shared = Use(
        state=license_.state,
        grants=license_.grant_ids,
        purpose=license_.purpose,
        groups=["contacts"],
        rows=1,
    )
    record(
        _EVENTS[one.kind],
        by=by,
        use=shared if pooled else held,
        subject=one.amends,
        detail={} if pooled else {"held_in": license_.state},
    )

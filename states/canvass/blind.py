"""Contributing without reading: accepted alike whether the voter is there or not, which the owner settles."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.errors import FieldFault, Invalid, not_found
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from states.canvass.models import BlindContact, UnmatchedContact
from states.canvass.pushing import Candidate
from states.voters.access import voter_by_id
from states.voters.ids import parse_voter_id


def contributes_blind(state: str) -> bool:
    """Tell whether the actor may contribute somewhere in the state where it may not read."""
    return bool(_call("sec.contributes_blind(%s)", [state]))


def keep_blind(
    state: str,
    candidates: Sequence[Candidate],
    *,
    receipt: UUID,
    source: str,
    now: dt.datetime,
) -> bool:
    """Keep items in the open scope for contributing; return whether such items enter the pool.

    What becomes of each is told to nobody: it is queued, or it waits for the state's owner.
    """
    rows = json.dumps([_row(one) for one in candidates])
    return bool(
        _call("sec.push_blind(%s, %s, %s, %s, %s)", [state, rows, receipt, source, now])
    )


def _row(one: Candidate) -> dict[str, Any]:
    about = one.item.about
    return {
        "contact": str(one.contact),
        "event_id": one.item.event_id,
        "event_time": one.item.event_time.isoformat(),
        "about": one.item.named,
        "body": one.item.body,
        "voter": str(about.voter) if about.voter else None,
        "state_voter_id": about.state_voter_id,
        "county": about.county,
        "county_voter_id": about.county_voter_id,
    }


def amend_blind(
    one: Candidate, *, receipt: UUID, source: str, now: dt.datetime
) -> None:
    """Correct or retract what was pushed blindly, in the open scope for contributing."""
    told = json.dumps(_row(one))
    values = [one.key[0], one.amends, one.kind.value, told, receipt, source, now]
    _call("sec.amend_blind(%s, %s, %s, %s, %s, %s, %s)", values)


def blind_contact(state: str, contact: UUID) -> BlindContact | None:
    """Return one's own event that was accepted blindly, or None."""
    return BlindContact.objects.filter(state=state, contact=contact).first()


def blind_of_receipt(states: Sequence[str], receipt: UUID) -> list[BlindContact]:
    """Return one's own events of a call that were accepted blindly, by event id."""
    found = BlindContact.objects.filter(state__in=list(states), receipt=receipt)
    return list(found.order_by("event_id"))


def waiting_in(
    state: str, *, after: tuple[dt.datetime, UUID] | None, limit: int
) -> list[UnmatchedContact]:
    """Return what waits for the state's owner, in the owner's open scope, the oldest first."""
    found = UnmatchedContact.objects.filter(state=state, status="waiting")
    if after is not None:
        at, contact = after
        found = found.filter(received_at__gte=at).exclude(
            received_at=at, contact__lte=contact
        )
    return list(found.order_by("received_at", "contact")[:limit])


def settle_unmatched(
    *, state: str, contact: UUID, voter: str | None, by: Actor
) -> None:
    """Say whom a waiting contact of one's own state is about (a voter's public id), or nobody.

    It is then applied for the organization that pushed it. Raises `NotFound` for a contact that
    does not wait, or not in a state of the actor's, and for a voter that is not there.
    """
    about = None
    if voter is not None:
        where, about = parse_voter_id(voter)
        with acting_as(by, Action.READ):
            voter_by_id(where, about, by=by)
        if where != state:
            raise not_found("voter")
    with acting_as(by, Action.MANAGE):
        waits = UnmatchedContact.objects.filter(state=state, contact=contact)
        if not waits.exists() or not _call(
            "sec.settle_unmatched(%s, %s, %s)", [state, contact, about]
        ):
            raise not_found("contact")
        use = Use(state=state, groups=["contacts"], rows=1)
        event = Event.UNMATCHED_DISMISSED if about is None else Event.UNMATCHED_RESOLVED
        record(event, by=by, use=use, subject=contact)


def retry_unmatched(*, state: str, contact: UUID, by: Actor) -> None:
    """Try a waiting contact of one's own state again, for the voter for whom it could not be applied.

    Raises `NotFound` for a contact that does not wait, or not in a state of the actor's, `Invalid`
    (`voter_required`) for one that fits nobody for sure.
    """
    with acting_as(by, Action.MANAGE):
        waits = UnmatchedContact.objects.filter(
            state=state, contact=contact, status="waiting"
        ).first()
        if waits is None:
            raise not_found("contact")
        if waits.problem is None:
            told = "It fits nobody for sure: say whom it is about."
            fault = FieldFault("/voter", "voter_required", told)
            raise Invalid("invalid", told, [fault])
        if not _call("sec.retry_unmatched(%s, %s)", [state, contact]):
            raise not_found("contact")
        use = Use(state=state, groups=["contacts"], rows=1)
        record(Event.CONTACT_REPLAYED, by=by, use=use, subject=contact)


def hand_over(state: str, seq: int) -> bool:
    """Hand a row that was just set aside to the state's owner, where its organization may not see it.

    In the worker's open scope; tells whether it did.
    """
    return bool(_call("sec.hand_over(%s, %s)", [state, seq]))


def _call(function: str, values: Sequence[Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}", values)
        return cursor.fetchone()[0]

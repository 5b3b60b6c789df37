"""Opening a state to the co-op, and reviewing what its law allows."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connections
from django.utils import timezone

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.errors import Conflict, NotFound
from coop.jurisdictions.access import get_state
from coop.jurisdictions.models import State, StatePolicy
from coop.jurisdictions.rules import (
    FIRST_COUNTING,
    Counting,
    check_counting,
    check_owner,
    check_policy_words,
)
from coop.ledger.actions import Use, record
from coop.ledger.events import Event


def open_state(*, code: str, owner: UUID, by: Actor) -> State:
    """Make `owner` the one owner of a state's data, and make room for that data.

    An operator's act, once per state. Partitions are made through the owner's
    connection first: without its owner an open partition holds nothing and shows nothing.
    Raises `NotFound` for an unknown code, `Conflict` where the state has an owner.
    """
    if not State.objects.filter(code=code).exists():
        raise NotFound("not_found", f"There is no state {code}.")
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT sec.open_partitions(%s)", [code])
    with acting_as(by, Action.OPERATE):
        opened = State.objects.filter(code=code, owner=None).update(
            owner=owner, opened_at=timezone.now()
        )
        if not opened:
            raise Conflict("state_already_owned", f"{code} has an owner already.")
        record(Event.STATE_OPENED, by=by, use=Use(state=code), subject=owner)
    return State.objects.get(code=code)


def review_policy(  # noqa: PLR0913  # what a law says, field by field
    *,
    state: str,
    purposes: Sequence[str],
    recipients: Sequence[str],
    resharing: bool,
    attestation: str = "",
    citation: str = "",
    counting: Counting = FIRST_COUNTING,
    by: Actor,
) -> StatePolicy:
    """Write what the state's law lets its party do with the file; from then on it holds.

    `resharing` says whether the file may be shared at all; `attestation`, where not
    empty, is the sentence that whoever accepts a grant must attest to. Who may count but
    not read gets figures within `counting`. Grants already offered stand: the party ends them itself. Raises `NotFound` for an unknown state,
    `Denied` for anyone but its owner party, `Invalid` for words that are unknown.
    """
    texts = {"attestation": attestation, "citation": citation}
    check_policy_words(purposes=purposes, recipients=recipients, texts=texts)
    check_counting(counting)
    with acting_as(by, Action.MANAGE):
        reviewed = get_state(state)
        check_owner(by, reviewed)
        policy, _ = StatePolicy.objects.update_or_create(
            state=reviewed,
            defaults={
                "purposes": sorted(set(purposes)),
                "recipients": sorted(set(recipients)),
                "resharing": resharing,
                **texts,
                **counting.columns(),
                "reviewed_at": timezone.now(),
                "reviewed_by": by.principal,
            },
        )
        record(
            Event.POLICY_REVIEWED,
            by=by,
            use=Use(state=state),
            subject=policy.id,
            detail={
                "purposes": policy.purposes,
                "recipients": policy.recipients,
                "resharing": resharing,
                "attestation_needed": bool(attestation),
                **counting.columns(),
            },
        )
    return policy

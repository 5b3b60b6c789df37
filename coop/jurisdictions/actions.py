"""Opening a state to the co-op, and reviewing what its law allows."""

from __future__ import annotations

from uuid import UUID

from django.db import connections
from django.utils import timezone

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.errors import Conflict, NotFound
from coop.jurisdictions.models import State
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

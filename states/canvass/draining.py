"""Draining the inbox: organization by organization, a batch each in turn, poison set aside."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.db.models import F
from django.utils import timezone

from coop.actors import Action, Actor, worker_for
from coop.db.scope import acting_as
from coop.errors import CoopError, not_found
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from states.canvass.applying import (
    lock_arrivals,
    mark_applied,
    try_lock_places,
    write_batch,
)
from states.canvass.blind import hand_over
from states.canvass.models import EventKind, InboxItem, InboxStatus
from states.canvass.restating import count_pooled, keep_amendments, restate_contacts
from states.canvass.standing import Arrival
from states.feeds.actions import append_changes

Queue: TypeAlias = tuple[str, UUID]
"""A state, and the organization whose events about its voters wait."""

BATCH: Final = 500
QUEUES_AT_ONCE: Final = 2000
LOOK_AGAIN_SECONDS: Final = 0.25
"""How long a round may last before newcomers are looked for."""
IDLE_SECONDS: Final = 0.2
DAYS_AHEAD: Final = 7
SECONDS: Final = 20.0
PASSING: Final = (OperationalError, InterfaceError)
"""The server's troubles, as a rule: the rows stay queued and the next run tries again."""
ALONE_AFTER: Final = 3
"""A row whose batches failed so often for such troubles is tried by itself from then on."""
ATTEMPTS_MOST: Final = 10
"""A row that failed so often is set aside: its trouble was not the server's after all."""
POISON: Final = (
    DatabaseError,
    CoopError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
)


@dataclass(frozen=True, slots=True)
class Applied:
    """What a drain did: rows applied, and rows set aside."""

    applied: int = 0
    set_aside: int = 0

    def __add__(self, other: Applied) -> Applied:
        return Applied(self.applied + other.applied, self.set_aside + other.set_aside)

    def __bool__(self) -> bool:
        return bool(self.applied or self.set_aside)


NOTHING: Final = Applied()


def apply_inbox(*, by: Actor, seconds: float = SECONDS) -> Applied:
    """Apply what waits in the inbox, until nothing waits, nothing can be had, or time is up.

    Organizations are served in turn, a batch each: one that pushes a flood delays itself.

    `by` is the WORKER. Safe to run anywhere, any number of times at once: a row is written
    and marked in one transaction, and rows that another holds are passed over, as are
    states that are being published.
    """
    until = time.monotonic() + seconds
    total = NOTHING
    turns = _Turns()
    while time.monotonic() < until and (queues := turns.next_of(_queues(by))):
        look_again = min(until, time.monotonic() + LOOK_AGAIN_SECONDS)
        for queue in queues:
            done = _apply_queue(queue, turns.troubled)
            turns.note(queue, idle=not done)
            total += done
            if time.monotonic() >= look_again:
                break
    for error in turns.troubled.values():
        raise error
    return total


@dataclass(slots=True)
class _Turns:
    """Whose turn it is: who was not served for longest goes first, and a newcomer before all.

    A queue of which nothing could be had is passed over for a moment: another worker has
    its rows, or its state is being published. One that met the server's trouble is left alone.
    """

    troubled: dict[Queue, Exception] = field(default_factory=dict)
    served: dict[Queue, float] = field(default_factory=dict)
    idle: dict[Queue, float] = field(default_factory=dict)

    def next_of(self, queues: Sequence[Queue]) -> list[Queue]:
        now = time.monotonic()
        able = [
            one
            for one in queues
            if one not in self.troubled and self.idle.get(one, 0.0) <= now
        ]
        return sorted(able, key=lambda one: self.served.get(one, 0.0))

    def note(self, queue: Queue, *, idle: bool) -> None:
        self.served[queue] = time.monotonic()
        if idle:
            self.idle[queue] = self.served[queue] + IDLE_SECONDS


def _apply_queue(queue: Queue, troubled: dict[Queue, Exception]) -> Applied:
    """Apply a batch of one queue; where the server fails it, note that and let the others go on."""
    state, organization = queue
    try:
        return _apply_batch(state, worker_for(organization))
    except PASSING as error:
        _drop_lost_connection()
        troubled[queue] = error
        return NOTHING


def _drop_lost_connection() -> None:
    """Let the next statement open a new connection, where the server has ended this one."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


def _queues(by: Actor) -> list[Queue]:
    """Return the queues that have something waiting, the shortest first."""
    with acting_as(by, Action.WORK), connection.cursor() as cursor:
        cursor.execute(
            "SELECT state, organization FROM sec.claim_inbox(%s)", [QUEUES_AT_ONCE]
        )
        return list(cursor.fetchall())


def _apply_batch(
    state: str, worker: Actor, seqs: Sequence[int] | None = None
) -> Applied:
    """Apply one batch whole; where it fails, its halves, down to the row at fault."""
    arrivals: list[Arrival] = []
    try:
        with acting_as(worker, Action.APPLY):
            if not try_lock_places(state):
                return NOTHING
            arrivals += lock_arrivals(state, limit=BATCH, seqs=seqs)
            apart = len(arrivals) > 1 and any(_is_suspect(one) for one in arrivals)
            done = _write(state, arrivals, worker) if arrivals and not apart else 0
    except PASSING as error:
        return _after_trouble(state, worker, arrivals, error)
    except POISON as error:
        return _after_failure(state, worker, [one.seq for one in arrivals], error)
    return _apply_apart(state, worker, arrivals) if apart else Applied(applied=done)


def _is_suspect(one: Arrival) -> bool:
    return one.attempts >= ALONE_AFTER


def _apply_apart(state: str, worker: Actor, arrivals: Sequence[Arrival]) -> Applied:
    """Apply rows that failed before each by itself, after the others."""
    calm = [one.seq for one in arrivals if not _is_suspect(one)]
    done = _apply_batch(state, worker, calm) if calm else NOTHING
    trouble: Exception | None = None
    for one in filter(_is_suspect, arrivals):
        try:
            done += _apply_batch(state, worker, [one.seq])
        except PASSING as error:
            trouble = error
    if trouble and not done:
        raise trouble
    return done


def _after_trouble(
    state: str, worker: Actor, arrivals: Sequence[Arrival], error: Exception
) -> Applied:
    """Count the failure where the server still answers; a row that failed too often steps aside."""
    if not arrivals:
        raise error
    _drop_lost_connection()
    if len(arrivals) == 1 and arrivals[0].attempts + 1 >= ATTEMPTS_MOST:
        return _set_aside(state, worker, arrivals[0].seq, error)
    with acting_as(worker, Action.APPLY):
        InboxItem.objects.filter(
            state=state, seq__in=[one.seq for one in arrivals]
        ).update(attempts=F("attempts") + 1)
    raise error


def _write(state: str, arrivals: Sequence[Arrival], worker: Actor) -> int:
    """Write contacts, then what sets contacts right; return how many are done.

    A contact that was set aside once may have been amended meanwhile.
    """
    contacts = [one for one in arrivals if one.kind == EventKind.CONTACT]
    changes = write_batch(state, contacts) if contacts else []
    kept = keep_amendments(
        state, [one for one in arrivals if one.kind != EventKind.CONTACT]
    )
    amended = {one.amends for one in kept if one.amends}
    pooled = sum(one.pooled for one in contacts) + count_pooled(state, kept)
    amended |= {one.contact for one in contacts if one.attempts}
    changes += restate_contacts(state, amended, by=worker)
    mark_applied(state, kept)
    done = len(contacts) + len(kept)
    _account(state, worker, pooled=pooled, held=done - pooled)
    append_changes(state=state, changes=changes, by=worker)
    return done


def _account(state: str, worker: Actor, *, pooled: int, held: int) -> None:
    """Write the ledger: the state's owner reads what entered its pool; what is held is its own's."""
    if pooled:
        use = Use(state=state, groups=["contacts"], rows=pooled)
        record(Event.CONTACTS_APPLIED, by=worker, use=use)
    if held:
        use = Use(groups=["contacts"], rows=held)
        record(Event.CONTACTS_APPLIED, by=worker, use=use, detail={"held_in": state})


def _after_failure(
    state: str, worker: Actor, seqs: Sequence[int], error: Exception
) -> Applied:
    if not seqs:
        raise error
    if len(seqs) == 1:
        return _set_aside(state, worker, seqs[0], error)
    middle = len(seqs) // 2
    first = _apply_batch(state, worker, seqs[:middle])
    return first + _apply_batch(state, worker, seqs[middle:])


def _set_aside(state: str, worker: Actor, seq: int, error: Exception) -> Applied:
    """Take a row that cannot be applied out of the way, visibly to its organization.

    What an organization may not see of its own is shown to the state's owner instead.
    """
    with acting_as(worker, Action.APPLY):
        row = (
            InboxItem.objects.select_for_update()
            .filter(state=state, seq=seq, status=InboxStatus.QUEUED)
            .first()
        )
        if row is None:
            return NOTHING
        InboxItem.objects.filter(state=state, seq=seq).update(
            status=InboxStatus.SET_ASIDE,
            error=_reason(error),
            attempts=F("attempts") + 1,
            done_at=timezone.now(),
        )
        record(
            Event.CONTACT_SET_ASIDE,
            by=worker,
            use=Use(state=state if row.pooled else None, rows=1),
            subject=row.contact,
        )
        hand_over(state, seq)
    return Applied(set_aside=1)


def _reason(error: Exception) -> str:
    """Return why, without any value of the row: a code, or the kind of error and SQLSTATE."""
    if isinstance(error, CoopError):
        return error.code
    cause = error.__cause__
    sqlstate = getattr(cause, "sqlstate", None)
    constraint = getattr(getattr(cause, "diag", None), "constraint_name", None)
    parts = [type(error).__name__, sqlstate, constraint]
    return " ".join(str(part) for part in parts if part)


def replay_contact(*, state: str, contact: UUID, by: Actor) -> None:
    """Queue one's own contact again that was set aside. Raises `NotFound` for any other."""
    with acting_as(by, Action.MANAGE):
        found = InboxItem.objects.filter(
            state=state, contact=contact, status=InboxStatus.SET_ASIDE
        )
        if not found.update(
            status=InboxStatus.QUEUED, error=None, done_at=None, attempts=1
        ):
            raise not_found("contact")
        record(Event.CONTACT_REPLAYED, by=by, subject=contact)


def keep_days(*, by: Actor) -> int:
    """Make the partitions of the days ahead, drop those that are old; return how many were dropped.

    `by` is the WORKER. What an old day still holds queued or set aside is carried over. Event
    ids and contacts stay for ever; only the rows of the inbox that are applied go.
    """
    with acting_as(by, Action.WORK), connection.cursor() as cursor:
        cursor.execute(
            "SELECT sec.keep_inbox_days(%s, %s)", [settings.INBOX_DAYS, DAYS_AHEAD]
        )
        return int(cursor.fetchone()[0])

"""Telling webhooks of news: claim what is due, count what is new, send, and note what became of it.

A message is thin: a state, figures by kind and the cursor from which the receiver reads, as
far as its grants go then. It is kept until it arrived, so that every attempt is the same; a
worker that dies leaves a lease that ends, and the receiver sees the same id twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4

import structlog
from django.db import DatabaseError, connection
from django.utils import timezone

from coop.actors import WORKER, Action, Actor, worker_for
from coop.cursors import sealed_cursor
from coop.db.scope import acting_as
from coop.errors import Denied
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from states.feeds.reading import count_changes
from states.webhooks.models import Attempt, Endpoint, Line
from states.webhooks.rules import PAUSE, next_wait
from states.webhooks.sending import Outcome, send
from states.webhooks.signing import signed_headers

AT_ONCE: Final = 16
LEASE_SECONDS: Final = 30
"""Twice what an attempt may take: so long a receiver waits for news after its sender was killed."""
AVAILABLE: Final = "changes.available"
ENDED: Final = "changes.ended"
TEST: Final = "webhook.test"

Sender = Callable[[str, bytes, Mapping[str, str]], Outcome]
_log = structlog.get_logger("states.webhooks")


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message ready to be sent: nothing of it needs the database."""

    line: UUID
    organization: UUID
    endpoint: UUID
    message: UUID
    url: str
    body: bytes
    headers: Mapping[str, str]


def deliver_due(*, sender: Sender = send) -> int:
    """Deliver what is due, sixteen at a time at most; return how many attempts were made."""
    parcels = [one for one in map(_attempted, _claimed()) if one]
    if not parcels:
        return 0
    with ThreadPoolExecutor(AT_ONCE) as senders:
        outcomes = list(
            senders.map(lambda one: sender(one.url, one.body, one.headers), parcels)
        )
    for parcel, outcome in zip(parcels, outcomes, strict=True):
        _settle(parcel, outcome)
    return len(parcels)


def send_test(*, endpoint: Endpoint, by: Actor, sender: Sender = send) -> Attempt:
    """Send a test message once and return the attempt; outside any scope, since it takes its time."""
    message = uuid4()
    body = _body(TEST, {"webhook": str(endpoint.id)})
    headers = signed_headers(endpoint, message, body)
    outcome = sender(endpoint.url, body.encode(), headers)
    with acting_as(by, Action.MANAGE):
        return _log_attempt(endpoint.organization, endpoint.id, message, outcome, TEST)


def _claimed() -> list[tuple[UUID, UUID]]:
    with acting_as(WORKER, Action.WORK), connection.cursor() as cursor:
        cursor.execute(
            "SELECT claimed, of_organization FROM sec.claim_webhooks(%s, %s)",
            [AT_ONCE, LEASE_SECONDS],
        )
        return [(line, organization) for line, organization in cursor.fetchall()]


def _attempted(claimed: tuple[UUID, UUID]) -> Parcel | None:
    """Prepare one line; what fails there is logged, and waits for its lease to end alone."""
    try:
        return _prepared(claimed)
    except (DatabaseError, ValueError) as error:
        _log.error(
            "webhook not prepared", line=str(claimed[0]), error=type(error).__name__
        )
        return None


def _prepared(claimed: tuple[UUID, UUID]) -> Parcel | None:
    """Return what is to be sent for a claimed line; None where there is no news for its reader."""
    by = worker_for(claimed[1])
    with acting_as(by, Action.READ):
        line = Line.objects.filter(id=claimed[0]).first()
        if line is None:
            return None
        if line.message is None:
            _write_message(line, by)
    with acting_as(by, Action.MANAGE):
        endpoint = Endpoint.objects.filter(id=line.endpoint).first()
        if line.message is None or endpoint is None:
            _rest(line)
            return None
        _keep(line)
        headers = signed_headers(endpoint, line.message, line.body)
    return Parcel(
        line.id,
        by.organization,
        endpoint.id,
        line.message,
        endpoint.url,
        line.body.encode(),
        headers,
    )


def _write_message(line: Line, by: Actor) -> None:
    """Put the news on its way, or move the line along where its reader may see none of it."""
    try:
        counts, head = count_changes(state=line.state, position=line.position, by=by)
    except Denied as ended:
        line.following, line.message = line.position, uuid4()
        line.body = _body(ENDED, {"state": line.state, "code": ended.code})
        line.ended = True
        return
    line.following = head
    if counts:
        cursor = sealed_cursor(
            by.organization, f"changes|{line.state}", [line.position]
        )
        line.message = uuid4()
        news = {"state": line.state, "after": cursor, "counts": counts}
        line.body = _body(AVAILABLE, news)


def _rest(line: Line) -> None:
    """Go on from the head, since nothing up to it concerns the reader."""
    Line.objects.filter(id=line.id, message=None).update(
        position=line.following, leased_until=None, due_at=timezone.now() + PAUSE
    )


def _keep(line: Line) -> None:
    """Keep the message until it arrived; whether the feed ended is known once it did."""
    Line.objects.filter(id=line.id).update(
        message=line.message, body=line.body, following=line.following
    )


def _body(kind: str, data: Mapping[str, Any]) -> str:
    said = {"type": kind, "timestamp": timezone.now().isoformat(), "data": dict(data)}
    return json.dumps(said, separators=(",", ":"))


def _settle(parcel: Parcel, outcome: Outcome) -> None:
    """Note an attempt; a line that was replayed or removed meanwhile is left as it is."""
    by = worker_for(parcel.organization)
    said = json.loads(parcel.body)
    kind, state = said["type"], said["data"]["state"]
    with acting_as(by, Action.MANAGE):
        line = (
            Line.objects.select_for_update()
            .filter(id=parcel.line, message=parcel.message)
            .first()
        )
        if line is None:
            return
        line.attempts += 1
        line.leased_until = None
        _log_attempt(
            parcel.organization,
            parcel.endpoint,
            parcel.message,
            outcome,
            kind,
            state=state,
            number=line.attempts,
        )
        if outcome.outcome == "delivered":
            _arrived(line, kind, said["data"].get("counts", {}), by)
        else:
            _failed(line, outcome, by)
        line.save()


def _arrived(line: Line, kind: str, counts: Mapping[str, int], by: Actor) -> None:
    line.position = line.following if line.following is not None else line.position
    line.message, line.body, line.following, line.attempts = None, "", None, 0
    line.due_at = timezone.now() + PAUSE
    line.ended = kind == ENDED
    if counts:
        use = Use(state=line.state, rows=sum(counts.values()))
        record(Event.WEBHOOK_DELIVERED, by=by, use=use, subject=line.endpoint)


def _failed(line: Line, outcome: Outcome, by: Actor) -> None:
    wait = next_wait(line.attempts)
    if outcome.status == 410 or wait is None:
        reason = "gone" if outcome.status == 410 else "failing"
        _disable(line.endpoint, reason, by)
        line.due_at = timezone.now()
        return
    line.due_at = timezone.now() + wait


def _disable(endpoint: UUID, reason: str, by: Actor) -> None:
    disabled = Endpoint.objects.filter(id=endpoint, disabled_at=None).update(
        disabled_at=timezone.now(), disabled_reason=reason
    )
    if disabled:
        record(
            Event.WEBHOOK_DISABLED, by=by, subject=endpoint, detail={"reason": reason}
        )
        _log.warning("webhook disabled", webhook=str(endpoint), reason=reason)


def _log_attempt(
    organization: UUID,
    endpoint: UUID,
    message: UUID,
    outcome: Outcome,
    kind: str,
    *,
    state: str = "",
    number: int = 1,
) -> Attempt:
    attempt = Attempt(
        organization=organization,
        endpoint=endpoint,
        message=message,
        kind=kind,
        state=state,
        number=number,
        at=timezone.now(),
        outcome=outcome.outcome,
        status=outcome.status,
        milliseconds=outcome.milliseconds,
    )
    attempt.save(force_insert=True)
    return attempt

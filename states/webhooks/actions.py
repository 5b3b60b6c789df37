"""Setting up, changing and removing an organization's webhooks, in its scope for managing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from django.utils import timezone

from coop.actors import Actor
from coop.errors import Conflict
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from states.feeds.queries import feed_head
from states.feeds.reading import check_following
from states.webhooks.access import endpoint_by_id
from states.webhooks.models import Attempt, Endpoint, Line
from states.webhooks.rules import ENDPOINTS_AT_MOST, OVERLAP_AT_MOST
from states.webhooks.sending import check_url
from states.webhooks.signing import new_secret, sealed_secret


def create_endpoint(
    *, url: str, states: Sequence[str], description: str = "", by: Actor
) -> tuple[Endpoint, str]:
    """Set up a webhook that is told of what is new from now on; return it and its secret, shown once.

    Raises `Invalid` for an address or a state that cannot be, `Denied` for a state that the
    organization has nothing to do with.
    """
    check_url(url)
    if Endpoint.objects.count() >= ENDPOINTS_AT_MOST:
        raise Conflict("too_many_webhooks", f"There are {ENDPOINTS_AT_MOST} already.")
    endpoint = Endpoint(
        organization=by.organization,
        url=url,
        description=description,
        created_by=by.principal,
        created_at=timezone.now(),
    )
    secret = new_secret()
    endpoint.secret = sealed_secret(secret, endpoint.id)
    endpoint.save(force_insert=True)
    _follow(endpoint, states, by)
    _record(Event.WEBHOOK_CREATED, endpoint, by, states=states)
    return endpoint, secret


def change_endpoint(
    *,
    endpoint: UUID,
    by: Actor,
    url: str | None = None,
    description: str | None = None,
    states: Sequence[str] | None = None,
    enabled: bool | None = None,
) -> Endpoint:
    """Change what is given. Switched on again, it is tried at once and told all it missed."""
    found = endpoint_by_id(endpoint, lock=True)
    if url is not None:
        check_url(url)
        found.url = url
    if description is not None:
        found.description = description
    if enabled is not None:
        _switch(found, enabled=enabled)
    if states is not None:
        _follow(found, states, by)
    found.save()
    _record(Event.WEBHOOK_CHANGED, found, by)
    return found


def delete_endpoint(*, endpoint: UUID, by: Actor) -> None:
    """Remove a webhook with its log."""
    found = endpoint_by_id(endpoint, lock=True)
    Line.objects.filter(endpoint=found.id).delete()
    Attempt.objects.filter(endpoint=found.id).delete()
    Endpoint.objects.filter(id=found.id).delete()
    _record(Event.WEBHOOK_DELETED, found, by)


def rotate_secret(
    *, endpoint: UUID, overlap: dt.timedelta, by: Actor
) -> tuple[Endpoint, str]:
    """Give a webhook a new secret, shown once; the one before signs beside it for `overlap`."""
    found = endpoint_by_id(endpoint, lock=True)
    secret = new_secret()
    found.old_secret = found.secret
    found.old_secret_until = timezone.now() + min(overlap, OVERLAP_AT_MOST)
    found.secret = sealed_secret(secret, found.id)
    found.save()
    _record(Event.WEBHOOK_ROTATED, found, by)
    return found, secret


def replay_endpoint(*, endpoint: UUID, state: str, position: int, by: Actor) -> None:
    """Tell a webhook anew of a state's feed, from a place in it."""
    found = endpoint_by_id(endpoint, lock=True)
    check_following(state, by=by)
    now = timezone.now()
    changed = Line.objects.filter(endpoint=found.id, state=state).update(
        position=position, message=None, attempts=0, due_at=now, ended=False
    )
    if not changed:
        raise Conflict("webhook_not_following", f"It does not follow {state}.")
    _record(Event.WEBHOOK_REPLAYED, found, by, states=[state])


def _switch(endpoint: Endpoint, *, enabled: bool) -> None:
    endpoint.disabled_at = None if enabled else timezone.now()
    endpoint.disabled_reason = "" if enabled else "by_hand"
    if enabled:
        lines = Line.objects.filter(endpoint=endpoint.id)
        lines.update(attempts=0, due_at=timezone.now(), ended=False)


def _follow(endpoint: Endpoint, states: Sequence[str], by: Actor) -> None:
    """Follow these states and no others; one that is new is told of from its head on."""
    lines = Line.objects.filter(endpoint=endpoint.id)
    lines.exclude(state__in=list(states)).delete()
    followed = set(lines.values_list("state", flat=True))
    for state in sorted(set(states) - followed):
        check_following(state, by=by)
        Line(
            endpoint=endpoint.id,
            organization=by.organization,
            state=state,
            position=feed_head(state),
            due_at=timezone.now(),
        ).save(force_insert=True)


def _record(
    event: Event, endpoint: Endpoint, by: Actor, states: Sequence[str] = ()
) -> None:
    if not states:
        record(event, by=by, subject=endpoint.id)
    for state in states:
        record(event, by=by, use=Use(state=state), subject=endpoint.id)

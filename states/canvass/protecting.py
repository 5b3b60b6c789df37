"""The owner's say over suppressions: lifting a source's, and confirming deaths and moves."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.errors import not_found
from coop.jurisdictions.models import State
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from states.canvass.applying import bind_suppressions, lock_places
from states.canvass.models import SuppressionAssertion, SuppressionKind
from states.feeds.actions import append_changes

NEEDS_CONFIRMATION = (SuppressionKind.DECEASED, SuppressionKind.MOVED)


def lift_suppressions(
    *,
    state: str,
    organization: UUID,
    source: str | None = None,
    kind: str | None = None,
    by: Actor,
) -> int:
    """Lift what a source of an organization asserted in one's own state; return how many.

    `source` or `kind` None means all of them. What another source asserts of the same
    voters goes on binding. Raises `NotFound` for a state that the actor does not own.
    """
    with acting_as(by, Action.MANAGE):
        _check_owner(state, by)
        lock_places(state)
        found = SuppressionAssertion.objects.filter(
            state=state, organization=organization, lifted_at=None
        )
        found = found.filter(source=source) if source is not None else found
        found = found.filter(kind=kind) if kind is not None else found
        rows = list(found.values_list("assertion", "voter"))
        SuppressionAssertion.objects.filter(
            state=state, assertion__in=[assertion for assertion, _ in rows]
        ).update(lifted_at=timezone.now(), lifted_by=by.principal)
        _bind(state, {voter for _, voter in rows}, Event.SUPPRESSION_LIFTED, by)
    return len(rows)


def confirm_suppression(*, state: str, assertion: UUID, by: Actor) -> None:
    """Let a claimed death or move in one's own state bind everyone.

    Raises `NotFound` for a claim that is absent, lifted, or in another's state.
    """
    with acting_as(by, Action.MANAGE):
        _check_owner(state, by)
        lock_places(state)
        claimed = SuppressionAssertion.objects.filter(
            state=state,
            assertion=assertion,
            kind__in=NEEDS_CONFIRMATION,
            lifted_at=None,
            withdrawn_at=None,
        )
        voters = set(claimed.values_list("voter", flat=True))
        if not voters:
            raise not_found("suppression")
        claimed.update(confirmed_at=timezone.now(), confirmed_by=by.principal)
        _bind(state, voters, Event.SUPPRESSION_CONFIRMED, by)


def _check_owner(state: str, by: Actor) -> None:
    if not State.objects.filter(code=state, owner=by.organization).exists():
        raise not_found("state")


def _bind(state: str, voters: set[UUID], event: Event, by: Actor) -> None:
    changes = bind_suppressions(state, voters) if voters else []
    record(event, by=by, use=Use(state=state, rows=len(voters)))
    append_changes(state=state, changes=changes, by=by)

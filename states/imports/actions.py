"""What a person decides about an import: order it, publish it, cancel it."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db.models import Max
from django.utils import timezone

from coop.actors import Action, Actor
from coop.db.locks import Lock, hold_lock
from coop.db.scope import acting_as
from coop.errors import Conflict, Invalid
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from states.files import access as files_access
from states.imports import access, rules
from states.imports.access import check_own_state
from states.imports.models import GuardRail, Import, Status
from states.voters.models import Publication


def order_import(*, delivery: UUID, by: Actor) -> Import:
    """Queue an import of a delivery; a worker takes it when the state is free.

    Raises `NotFound` for another's delivery, `Invalid` for one without files, `Conflict`
    while uploads to it are under way.
    """
    with acting_as(by, Action.IMPORT):
        found = files_access.delivery_by_id(delivery)
        hold_lock(Lock.DELIVERY, str(found.id))
        rules.check_arrived(files_access.unfinished_uploads(found))
        if not files_access.files_of(found):
            raise Invalid(
                "delivery_empty", "The delivery has no files: upload one first."
            )
        run = Import(
            state=found.state,
            delivery=found,
            requested_by=by.principal,
            requested_at=timezone.now(),
        )
        run.save(force_insert=True)
        record(Event.IMPORT_STARTED, by=by, use=Use(state=run.state), subject=run.id)
    return run


def publish_import(*, import_id: UUID, reason: str = "", by: Actor) -> Import:
    """Let a reviewed import be published; a worker does it.

    Raises `NotFound` for another's import, `Conflict` unless it is ready, `Invalid`
    without a `reason` for a file older than the published one.
    """
    with acting_as(by, Action.IMPORT):
        run = access.import_by_id(import_id)
        rules.check_publishable(run)
        rules.check_reasoned(run, reason)
        _decide(run, Status.PUBLISHING, phase="publishing", reason=reason.strip())
        record(
            Event.IMPORT_REVIEWED,
            by=by,
            use=Use(state=run.state),
            subject=run.id,
            detail={
                "reasons": [one["code"] for one in run.needs_review],
                "reason": run.reason,
            },
        )
    return run


def cancel_import(*, import_id: UUID, by: Actor) -> Import:
    """End an import before it is published: what was staged is dropped by the next sweep.

    Raises `NotFound` for another's import, `Conflict` once it is being published or over.
    """
    with acting_as(by, Action.IMPORT):
        run = access.import_by_id(import_id)
        rules.check_cancelable(run)
        _decide(run, Status.CANCELED, phase="canceled", finished_at=timezone.now())
        record(Event.IMPORT_CANCELED, by=by, use=Use(state=run.state), subject=run.id)
    return run


def order_rollback(*, state: str, to: int, reason: str, by: Actor) -> Import:
    """Queue going back to an earlier publication; a worker does it when the state is free.

    Who has become confidential or gone since then stays so. Raises `NotFound` for a state
    of another owner, `Conflict` for a publication too far back, `Invalid` without a reason.
    """
    with acting_as(by, Action.IMPORT):
        check_own_state(state, by)
        numbers = Publication.objects.filter(state=state)
        newest = numbers.aggregate(newest=Max("number"))["newest"]
        start = rules.check_rollback(to, newest, reason)
        run = Import(
            state=state,
            delivery=access.import_of_publication(state, to).delivery,
            rolls_back_to=to,
            rolls_back_from=start,
            reason=reason.strip(),
            requested_by=by.principal,
            requested_at=timezone.now(),
        )
        run.save(force_insert=True)
        record(
            Event.ROLLBACK_ORDERED,
            by=by,
            use=Use(state=state),
            subject=run.id,
            detail={"from": start, "to": to, "reason": run.reason},
        )
    return run


def set_guard_rails(
    *, state: str, thresholds: Mapping[str, float], by: Actor
) -> dict[str, float]:
    """Set a state's thresholds by guard; guards that are not named go back to the default.

    They hold for comparisons from now on. Raises `NotFound` for a state of another owner,
    `Invalid` for unknown guards and impossible shares.
    """
    rules.check_thresholds(thresholds)
    with acting_as(by, Action.IMPORT):
        check_own_state(state, by)
        hold_lock(Lock.IMPORT_OF_STATE, f"guards of {state}")
        rails = GuardRail.objects.filter(state=state)
        before = dict(rails.values_list("guard", "threshold"))
        rails.delete()
        now = timezone.now()
        GuardRail.objects.bulk_create(
            GuardRail(
                state=state,
                guard=guard,
                threshold=threshold,
                changed_by=by.principal,
                changed_at=now,
            )
            for guard, threshold in thresholds.items()
        )
        record(
            Event.GUARD_RAILS_SET,
            by=by,
            use=Use(state=state),
            detail={"before": before, "after": dict(thresholds)},
        )
    return dict(thresholds)


def _decide(run: Import, status: Status, **changes: object) -> None:
    """Change an import that is still as it was judged; raises `Conflict` otherwise."""
    as_judged = Import.objects.filter(id=run.id, status=run.status)
    if not as_judged.update(status=status, **changes):
        raise Conflict("import_moved_on", "The import has just moved on: look again.")
    for name, value in changes.items():
        setattr(run, name, value)
    run.status = status

"""Declaring, sharing and deleting score sets, and taking their uploads in; a worker does the rest."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID, uuid4

from django.db.models import Max
from django.utils import timezone

from coop.actors import Action, Actor
from coop.db.locks import Lock, hold_lock
from coop.db.scope import acting_as
from coop.errors import Conflict, FieldFault, Invalid
from coop.grants.access import check_licensed
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from coop.organizations.models import Organization
from states.fields.definition import Group
from states.files.sheet_store import StoredSheet, forget_sheet, keep_sheet, read_sheet
from states.scores.access import get_set, get_share
from states.scores.lines import read_scores
from states.scores.models import LineFault, ScoreSet, Share, Upload
from states.scores.rules import Declared, check_declared
from states.scores.versions import drop_values


def declare_set(*, declared: Declared, by: Actor) -> ScoreSet:
    """Declare a score set. Raises `Invalid` for its name, range or labels, `Conflict` (`score_name_taken`)."""
    check_declared(declared)
    low, high = declared.bounds
    with acting_as(by, Action.MANAGE):
        hold_lock(Lock.SCORE_SET, f"{by.organization} {declared.name}")
        if _named(declared.name, by):
            detail = "Your organization has a score set of this name."
            fault = FieldFault("/name", "score_name_taken", detail)
            raise Conflict("score_name_taken", detail, [fault])
        made = ScoreSet(
            organization=by.organization,
            name=declared.name,
            description=declared.description,
            low=low,
            high=high,
            labels=list(declared.labels),
            created_by=by.principal,
            created_at=timezone.now(),
        )
        made.save(force_insert=True)
        record(Event.SCORE_SET_DECLARED, by=by, subject=made.id)
    return made


def delete_set(*, set_id: UUID, by: Actor) -> None:
    """Forget a set with its values, shares and uploads. Raises `NotFound`."""
    with acting_as(by, Action.MANAGE):
        one = get_set(set_id, by=by)
        uploads = list(Upload.objects.filter(score_set=one))
        for state in sorted({upload.state for upload in uploads}):
            drop_values(state, one.id, whole=True)
        ids = [upload.id for upload in uploads]
        LineFault.objects.filter(upload__in=ids).delete()
        one.delete()
        record(Event.SCORE_SET_DELETED, by=by, subject=set_id)
    for upload in ids:
        if not by.test:
            forget_sheet(upload)


def share_set(*, set_id: UUID, receiver: UUID, by: Actor) -> Share:
    """Show a set to another organization, for voters whom it may read anyway; twice is once.

    Raises `NotFound`, and `Invalid` (`no_such_organization`, `score_shared_with_self`).
    """
    with acting_as(by, Action.MANAGE):
        one = get_set(set_id, by=by)
        _check_receiver(receiver, by)
        hold_lock(Lock.SCORE_SET, f"share {one.id} {receiver}")
        found = Share.objects.filter(score_set=one, receiver=receiver).first()
        if found is None:
            found = Share(
                score_set=one,
                organization=by.organization,
                receiver=receiver,
                shared_by=by.principal,
                shared_at=timezone.now(),
            )
            found.save(force_insert=True)
            detail = {"receiver": str(receiver)}
            record(Event.SCORE_SET_SHARED, by=by, subject=one.id, detail=detail)
    return found


def end_share(*, share_id: UUID, by: Actor) -> None:
    """End a share: from the next statement on its receiver knows of no such set. Raises `NotFound`."""
    with acting_as(by, Action.MANAGE):
        share = get_share(share_id, by=by)
        detail = {"receiver": str(share.receiver)}
        subject = share.score_set_id
        share.delete()
        record(Event.SCORE_SET_UNSHARED, by=by, subject=subject, detail=detail)


def queue_upload(
    *, set_id: UUID, state: str, chunks: Iterable[bytes], by: Actor
) -> Upload:
    """Keep an upload of a set's values for one state; a worker replaces the former ones by it.

    Raises `NotFound`, `Denied` where no grant lets `by` read the state's voters, `Invalid`
    for the header, `TooLarge`.
    """
    key = uuid4()
    with acting_as(by, Action.READ):
        get_set(set_id, by=by)
        check_licensed(by, state, Action.READ, [Group.REGISTRATION.value])
    stored = keep_sheet(chunks, key)
    try:
        read_scores(read_sheet(key))
        upload = _enter(set_id, state, key, stored, by)
    except BaseException:
        forget_sheet(key)
        raise
    if by.test:
        forget_sheet(key)
    return upload


def _enter(
    set_id: UUID, state: str, key: UUID, stored: StoredSheet, by: Actor
) -> Upload:
    with acting_as(by, Action.READ):
        one = get_set(set_id, by=by)
        hold_lock(Lock.SCORE_SET, f"{one.id} {state}")
        before = Upload.objects.filter(score_set=one, state=state)
        newest = before.aggregate(newest=Max("version"))["newest"] or 0
        upload = Upload(
            id=key,
            organization=by.organization,
            score_set=one,
            state=state,
            version=newest + 1,
            principal=by.principal,
            principal_kind=by.kind.value,
            source=by.source,
            lines_total=stored.lines,
            uploaded_at=timezone.now(),
        )
        upload.save(force_insert=True)
        record(Event.SCORES_UPLOADED, by=by, use=Use(state=state), subject=upload.id)
    return upload


def _named(name: str, by: Actor) -> bool:
    own = ScoreSet.objects.filter(organization=by.organization, name=name)
    return own.exists()


def _check_receiver(receiver: UUID, by: Actor) -> None:
    if receiver == by.organization:
        detail = "Name another organization."
        fault = FieldFault("/organization", "score_shared_with_self", detail)
        raise Invalid("score_shared_with_self", detail, [fault])
    if not Organization.objects.filter(id=receiver).exists():
        detail = "There is no such organization."
        fault = FieldFault("/organization", "no_such_organization", detail)
        raise Invalid("no_such_organization", detail, [fault])

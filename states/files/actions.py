"""Opening a delivery and entering its files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone

from coop.actors import Action, Actor
from coop.db.locks import Lock, hold_lock
from coop.db.scope import acting_as
from coop.errors import Conflict, not_found
from coop.jurisdictions.models import State
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from states.files import access, rules
from states.files.archives import packing_of, sources_of
from states.files.models import Delivery, File
from states.files.storage import Stored, discard, forget, keep, room_on_disk


@dataclass(frozen=True, slots=True)
class Entered:
    """An entered file. `repeated`: this delivery had it already, and nothing changed.

    `same_as` is an earlier delivery of the state with the very same content, if any.
    """

    file: File
    repeated: bool
    same_as: UUID | None


@dataclass(frozen=True, slots=True)
class VendorStatement:
    """A data manager's word that the party may use a vendor's files here, and under which license."""

    vendor: str
    license_reference: str


def open_delivery(
    *,
    state: str,
    file_date: dt.date,
    counties: Sequence[int] | None = None,
    review: bool = False,
    statement: VendorStatement | None = None,
    by: Actor,
) -> Delivery:
    """Open a delivery of a state that `by` owns.

    `counties` are FIPS codes, None for the whole state; `statement` lets it hold a vendor's
    files. Raises `NotFound` for a state of another owner or of none, `Invalid` for impossible
    dates and counties.
    """
    rules.check_file_date(file_date)
    rules.check_counties(state, counties)
    with acting_as(by, Action.IMPORT):
        if not State.objects.filter(code=state, owner=by.organization).exists():
            raise not_found("state of yours")
        delivery = Delivery(
            state=state,
            file_date=file_date,
            counties=sorted(set(counties)) if counties is not None else None,
            review=review,
            vendor=statement.vendor if statement else "",
            vendor_license=statement.license_reference if statement else "",
            opened_by=by.principal,
            opened_at=timezone.now(),
        )
        delivery.save(force_insert=True)
        record(
            Event.DELIVERY_OPENED,
            by=by,
            use=Use(state=state),
            subject=delivery.id,
            detail={"file_date": file_date.isoformat(), "counties": delivery.counties},
        )
        if statement:
            detail = {
                "vendor": statement.vendor,
                "license_reference": statement.license_reference,
            }
            use = Use(state=state)
            subject = delivery.id
            record(Event.VENDOR_STATED, by=by, use=use, subject=subject, detail=detail)
    return delivery


def enter_file(
    *,
    delivery: UUID,
    name: str,
    stored: Stored,
    sender: UUID | None = None,
    by: Actor,
) -> Entered:
    """Enter received bytes as a file of a delivery, and keep them; they are gone after an error.

    `sender` is who sent them, where that is not `by`. The same content again is the same file. Raises `NotFound` for another's delivery,
    `Conflict` where the name stands for other content, `Invalid` for an archive that is
    damaged, encrypted, empty or a flood, `Unavailable` where the disk is full.
    """
    try:
        rules.check_name(name)
        with room_on_disk():
            sources_of(stored.path, name)
            return _enter(delivery, name, stored, sender or by.principal, by)
    finally:
        discard(stored)


def _enter(
    delivery_id: UUID, name: str, stored: Stored, sender: UUID, by: Actor
) -> Entered:
    with acting_as(by, Action.IMPORT):
        delivery = access.delivery_by_id(delivery_id)
        hold_lock(Lock.DELIVERY, str(delivery.id))
        files = access.files_of(delivery)
        for taken in files:
            if taken.name == name:
                rules.check_same_content(taken, stored.sha256)
        same = next((one for one in files if one.sha256 == stored.sha256), None)
        earlier = _earlier(delivery, stored.sha256)
        if same:
            return Entered(same, repeated=True, same_as=earlier)
        entered = _save(delivery, name, stored, sender, by)
        if not by.test:
            hold_lock(Lock.CONTENT, stored.sha256)
            keep(stored, delivery.state)
    return Entered(entered, repeated=False, same_as=earlier)


def _earlier(delivery: Delivery, sha256: str) -> UUID | None:
    before = File.objects.filter(state=delivery.state, sha256=sha256)
    found = before.exclude(delivery_id=delivery.id).order_by("uploaded_at").first()
    return found.delivery_id if found else None


def _save(
    delivery: Delivery, name: str, stored: Stored, sender: UUID, by: Actor
) -> File:
    entered = File(
        delivery_id=delivery.id,
        state=delivery.state,
        name=name,
        sha256=stored.sha256,
        size=stored.size,
        packing=packing_of(stored.path),
        uploaded_by=sender,
        uploaded_at=timezone.now(),
    )
    entered.save(force_insert=True)
    detail: dict[str, object] = {"bytes": stored.size, "sha256": stored.sha256}
    if sender != by.principal:
        detail["sent_by"] = str(sender)
    record(
        Event.FILE_UPLOADED,
        by=by,
        use=Use(state=delivery.state),
        subject=entered.id,
        detail=detail,
    )
    return entered


def take_out_file(*, delivery: UUID, name: str, by: Actor) -> None:
    """Take a file out of a delivery that no import has read or will read, and forget its bytes.

    A failed or canceled import leaves the delivery free. Raises `NotFound` for another's
    delivery or no such file, `Conflict` where the delivery is being or was imported.
    """
    with acting_as(by, Action.IMPORT):
        found = access.delivery_by_id(delivery)
        hold_lock(Lock.DELIVERY, str(found.id))
        file = access.file_of(found, name)
        # The policy knows of imports; this app, which lies below them, does not.
        if not File.objects.filter(state=file.state, id=file.id).delete()[0]:
            raise Conflict(
                "delivery_imported",
                "The delivery is being imported, or was: its files stay with it.",
            )
        record(
            Event.FILE_DELETED,
            by=by,
            use=Use(state=file.state),
            subject=file.id,
            detail={"bytes": file.size, "sha256": file.sha256},
        )
    if not by.test:
        forget_content(state=file.state, sha256=file.sha256, by=by)


def forget_content(*, state: str, sha256: str, by: Actor) -> None:
    """Delete bytes that no delivery of the state holds any more.

    After the rows are gone for good, so that no rolled back act loses bytes; whoever
    enters the same content at this moment waits, and brings it anew.
    """
    with acting_as(by, Action.IMPORT):
        hold_lock(Lock.CONTENT, sha256)
        if not File.objects.filter(state=state, sha256=sha256).exists():
            forget(state, sha256)

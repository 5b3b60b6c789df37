"""Ordering, revoking and ending exports; what a link still allows is decided here."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from coop.actors import Action, Actor, PrincipalKind
from coop.db.locks import Lock, hold_lock
from coop.db.scope import acting_as
from coop.errors import Conflict, Denied, FieldFault, Invalid
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from states.fields.scores import is_score
from states.lists.access import get_export, hash_of
from states.lists.models import ENDED, Export, ExportStatus, Format, Spool
from states.lists.ordering import check_order, read_order
from states.lists.presets import PRESETS, columns_of
from states.lists.queries import Opened, open_list
from states.lists.traced import check_walk
from states.lists.usable import get_usable_list
from states.targeting.licensing import check_fields

TOKEN_BYTES: Final = 32
LIFETIME_HOURS: Final = 24
MAX_LIFETIME_HOURS: Final = 7 * 24


@dataclass(frozen=True, slots=True)
class Ordered:
    """A new export, with the link that is shown this once."""

    export: Export
    link: str


@dataclass(frozen=True, slots=True)
class Plan:
    """How an export's file is made: in which order its voters come, and whether a worker makes it before it is fetched."""

    order: str = "id"
    prepare: bool = False


AT_THE_FETCH: Final = Plan()


def order_export(
    *,
    list_id: UUID,
    columns: Sequence[str] | None,
    by: Actor,
    hours: int = LIFETIME_HOURS,
    format_: Format = Format.CSV,
    preset: str = "",
    plan: Plan = AT_THE_FETCH,
) -> Ordered:
    """Order the export of a saved list as a link that lives for `hours`.

    `preset` is a name of `PRESETS`: its licensed columns are sent, in its order. Raises `NotFound`; `Invalid` or `Denied` for
    columns and order; `Denied` (`test_credential`) for a test credential, which obtains no data; `Conflict` (`exports_waiting`).
    """
    wanted = read_order(plan.order)
    with acting_as(by, Action.EXPORT):
        opened = open_list(get_usable_list(list_id, by=by), by=by, action=Action.EXPORT)
        columns = _chosen(opened, columns, preset)
        check_columns(opened, columns)
        for license_ in opened.choice.licensed:
            check_order(wanted, license_)
        if by.test:
            raise Denied("test_credential", "A test credential downloads no data.")
        if plan.prepare:
            _check_room(by)
        token = secrets.token_urlsafe(TOKEN_BYTES)
        now = timezone.now()
        export = Export(
            organization=by.organization,
            principal=by.principal,
            principal_kind=by.kind.value,
            source=by.source,
            list=list_id,
            columns=None if columns is None else list(dict.fromkeys(columns)),
            format=format_,
            preset=preset,
            order=plan.order,
            prepare=plan.prepare,
            status=ExportStatus.QUEUED if plan.prepare else ExportStatus.ORDERED,
            token_hash=hash_of(token),
            created_at=now,
            expires_at=now + dt.timedelta(hours=hours),
        )
        check_walk(export, opened)
        export.save(force_insert=True)
        _account_for_order(export, opened, columns or (), by)
    return Ordered(export, f"{settings.PUBLIC_URL}/v1/downloads/{token}")


def _account_for_order(
    export: Export, opened: Opened, columns: Sequence[str], by: Actor
) -> None:
    told = [one for one in columns if not is_score(one)]
    for license_ in opened.choice.licensed:
        use = Use(state=license_.state, fields=told)
        record(Event.EXPORT_ORDERED, by=by, use=use, subject=export.id)


def revoke_export(*, export_id: UUID, by: Actor) -> Export:
    """End a link for good, and forget the key of its kept file; a running download stops before its next chunk.

    Raises `NotFound`, or `Conflict` where the link has expired; revoking twice is once.
    """
    with acting_as(by, Action.MANAGE):
        export = get_export(export_id, by=by)
        if export.status == ExportStatus.EXPIRED:
            raise Conflict("export_ended", "The link has expired already.")
        changed = (
            Export.objects.filter(id=export.id)
            .exclude(status__in=ENDED)
            .update(status=ExportStatus.REVOKED, finished_at=timezone.now())
        )
        Spool.objects.filter(export=export.id).delete()
        if changed:
            record(Event.EXPORT_REVOKED, by=by, subject=export.id)
        export.refresh_from_db()
    return export


def end_due_export(*, export_id: UUID, step: str, by: Actor) -> bool:
    """Cut an export whose server is gone, or expire a link; tell whether there was something to do.

    `step` is `sec.exports_due`'s; the guarded update makes a second call do nothing.
    """
    now = timezone.now()
    with acting_as(by, Action.MANAGE):
        if step == "cut":
            due = Export.objects.filter(
                id=export_id,
                status=ExportStatus.STREAMING,
                progress_at__lt=now - dt.timedelta(minutes=2),
            )
            changed = due.update(
                status=ExportStatus.CUT, finished_at=now, reason="server_gone"
            )
            if changed:
                detail = {"reason": "server_gone"}
                record(Event.EXPORT_CUT, by=by, subject=export_id, detail=detail)
            return bool(changed)
        due = Export.objects.filter(id=export_id, expires_at__lte=now)
        open_ones = due.exclude(status__in=[*ENDED, ExportStatus.STREAMING])
        changed = open_ones.update(status=ExportStatus.EXPIRED)
        if changed:
            Spool.objects.filter(export=export_id).delete()
        return bool(changed)


def actor_of(
    organization: UUID, principal: UUID, kind: str, source: str, request_id: str
) -> Actor:
    """Return who acts when a link is fetched: whoever ordered it, with no other permission."""
    return Actor(
        organization,
        principal,
        PrincipalKind(kind),
        source=source,
        request_id=request_id,
    )


def _check_room(by: Actor) -> None:
    """Refuse more prepared exports than an organization may have waiting, one after the other."""
    hold_lock(Lock.EXPORTS, str(by.organization))
    waiting = Export.objects.filter(
        organization=by.organization,
        status__in=[ExportStatus.QUEUED, ExportStatus.PREPARING],
        expires_at__gt=timezone.now(),
    ).count()
    if waiting >= settings.EXPORTS_WAITING:
        detail = f"Your organization has {waiting} exports waiting to be prepared: wait for one of them."
        raise Conflict("exports_waiting", detail, extra={"waiting": waiting})


def _chosen(
    opened: Opened, columns: Sequence[str] | None, preset: str
) -> Sequence[str] | None:
    if not preset:
        return columns
    if columns is not None:
        detail = "Name columns, or a preset of them."
        fault = FieldFault("/preset", "columns_and_preset", detail)
        raise Invalid("columns_and_preset", detail, [fault])
    return columns_of(PRESETS[preset], opened.choice.licensed)


def check_columns(opened: Opened, columns: Sequence[str] | None) -> None:
    """Refuse columns that some state of the list does not license for export."""
    if columns is None:
        return
    if not columns:
        raise Invalid("columns_empty", "Name at least one column.")
    for license_ in opened.choice.licensed:
        check_fields(columns, license_, pointer="/columns")

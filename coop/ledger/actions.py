"""Writing the ledger: an entry in the transaction of the act, one per state concerned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connections
from django.utils import timezone

from coop.actors import Actor
from coop.db.scope import current_scope
from coop.ledger.events import Event
from coop.ledger.models import Entry


@dataclass(frozen=True, slots=True)
class Use:
    """What was used of a state's file: under which grants, for what, which fields, how many rows."""

    state: str | None = None
    grants: Iterable[UUID] = ()
    purpose: str = ""
    groups: Iterable[str] = ()
    fields: Iterable[str] = ()
    rows: int | None = None


NO_USE = Use()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something was refused: the problem's stable code, and standard names only."""

    code: str
    detail: Mapping[str, Any] = field(default_factory=dict)


def record(
    event: Event,
    *,
    by: Actor,
    use: Use = NO_USE,
    subject: object = "",
    refusal: Refusal | None = None,
    detail: Mapping[str, Any] | None = None,
) -> Entry:
    """Write one entry inside the open scope, so that act and account commit or fail together.

    `subject` is the id of what was acted on. Raises whatever the database raises: an act
    that cannot be accounted for must not happen.
    """
    scope = current_scope()
    entry = Entry(
        at=timezone.now(),
        event=event.value,
        outcome="refused" if refusal else "done",
        state=use.state,
        organization=by.organization,
        principal=by.principal,
        principal_kind=by.kind.value,
        source=by.source,
        request_id=by.request_id,
        subject=str(subject),
        grants=list(use.grants),
        purpose=use.purpose,
        groups=sorted(use.groups),
        fields=sorted(use.fields),
        rows=use.rows,
        code=refusal.code if refusal else "",
        detail=dict(refusal.detail if refusal else detail or {}),
    )
    entry.save(using=scope.using if scope else "default", force_insert=True)
    return entry


def record_stranger(
    event: Event, *, code: str, request_id: str, subject: str = ""
) -> None:
    """Write what someone did before we knew who: a failed log-in, a key that does not fit.

    `subject` is never an e-mail or a key: a prefix, or nothing.
    """
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT sec.record_stranger(%s, %s, %s, %s)",
            [event.value, code, request_id, subject],
        )

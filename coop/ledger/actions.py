"""Writing the ledger: an entry in the transaction of the act, one per state concerned."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
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
_COLUMNS: Final = (
    *("id", "at", "event", "outcome", "state", "organization", "principal"),
    *("principal_kind", "source", "request_id", "subject", "grants", "purpose"),
    *("groups", "fields", "rows", "code", "detail"),
)
_TYPES: Final = {"grants": "uuid[]", "groups": "text[]", "fields": "text[]"}
_INSERT: Final = (
    f"INSERT INTO ledger_entry ({', '.join(_COLUMNS)})"  # noqa: S608 - names of our own
    f" VALUES ({', '.join(f'%s::{_TYPES[n]}' if n in _TYPES else '%s' for n in _COLUMNS)})"
)


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
    _insert(entry, scope.using if scope else "default")
    return entry


def _insert(entry: Entry, using: str) -> None:
    """Insert in so many words: an entry goes with nearly every request, and a save costs as much as its act."""
    values = [getattr(entry, name) for name in _COLUMNS[:-1]]
    with connections[using].cursor() as cursor:
        cursor.execute(_INSERT, [*values, json.dumps(entry.detail)])
    entry._state.adding, entry._state.db = False, using  # noqa: SLF001 - as a save leaves it


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

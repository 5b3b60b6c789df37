"""The one place that opens a scope: a transaction in which the database knows who acts, and for what.

The actor is a signed, transaction-local setting that expires within a minute. Policies
read the grants anew at each statement, so a revocation bites on the next one; work that
takes longer reads in chunks, each in a fresh scope.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final

from django.db import connections, transaction
from psycopg import Cursor

from coop.actors import Action, Actor
from coop.db.signing import sign

SETTING: Final = "coop.actor"
LIFETIME_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Scope:
    """An open scope: who acts, for what, on which connection, inside which other."""

    actor: Actor
    action: Action
    using: str
    outer: Scope | None = None
    afterwards: list[Callable[[], None]] = field(default_factory=list, compare=False)


_open: ContextVar[Scope | None] = ContextVar("coop_scope", default=None)


def current_scope() -> Scope | None:
    """Return the innermost open scope, or None outside any."""
    return _open.get()


def has_scope(using: str) -> bool:
    """Tell whether any open scope is on this connection, however deep it lies."""
    scope = _open.get()
    while scope is not None and scope.using != using:
        scope = scope.outer
    return scope is not None


def token_for(actor: Actor, action: Action, *, seconds: int = LIFETIME_SECONDS) -> str:
    """Return the signed setting: version|organization|principal|action|expiry|signature.

    `expiry` is in whole seconds since 1970.
    """
    expiry = int(time.time()) + seconds
    message = f"1|{actor.organization}|{actor.principal}|{action.value}|{expiry}"
    return f"{message}|{sign(message)}"


@contextmanager
def acting_as(
    actor: Actor, action: Action, *, using: str = "default"
) -> Iterator[Scope]:
    """Open a transaction (or a savepoint) in which the database sees `actor` doing `action`.

    The end of its transaction undoes the setting. Inside an open one the setting before
    it is put back by hand: one made inside a released savepoint would outlive it.
    """
    scope = Scope(actor, action, using, _open.get())
    try:
        yield from _opened(scope)
    finally:
        for act in scope.afterwards:
            act()


def after_scope(act: Callable[[], None]) -> None:
    """Do something once the outermost open scope has ended, whether it was committed or undone.

    For what must be kept of a request that fails, in a scope of its own. Raises `RuntimeError`
    outside any scope.
    """
    scope = _open.get()
    if scope is None:
        raise RuntimeError("No scope is open.")
    while scope.outer is not None:
        scope = scope.outer
    scope.afterwards.append(act)


def _opened(scope: Scope) -> Iterator[Scope]:
    actor, action, using = scope.actor, scope.action, scope.using
    nested = connections[using].in_atomic_block
    with transaction.atomic(using=using):
        before = _read(using) if nested else ""
        _write(using, token_for(actor, action))
        mark = _open.set(scope)
        try:
            yield scope
        finally:
            _open.reset(mark)
            if nested:
                _restore(using, before)


def renew_scope(scope: Scope) -> None:
    """Sign the open scope anew, for a publishing transaction that may outlast its minute."""
    _write(scope.using, token_for(scope.actor, scope.action))


def _read(using: str) -> str:
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting(%s, true), '')", [SETTING])
        return str(cursor.fetchone()[0])


def _write(using: str, value: str) -> None:
    """Bind by the server: a literal would stand in pg_stat_activity, for every session of this role."""
    connection = connections[using]
    connection.ensure_connection()
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, value])


def _restore(using: str, value: str) -> None:
    """Put the setting back, unless the transaction is beyond statements (then it undoes itself)."""
    connection = connections[using]
    if connection.connection is None or connection.connection.closed:
        return
    if connection.needs_rollback or connection.connection.info.transaction_status == 3:
        return
    _write(using, value)

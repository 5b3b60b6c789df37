"""The first lock on statements: one that names a walled table outside a scope is a mistake, and raises.

Without it such a statement would find nothing, and an empty answer would pass for the truth.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from django.db.backends.base.base import BaseDatabaseWrapper

from coop.db.scope import has_scope

GUARDED_ALIASES: Final = ("default", "loader")

# Public facts, such as the list of states, have a policy that lets everyone read: they are
# behind a wall against writing only.
WALLED: Final = """
    SELECT c.relname FROM pg_catalog.pg_class AS c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relforcerowsecurity
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_policy AS p
                      WHERE p.polrelid = c.oid AND p.polcmd = 'r' AND p.polroles = '{0}'
                        AND pg_catalog.pg_get_expr(p.polqual, p.polrelid) = 'true')
"""

_patterns: dict[str, re.Pattern[str]] = {}
_off: ContextVar[bool] = ContextVar("coop_unguarded", default=False)


class ScopeRequired(Exception):  # noqa: N818 - named for what is missing
    """A statement named a walled table while no scope was open on its connection."""


@contextmanager
def unguarded() -> Iterator[None]:
    """Let statements through, for tests that attack the walls themselves."""
    mark = _off.set(True)
    try:
        yield
    finally:
        _off.reset(mark)


def watch(connection: BaseDatabaseWrapper, **_more: Any) -> None:
    """Guard a connection that was just made."""
    wrappers = connection.execute_wrappers
    if connection.alias in GUARDED_ALIASES and _check not in wrappers:
        wrappers.append(_check)


def _check(
    execute: Callable[..., Any],
    sql: str,
    params: Any,
    many: bool,  # noqa: FBT001 - Django fixes the signature
    context: dict[str, Any],
) -> Any:
    connection: BaseDatabaseWrapper = context["connection"]
    if not has_scope(connection.alias) and not _off.get():
        named = _walled(connection).search(str(sql))
        if named:
            msg = f"No scope is open on {connection.alias}: {named.group()} is behind a wall."
            raise ScopeRequired(msg)
    return execute(sql, params, many, context)


def _walled(connection: BaseDatabaseWrapper) -> re.Pattern[str]:
    """Return what finds a walled table in a statement, read once a process for each database."""
    name = str(connection.settings_dict["NAME"])
    if name not in _patterns:
        _patterns[name] = _read(connection)
    return _patterns[name]


def _read(connection: BaseDatabaseWrapper) -> re.Pattern[str]:
    # Django's cursor would come through here again; an open transaction stays open.
    with connection.connection.cursor() as cursor:
        names = [str(row[0]) for row in cursor.execute(WALLED).fetchall()]
    return re.compile(
        r"\b(?:" + "|".join(map(re.escape, names)) + r")\b" if names else r"(?!)"
    )

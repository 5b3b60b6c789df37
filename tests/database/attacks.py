"""Attacks on every walled table by those who have no business there, made from the catalog itself.

A row that is Ohio's is read, changed, deleted and copied by strangers: in every scope they
can open, in none, and through each log-in. A table that lands is attacked without a word
here: where the cast left it empty, a row of Ohio's is invented from the columns' names and types.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from uuid import uuid4

from django.db import DatabaseError, connections, transaction
from psycopg import sql
from psycopg.errors import InsufficientPrivilege
from psycopg.types.json import Jsonb

from coop.actors import Action, Actor
from coop.db.scope import SETTING, acting_as
from coop.db.signing import sign
from tests.cast import Cast

REFUSED: Final = 0
COMMANDS: Final[dict[str, tuple[str, ...]]] = {
    "SELECT": ("SELECT",),
    "INSERT": ("INSERT",),
    "UPDATE": ("UPDATE", "BLIND UPDATE"),
    "DELETE": ("DELETE", "BLIND DELETE"),
}
"""A policy's command → the attacks on it. Blind ones read no column: no policy on reading helps."""
LOG_INS: Final = {"coop_app": "default", "coop_loader": "loader"}

_INVENTED: Final = {
    "bool": "false",
    "bytea": "'\\x00'::bytea",
    "date": "current_date",
    "timestamptz": "now()",
    "jsonb": "'{}'::jsonb",
    "inet": "'127.0.0.1'::inet",
    "cidr": "'127.0.0.1'::cidr",
}
"""Type → an expression that makes a value of it."""


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy, as the catalog has it."""

    table: str
    name: str
    command: str
    roles: tuple[str, ...]
    using: str | None
    check: str | None

    @property
    def is_open(self) -> bool:
        """Tell whether it lets everything through already, to roles that nobody logs in as."""
        return {self.using, self.check} <= {None, "true"}

    def __str__(self) -> str:
        return f"{self.table}.{self.name}"


@dataclass(frozen=True, slots=True)
class Table:
    """A walled table, with a row of Ohio's to attack."""

    name: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    row: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attack: by whom, in which scope, with what; `run` tells how many rows it got at."""

    who: str
    command: str
    run: Callable[[], int]


def owner_sql(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """Run a statement as the tables' owner; return its rows."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else []


def policies() -> list[Policy]:
    """Return every policy of the database."""
    rows = owner_sql(
        "SELECT tablename, policyname, cmd, roles::text[], qual, with_check "
        "FROM pg_policies WHERE schemaname = 'public' ORDER BY 1, 2"
    )
    return [
        Policy(table, name, command, tuple(roles), using, check)
        for table, name, command, roles, using, check in rows
    ]


def bare_walls() -> None:
    """Leave the policies alone standing: constraints and triggers must not do their work for them."""
    for table in _walled():
        name = f"public.{table}"
        if not _is_partitioned(table):
            owner_sql(f"ALTER TABLE {name} DISABLE TRIGGER USER")
        for (constraint,) in owner_sql(
            "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('c', 'f')",
            name,
        ):
            owner_sql(
                f'ALTER TABLE {name} DROP CONSTRAINT IF EXISTS "{constraint}" CASCADE'
            )


def tables(cast: Cast) -> dict[str, Table]:
    """Return the walled tables, each with a row that is neither stranger's; empty ones get one.

    Call it after `bare_walls`: an invented row fulfills no constraint.
    """
    return {name: _table(name, cast) for name in _walled()}


def _walled() -> list[str]:
    rows = owner_sql(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
        "AND relkind IN ('r', 'p') AND relrowsecurity ORDER BY 1"
    )
    return [str(name) for (name,) in rows]


def _is_partitioned(table: str) -> bool:
    kind = owner_sql(
        "SELECT relkind FROM pg_class WHERE oid = %s::regclass", f"public.{table}"
    )
    return bool(kind[0][0] == "p")


def _table(name: str, cast: Cast) -> Table:
    where = f"public.{name}"
    key = owner_sql(
        "SELECT a.attname FROM pg_index AS i JOIN pg_attribute AS a "
        "ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) "
        "WHERE i.indrelid = %s::regclass AND i.indisprimary",
        where,
    )
    columns = owner_sql(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass "
        "AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attidentity = ''",
        where,
    )
    row = _row(name, cast)
    if row is None:
        _invent_row(name, cast)
        row = _row(name, cast)
    assert row is not None, f"no row could be invented for {name}"
    return Table(name, tuple(c for (c,) in key), tuple(c for (c,) in columns), row)


def _invent_row(name: str, cast: Cast) -> None:
    """Insert a row of Ohio's with the wall let down for a moment."""
    columns = owner_sql(
        "SELECT a.attname, t.typname FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid "
        "WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped "
        "AND a.attgenerated = '' AND a.attidentity = ''",
        f"public.{name}",
    )
    names = ", ".join(f'"{column}"' for column, _ in columns)
    values = ", ".join(_invented(column, kind, cast) for column, kind in columns)
    with transaction.atomic(using="owner"):
        owner_sql(f"ALTER TABLE public.{name} NO FORCE ROW LEVEL SECURITY")
        owner_sql(f"INSERT INTO public.{name} ({names}) VALUES ({values})")
        owner_sql(f"ALTER TABLE public.{name} FORCE ROW LEVEL SECURITY")


def _invented(column: str, kind: str, cast: Cast) -> str:
    """Return an SQL expression for a column's value: every id is the Ohio party's."""
    if column in {"state", "state_id", "content_object_id"} and kind != "uuid":
        return "'OH'"
    if kind == "uuid":
        voter, row = cast.places[1][0], uuid4()
        named = {"voter": voter, "id": row}
        return f"'{named.get(column, cast.ohio.organization)}'::uuid"
    if kind.startswith("_"):
        return f"'{{}}'::{kind[1:]}[]"
    if column == "seq":  # an inbox has room for rows of the days about today alone
        return "sec.first_seq(current_date)"
    return _INVENTED.get(kind, "1" if kind[:3] in {"int", "num", "flo"} else "'x'")


def _row(name: str, cast: Cast) -> dict[str, Any] | None:
    """Return a row as the owner sees it with the wall let down for a moment."""
    strangers = [str(actor.organization) for actor in (cast.stranger, cast.carolina)]
    with transaction.atomic(using="owner"):
        owner_sql(f"ALTER TABLE public.{name} NO FORCE ROW LEVEL SECURITY")
        rows = owner_sql(f"SELECT to_jsonb(t)::text FROM public.{name} AS t LIMIT 5000")
        transaction.set_rollback(True, using="owner")
    foreign = [
        json.loads(text)
        for (text,) in rows
        if not any(one in text for one in strangers) and '"NC"' not in text
    ]
    ohio = [row for row in foreign if "OH" in (row.get("state"), row.get("state_id"))]
    return next(iter(ohio or foreign), None)


def attempts(table: Table, cast: Cast, *, using: str) -> Iterator[Attempt]:
    """Yield every attack on a table through one log-in."""
    for command, statement in _statements(table, using).items():
        for who, actor, action in _strangers(cast):
            yield Attempt(
                f"{who} as {using}",
                command,
                partial(_try, statement, actor, action, using),
            )
    if using == "default":
        name = "another state's party's signed count"
        yield Attempt(name, "COUNT", lambda: _count(table, cast))


def _strangers(cast: Cast) -> Iterator[tuple[str, Actor | None, Action]]:
    yield "nobody", None, Action.READ
    for action in Action:
        if action not in {Action.OPERATE, Action.WORK}:  # these are the house's own
            yield f"stranger to {action}", cast.stranger, action
            yield f"another state's party to {action}", cast.carolina, action


def _statements(table: Table, using: str) -> dict[str, tuple[sql.Composed, list[Any]]]:
    """Return a statement for each command, aimed at the table's row."""
    name = sql.Identifier("public", table.name)
    key = [table.row[column] for column in table.key]
    match = sql.SQL(" AND ").join(
        sql.SQL("to_jsonb({}) = %s").format(sql.Identifier(column))
        for column in table.key
    )
    keys: list[Any] = [Jsonb(value) for value in key]
    made = {
        "SELECT": (sql.SQL("SELECT 1 FROM {} WHERE {}").format(name, match), keys),
        "DELETE": (sql.SQL("DELETE FROM {} WHERE {}").format(name, match), keys),
        "INSERT": (_insert(table), [Jsonb(_copy(table))]),
    }
    made["BLIND DELETE"] = (sql.SQL("DELETE FROM {}").format(name), [])
    if column := _may_update(table, using):
        words = sql.SQL(
            "UPDATE {name} SET {column} = (jsonb_populate_record(NULL::{name}, %s)).{column}"
        )
        blind = words.format(name=name, column=sql.Identifier(column))
        row = Jsonb(table.row)
        made["BLIND UPDATE"] = (blind, [row])
        made["UPDATE"] = (blind + sql.SQL(" WHERE ") + match, [row, *keys])
    return made


def _insert(table: Table) -> sql.Composed:
    columns = sql.SQL(", ").join(map(sql.Identifier, table.columns))
    return sql.SQL(
        "INSERT INTO {name} ({columns}) SELECT {columns} FROM jsonb_populate_record(NULL::{name}, %s)"
    ).format(name=sql.Identifier("public", table.name), columns=columns)


def _copy(table: Table) -> dict[str, Any]:
    """Return the row under another id, where it has one of its own."""
    return table.row | ({"id": str(uuid4())} if _has_uuid(table) else {})


def _has_uuid(table: Table) -> bool:
    value = table.row.get("id")
    return isinstance(value, str) and len(value) == 36


def _may_update(table: Table, using: str) -> str | None:
    role = next(role for role, alias in LOG_INS.items() if alias == using)
    may = owner_sql(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 "
        "AND NOT attisdropped AND has_column_privilege(%s, attrelid, attnum, 'UPDATE') "
        "ORDER BY attnum DESC LIMIT 1",
        f"public.{table.name}",
        role,
    )
    return str(may[0][0]) if may else None


def _try(
    statement: tuple[sql.Composed, list[Any]],
    actor: Actor | None,
    action: Action,
    using: str,
) -> int:
    """Return how many rows the statement got at; what fails behind the wall got through it."""
    try:
        with transaction.atomic(using=using):
            got = _execute(statement, actor, action, using)
            transaction.set_rollback(True, using=using)
    except DatabaseError as error:
        return REFUSED if isinstance(error.__cause__, InsufficientPrivilege) else 1
    return got


def _execute(
    statement: tuple[sql.Composed, list[Any]],
    actor: Actor | None,
    action: Action,
    using: str,
) -> int:
    if actor is None:
        return _rows(statement, using)
    with acting_as(actor, action, using=using):
        return _rows(statement, using)


def _rows(statement: tuple[sql.Composed, list[Any]], using: str) -> int:
    with connections[using].cursor() as cursor:
        cursor.execute(*statement)
        return int(cursor.rowcount)


def _count(table: Table, cast: Cast) -> int:
    """Return whether a count signed for one's own state sees the row, the noise seen through."""
    match = sql.SQL(" AND ").join(
        sql.SQL("to_jsonb({}) = {}::jsonb").format(
            sql.Identifier(column), sql.Literal(json.dumps(table.row[column]))
        )
        for column in table.key
    )
    name = sql.Identifier("public", table.name)
    composed = sql.SQL("SELECT 1000000 * count(*) FROM {} WHERE {} /* {} */").format(
        name, match, sql.Literal(str(uuid4()))
    )
    statement = composed.as_string(connections["default"].connection)
    try:
        with (
            transaction.atomic(),
            acting_as(cast.carolina, Action.COUNT),
            connections["default"].cursor() as cursor,
        ):
            cursor.execute("SELECT current_setting(%s)", [SETTING])
            signature = sign(f"count|NC|{cursor.fetchone()[0]}|{statement}")
            values = ["NC", statement, signature]
            cursor.execute("SELECT sec.signed_count(%s, %s, %s)", values)
            return round(int(cursor.fetchone()[0] or 0) / 1_000_000)
    except DatabaseError:
        return REFUSED

"""Finding voters by what a caller knows of them: an id, a name, an address, a phone.

Prefixes are compared by `~>=~` and `~<~`, which are leakproof: `LIKE` would lose its index
under row-level security. Pages follow a key that does not change with what is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import connections
from psycopg import sql

from states.fields.definition import Group

HIGHEST: Final = 0x10FFFF
SURROGATES: Final = range(0xD800, 0xE000)


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for; exactly one of the first four is given, `first_name` with `last_name`.

    `last_name`, `first_name` and `address` are beginnings, in any case.
    """

    state_voter_id: str = ""
    last_name: str = ""
    address: str = ""
    phone: str = ""
    first_name: str = ""

    @property
    def groups(self) -> tuple[Group, ...]:
        """Return the field groups that the search asks about."""
        by_phone = (Group.CONTACT_DETAILS,)
        return by_phone if self.phone else (Group.REGISTRATION,)

    @property
    def fields(self) -> list[str]:
        """Return the standard fields that the search asks about."""
        asked = {
            "state_voter_id": self.state_voter_id,
            "last_name": self.last_name,
            "first_name": self.first_name,
            "res_address": self.address,
            "phone": self.phone,
        }
        return [name for name, value in asked.items() if value]


@dataclass(frozen=True, slots=True)
class Hit:
    """A voter found, with the key that orders the page."""

    key: str
    voter: UUID


def find(state: str, query: Query, *, after: Hit | None, limit: int) -> list[Hit]:
    """Return up to `limit` voters of a state after a hit, by key, in the open scope."""
    table, key, conditions = _plan(query)
    if after:
        conditions.append(
            sql.SQL("{key} ~>=~ {at} AND ({key} ~>~ {at} OR voter > {voter})").format(
                key=sql.Identifier(key),
                at=sql.Literal(after.key),
                voter=sql.Literal(after.voter),
            )
        )
    statement = sql.SQL(
        "SELECT {key}, voter FROM {table} WHERE state = {state} AND {conditions}"
        " ORDER BY {key} USING ~<~, voter LIMIT {limit}"
    ).format(
        key=sql.Identifier(key),
        table=sql.Identifier(table),
        state=sql.Literal(state),
        conditions=sql.SQL(" AND ").join(conditions),
        limit=sql.Literal(limit),
    )
    with connections["default"].cursor() as cursor:
        cursor.execute(statement)
        return [Hit(key, voter) for key, voter in cursor.fetchall()]


def _plan(query: Query) -> tuple[str, str, list[sql.Composable]]:
    """Return the table, the ordering column and the conditions of a search."""
    if query.phone:
        return "voters_contactdetails", "phone", [_equal("phone", query.phone)]
    if query.state_voter_id:
        key = "state_voter_id"
        return "voters_registration", key, [_equal(key, query.state_voter_id)]
    if query.address:
        begins = _begins("address_key", query.address.upper())
        return "voters_registration", "address_key", [begins]
    conditions: list[sql.Composable] = [_begins("name_key", query.last_name.upper())]
    if query.first_name:
        conditions.append(
            sql.SQL("starts_with(upper(first_name), {})").format(
                sql.Literal(query.first_name.upper())
            )
        )
    return "voters_registration", "name_key", conditions


def _equal(column: str, value: Any) -> sql.Composable:
    return sql.SQL("{} = {}").format(sql.Identifier(column), sql.Literal(value))


def _begins(column: str, prefix: str) -> sql.Composable:
    """Return the condition that a column begins with a text, as a range of an index."""
    name = sql.Identifier(column)
    begins = sql.SQL("{} ~>=~ {}").format(name, sql.Literal(prefix))
    end = after_prefix(prefix)
    if end is None:
        return begins
    return begins + sql.SQL(" AND {} ~<~ {}").format(name, sql.Literal(end))


def after_prefix(prefix: str) -> str | None:
    """Return the first text, by code point, after all that begin so; None if there is none."""
    for cut in range(len(prefix), 0, -1):
        point = ord(prefix[cut - 1]) + 1
        if point in SURROGATES:
            point = SURROGATES.stop
        if point <= HIGHEST:
            return prefix[: cut - 1] + chr(point)
    return None

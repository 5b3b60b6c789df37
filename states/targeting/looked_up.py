"""Tests of fields that have no bitmaps, such as names: their voters read from the rows once, and kept as a bitmap.

Each is read by itself, under its own group's policies, and kept under the places and the version that its reader
sees; the rest of a question is answered by bitmaps all the same.
"""

from __future__ import annotations

import array
import sys
from typing import Any

from django.db import connections
from psycopg import sql
from pyroaring import BitMap

from states.facets.cache import CACHE, ENTRY_BYTES
from states.facets.reading import Keys
from states.targeting.columns import StateFacts
from states.targeting.compile import Universe, universe_rows
from states.targeting.criteria import Comparison, Negation
from states.targeting.queries import in_time
from states.targeting.sight import digests, expected, seen_by_statement
from states.targeting.splits import SightMovedError


class LookedUp:
    """One request's tests that have no bitmaps; open it inside the scope."""

    def __init__(self, keys: Keys, *, using: str) -> None:
        self._keys = keys
        self._using = using
        self._held: dict[Any, BitMap] = {}

    def voters(self, test: Comparison, facts: StateFacts, *, is_true: bool) -> BitMap:
        """Return of whom a test is true, or of whom it is false. Raises `SightMovedError`, `Unavailable`."""
        keys = self._keys
        asked = (test.field.name, test.op, test.value, is_true)
        key = ("test", keys.state, keys.version, digests(keys, test.field.group), asked)
        found: BitMap | None = self._held.get(key)
        if found is None:
            found = CACHE.get(key)
        if found is None:
            found = self._read(test, facts, is_true=is_true)
            CACHE.put(key, found, len(found.serialize()) + ENTRY_BYTES)
        self._held[key] = found
        return found

    def _read(self, test: Comparison, facts: StateFacts, *, is_true: bool) -> BitMap:
        group = test.field.group
        statement = sql.SQL(
            "SELECT {}, string_agg(int4send(r.ordinal), ''::bytea) {}"
        ).format(
            seen_by_statement(self._keys.state, group),
            universe_rows(Universe(test if is_true else Negation(test)), facts),
        )
        with connections[self._using].cursor() as cursor, in_time([test.field.name]):
            cursor.execute(statement)
            seen, ordinals = cursor.fetchone()
        if seen != expected(self._keys, group):
            raise SightMovedError
        return _bitmap(bytes(ordinals or b""))


def _bitmap(sent: bytes) -> BitMap:
    ordinals = array.array("I")
    ordinals.frombytes(sent)
    if sys.byteorder == "little":
        ordinals.byteswap()
    return BitMap(ordinals)

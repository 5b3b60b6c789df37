"""Bitmaps as one request may see them: what they are is learned through row-level security, each time.

The keys of a request are the places of each field group whose rows it may read, and the bitmaps' version.
Content comes from the cache only under those keys. What was loaded is kept only if the keys, read once
more afterwards, are still the same: so nothing is ever kept that a grant's end had cut short.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.db import connections
from psycopg import sql
from pyroaring import BitMap

from coop.db.signing import sign
from coop.errors import Unavailable
from states.facets.cache import CACHE, ENTRY_BYTES
from states.facets.kept import ALL, ANY, BITS, GROUPS
from states.facets.sliced import Sliced
from states.fields.definition import Group

Bitmaps = Mapping[str, BitMap]
Want = tuple[Group, str, str | None]
"""A group's field, with its mark, and one value of it; None: every value."""
NOBODY: Final = BitMap()
_LENGTH: Final = struct.Struct(">i")

_PLACES: Final = """
    SELECT {name}, array_agg(f.place ORDER BY f.place), NULL::uuid, NULL::bigint
    FROM {table} AS f WHERE f.state = {state} AND f.field = '' AND f.value = ''
    UNION ALL """
_VERSION: Final = """
    SELECT '', NULL, v.version, NULL FROM facets_version AS v
    WHERE v.state = {state} AND v.publication = (
        SELECT max(p.number) FROM voters_publication AS p WHERE p.state = {state})
    UNION ALL SELECT 'position', NULL, NULL, sec.feed_head({state})
"""


@dataclass(frozen=True, slots=True)
class Keys:
    """What a request may see of a state: the places of each group, and which version of the bitmaps.

    Each publication, rollback or building anew is a version of its own. `position` is how far
    the state's feed had come.
    """

    state: str
    version: UUID
    places: Mapping[Group, tuple[int, ...]]
    digests: Mapping[Group, bytes]
    position: int = field(compare=False)
    signature: str | None = field(default=None, compare=False)

    @property
    def counted(self) -> bool:
        """Tell whether it is what may be counted, in a scope to count, and not what may be read."""
        return self.signature is not None


def read_keys(state: str, *, using: str, counted: bool = False) -> Keys | None:
    """Return a state's keys in the open scope; None where its bitmaps are not those of today's voters.

    `counted`: of the places that may be counted, in a scope to count. What is made of them is told with noise alone.
    """
    signature = _signature(state, using) if counted else None
    with connections[using].cursor() as cursor:
        cursor.execute(_keys_statement(state, signature))
        found = {name: rest for name, *rest in cursor.fetchall()}
    position = found.pop("position")[2]
    if position is None:
        raise Unavailable(
            "answer_too_slow", "The question outlasted the minute that it has."
        )
    version = found.pop("", (None, None))[1]
    places = {Group(name): tuple(row[0] or ()) for name, row in found.items()}
    if version is None or not places[Group.REGISTRATION]:
        return None
    digests = {group: _digest(seen) for group, seen in places.items()}
    return Keys(state, version, places, digests, int(position), signature)


def _signature(state: str, using: str) -> str:
    """Sign for bitmaps of a state in the open scope, as its own counts are signed for."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT current_setting('coop.actor')")
        return sign(f"facets|{state}|{cursor.fetchone()[0]}")


def _keys_statement(state: str, signature: str | None) -> sql.Composed:
    parts = [
        sql.SQL(_PLACES).format(
            name=sql.Literal(group.value),
            table=_rows(state, (group, ALL, ""), signature),
            state=sql.Literal(state),
        )
        for group in GROUPS
    ]
    last = sql.SQL(_VERSION).format(state=sql.Literal(state))
    return sql.Composed([*parts, last])


def _rows(state: str, want: Want, signature: str | None) -> sql.Composable:
    """Return what bitmaps are read from: a group's table, or what of it may be counted."""
    group, field_, value = want
    if signature is None:
        return sql.Identifier(f"facets_{group.value}")
    about = (state, group.value, field_, value, signature)
    return sql.SQL("sec.counted_facets({}, {}, {}, {}, {})").format(
        *map(sql.Literal, about)
    )


def _digest(places: tuple[int, ...]) -> bytes:
    return hashlib.sha256(repr(places).encode()).digest()


class Facets:
    """One request's view of one state's bitmaps; open it inside the scope, and `settle` at the end."""

    def __init__(self, keys: Keys, *, using: str) -> None:
        self.keys = keys
        self.using = using
        self._loaded: dict[tuple[Any, ...], tuple[Bitmaps, int]] = {}
        self.refreshed = False

    def everyone(self, group: Group) -> BitMap:
        """Return the voters whose row of a group may be read."""
        return self._bitmaps(group, ALL, "").get("", NOBODY)

    def known(self, group: Group, field: str) -> BitMap:
        """Return those of whom a field is known."""
        return self._bitmaps(group, field + ANY, "").get("", NOBODY)

    def having(self, group: Group, field: str, value: str) -> BitMap:
        """Return those who have one value of a field."""
        return self._bitmaps(group, field, value).get(value, NOBODY)

    def values(self, group: Group, field: str) -> Bitmaps:
        """Return those who have each value of a field."""
        return self._bitmaps(group, field, None)

    def sliced(self, group: Group, field: str) -> Sliced:
        """Return an ordered field."""
        digits = self._bitmaps(group, field + BITS, None)
        numbered = {int(digit): bits for digit, bits in digits.items()}
        return Sliced(self.known(group, field), numbered)

    def settle(self) -> bool:
        """Keep what was loaded if the keys are still the same; tell whether they are."""
        if not self._loaded and not self.refreshed:
            return True
        keys = self.keys
        if read_keys(keys.state, using=self.using, counted=keys.counted) != keys:
            return False
        for key, (bitmaps, size) in self._loaded.items():
            CACHE.put(key, bitmaps, size + ENTRY_BYTES)
        self._loaded.clear()
        return True

    def prefetch(self, wanted: Iterable[Want]) -> None:
        """Load what of these is not kept yet, all by one statement."""
        missing = [one for one in dict.fromkeys(wanted) if self._found(one) is None]
        if missing:
            self._load(missing)

    def _bitmaps(self, group: Group, field: str, value: str | None) -> Bitmaps:
        want = (group, field, value)
        found = self._found(want)
        if found is None:
            self._load([want])
            found = self._loaded[self._key(want)][0]
        return found

    def _found(self, want: Want) -> Bitmaps | None:
        key = self._key(want)
        if key in self._loaded:
            return self._loaded[key][0]
        held: Bitmaps | None = CACHE.get(key)
        return held

    def _key(self, want: Want) -> tuple[Any, ...]:
        keys = self.keys
        return (keys.state, keys.version, keys.digests[want[0]], *want)

    def _load(self, wanted: Sequence[Want]) -> None:
        """Read bitmaps under the policies, place by place, and join them by value."""
        joined: list[dict[str, BitMap]] = [{} for _ in wanted]
        sizes = [0] * len(wanted)
        with (
            connections[self.using].cursor() as cursor,
            cursor.copy(_bits_statement(self.keys, wanted)) as copy,
        ):
            copy.set_types(["int4", "text", "bytea"])
            for number, value, gathered in copy.rows():
                joined[number][value] = BitMap.union(*_pieces(gathered))
                sizes[number] += len(gathered)
        for want, found, size in zip(wanted, joined, sizes, strict=True):
            self._loaded[self._key(want)] = (found, size)


class Wanted(Facets):
    """Stands in for bitmaps to learn which ones an answer asks for: it holds nobody."""

    def __init__(self, keys: Keys, *, using: str) -> None:
        super().__init__(keys, using=using)
        self.asked: dict[Want, None] = {}

    def _bitmaps(self, group: Group, field: str, value: str | None) -> Bitmaps:
        self.asked[group, field, value] = None
        return {}


def _pieces(gathered: bytes) -> Iterator[BitMap]:
    """Yield bitmaps that lie one after the other, each after its length."""
    at = 0
    while at < len(gathered):
        (length,) = _LENGTH.unpack_from(gathered, at)
        at += _LENGTH.size
        yield BitMap.deserialize(gathered[at : at + length])
        at += length


def _bits_statement(keys: Keys, wanted: Sequence[Want]) -> sql.Composed:
    """Return the COPY of bitmaps, each with the number of the want that it answers.

    The server gathers those of all places: COPY sends each row by itself, which costs more than what is in it.
    """
    selects = []
    for number, want in enumerate(wanted):
        _, field_, value = want
        words = (
            "SELECT {}::integer, f.value,"
            " string_agg(int4send(octet_length(f.bits)) || f.bits, ''::bytea) FROM {} AS f"
            " WHERE f.state = {} AND f.field = {}"
        )
        one: sql.Composable = sql.SQL(words).format(
            sql.Literal(number),
            _rows(keys.state, want, keys.signature),
            sql.Literal(keys.state),
            sql.Literal(field_),
        )
        if value is not None:
            one += sql.SQL(" AND f.value = {}").format(sql.Literal(value))
        selects.append(one + sql.SQL(" GROUP BY f.value"))
    return sql.SQL("COPY ({}) TO STDOUT (FORMAT binary)").format(
        sql.SQL(" UNION ALL ").join(selects)
    )

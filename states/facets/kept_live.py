"""Live bitmaps as they are stored: one reader's, place by place, under the policies of the rows they were made from.

A process begins from them and catches up by the feed. They are written by a worker, as the reader's own work.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from django.db import connections
from psycopg import sql
from pyroaring import BitMap

from states.facets.live import Key, LiveView, view_of
from states.facets.reading import Keys
from states.fields.definition import Group

_HEAD: Final = struct.Struct(">HHIi")
"""Before each bitmap: the lengths of its field's name, of its value, and its own; or which one before is the same."""
_ITSELF: Final = -1
_KEPT: Final = """
    COPY (SELECT k.place, k.pooled, k.position, k.bits FROM facets_live AS k
          WHERE k.state = {state} AND k.organization = sec.organization() AND k.version = {version})
    TO STDOUT (FORMAT binary)"""
_PLACES: Final = (
    "SELECT f.place, f.bits FROM facets_registration AS f"
    " WHERE f.state = %s AND f.field = '' AND f.value = ''"
)


def load_live(keys: Keys, *, using: str) -> LiveView | None:
    """Return what is kept for the reader of the open scope; None unless it is of the very places and version it sees."""
    statement = sql.SQL(_KEPT).format(
        state=sql.Literal(keys.state),
        version=sql.SQL("{}::uuid").format(sql.Literal(keys.version)),
    )
    parts: dict[Key, list[BitMap]] = {}
    pooled, positions = {}, set()
    with connections[using].cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(["int4", "bool", "int8", "bytea"])
        for place, with_pool, position, packed in copy.rows():
            pooled[place] = with_pool
            positions.add(position)
            for key, bits in unpacked(packed):
                parts.setdefault(key, []).append(bits)
    if len(positions) != 1 or pooled != _sight(keys):
        return None
    return view_of(positions.pop(), _joined(parts))


def _joined(parts: Mapping[Key, Sequence[BitMap]]) -> dict[Key, BitMap]:
    """Join each bitmap's parts; those that were stored as one are one in memory too."""
    made: dict[tuple[int, ...], BitMap] = {}
    joined = {}
    for key, bits in parts.items():
        same = tuple(map(id, bits))
        if same not in made:
            made[same] = BitMap.union(*bits)
        joined[key] = made[same]
    return joined


def keep_live(
    keys: Keys, view: LiveView, places: Mapping[int, BitMap], *, using: str
) -> int:
    """Store a view for the open scope's organization, in a scope to apply; return its bytes.

    `places` are the voters of each place, as `places_of` read them in the reader's own scope.
    """
    pool = set(keys.places[Group.CONTACTS])
    pieces = {
        place: packed({key: bits & voters for key, bits in view.bitmaps.items()})
        for place, voters in places.items()
    }
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT sec.keep_live(%s, %s, %s, %s::integer[], %s::boolean[], %s::bytea[])",
            [
                keys.state,
                keys.version,
                view.position,
                list(pieces),
                [place in pool for place in pieces],
                list(pieces.values()),
            ],
        )
    return sum(map(len, pieces.values()))


def keep_nothing(state: str, *, using: str) -> None:
    """Store for the open scope's organization that it sees nothing of a state, in a scope to apply."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT sec.keep_live(%s, gen_random_uuid(), 0, '{}', '{}', '{}')", [state]
        )


def places_of(state: str, *, using: str) -> dict[int, BitMap]:
    """Return the voters of each place that the open scope may read."""
    with connections[using].cursor() as cursor:
        cursor.execute(_PLACES, [state])
        return {place: BitMap.deserialize(bytes(bits)) for place, bits in cursor}


def packed(bitmaps: Mapping[Key, BitMap]) -> bytes:
    """Return bitmaps of one place in one piece: those of nobody are left out, and equal ones written once.

    High digits of a day are the same for almost everybody.
    """
    made = bytearray()
    written: dict[bytes, int] = {}
    for (field, value), bits in bitmaps.items():
        if bits:
            name, text, body = field.encode(), value.encode(), bits.serialize()
            same = written.get(body, _ITSELF)
            if same == _ITSELF:
                written[body] = len(written)
            else:
                body = b""
            made += _HEAD.pack(len(name), len(text), len(body), same)
            made += name + text + body
    return bytes(made)


def unpacked(piece: bytes) -> Iterator[tuple[Key, BitMap]]:
    """Yield what `packed` made."""
    read: list[BitMap] = []
    at = 0
    while at < len(piece):
        name, text, body, same = _HEAD.unpack_from(piece, at)
        at += _HEAD.size
        value, end = at + name, at + name + text + body
        key = piece[at:value].decode(), piece[value : value + text].decode()
        if same == _ITSELF:
            read.append(BitMap.deserialize(piece[value + text : end]))
        yield key, read[same]
        at = end


def _sight(keys: Keys) -> dict[int, bool]:
    pool = set(keys.places[Group.CONTACTS])
    return {place: place in pool for place in keys.places[Group.REGISTRATION]}

"""What the visible audiences say of voters, as bitmaps: kept by the process, caught up by reading what changed.

Nothing is stored beside the rows themselves. A process keeps a view under the very places and the
version of the bitmaps that its reader sees, and its organization; one statement reads, all in one snapshot,
whether those still hold, how far the state's feed has come, and the present values of the voters
about whom the reader was told since. Numbers of the feed are allotted under a lock that is held to the
end of the transaction, so that a number seen has none before it still to come.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final
from uuid import UUID

import polars as pl
from django.db import connections
from psycopg import sql

from coop.actors import NOBODY as NO_ORGANIZATION
from coop.db.scope import current_scope
from states.facets.cache import CACHE, ENTRY_BYTES
from states.facets.live import ORDINAL, LiveView, bitmaps_of, ordinals_in, view_of
from states.facets.reading import Keys
from states.fields.codes import SUPPRESSIONS
from states.fields.definition import Group
from states.targeting.columns import gathered_contacts
from states.targeting.row_facets import RowFacets
from states.targeting.splits import SightMovedError

SLICED: Final = ("last_contact", "last_reached", "attempts", "support")
FLAGS: Final = ("suppressions",)
CATCH_UP_MOST: Final = 20_000
"""Changes of the feed up to which voters are looked up one by one; beyond, all are read anew."""
_TYPES: Final[dict[str, pl.DataType]] = {
    ORDINAL: pl.UInt32(),
    "last_contact": pl.UInt32(),
    "last_reached": pl.UInt32(),
    "attempts": pl.UInt32(),
    "support": pl.UInt32(),
    "last_contact_type": pl.UInt32(),
    "last_result": pl.UInt32(),
    "suppressions": pl.UInt32(),
    "seen": pl.String(),
    "position": pl.Int64(),
}
_FIELDS: Final = tuple(_TYPES)[:-2]

_DAY: Final = "(c.{} AT TIME ZONE 'UTC')::date - date '0001-01-01'"
_VALUES: Final = f"""
    SELECT r.ordinal, {_DAY.format("last_contact_at")}, {_DAY.format("reached_at")}, c.attempts, c.support,
           c.last_contact_type, c.last_result, s.kinds, NULL::text AS seen, NULL::bigint AS position"""
_KINDS: Final = """
    SELECT s.voter, bit_or(1 << (array_position({kinds}, s.kind) - 1)) AS kinds
    FROM canvass_suppression AS s WHERE s.state = {state}"""
_REGISTERED: Final = (
    " JOIN voters_registration AS r ON r.state = {state} AND r.place > 0 AND r.voter ="
)
_ALL: Final = f"""{_VALUES}
    FROM (SELECT s.voter, {{gathered}} GROUP BY s.voter) AS c
    FULL JOIN ({_KINDS} GROUP BY s.voter) AS s ON s.voter = c.voter
    {_REGISTERED} coalesce(c.voter, s.voter)"""
_CHANGED: Final = f"""{_VALUES}
    FROM (SELECT DISTINCT f.voter FROM feeds_change AS f
          WHERE f.state = {{state}} AND f.seq > {{after}} AND f.voter IS NOT NULL) AS f
    {_REGISTERED} f.voter
    LEFT JOIN LATERAL (SELECT {{gathered}} AND s.voter = f.voter) AS c ON true
    LEFT JOIN LATERAL ({_KINDS} AND s.voter = f.voter GROUP BY s.voter) AS s ON true"""  # noqa: S608
_SEEN: Final = """
    UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, md5(
        coalesce((SELECT array_agg(f.place ORDER BY f.place) FROM facets_registration AS f
                  WHERE f.state = {state} AND f.field = '' AND f.value = '')::text, '{{}}')
        || coalesce((SELECT array_agg(f.place ORDER BY f.place) FROM facets_contacts AS f
                     WHERE f.state = {state} AND f.field = '' AND f.value = '')::text, '{{}}')
        || coalesce((SELECT v.version::text FROM facets_version AS v WHERE v.state = {state}
            AND v.publication = (SELECT max(p.number) FROM voters_publication AS p WHERE p.state = {state})), '')),
        (SELECT sec.feed_head({state}))"""


class LiveFacets:
    """One request's view of what changes by the hour in a state; open it inside the scope.

    `rows` are what changes by uploads: scores and ballots.
    """

    def __init__(self, keys: Keys, *, using: str) -> None:
        self._keys = keys
        self._using = using
        self._view: LiveView | None = None
        self.rows = RowFacets(keys, using=using)

    @property
    def position(self) -> int:
        """The position of the feed that the answer is of: that of the view, where one was asked for."""
        return self._keys.position if self._view is None else self._view.position

    def view(self) -> LiveView:
        """Return what the reader sees now, all of one position. Raises `SightMovedError`."""
        if self._view is None:
            self._view = self._caught_up()
        return self._view

    def _caught_up(self) -> LiveView:
        key = self._cache_key()
        held: LiveView | None = CACHE.get(key)
        behind = None if held is None else self._keys.position - held.position
        if held is not None and behind == 0:
            return held
        if held is None or behind is None or not 0 < behind <= CATCH_UP_MOST:
            view = self._read_all()
        else:
            frame, position = self._read(_CHANGED, after=held.position)
            changed = ordinals_in(frame[ORDINAL])
            now = bitmaps_of(frame.select(_FIELDS), SLICED, FLAGS)
            view = held.followed_by(position, changed, now)
        CACHE.put(key, view, view.size + ENTRY_BYTES)
        return view

    def _read_all(self) -> LiveView:
        frame, position = self._read(_ALL, after=0)
        return view_of(position, frame.select(_FIELDS), SLICED, FLAGS)

    def _cache_key(self) -> tuple[Any, ...]:
        keys = self._keys
        digests = keys.digests[Group.REGISTRATION], keys.digests[Group.CONTACTS]
        return ("live", keys.state, keys.version, digests, _organization())

    def _read(self, words: str, *, after: int) -> tuple[pl.DataFrame, int]:
        """Return rows of a state's voters and the position they are of, as the expected keys show them."""
        state = sql.Literal(self._keys.state)
        kinds = sql.SQL("{}::text[]").format(sql.Literal(list(SUPPRESSIONS)))
        statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv)").format(
            sql.SQL(words + _SEEN).format(
                state=state,
                after=sql.Literal(after),
                kinds=kinds,
                gathered=gathered_contacts(self._keys.state),
            )
        )
        told = bytearray()
        with (
            connections[self._using].cursor() as cursor,
            cursor.copy(statement) as copy,
        ):
            for piece in copy:
                told += piece
        frame = pl.read_csv(bytes(told), has_header=False, schema=_TYPES)
        sight = frame.filter(pl.col(ORDINAL).is_null())
        if sight["seen"].to_list() != [_sight(self._keys)]:
            raise SightMovedError
        return frame.filter(pl.col(ORDINAL).is_not_null()), int(sight["position"][0])


def _sight(keys: Keys) -> str:
    """Return the digest of the places and the version that a request saw, as the statement makes it."""
    groups = (Group.REGISTRATION, Group.CONTACTS)
    places = ("{" + ",".join(map(str, keys.places[one])) + "}" for one in groups)
    seen = "".join(places) + str(keys.version)
    return hashlib.md5(seen.encode(), usedforsecurity=False).hexdigest()


def _organization() -> UUID:
    scope = current_scope()
    return scope.actor.organization if scope else NO_ORGANIZATION

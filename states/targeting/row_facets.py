"""Scores and ballots as bitmaps: kept by the process under the version that counts, read whole where it is another.

What counts now, and where it may be seen, is learned through row-level security for each answer. The statement
that reads rows tells both once more, in the same snapshot; where they are others, nothing of it is used.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import polars as pl
from django.db import connections
from psycopg import sql
from pyroaring import BitMap

from states.facets.cache import CACHE, ENTRY_BYTES
from states.facets.live import ORDINAL, LiveView, bitmaps_of, view_of
from states.facets.reading import Keys
from states.facets.sliced import Sliced
from states.fields.definition import Group, Operator
from states.targeting.columns import StateFacts, ballots_licensed
from states.targeting.splits import NotKept, SightMovedError

HAS_BALLOT: Final = "ballot_election"
_RANK: Final = "rank"

_REGISTERED: Final = """
    coalesce((SELECT array_agg(f.place ORDER BY f.place) FROM facets_registration AS f
              WHERE f.state = {state} AND f.field = '' AND f.value = '')::text, '{{}}')
    || coalesce((SELECT v.version::text FROM facets_version AS v WHERE v.state = {state}), '')"""
_HELD: Final = "SELECT h.version FROM scores_holding AS h WHERE h.state = {state} AND h.score_set = {set}"
_SCORES: Final = f"""
    SELECT r.ordinal, v.value, NULL::text AS seen
    FROM voters_score AS v JOIN voters_registration AS r ON r.state = {{state}} AND r.voter = v.voter
    WHERE v.state = {{state}} AND v.score_set = {{set}} AND v.version = ({_HELD})
      AND v.place > 0 AND r.place > 0
    UNION ALL SELECT NULL, NULL, md5({_REGISTERED} || coalesce(({_HELD})::text, ''))"""  # noqa: S608
_CHANGED: Final = """
    SELECT e.changed_at::text FROM voters_ballotelection AS e
    WHERE e.state = {state} AND e.ballot_election = {election}"""
_PLACES: Final = """
    coalesce((SELECT array_agg(r.place ORDER BY r.place) FROM facets_registration AS r
              WHERE r.state = {state} AND r.field = '' AND r.value = '' AND {licensed})::text, '{{}}')"""
_BALLOTS: Final = f"""
    SELECT r.ordinal, b.ballot_status, b.ballot_method, b.ballot_date - date '0001-01-01', 1 AS has_one,
           NULL::text AS seen, NULL::text AS bits
    FROM voters_ballot AS b JOIN voters_registration AS r ON r.state = {{state}} AND r.voter = b.voter
    WHERE b.state = {{state}} AND b.ballot_election = {{election}} AND b.place > 0 AND r.place > 0
    UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, md5({_REGISTERED} || {_PLACES} || coalesce(({_CHANGED}), '')), NULL
    UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, encode(r.bits, 'hex') FROM facets_registration AS r
    WHERE r.state = {{state}} AND r.field = '' AND r.value = '' AND {{licensed}}"""  # noqa: S608
_SCORE_TYPES: Final[Mapping[str, pl.DataType]] = {
    ORDINAL: pl.UInt32(),
    "value": pl.Float64(),
    "seen": pl.String(),
}
_BALLOT_TYPES: Final[Mapping[str, pl.DataType]] = {
    ORDINAL: pl.UInt32(),
    "ballot_status": pl.String(),
    "ballot_method": pl.String(),
    "ballot_date": pl.UInt32(),
    HAS_BALLOT: pl.UInt32(),
    "seen": pl.String(),
    "bits": pl.String(),
}
_BALLOT_FIELDS: Final = tuple(_BALLOT_TYPES)[:5]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A number for each voter who has one: `ranks` are their places among the values in order."""

    values: tuple[float, ...]
    ranks: Sliced

    def compared(self, op: Operator, value: Any) -> BitMap:
        """Return the voters whose number stands in this relation to a value. Raises `NotKept`."""
        ranks, values = self.ranks, self.values
        match op:
            case Operator.EQ | Operator.IN:
                wanted = value if isinstance(value, tuple) else (value,)
                return BitMap.union(BitMap(), *(self._equal(one) for one in wanted))
            case Operator.BETWEEN:
                below = ranks.below(bisect_left(values, value[0]))
                return ranks.below(bisect_right(values, value[1])) - below
            case Operator.LT:
                return ranks.below(bisect_left(values, value))
            case Operator.LTE:
                return ranks.below(bisect_right(values, value))
            case Operator.GT:
                return ranks.known - ranks.below(bisect_right(values, value))
            case Operator.GTE:
                return ranks.known - ranks.below(bisect_left(values, value))
        raise NotKept(op)

    def _equal(self, value: float) -> BitMap:
        rank = bisect_left(self.values, value)
        found = rank < len(self.values) and self.values[rank] == value
        return self.ranks.equal(rank) if found else BitMap()


@dataclass(frozen=True, slots=True)
class Ballots:
    """The ballots of one election, and `everyone` for whom ballots are licensed, with or without one."""

    view: LiveView
    everyone: BitMap


class RowFacets:
    """One request's scores and ballots of a state as bitmaps; open it inside the scope."""

    def __init__(self, keys: Keys, *, using: str) -> None:
        self._keys = keys
        self._using = using
        self._held: dict[Any, Any] = {}

    def scores(self, score_set: UUID) -> Ranked:
        """Return the scores of a set that the caller may know of. Raises `SightMovedError`."""
        if score_set not in self._held:
            self._held[score_set] = self._scores(score_set)
        found: Ranked = self._held[score_set]
        return found

    def ballots(self, facts: StateFacts) -> Ballots:
        """Return the ballots of the election that is meant. Raises `SightMovedError`, `NotKept` where there is none."""
        if facts.ballot_election is None:
            raise NotKept(HAS_BALLOT)
        if facts.ballot_election not in self._held:
            self._held[facts.ballot_election] = self._ballots(facts)
        found: Ballots = self._held[facts.ballot_election]
        return found

    def _scores(self, score_set: UUID) -> Ranked:
        about = {"set": sql.SQL("{}::uuid").format(sql.Literal(score_set))}
        (version,) = self._learned(f"SELECT ({_HELD})::text", about)
        key = ("score", *self._under(), score_set, version)
        held: Ranked | None = CACHE.get(key)
        if held is None:
            frame = self._read(_SCORES, about, _SCORE_TYPES, version or "")
            held = _ranked(frame.filter(pl.col(ORDINAL).is_not_null()))
            size = sum(len(bits) for bits in held.ranks.digits.values()) // 4
            CACHE.put(key, held, size + 32 * len(held.values) + ENTRY_BYTES)
        return held

    def _ballots(self, facts: StateFacts) -> Ballots:
        about = {
            "election": sql.Literal(facts.ballot_election),
            "licensed": ballots_licensed(facts),
        }
        places, changed = self._learned(f"SELECT {_PLACES}, ({_CHANGED})", about)
        told = (places or "") + (changed or "")
        key = ("ballots", *self._under(), facts.ballot_election, told)
        held: Ballots | None = CACHE.get(key)
        if held is None:
            frame = self._read(_BALLOTS, about, _BALLOT_TYPES, told)
            held = _ballots_in(frame)
            CACHE.put(key, held, held.view.size + 2 * len(held.everyone) + ENTRY_BYTES)
        return held

    def _under(self) -> tuple[Any, ...]:
        keys = self._keys
        return keys.state, keys.version, keys.digests[Group.REGISTRATION]

    def _learned(
        self, words: str, about: Mapping[str, sql.Composable]
    ) -> tuple[str | None, ...]:
        """Return the one row of texts that tells what counts now, as the policies show it."""
        state = sql.Literal(self._keys.state)
        with connections[self._using].cursor() as cursor:
            cursor.execute(sql.SQL(words).format(state=state, **about))
            row: tuple[str | None, ...] = cursor.fetchone()
            return row

    def _read(
        self,
        words: str,
        about: Mapping[str, sql.Composable],
        types: Mapping[str, pl.DataType],
        told: str,
    ) -> pl.DataFrame:
        """Return the rows of a statement, if what it is of is what was learned before."""
        state = sql.Literal(self._keys.state)
        statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv)").format(
            sql.SQL(words).format(state=state, **about)
        )
        read = bytearray()
        with (
            connections[self._using].cursor() as cursor,
            cursor.copy(statement) as copy,
        ):
            for piece in copy:
                read += piece
        frame = pl.read_csv(bytes(read), has_header=False, schema=dict(types))
        places = ",".join(map(str, self._keys.places[Group.REGISTRATION]))
        expected = f"{{{places}}}{self._keys.version}{told}"
        digest = hashlib.md5(expected.encode(), usedforsecurity=False).hexdigest()
        if frame["seen"].drop_nulls().to_list() != [digest]:
            raise SightMovedError
        return frame


def _ranked(frame: pl.DataFrame) -> Ranked:
    values = frame["value"].unique().sort()
    order = pl.DataFrame({"value": values}).with_row_index(_RANK)
    ranks = frame.join(order, on="value").select(ORDINAL, _RANK)
    made = bitmaps_of(ranks, (_RANK,), ())
    view = LiveView(0, made, 0)
    return Ranked(tuple(values), view.sliced(_RANK))


def _ballots_in(frame: pl.DataFrame) -> Ballots:
    rows = frame.filter(pl.col(ORDINAL).is_not_null()).select(_BALLOT_FIELDS)
    parts = [
        BitMap.deserialize(bytes.fromhex(bits)) for bits in frame["bits"].drop_nulls()
    ]
    everyone = BitMap.union(*parts) if parts else BitMap()
    return Ballots(view_of(0, bitmaps_of(rows, ("ballot_date",), ())), everyone)

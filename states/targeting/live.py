"""What the visible audiences say of voters, as bitmaps: kept by the process, caught up by reading what changed.

A process keeps a view under the very places and the version of the bitmaps that its reader sees, and its
organization; it begins from what a worker has stored for the reader, or reads all. One statement reads, all in one
snapshot, whether those still hold, how far the state's feed has come, and the present values of the voters
about whom the reader was told since. Numbers of the feed are allotted under a lock that is held to the
end of the transaction, so that a number seen has none before it still to come.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Any, Final
from uuid import UUID
from weakref import WeakValueDictionary

import polars as pl
from django.db import connections
from psycopg import sql
from pyroaring import BitMap

from coop.actors import NOBODY as NO_ORGANIZATION, Action, Actor
from coop.db.scope import acting_as, after_scope, current_scope
from states.facets.cache import CACHE, ENTRY_BYTES
from states.facets.kept_live import load_live
from states.facets.live import (
    ORDINAL,
    Key,
    LiveView,
    bitmaps_of,
    named_bitmaps,
    ordinals_in,
    view_of,
)
from states.facets.reading import Keys
from states.fields.codes import SUPPRESSIONS
from states.fields.definition import Group
from states.targeting.columns import gathered_contacts
from states.targeting.homes import Homes
from states.targeting.live_rows import (
    ALL,
    CHANGED,
    FLAGS,
    NAME,
    SEEN,
    SLICED,
    TOLD,
    TYPES,
    WIDE,
)
from states.targeting.looked_up import LookedUp
from states.targeting.queries import in_time
from states.targeting.row_facets import RowFacets
from states.targeting.splits import NotKept, SightMovedError

CATCH_UP_MOST: Final = 20_000
"""Changes of the feed up to which voters are looked up one by one; beyond, all are read anew."""


class LiveFacets:
    """One request's view of what a process makes of rows: above all, of what changes by the hour; open it inside the scope."""

    def __init__(self, keys: Keys, *, using: str, unhurried: bool = False) -> None:
        """Open the view; `unhurried`: for a worker, which no client waits for."""
        self._keys = keys
        self._unhurried = unhurried
        self._using = using
        self._view: LiveView | None = None
        self._rows = RowFacets(keys, using=using)
        self._homes = Homes(keys, using=using)
        self._tests = LookedUp(keys, using=using)

    @property
    def rows(self) -> RowFacets:
        """What changes by uploads: scores and ballots."""
        self._check_reads()
        return self._rows

    @property
    def homes(self) -> Homes:
        """Households and telephone numbers."""
        self._check_reads()
        return self._homes

    @property
    def tests(self) -> LookedUp:
        """Tests of fields without bitmaps."""
        self._check_reads()
        return self._tests

    def _check_reads(self) -> None:
        """Raise `NotKept` where the request may count and not read: rows are for the counting role alone."""
        if self._keys.counted:
            raise NotKept("rows")

    @property
    def position(self) -> int:
        """The position of the feed that the answer is of: that of the view, where one was asked for."""
        return self._keys.position if self._view is None else self._view.position

    def view(self) -> LiveView:
        """Return what the reader sees now, all of one position. Raises `SightMovedError`."""
        self._check_reads()
        if self._view is None:
            self._view = self._caught_up()
        return self._view

    def _caught_up(self) -> LiveView:
        key = self._cache_key()
        held: LiveView | None = CACHE.get(key)
        if held is not None and held.position == self._keys.position:
            return held
        if held is not None and self._near(held):
            return self._put(key, self._followed(held))
        # Of all who find nothing at once, one reads; the others go on from what it read.
        with _lock_of(key):
            held = CACHE.get(key)
            if held is None or not self._near(held):
                held = self._kept()
            if held is not None and self._near(held):
                return self._put(key, self._followed(held))
            return self._put(key, self._read_all())

    def _put(self, key: tuple[Any, ...], view: LiveView) -> LiveView:
        CACHE.put(key, view, view.size + ENTRY_BYTES)
        return view

    def _near(self, held: LiveView) -> bool:
        return self._keys.position - held.position <= CATCH_UP_MOST

    def _kept(self) -> LiveView | None:
        """Return the stored view, which still has to be followed; note where there was none to begin from.

        It is noted also where reading all takes too long and the request fails: the next one finds it stored.
        """
        kept = load_live(self._keys, using=self._using)
        missed = kept is None or not self._near(kept)
        scope = current_scope()
        if scope is not None:
            state, by = self._keys.state, scope.actor
            after_scope(partial(_want, state, by, missed=missed))
        return kept

    def _followed(self, held: LiveView) -> LiveView:
        """Bring a view up to date, by a statement that holds the places and the version against the keys."""
        frame, position = self._read(CHANGED, after=held.position)
        if position < held.position:
            raise SightMovedError
        wide = frame.filter(pl.col(NAME).is_null())
        return held.followed_by(position, ordinals_in(wide[ORDINAL]), _bitmaps(frame))

    def _read_all(self) -> LiveView:
        limited = nullcontext() if self._unhurried else in_time(["contacts"])
        with limited:
            frame, position = self._read(ALL, after=0)
        return view_of(position, _bitmaps(frame))

    def _cache_key(self) -> tuple[Any, ...]:
        keys = self._keys
        digests = keys.digests[Group.REGISTRATION], keys.digests[Group.CONTACTS]
        return ("live", keys.state, keys.version, digests, _organization())

    def _read(self, words: str, *, after: int) -> tuple[pl.DataFrame, int]:
        """Return rows of a state's voters and the position they are of, as the expected keys show them."""
        state = sql.Literal(self._keys.state)
        kinds = sql.SQL("{}::text[]").format(sql.Literal(list(SUPPRESSIONS)))
        statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv)").format(
            sql.SQL(words + SEEN).format(
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
        frame = pl.read_csv(bytes(told), has_header=False, schema=TYPES)
        sight = frame.filter(pl.col(ORDINAL).is_null())
        if sight["seen"].to_list() != [_sight(self._keys)]:
            raise SightMovedError
        return frame.filter(pl.col(ORDINAL).is_not_null()), int(sight["position"][0])


def _want(state: str, by: Actor, *, missed: bool) -> None:
    """Note in a scope of its own that the live bitmaps of a state are asked for.

    Whose last grant was ended meanwhile asks for none: that it is refused stays the answer.
    """
    with (
        acting_as(by, Action.READ) as scope,
        connections[scope.using].cursor() as cursor,
    ):
        cursor.execute(
            "SELECT sec.want_live(%s, %s) WHERE %s = ANY (sec.related_states())",
            [state, missed, state],
        )


class _Lock:
    """A lock that is forgotten when nobody holds it or waits for it."""

    def __init__(self) -> None:
        self.held = threading.Lock()


_locks: WeakValueDictionary[tuple[Any, ...], _Lock] = WeakValueDictionary()
_locking = threading.Lock()


@contextmanager
def _lock_of(key: tuple[Any, ...]) -> Iterator[None]:
    with _locking:
        lock = _locks.setdefault(key, _Lock())
    with lock.held:
        yield


def _bitmaps(frame: pl.DataFrame) -> dict[Key, BitMap]:
    wide = frame.filter(pl.col(NAME).is_null()).select(ORDINAL, *WIDE)
    named = frame.filter(pl.col(NAME).is_not_null()).select(ORDINAL, NAME, TOLD)
    return bitmaps_of(wide, SLICED, FLAGS) | named_bitmaps(named)


def _sight(keys: Keys) -> str:
    """Return the digest of the places and the version that a request saw, as the statement makes it."""
    groups = (Group.REGISTRATION, Group.CONTACTS)
    places = ("{" + ",".join(map(str, keys.places[one])) + "}" for one in groups)
    seen = "".join(places) + str(keys.version)
    return hashlib.md5(seen.encode(), usedforsecurity=False).hexdigest()


def _organization() -> UUID:
    scope = current_scope()
    return scope.actor.organization if scope else NO_ORGANIZATION

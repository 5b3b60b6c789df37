"""Beside which voters of an export tracers stand, and which of them its licensee carries.

Two kinds. The export's own stand at voters drawn for it alone, and name it where its file was not changed.
Those of the licensees' code (`codes`) stand at the same voters in whatever export has them, and
name licensees who compared their copies. A voter is drawn by its id alone, so that lists that overlap
have the same positions where they do.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final
from uuid import UUID

from states.tracers.codes import WORD, carries, derived, rank
from states.tracers.people import PLACED_SHARE, tracer_id
from states.tracers.points import Points

OWN_IN: Final = 4
"""One tracer in so many is the export's own."""
SURE: Final = 6
"""Of an export whose voters are not all known when it begins, so many own tracers are meant at least."""


@dataclass(frozen=True, slots=True)
class Copy:
    """Whose copy it is: the licensee, the export, and which fetch of it."""

    organization: UUID
    export: UUID
    fetch: int


@dataclass(frozen=True, slots=True)
class Place:
    """A position at a voter: the id of the tracer there, and the key it is made by; None if not carried."""

    voter: UUID
    own: bool
    tracer: UUID
    key: bytes | None


class Positions:
    """The positions of one copy in one state, drawn from the state's secret."""

    def __init__(self, secret: bytes, copy: Copy) -> None:
        self._secret = secret
        self._copy = copy
        self._drawing = blake2b(key=secret, person=b"position", digest_size=16)
        self._mask = rank(secret, "export", copy.export.bytes)
        self._own_below = self._code_below = 0

    def meet(self, points: Points, voters: Sequence[bytes]) -> None:
        """Draw just the number meant, among these voters (ids of 16 bytes), who are all there are."""
        own, code = _numbers(points.number_for(len(voters)))
        ranks = [(one, *self._ranks(one)) for one in voters]
        owns = (r for one, _, r in ranks if self._place(one, own=True))
        codes = (r for one, r, _ in ranks if self._place(one, own=False))
        self._own_below = _behind(heapq.nsmallest(own, owns))
        self._code_below = _behind(heapq.nsmallest(code, codes))

    def expect(self, points: Points, voters: int) -> None:
        """Draw the number meant on average, of so many voters who are yet to come."""
        own, code = _numbers(points.number_for(voters))
        able = max(1.0, voters * PLACED_SHARE)
        self._own_below = min(WORD, int(WORD * max(own, SURE) / able))
        self._code_below = min(WORD, int(WORD * code / able))

    def among(self, voters: Iterable[bytes]) -> list[Place]:
        """Return the positions at these voters."""
        found = []
        for one in voters:
            code, own = self._ranks(one)
            if own < self._own_below:
                found.append(self._place(one, own=True))
            if code < self._code_below:
                found.append(self._place(one, own=False))
        return [place for place in found if place]

    def _ranks(self, voter: bytes) -> tuple[int, int]:
        """Return a voter's rank in the code, and among the own tracers of this export."""
        drawing = self._drawing.copy()
        drawing.update(voter)
        both = int.from_bytes(drawing.digest())
        return both >> 64, (both & (WORD - 1)) ^ self._mask

    def _place(self, raw: bytes, *, own: bool) -> Place | None:
        voter, copy = UUID(bytes=raw), self._copy
        parts = (copy.export.bytes, raw) if own else (raw,)
        key = derived(self._secret, "own" if own else "code", *parts)
        made = tracer_id(key, voter)
        if made is None:
            return None
        is_carried = own or carries(self._secret, copy.organization, voter)
        return Place(voter, own, made, key if is_carried else None)


def code_tracer(secret: bytes, voter: UUID) -> UUID | None:
    """Return the id of the code's tracer at a voter, whoever carries it; None where there can be none."""
    return tracer_id(derived(secret, "code", voter.bytes), voter)


def _numbers(tracers: int) -> tuple[int, int]:
    """Return how many own tracers and how many positions of the code make so many lines.

    A licensee carries every second position, on average.
    """
    own = -(-tracers // OWN_IN)
    return own, 2 * (tracers - own)


def _behind(ranks: Sequence[int]) -> int:
    return ranks[-1] + 1 if ranks else 0

"""Weaving tracers into the lines of an export, chunk by chunk, in the order of their ids or of a score.

A tracer stands beside no voter that one could see: its id lies up to a quarter of all ids behind its
voter's, so it waits until the lines have come that far. Nothing of it is a voter: it is in no count, no
membership, no cap.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from states.tracers.account import Armed, Entry
from states.tracers.alarms import write_marks
from states.tracers.codes import rank
from states.tracers.lines import Register, Shape, raw_id, tracer_line
from states.tracers.people import Host, Tracer, invented_ids, tracer_at
from states.tracers.placing import Due, Spread, due_spot, placed
from states.tracers.positions import Copy, Place, Positions
from states.tracers.queries import hosts_of, registers_of, write_woven

_ALL_IDS: Final = 1 << 128
_REGISTERED: Final = frozenset({"state_voter_id", "county_voter_id"})


@dataclass(slots=True)
class Weave:
    """What is under way in one state of a download: tracers that wait for their place, by id or in the order of a score.

    `seen` is how many lines of voters were woven before.
    """

    armed: Armed
    positions: Positions
    begun: bool = False
    chunks: int = 0
    seen: int = 0
    waiting: list[tuple[bytes, bytes]] = field(default_factory=list)
    due: list[Due] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Made:
    """A tracer beside its voter, and whether it is the export's own."""

    host: Host
    own: bool
    tracer: Tracer


class Weaver:
    """Weaves the tracers of one download; `armed` are the set-ups of the states that have one."""

    def __init__(self, copy: Copy, shape: Shape, armed: Mapping[str, Armed]) -> None:
        self._copy = copy
        self._shape = shape
        self._weaves = {
            state: Weave(one, Positions(one.secret, copy))
            for state, one in armed.items()
        }

    def is_armed(self, state: str) -> bool:
        """Tell whether the download gets tracers in a state."""
        return state in self._weaves

    def weave(
        self,
        state: str,
        lines: list[bytes],
        *,
        last: bool,
        spread: Spread | None = None,
    ) -> list[bytes]:
        """Return a state's next lines with the tracers whose place is among them, or after the `last`.

        Lines come by id, or as `spread` says by a score; lines in another order get none: a tracer would stand out of
        place. Call it in the scope of the chunk: what is woven is written down in its transaction.
        """
        weave = self._weaves.get(state)
        if weave is None or not (lines or last):
            return lines
        voters = [raw_id(line, json=self._shape.json) for line in lines]
        if spread is None and voters != sorted(voters):
            return lines
        if not weave.begun:
            _begin(weave, voters, spread, last=last)
        places = weave.positions.among(voters)
        made = (
            self._made(state, weave, places, dict(zip(voters, lines, strict=True)))
            if places
            else []
        )
        if spread is None:
            for one, line in made:
                insort(weave.waiting, (one.tracer.id.bytes, line))
            return _merged(lines, voters, weave.waiting, last=last)
        spots = {voter: weave.seen + place for place, voter in enumerate(voters)}
        weave.due += [
            self._due(weave, one, line, spots[one.host.voter.bytes], spread)
            for one, line in made
        ]
        seen, weave.seen = weave.seen, weave.seen + len(lines)
        return placed(lines, spread, weave.due, self._shape, seen=seen, last=last)

    def _due(
        self, weave: Weave, one: Made, line: bytes, at: int, spread: Spread
    ) -> Due:
        made = one.tracer.id.bytes
        drawn = rank(weave.armed.secret, "spot", self._copy.export.bytes, made)
        spot = due_spot(at, spread.total, drawn)
        return Due(spot, made, line, drawn >> 16)

    def _made(
        self,
        state: str,
        weave: Weave,
        places: Sequence[Place],
        lines: Mapping[bytes, bytes],
    ) -> list[tuple[Made, bytes]]:
        """Make the tracers at these places, each with its line, and write down what is woven."""
        hosts = hosts_of(state, {one.voter for one in places})
        made = [
            Made(
                host, one.own, tracer_at(one.key, one.tracer, host, weave.armed.points)
            )
            for one in places
            if one.key is not None and (host := hosts.get(one.voter))
        ]
        registers = self._registers(state, weave.armed, made)
        entries = [Entry(one.voter, own=False) for one in places if one.key is None]
        written = []
        for one, register in zip(made, registers, strict=True):
            line = lines[one.host.voter.bytes]
            written.append((one, tracer_line(line, self._shape, one.tracer, register)))
            shown = _shown(one.tracer, register)
            entries.append(Entry(one.host.voter, one.own, one.tracer.id, shown))
        write_woven(state, self._copy, weave.chunks, entries)
        write_marks(state, self._copy, entries)
        weave.chunks += 1
        return written

    def _registers(
        self, state: str, armed: Armed, made: Sequence[Made]
    ) -> list[Register]:
        """Return the tracers' ids in registers: none, where no column would show one."""
        if not _REGISTERED & {one.name for one in self._shape.fields}:
            return [Register(None, None) for _ in made]
        secret = armed.secret
        wanted = [
            (
                invented_ids(secret, one.tracer.id, one.host.state_voter_id),
                invented_ids(secret, one.tracer.id, one.host.county_voter_id),
            )
            for one in made
        ]
        return registers_of(state, wanted)


def _begin(
    weave: Weave, voters: Sequence[bytes], spread: Spread | None, *, last: bool
) -> None:
    """Draw the positions once the first lines tell how many there are, or about how many."""
    weave.begun = True
    points = weave.armed.points
    if last:
        weave.positions.meet(points, voters)
    elif spread:
        weave.positions.expect(points, spread.total)
    else:
        weave.positions.expect(points, _extrapolated(voters))


def _extrapolated(voters: Sequence[bytes]) -> int:
    """Return about how many voters a file has, by how far its first ones reach: ids are spread evenly."""
    reached = (int.from_bytes(voters[-1]) + 1) / _ALL_IDS
    return round(len(voters) / reached)


def _shown(tracer: Tracer, register: Register) -> tuple[tuple[str, str], ...]:
    """Return the texts by which a file can show a tracer."""
    texts = {
        "first": tracer.first,
        "last": tracer.last,
        "line1": tracer.address.line1,
        "unit": tracer.unit,
        "phone": tracer.phone,
        "email": tracer.email,
        "state_voter_id": register.state,
        "county_voter_id": register.county,
    }
    return tuple((name, text) for name, text in texts.items() if text)


def _merged(
    lines: list[bytes],
    voters: Sequence[bytes],
    waiting: list[tuple[bytes, bytes]],
    *,
    last: bool,
) -> list[bytes]:
    """Return the lines with those waiting tracers that come before the last of them; after the `last`, all."""
    end = len(waiting)
    if not last:
        end = bisect_left(waiting, (voters[-1], b"")) if voters else 0
    merged, start = [], 0
    for made, line in waiting[:end]:
        place = bisect_left(voters, made, start)
        merged += [*lines[start:place], line]
        start = place
    del waiting[:end]
    return [*merged, *lines[start:]]

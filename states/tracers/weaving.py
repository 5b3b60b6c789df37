"""Weaving tracers into the lines of an export, chunk by chunk, in the order of their ids.

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
from states.tracers.lines import Register, Shape, raw_id, tracer_line
from states.tracers.people import Host, Tracer, invented_ids, tracer_at
from states.tracers.positions import Copy, Place, Positions
from states.tracers.queries import hosts_of, registers_of, write_woven

_ALL_IDS: Final = 1 << 128
_REGISTERED: Final = frozenset({"state_voter_id", "county_voter_id"})


@dataclass(slots=True)
class Weave:
    """What is under way in one state of a download: tracers that wait for their place, by id."""

    armed: Armed
    positions: Positions
    begun: bool = False
    chunks: int = 0
    waiting: list[tuple[bytes, bytes]] = field(default_factory=list)


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

    def weave(self, state: str, lines: list[bytes], *, last: bool) -> list[bytes]:
        """Return a state's next lines with the tracers whose place is among them, or after the `last`.

        Lines in another order than by id, a walk's or a score's, get none: a tracer would stand out of place,
        or send people to an invented door. Call it in the scope of the chunk: what is woven is written down
        in its transaction.
        """
        weave = self._weaves.get(state)
        if weave is None:
            return lines
        voters = [raw_id(line, json=self._shape.json) for line in lines]
        if voters != sorted(voters):
            return lines
        if not weave.begun:
            weave.begun = True
            if last:
                weave.positions.meet(weave.armed.points, voters)
            else:
                weave.positions.expect(weave.armed.points, _extrapolated(voters))
        places = weave.positions.among(voters)
        if places:
            self._place(state, weave, places, dict(zip(voters, lines, strict=True)))
        return _merged(lines, voters, weave.waiting, last=last)

    def _place(
        self,
        state: str,
        weave: Weave,
        places: Sequence[Place],
        lines: Mapping[bytes, bytes],
    ) -> None:
        """Make the tracers at these places, let them wait, and write down what is woven."""
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
        for one, register in zip(made, registers, strict=True):
            line = lines[one.host.voter.bytes]
            written = tracer_line(line, self._shape, one.tracer, register)
            insort(weave.waiting, (one.tracer.id.bytes, written))
            shown = _shown(one.tracer, register)
            entries.append(Entry(one.host.voter, one.own, one.tracer.id, shown))
        write_woven(state, self._copy, weave.chunks, entries)
        weave.chunks += 1

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

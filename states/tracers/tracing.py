"""Whom the tracers in a file name: exports by their own, licensees by the code that tells copies apart.

An export's own tracer was given to nobody else: one that stands in a file proves that the file, or a part of it,
came from there. Who compares copies and drops what is not in all of them drops just those; the code names them
nevertheless, with the chance that an innocent licensee would fit the file as well.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol
from uuid import UUID

from coop.organizations.models import Organization
from states.tracers.account import Armed, Entry
from states.tracers.codes import (
    MOST_INNOCENT,
    Position,
    bias_of,
    carries,
    chance,
    score,
)
from states.tracers.finding import Found, find, index_of
from states.tracers.positions import code_tracer


class Chunk(Protocol):
    """A chunk of an export, as the account names it."""

    export: UUID
    organization: UUID
    woven_at: dt.datetime


@dataclass(slots=True)
class Sent:
    """An export as it was sent, all fetches together: its tracers, and the positions of the code in it."""

    export: UUID
    organization: UUID
    first_at: dt.datetime
    own: set[UUID] = field(default_factory=set)
    code: dict[UUID, UUID | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExportFound:
    """How many of an export's tracers stand in a file: of its own, and of those of the code that it holds."""

    export: UUID
    woven_at: dt.datetime
    own_found: int
    own: int
    code_found: int
    code: int


@dataclass(frozen=True, slots=True)
class Suspect:
    """A licensee as a file shows it.

    `positions` of the code tell about it, with this `score`; `chance` bounds that of an innocent one to fit as
    well, all licensees taken together.
    """

    organization: UUID
    name: str
    positions: int
    score: float
    chance: float
    exports: tuple[ExportFound, ...]

    @property
    def is_proven(self) -> bool:
        """Tell whether a tracer stands in the file that one of its exports alone held."""
        return any(one.own_found for one in self.exports)

    @property
    def is_named(self) -> bool:
        """Tell whether the file is laid to this licensee: by an export's own tracer, or by the code."""
        return self.is_proven or self.chance <= MOST_INNOCENT


@dataclass(frozen=True, slots=True)
class Trace:
    """What a file tells: its rows, how tracers were known, and each licensee, the best proven first.

    `unreadable` chunks of the account could not be opened: they were sealed otherwise, or forged.
    """

    rows: int
    tracers: int
    ways: Mapping[str, int]
    suspects: tuple[Suspect, ...]
    unreadable: int


def with_names(found: Trace) -> Trace:
    """Return a trace with the names of its licensees, as the open scope shows the directory."""
    licensees = [one.organization for one in found.suspects]
    names = dict(
        Organization.objects.filter(id__in=licensees).values_list("id", "name")
    )
    named = (replace(one, name=names[one.organization]) for one in found.suspects)
    return replace(found, suspects=tuple(named))


def judge(
    armed: Armed,
    woven: Iterable[tuple[Chunk, list[Entry] | None]],
    rows: Iterable[Sequence[str]],
) -> Trace:
    """Judge a file's rows by what was woven into which chunks; licensees have no names yet."""
    entries, sent, unreadable = _all_sent(woven)
    hosts = {one.host for one in entries if not one.own}
    found = find(rows, index_of(entries), hosts)
    by_licensee = defaultdict[UUID, list[Sent]](list)
    for one in sent.values():
        by_licensee[one.organization].append(one)
    judged = len(sent) + len(by_licensee)
    suspects = [_suspect(armed, found, one, judged) for one in by_licensee.values()]
    suspects.sort(key=lambda one: (not one.is_proven, one.chance, -one.score))
    ways = dict(sorted(found.ways.items()))
    return Trace(found.rows, len(found.tracers), ways, tuple(suspects), unreadable)


def _all_sent(
    woven: Iterable[tuple[Chunk, list[Entry] | None]],
) -> tuple[list[Entry], dict[UUID, Sent], int]:
    """Return all entries, the same by export, and how many chunks could not be opened."""
    everything: list[Entry] = []
    sent: dict[UUID, Sent] = {}
    unreadable = 0
    for row, entries in woven:
        if entries is None:
            unreadable += 1
            continue
        one = sent.setdefault(
            row.export, Sent(row.export, row.organization, row.woven_at)
        )
        for entry in entries:
            if entry.own and entry.tracer:
                one.own.add(entry.tracer)
            else:
                one.code[entry.host] = entry.tracer
        everything += entries
    return everything, sent, unreadable


def _suspect(
    armed: Armed, found: Found, exports: Sequence[Sent], judged: int
) -> Suspect:
    """Judge a licensee by all that it was sent, and by each export alone; the most telling counts.

    `judged` is how many such judgements there are in all: each has its chance to go wrong.
    """
    organization = exports[0].organization
    together = {host for one in exports for host in one.code}
    readings = [
        list(_positions(armed, found, organization, hosts))
        for hosts in (together, *(one.code for one in exports))
    ]
    best = min(readings, key=chance)
    return Suspect(
        organization,
        "",
        len(best),
        score(best),
        min(1.0, chance(best) * judged),
        tuple(_export_found(one, found) for one in exports),
    )


def _positions(
    armed: Armed, found: Found, organization: UUID, hosts: Iterable[UUID]
) -> Iterable[Position]:
    """Yield the positions that tell about a licensee: those at voters whom it was sent.

    A tracer that is not there tells only where its voter is: of the rest of a copy nothing is known.
    """
    for host in hosts:
        made = code_tracer(armed.secret, host)
        is_there = made in found.tracers
        if is_there or host in found.voters:
            carried = carries(armed.secret, organization, host)
            yield Position(bias_of(armed.secret, host), is_there, carried)


def _export_found(one: Sent, found: Found) -> ExportFound:
    carried = {tracer for tracer in one.code.values() if tracer}
    return ExportFound(
        one.export,
        one.first_at,
        len(one.own & found.tracers),
        len(one.own),
        len(carried & found.tracers),
        len(carried),
    )

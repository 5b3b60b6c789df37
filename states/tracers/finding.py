"""Finding tracers in a file that somebody may have reordered, renamed, cut, re-cased or joined with others.

A tracer is found by its id, by an id in a register, by its mailbox, or by its name beside a phone or address of
the party's, at which no voter is to be found. What two tracers have in common names neither.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from states.tracers.account import Entry

_UUID: Final = re.compile(
    r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}"
)
_WORD: Final = re.compile(r"[A-Z]+")
_EMAIL: Final = re.compile(r"[^\s,;<>\"']+@[^\s,;<>\"']+")
_NOT_DIGIT: Final = re.compile(r"[^0-9]")
_NOT_SIGN: Final = re.compile(r"[^0-9A-Z]")

_SHORTEST_REGISTERED: Final = 8

Name = tuple[str, str]
Key = tuple[str, str, Name | None]


@dataclass(slots=True)
class Index:
    """Tracers by what shows them: an id in a register or a mailbox alone, a phone or address with a name."""

    ids: set[UUID] = field(default_factory=set)
    registers: dict[str, UUID] = field(default_factory=dict)
    emails: dict[str, UUID] = field(default_factory=dict)
    phones: dict[str, dict[Name, UUID]] = field(default_factory=dict)
    addresses: dict[str, dict[Name, UUID]] = field(default_factory=dict)


@dataclass(slots=True)
class Found:
    """What a file shows: rows, tracers, voters asked about, and how many tracers were known by which way."""

    rows: int = 0
    tracers: set[UUID] = field(default_factory=set)
    voters: set[UUID] = field(default_factory=set)
    ways: Counter[str] = field(default_factory=Counter)


def index_of(entries: Iterable[Entry]) -> Index:
    """Return the tracers of these entries by what shows them; what shows several is left out."""
    index, shown = Index(), defaultdict[Key, set[UUID]](set)
    for one in entries:
        if one.tracer is not None:
            index.ids.add(one.tracer)
            for key in _keys(dict(one.shown)):
                shown[key].add(one.tracer)
    for (way, text, name), tracers in shown.items():
        if len(tracers) == 1:
            _enter(index, way, text, name, *tracers)
    return index


def _enter(index: Index, way: str, text: str, name: Name | None, tracer: UUID) -> None:
    if name is None:
        alone = index.registers if way == "register" else index.emails
        alone[text] = tracer
        return
    points = index.phones if way == "phone" else index.addresses
    points.setdefault(text, {})[name] = tracer


def find(rows: Iterable[Sequence[str]], index: Index, hosts: set[UUID]) -> Found:
    """Return which tracers, and which of these voters, stand in the rows of a file."""
    found = Found()
    for cells in rows:
        found.rows += 1
        ids = {UUID(one) for cell in cells for one in _UUID.findall(cell.lower())}
        found.voters |= ids & hosts
        for way, tracer in _in_row(cells, ids, index):
            if tracer not in found.tracers:
                found.tracers.add(tracer)
                found.ways[way] += 1
    return found


def _in_row(
    cells: Sequence[str], ids: set[UUID], index: Index
) -> Iterable[tuple[str, UUID]]:
    """Yield the tracers of a row, and the way in which each was known."""
    yield from (("id", one) for one in ids & index.ids)
    for cell in cells:
        registered = index.registers.get(cell.strip().upper())
        if registered:
            yield "register", registered
        for text in _EMAIL.findall(cell.lower()) if "@" in cell else ():
            if text in index.emails:
                yield "email", index.emails[text]
    words: set[str] = set()
    for way, people in _points_in(cells, index):
        words = words or set(_WORD.findall(" ".join(cells).upper()))
        for (first, last), tracer in people.items():
            if first in words and last in words:
                yield way, tracer


def _points_in(
    cells: Sequence[str], index: Index
) -> Iterable[tuple[str, Mapping[Name, UUID]]]:
    """Yield who is at the party's phones and addresses that stand in a row."""
    for cell in cells:
        people = index.phones.get(_NOT_DIGIT.sub("", cell)[-10:])
        if people:
            yield "phone", people
    text = _NOT_SIGN.sub("", "".join(cells).upper())
    for address, people in index.addresses.items():
        if address in text:
            yield "address", people


def _keys(shown: Mapping[str, str]) -> Iterable[Key]:
    name = (shown["first"].upper(), shown["last"].upper())
    for column in ("state_voter_id", "county_voter_id"):
        if len(shown.get(column, "")) >= _SHORTEST_REGISTERED:
            yield "register", shown[column].upper(), None
    if "email" in shown:
        yield "email", shown["email"], None
    if "phone" in shown:
        yield "phone", shown["phone"][-10:], name
    yield "address", _NOT_SIGN.sub("", shown["line1"].upper()), name

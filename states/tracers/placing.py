"""Places of tracers among lines that a score orders: at an invented value, where neither it nor the id stands out.

Equal values follow each other by id, so a tracer takes the value of a neighbor whose run its id fits into,
or one between two neighbors, in as many decimals as they have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from states.tracers.lines import Shape, raw_id, text_in, with_text


@dataclass(frozen=True, slots=True)
class Spread:
    """How lines are ordered: by the ranks that each has, of so many lines that are to come in all."""

    ranks: Sequence[float]
    total: int


@dataclass(frozen=True, slots=True)
class Due:
    """A tracer that waits for its place: its line, its id, and before which line of the file it may stand at the earliest.

    `drawn` chooses among values that would do.
    """

    spot: int
    id: bytes
    line: bytes
    drawn: int


@dataclass(frozen=True, slots=True)
class _Among:
    """Lines of one chunk with what their order is by."""

    lines: Sequence[bytes]
    ids: Sequence[bytes]
    ranks: Sequence[float]
    shape: Shape


def due_spot(at: int, total: int, drawn: int) -> int:
    """Return where a tracer may stand whose voter's line is at `at`: somewhat behind it, so that it is not seen to be its like.

    By a sixteenth of all lines at most, where there are many: whoever takes the first lines alone gets tracers too.
    """
    room = max(1, min(max(total // 16, min(total // 4, 64)), total - at - 1))
    return at + 1 + drawn % room


def placed(
    lines: Sequence[bytes],
    spread: Spread,
    waiting: list[Due],
    shape: Shape,
    *,
    seen: int,
    last: bool,
) -> list[bytes]:
    """Return the lines with those waiting tracers that find a place among them; the others wait on.

    `seen` lines of the state were sent before. With the `last` lines whoever waits is placed wherever it fits, or
    not at all.
    """
    among = _Among(
        lines, [raw_id(one, json=shape.json) for one in lines], spread.ranks, shape
    )
    put: dict[int, list[bytes]] = {}
    later: list[Due] = []
    for one in waiting:
        start = one.spot - seen
        found = None
        if start < len(lines) or last:
            found = _first_place(among, one, max(1, start), last=last)
            found = found or (_first_place(among, one, 1, last=last) if last else None)
        if found is None or found[0] in put:
            later.append(one)
            continue
        place, text = found
        put[place] = [with_text(one.line, shape, shape.ordered_by, text)]
    waiting[:] = [] if last else later
    return [
        line
        for place in range(len(lines) + 1)
        for line in [*put.get(place, ()), *lines[place : place + 1]]
    ]


def _first_place(
    among: _Among, one: Due, start: int, *, last: bool
) -> tuple[int, str | None] | None:
    """Return before which line a tracer can stand, from `start` on, and with which value; None where nowhere."""
    for place in range(start, len(among.lines)):
        value = _value_at(among, one, place)
        if value is not None:
            return place, value.text
    if last and among.ids and one.id > among.ids[-1]:
        return len(among.lines), _text(among, -1)
    return None


@dataclass(frozen=True, slots=True)
class _Value:
    text: str | None


def _value_at(among: _Among, one: Due, place: int) -> _Value | None:
    """Return the value with which a tracer can stand before a line; None where it would stand out."""
    after_former = one.id > among.ids[place - 1]
    before_next = one.id < among.ids[place]
    if among.ranks[place - 1] == among.ranks[place]:
        fits = after_former and before_next
        return _Value(_text(among, place)) if fits else None
    between = _between(_text(among, place - 1), _text(among, place), one.drawn)
    if between is not None:
        return _Value(between)
    if after_former:
        return _Value(_text(among, place - 1))
    return _Value(_text(among, place)) if before_next else None


def _text(among: _Among, place: int) -> str | None:
    return text_in(among.lines[place], among.shape, among.shape.ordered_by)


def _between(one: str | None, other: str | None, drawn: int) -> str | None:
    """Return a figure between two, with as many decimals as they have; None where there is none, or they are no figures."""
    try:
        low, high = sorted((Decimal(one or ""), Decimal(other or "")))
    except InvalidOperation:
        return None
    places = [int(figure.as_tuple().exponent) for figure in (low, high)]
    step = Decimal(1).scaleb(min(0, *places))
    steps = int((high - low) / step)
    if steps < 2:
        return None
    return f"{low + step * (1 + drawn % (steps - 1)):f}"

"""Invented voters in a state's official files, the same for the same seed.

Nobody in them exists: names are drawn from common words, telephones are 555-01xx
and e-mail addresses are at example.org.
"""

import datetime as dt
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from states.layouts.synthetic.deliveries import DELIVERIES
from states.layouts.synthetic.parts import Part
from states.layouts.synthetic.people import Order, households, people
from states.layouts.synthetic.places import precincts
from states.layouts.write import write_columns

CHUNK_ROWS = 200_000
# Fixed, so that the same seed gives the same files on any day.
DELIVERY_DAY = dt.date(2026, 11, 16)


class UnknownState(ValueError):  # noqa: N818  # reads as what happened
    """There is no invention for this state."""

    def __init__(self, state: str) -> None:
        known = ", ".join(sorted(DELIVERIES))
        super().__init__(f"Cannot invent voters of {state!r}: only of {known}.")


@dataclass(slots=True)
class Written:
    """What was written: the lines without headers of each file, in order of creation."""

    rows: dict[Path, int] = field(default_factory=dict)

    @property
    def files(self) -> tuple[Path, ...]:
        """Give the paths of the files."""
        return tuple(self.rows)


@dataclass(slots=True)
class _Files:
    directory: Path
    written: Written
    stack: ExitStack
    streams: dict[str, BinaryIO] = field(default_factory=dict)

    def add(self, part: Part) -> None:
        """Append the part to its file, with a header if it is the file's first."""
        path = self.directory / part.file_name
        fresh = part.file_name not in self.streams
        if fresh:
            self.streams[part.file_name] = self.stack.enter_context(path.open("wb"))
            self.written.rows[path] = 0
        stream = self.streams[part.file_name]
        write_columns(
            part.rows, part.variant, stream, encoding="cp1252", with_header=fresh
        )
        self.written.rows[path] += len(part.rows)


def synthesize(
    state: str,
    voters: int,
    seed: int,
    directory: Path,
    *,
    day: dt.date = DELIVERY_DAY,
    progress: Callable[[int], None] = lambda _: None,
) -> Written:
    """Write an invented delivery of ``state`` into a directory, which is made.

    ``progress`` is told the number of voters done after each chunk. Files of
    the same names are overwritten. Raises ``UnknownState`` for a state without
    invention, ``ValueError`` for fewer than one voter.
    """
    if state not in DELIVERIES:
        raise UnknownState(state)
    if voters < 1:
        raise ValueError("At least one voter is needed.")
    directory.mkdir(parents=True, exist_ok=True)
    order = Order(state=state, voters=voters, seed=seed, day=day)
    written = Written()
    with ExitStack() as stack:
        files = _Files(directory, written, stack)
        for first in range(0, voters, CHUNK_ROWS):
            rows = min(CHUNK_ROWS, voters - first)
            _chunk(order, first, rows, files)
            progress(first + rows)
    return written


def _chunk(order: Order, first: int, rows: int, files: _Files) -> None:
    ground = precincts(order.state, order.voters, order.seed)
    seats = households(order.seed, first, rows)
    for part in DELIVERIES[order.state](order, people(order, seats, ground)):
        files.add(part)

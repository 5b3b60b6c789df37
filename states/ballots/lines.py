"""Lines of an upload of ballots, read and judged one by one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from coop.errors import Invalid
from states.fields.codes import BALLOT_METHODS, BALLOT_STATUSES
from states.files.sheets import Faulty, Line, Sheet
from states.voters.ids import parse_voter_id

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "voter": ("id", "voter_id", "state_voter_id"),
    "status": ("ballot_status",),
    "date": ("ballot_date",),
    "method": ("ballot_method",),
}
OPTIONAL: Final = frozenset({"method"})
BATCH: Final = 5000

Row = dict[str, Any]


class _LineFault(Exception):  # noqa: N818  # reads as what happened
    """A line does not fit: a stable code, and what to do."""


def read_ballots(chunks: Iterable[bytes]) -> Sheet:
    """Return the sheet of an upload; raises `Invalid` for its header."""
    return Sheet(chunks, COLUMNS, OPTIONAL)


def batches(
    sheet: Sheet, state: str, today: dt.date, *, after: int = 1
) -> Iterator[tuple[int, list[Row], list[Faulty]]]:
    """Yield some thousands of lines at a time: the last one's number, the rows to stage, the lines at fault.

    `today` is the last day on which a ballot can have come that far; lines up to the one
    numbered `after` were read before.
    """
    lines = sheet.after(after)
    while part := list(islice(lines, BATCH)):
        read = [_read(one, state, today) for one in part]
        yield (
            part[-1].number,
            [one for one in read if isinstance(one, dict)],
            [one for one in read if isinstance(one, Faulty)],
        )


def _read(line: Line | Faulty, state: str, today: dt.date) -> Row | Faulty:
    if isinstance(line, Faulty):
        return line
    try:
        return {
            "line": line.number,
            **_voter(line.cells["voter"], state),
            "status": _one_of("status", line.cells["status"], BALLOT_STATUSES),
            "day": _day(line.cells["date"], today),
            "method": _method(line.cells.get("method", "")),
        }
    except _LineFault as fault:
        code, detail = fault.args
        return Faulty(line.number, code, detail)


def _voter(cell: str, state: str) -> Row:
    """Return whom a line names: by the co-op's id, or by the state's."""
    if not cell:
        raise _LineFault("voter_missing", "Name the voter by an id.")
    try:
        named, voter = parse_voter_id(cell)
    except Invalid:
        return {"state_voter_id": cell}
    if named != state:
        raise _LineFault("other_state", f"The voter is not of {state}.")
    return {"voter": str(voter)}


def _one_of(what: str, cell: str, known: tuple[str, ...]) -> str:
    if cell.lower() not in known:
        raise _LineFault(f"{what}_unknown", f"Give one of {', '.join(known)}.")
    return cell.lower()


def _method(cell: str) -> str | None:
    return _one_of("method", cell, BALLOT_METHODS) if cell else None


def _day(cell: str, today: dt.date) -> str:
    try:
        day = dt.date.fromisoformat(cell)
    except ValueError:
        raise _LineFault("date_invalid", "Give the date as YYYY-MM-DD.") from None
    if day > today:
        raise _LineFault("date_in_future", "A step cannot lie in the future.")
    return day.isoformat()

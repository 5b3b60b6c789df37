"""Lines of an upload of scores: whom each names, by any known id, and the value."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from coop.errors import FieldFault, Invalid
from coop.jurisdictions.names import counties_named
from states.files.sheets import Faulty, Line, Sheet
from states.scores.models import ScoreSet
from states.voters.ids import parse_voter_id
from states.voters.marks import Said

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "voter": ("id", "voter_id"),
    "state_voter_id": (),
    "county_voter_id": (),
    "county": ("county_fips",),
    "score": ("value",),
}
NAMES: Final = ("voter", "state_voter_id", "county_voter_id", "county")
"""Columns that name the voter: one of them at least; a county's id with its county."""
OUT_OF_RANGE: Final = frozenset({"score_out_of_range", "score_label_unknown"})
UNMATCHED: Final = "voter_unknown"
MAX_CELL: Final = 80


@dataclass(frozen=True, slots=True)
class Scored:
    """A line that fits: the voter by one of three ids, and the value."""

    number: int
    value: float
    voter: UUID | None = None
    state_voter_id: str | None = None
    county: int | None = None
    county_voter_id: str | None = None
    told: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that gives no value, and what it said of voter and score."""

    faulty: Faulty
    told: tuple[str, str] = ("", "")


class _Misfit(Exception):  # noqa: N818  # reads as what happened
    """A line does not fit: a stable code, and what to do."""


def read_scores(chunks: Iterable[bytes]) -> Sheet:
    """Return the sheet of an upload; raises `Invalid` (`header_invalid`)."""
    sheet = Sheet(chunks, COLUMNS, frozenset(NAMES))
    named = sheet.columns & set(NAMES)
    if named in ({"county"}, {"county_voter_id"}) or not named:
        detail = "Name the voter in a column voter, state_voter_id, or county_voter_id with county."
        fault = FieldFault("/header", "column_missing", detail)
        raise Invalid("header_invalid", detail, [fault])
    return sheet


class Judge:
    """Judges the lines of one upload: of this set, for this state."""

    def __init__(self, score_set: ScoreSet, state: str) -> None:
        self._state = state
        self._low, self._high = score_set.low, score_set.high
        self._labels = {
            label.casefold(): float(number)
            for number, label in enumerate(score_set.labels, 1)
        }
        self._counties: dict[str, int | None] = {}

    def judge(self, line: Line | Faulty) -> Scored | Fault:
        """Return what a line says, or why it is left out."""
        if isinstance(line, Faulty):
            return Fault(line)
        told = _told(line.cells)
        try:
            value = self._value(line.cells["score"])
            return Scored(line.number, value, **self._named(line.cells), told=told)
        except _Misfit as fault:
            code, detail = fault.args
            return Fault(Faulty(line.number, code, detail), told)

    def _value(self, cell: str) -> float:
        if self._labels:
            number = self._labels.get(cell.casefold())
            if number is None:
                raise _Misfit("score_label_unknown", "Give one of the set's labels.")
            return number
        try:
            value = float(cell)
        except ValueError:
            value = math.nan
        if not math.isfinite(value) or "_" in cell:
            raise _Misfit("score_invalid", "Give the score as a number.")
        if not self._low <= value <= self._high:
            detail = f"Give a score between {self._low:g} and {self._high:g}."
            raise _Misfit("score_out_of_range", detail)
        return value

    def _named(self, cells: Mapping[str, str]) -> dict[str, Any]:
        if cell := cells.get("voter"):
            return self._by_either_id(cell)
        if cell := cells.get("state_voter_id"):
            return {"state_voter_id": cell}
        if cell := cells.get("county_voter_id"):
            county = self._county(cells.get("county", ""))
            return {"county_voter_id": cell, "county": county}
        raise _Misfit("voter_missing", "Name the voter by an id.")

    def _by_either_id(self, cell: str) -> dict[str, Any]:
        try:
            named, voter = parse_voter_id(cell)
        except Invalid:
            return {"state_voter_id": cell}
        if named != self._state:
            raise _Misfit("other_state", f"The voter is not of {self._state}.")
        return {"voter": voter}

    def _county(self, cell: str) -> int:
        if cell not in self._counties:
            self._counties[cell] = self._county_of(cell)
        county = self._counties[cell]
        if county is None:
            raise _Misfit("county_unknown", "Name the county by name or FIPS code.")
        return county

    def _county_of(self, cell: str) -> int | None:
        if cell.isascii() and cell.isdigit() and len(cell) <= 6:
            return int(cell)
        found = counties_named(cell, [self._state]) if cell else []
        return next(iter(found), None)


def said_of(line: Scored) -> Said:
    """Return what a line says of its voter."""
    return Said(
        voter=line.voter, registered=(line.state_voter_id, line.county_voter_id)
    )


def unmatched(line: Scored) -> Fault:
    """Return the fault of a line whose voter is not there for the uploader: absent, or out of its license."""
    detail = "No voter whom you may read has this id."
    return Fault(Faulty(line.number, UNMATCHED, detail), line.told)


def _told(cells: Mapping[str, str]) -> tuple[str, str]:
    named = next((cells[one] for one in NAMES if cells.get(one)), "")
    return named[:MAX_CELL], cells["score"][:MAX_CELL]

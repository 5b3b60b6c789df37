"""Counties by name: public facts, read from the data beside the code without any scope."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

DATA: Final = Path(__file__).parent / "data" / "counties.csv"
_SUFFIX: Final = " COUNTY"


def counties_named(name: str, states: Sequence[str] | None = None) -> tuple[int, ...]:
    """Return the FIPS codes of the counties of this name, in any case, in these states (None: all)."""
    by_state = _counties().get(_plain(name), {})
    return tuple(
        fips for state, fips in by_state.items() if states is None or state in states
    )


def nearest_county(name: str, states: Sequence[str] | None = None) -> str | None:
    """Return the name most like this one among the counties of these states, if any is."""
    known = [
        one
        for one, by_state in _counties().items()
        if states is None or not by_state.keys().isdisjoint(states)
    ]
    near = difflib.get_close_matches(_plain(name), known, n=1)
    return _spelled()[near[0]] if near else None


def _plain(name: str) -> str:
    return name.strip().upper().removesuffix(_SUFFIX)


@cache
def _rows() -> tuple[tuple[str, int, str], ...]:
    with DATA.open(newline="") as rows:
        return tuple(
            (row["state"], int(row["fips"]), row["name"])
            for row in csv.DictReader(rows)
        )


@cache
def _counties() -> dict[str, dict[str, int]]:
    """Return each plain name's counties, by state."""
    found: dict[str, dict[str, int]] = {}
    for state, fips, name in _rows():
        found.setdefault(_plain(name), {})[state] = fips
    return found


@cache
def _spelled() -> dict[str, str]:
    return {_plain(name): name for _, _, name in _rows()}

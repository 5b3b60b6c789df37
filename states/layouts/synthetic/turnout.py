"""Invented turnout that hangs together: habit, age and the kind of election.

A voter's habit is one number for life; an election's pull is one number for
all. Whoever votes in primaries therefore votes in generals, and presidential
years draw more than midterms, midterms more than primaries.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from states.layouts.synthetic.draws import Draws
from states.layouts.synthetic.people import Order

_PRESIDENTIAL, _MIDTERM, _ODD_YEAR = 1.25, 0.35, -0.85
_PRESIDENTIAL_PRIMARY, _PRIMARY, _ODD_PRIMARY = -0.95, -1.35, -2.1
FIRST_YEAR = 2012


@dataclass(frozen=True, slots=True)
class Contest:
    """One election: its day, canonical type, and how strongly it pulls."""

    day: dt.date
    election_type: str
    pull: float


def contests(until: dt.date) -> tuple[Contest, ...]:
    """Give the elections from ``FIRST_YEAR`` up to a day, the oldest first."""
    every = (
        contest for year in range(FIRST_YEAR, until.year + 1) for contest in _year(year)
    )
    return tuple(contest for contest in every if contest.day <= until)


def _year(year: int) -> Iterator[Contest]:
    spring, fall = _election_day(year, 5), _election_day(year, 11)
    if year % 4 == 0:
        march = _election_day(year, 3)
        yield Contest(march, "primary", _PRESIDENTIAL_PRIMARY)
        yield Contest(fall, "general", _PRESIDENTIAL)
    elif year % 2 == 0:
        yield Contest(spring, "primary", _PRIMARY)
        yield Contest(fall, "general", _MIDTERM)
    else:
        yield Contest(spring, "primary", _ODD_PRIMARY)
        yield Contest(fall, "general", _ODD_YEAR)


def _election_day(year: int, month: int) -> dt.date:
    """Give the Tuesday after the month's first Monday."""
    first = dt.date(year, month, 1)
    return first + dt.timedelta((7 - first.weekday()) % 7 + 1)


def turnout(order: Order, people: pl.DataFrame) -> Iterator[tuple[Contest, pl.Series]]:
    """Yield each election with whether each of the people voted in it."""
    draws = Draws(order.seed, people["person"])
    habit = people.select(
        0.35
        + draws.normal("habit") * 1.5
        + (order.day.year - pl.col("birth_year") - 48) * 0.028
        + pl.when(pl.col("status") == "active").then(0.4).otherwise(-2.2)
        + pl.when(pl.col("party") == "N").then(-0.5).otherwise(0.2)
    ).to_series()
    for contest in contests(order.day):
        share = 1 / (1 + (-1.2 * (habit + contest.pull)).exp())
        votes = draws.uniform(f"vote {contest.day}") < share
        yield contest, votes & (people["registration_date"] <= contest.day)

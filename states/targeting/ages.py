"""Ages on a day, from days of birth and, where only that is known, years of birth."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from pyroaring import BitMap

from states.facets.sliced import Sliced


@dataclass(frozen=True, slots=True)
class Ages:
    """Ages of voters as an ordered field; `dates` are days since 0001-01-01."""

    dates: Sliced
    years: Sliced
    as_of: dt.date

    @property
    def known(self) -> BitMap:
        """The voters whose age is known."""
        return self.dates.known | self.years.known

    def below(self, age: int) -> BitMap:
        """Return the voters who are younger."""
        by_year = self.years.known - self.years.below(self.as_of.year - age + 1)
        by_date = self.dates.known - self.dates.below(self._born_from(age))
        return by_date | (by_year - self.dates.known)

    def between(self, low: int, high: int) -> BitMap:
        """Return the voters who are of these ages, both included."""
        return self.below(high + 1) - self.below(low)

    def equal(self, age: int) -> BitMap:
        """Return the voters who are just this old."""
        return self.between(age, age)

    def _born_from(self, age: int) -> int:
        """Return the first day of birth of those who are younger, as it is kept.

        Full years are cut toward zero, as SQL does, also for births after the day of the answer.
        """
        year = self.as_of.year - age + (1 if age <= 0 else 0)
        if year < dt.MINYEAR:
            return 0
        if year > dt.MAXYEAR:
            return dt.date.max.toordinal()
        try:
            day = self.as_of.replace(year=year)
        except (
            ValueError
        ):  # there is no 29 February: the birthday passed the day before
            return dt.date(year, 3, 1).toordinal() - 1
        return day.toordinal() - 1 + (1 if age > 0 else 0)

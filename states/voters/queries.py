"""How fresh a state's voters are: told with every answer about them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from states.voters.models import Publication


@dataclass(frozen=True, slots=True)
class Freshness:
    """The newest publication of a state: the file's date, when it was published, its number."""

    file_date: dt.date
    published_at: dt.datetime
    publication: int

    def shown(self) -> dict[str, object]:
        """Return it as answers carry it."""
        return {
            "file_date": self.file_date.isoformat(),
            "published_at": self.published_at.isoformat(),
            "publication": self.publication,
        }


def freshness(states: Iterable[str]) -> dict[str, Freshness]:
    """Return the newest publication of each of the states that the actor has to do with.

    A state without one, or that the actor may not know of, is left out.
    """
    wanted = list(states)
    newest = (
        Publication.objects.filter(state__in=wanted)
        .order_by("state", "-number")
        .distinct("state")
    )
    return {
        one.state: Freshness(one.file_date, one.published_at, one.number)
        for one in newest
    }

"""Named reads of the ledger; the policies show each reader its own entries and those about its states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, DateField, F, Func, Q, QuerySet, Sum
from django.db.models.functions import Trunc

from coop.ledger.models import Entry

MOST_LINES: Final = 5000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries: of one state, organization or event, from `since` until before `until`."""

    state: str | None = None
    organization: UUID | None = None
    event: str | None = None
    outcome: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def condition(self) -> Q:
        """Return the condition on the entries."""
        lookups = {
            "state": self.state,
            "organization": self.organization,
            "event": self.event,
            "outcome": self.outcome,
            "at__gte": self.since,
            "at__lt": self.until,
        }
        return Q(
            **{name: value for name, value in lookups.items() if value is not None}
        )


def entries(
    wanted: Wanted, *, after: tuple[str, str] | None, limit: int
) -> list[Entry]:
    """Return at most `limit` entries, newest first, that lie behind `after` (its time and id)."""
    rows = Entry.objects.filter(wanted.condition())
    if after is not None:
        at, last = after
        rows = rows.filter(at__lte=at).exclude(Q(at=at, id__gte=last))
    return list(rows.order_by("-at", "-id")[:limit])


def summary(wanted: Wanted) -> QuerySet[Entry, Mapping[str, Any]]:
    """Return who used what, with the number of acts and of rows; at most 5,000 lines.

    One line for each day (UTC), organization, event, outcome, state and purpose; the
    newest days first.
    """
    day = Trunc("at", "day", output_field=DateField())
    lines = (
        Entry.objects.filter(wanted.condition())
        .annotate(day=day)
        .values("day", "organization", "event", "outcome", "state", "purpose")
        .annotate(acts=Count("id"), total_rows=Sum("rows"))
        .order_by("-day", "organization", "event", "outcome", "state", "purpose")
    )
    return lines[:MOST_LINES]


def fields_used(wanted: Wanted) -> dict[tuple[Any, ...], list[str]]:
    """Return the standard fields used, by day, organization, event, outcome, state and purpose."""
    day = Trunc("at", "day", output_field=DateField())
    rows = (
        Entry.objects.filter(wanted.condition())
        .annotate(day=day, field=Func(F("fields"), function="unnest"))
        .values_list(*LINE, "field")
        .distinct()
        .order_by("field")
    )
    found: dict[tuple[Any, ...], list[str]] = {}
    for *line, name in rows:
        found.setdefault(tuple(line), []).append(name)
    return found


LINE: Final = ("day", "organization", "event", "outcome", "state", "purpose")

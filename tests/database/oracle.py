"""The permission matrix in plain Python: who may see which voter, by the words of the domain alone.

It knows nothing of SQL, policies or the house's own code; the tests hold everything else to it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from tests.cast import PLACES, SHIELDED

GRANTED_ACTIONS: Final = ("count", "read", "export", "contribute")


@dataclass(frozen=True, slots=True)
class Licensed:
    """One grant's terms and state of life; geography is the whole state or a union of parts."""

    state: str
    grantee: UUID
    groups: frozenset[str]
    actions: frozenset[str]
    whole_state: bool
    counties: frozenset[int]
    us_house: frozenset[str]
    state_senate: frozenset[str]
    state_house: frozenset[str]
    starts_at: dt.datetime
    ends_at: dt.datetime
    status: str

    def covers(self, place: int) -> bool:
        """Tell whether a place lies in the grant's geography."""
        if place < 0:
            return False
        state, county, house, senate, lower = PLACES[place]
        return state == self.state and (
            self.whole_state
            or county in self.counties
            or house in self.us_house
            or senate in self.state_senate
            or lower in self.state_house
        )

    def allows(self, action: str, group: str, now: dt.datetime) -> bool:
        """Tell whether the grant is in force for this."""
        return (
            self.status == "active"
            and self.starts_at <= now < self.ends_at
            and action in self.actions
            and group in self.groups
        )


@dataclass(slots=True)
class World:
    """All there is: who owns which state, where each voter is, which grants were made."""

    owners: Mapping[str, UUID]
    places: dict[UUID, int]
    grants: list[Licensed] = field(default_factory=list)

    def voters(
        self, organization: UUID, action: str, groups: Iterable[str]
    ) -> set[UUID]:
        """Return the voters whose fields of all these groups the organization may use."""
        wanted = list(groups)
        return {
            voter
            for voter in self.places
            if all(self.may(organization, action, group, voter) for group in wanted)
        }

    def may(self, organization: UUID, action: str, group: str, voter: UUID) -> bool:
        """Tell whether the organization may do this with one voter's fields of a group."""
        place = self.places[voter]
        if action not in GRANTED_ACTIONS:
            return False
        if self.owners[state_of(place)] == organization:
            # The owner alone sees the shielded; nobody counts or canvasses them.
            return place > 0 or action in {"read", "export"}
        now = dt.datetime.now(dt.UTC)  # noqa: TID251  # the oracle uses nothing of Django's
        return any(
            grant.grantee == organization
            and grant.allows(action, group, now)
            and grant.covers(place)
            for grant in self.grants
        )


def state_of(place: int) -> str:
    """Return the state of a place, the shielded ones included."""
    for state, shielded in SHIELDED.items():
        if place == shielded:
            return state
    return PLACES[place][0]


def noised(figure: int, threshold: int = 20) -> set[int | None]:
    """Return what a count-only answer may give for a figure: within six times its noise, in tens, or withheld."""
    width = 3 * threshold
    least, most = figure - width, figure + width
    shown = {one for one in range(0, most + 6, 10) if one >= max(least - 5, threshold)}
    return {*shown, None} if least < threshold else set(shown)

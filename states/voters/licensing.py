"""Which field groups of which voters the actor may read: by grant in Python, by place in the database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from django.db import connections

from coop.actors import Action, Actor
from coop.errors import Denied
from coop.grants.access import StateLicense, check_licensed, licensed_groups
from states.fields.definition import Group
from states.fields.registry import FIELDS


@dataclass(frozen=True, slots=True)
class Territory:
    """Where one field group may be read in a state: everywhere, in some places, or nowhere.

    Shielded places are the owner's alone.
    """

    is_owner: bool
    whole_state: bool
    places: frozenset[int]

    def holds(self, place: int) -> bool:
        """Tell whether a voter in this place is inside."""
        return self.is_owner or (
            place > 0 and (self.whole_state or place in self.places)
        )

    def is_within(self, other: Territory) -> bool:
        """Tell whether all that is inside is inside another one too."""
        if other.is_owner or other.whole_state:
            return other.is_owner or not self.is_owner
        narrow = not (self.is_owner or self.whole_state)
        return narrow and self.places <= other.places


@dataclass(frozen=True, slots=True)
class Reading:
    """What the actor may read of a state, and the grants that it rests on."""

    license: StateLicense
    territories: dict[Group, Territory]

    def groups_at(self, place: int) -> frozenset[Group]:
        """Return the field groups that are licensed for a voter in this place."""
        held = self.territories.items()
        return frozenset(group for group, where in held if where.holds(place))

    def denied_at(self, place: int) -> list[str]:
        """Return the published standard fields that are not licensed there."""
        allowed = self.groups_at(place)
        return [one.name for one in FIELDS.values() if one.group not in allowed]


def reading_of(
    actor: Actor, state: str, groups: Iterable[Group] = (), action: Action = Action.READ
) -> Reading:
    """Return what the actor may read of a state, in the open scope.

    Raises `Denied` (`not_licensed`) unless each of `groups` is licensed somewhere in it.
    """
    license_ = check_licensed(actor, state, action, groups)
    allowed = licensed_groups(actor, state, action)
    wanted = [one for one in Group if allowed is None or one.value in allowed]
    territory = partial(_territory, state, is_owner=license_.owner)
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT g, sec.whole_states(g, %s), sec.places(g, %s) FROM unnest(%s::text[]) AS g",
            [[action.value], [action.value], [one.value for one in wanted]],
        )
        found = {
            Group(group): territory(states, places)
            for group, states, places in cursor.fetchall()
        }
    return Reading(license_, found)


def check_stands(reading: Reading, *, by: Actor) -> None:
    """Look again, at the end of an answer, whether all that it rests on is licensed still.

    A statement that began before a revocation goes on as if there were none; what it found must
    not leave. Raises `Denied` (`license_changed`, or `not_licensed` where nothing is left).
    """
    now = reading_of(by, reading.license.state)
    for group, where in reading.territories.items():
        if group not in now.territories or not where.is_within(now.territories[group]):
            detail = "A license that the answer rests on ended while it was made."
            raise Denied("license_changed", detail)


def _territory(
    state: str, states: list[str], places: list[int], *, is_owner: bool
) -> Territory:
    return Territory(is_owner, state in states, frozenset(places))

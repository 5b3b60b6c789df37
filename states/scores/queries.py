"""Named reads of score sets: which ones a caller may know of, and under which names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from coop.actors import NOBODY, Actor
from coop.db.scope import current_scope
from coop.organizations.models import Organization
from states.fields.definition import Field
from states.fields.scores import PREFIX, score_field
from states.scores.models import ScoreSet, Share

_OTHERS = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class KnownSet:
    """A score set that the caller may know of, as it is called there.

    One's own sets go by their names, others' by `<uploader>.<set>`; `uploader` is None for
    one's own.
    """

    id: UUID
    name: str
    description: str
    low: float
    high: float
    labels: tuple[str, ...]
    uploader: str | None

    @property
    def field(self) -> Field:
        """The set as a field of criteria and columns."""
        label = self.name if self.uploader is None else f"{self.name} ({self.uploader})"
        made = score_field(PREFIX + self.name, label, self.description)
        if made is None:  # the names that sets may have are all names of fields
            raise ValueError(self.name)
        return made

    def number(self, value: float | str) -> float | None:
        """Return a value of criteria as it is stored; None where the set has no such value."""
        if self.labels:
            names = [one.casefold() for one in self.labels]
            known = isinstance(value, str) and value.casefold() in names
            return names.index(str(value).casefold()) + 1.0 if known else None
        return None if isinstance(value, str) else float(value)


class KnownSets(Mapping[str, KnownSet]):
    """The sets that an organization may know of, by the names of their fields.

    Read at the first look, inside the open scope: most questions ask about no score.
    """

    def __init__(self, organization: UUID) -> None:
        self._organization = organization

    @cached_property
    def _sets(self) -> dict[str, KnownSet]:
        return {
            PREFIX + one.name: one
            for one in known_sets(organization=self._organization)
        }

    def __getitem__(self, name: str) -> KnownSet:
        return self._sets[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._sets)

    def __len__(self) -> int:
        return len(self._sets)


def known_scores() -> KnownSets:
    """Return the sets that the open scope's organization may know of, by the names of their fields."""
    scope = current_scope()
    return KnownSets(scope.actor.organization if scope else NOBODY)


def known_sets(*, organization: UUID) -> list[KnownSet]:
    """Return the sets that the acting organization may know of: its own, then those shared, oldest first.

    The policies show no others. Where two would have the same name, the later shared one
    ends in .2, and so on: what a name means does not change by another's sharing.
    """
    own = ScoreSet.objects.filter(organization=organization).order_by("name")
    found = [_known(one, one.name, None) for one in own]
    shared = (
        Share.objects.filter(receiver=organization)
        .select_related("score_set")
        .order_by("shared_at", "id")
    )
    uploaders = Organization.objects.in_bulk({one.organization for one in shared})
    taken: dict[str, int] = {}
    for share in shared:
        uploader = uploaders[share.organization].name
        name = f"{slug(uploader)}.{share.score_set.name}"
        taken[name] = taken.get(name, 0) + 1
        unique = name if taken[name] == 1 else f"{name}.{taken[name]}"
        found.append(_known(share.score_set, unique, uploader))
    return found


def shares_of(score_set: UUID, *, by: Actor) -> list[tuple[Share, str]]:
    """Return with whom the actor shares a set, each with the receiver's name, oldest first."""
    shares = list(
        Share.objects.filter(
            score_set=score_set, organization=by.organization
        ).order_by("shared_at", "id")
    )
    names = Organization.objects.in_bulk({one.receiver for one in shares})
    return [(one, names[one.receiver].name) for one in shares]


def slug(name: str) -> str:
    """Return an organization's name as it begins the names of its sets."""
    return _OTHERS.sub("_", name.lower()).strip("_")[:120] or "member"


def _known(one: ScoreSet, name: str, uploader: str | None) -> KnownSet:
    shown: dict[str, Any] = {"id": one.id, "description": one.description}
    return KnownSet(
        **shown,
        name=name,
        low=one.low,
        high=one.high,
        labels=tuple(one.labels),
        uploader=uploader,
    )

"""Lists that an actor may use: its organization's own, and those that others share with it.

A shared list that rests on others' score sets or lists is found only where its receiver may use all of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import connection

from coop.actors import Actor
from coop.errors import not_found
from states.lists.models import (
    ListGroupObjectPermission,
    ListUserObjectPermission,
    SavedList,
)
from states.scores.queries import known_scores

USE: Final = "use_list"


@dataclass(frozen=True, slots=True)
class SharedList:
    """A list that another organization shares with the actor's."""

    share: UUID
    saved: SavedList
    owner: UUID
    owner_name: str
    shared_at: Any


def lists_shared_with(by: Actor, list_id: UUID | None = None) -> list[SharedList]:
    """Return the lists that others share with the actor, oldest share first, all or one.

    Each is held against guardian's permission too. How many voters its owner had is not
    told: `counts` is empty.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.share, s.list, s.owner, o.name, s.name, s.kind, s.criteria::text, s.scores::text,"
            " s.exclude_lists, s.states, s.as_of, s.created_at, s.shared_at"
            " FROM sec.lists_shared_here() AS s JOIN organizations_organization AS o ON o.id = s.owner"
            " WHERE %s::uuid IS NULL OR s.list = %s ORDER BY s.shared_at, s.share",
            [list_id, list_id],
        )
        rows = cursor.fetchall()
    permitted = _permitted([row[1] for row in rows], by)
    names = _score_names() if any(row[7] != "{}" for row in rows) else {}
    return [_shared(row, names) for row in rows if row[1] in permitted]


def get_usable_list(list_id: UUID, *, by: Actor) -> SavedList:
    """Return a list of the actor's own, or one shared with it. Raises `NotFound` for any other."""
    own = SavedList.objects.filter(id=list_id, organization=by.organization).first()
    if own is not None:
        return own
    shared = lists_shared_with(by, list_id)
    if not shared:
        raise not_found("list")
    return shared[0].saved


def _shared(row: Sequence[Any], names: Mapping[UUID, str]) -> SharedList:
    share, list_id, owner, owner_name, name, kind, criteria, scores, excluded, *more = (
        row
    )
    states, as_of, created_at, shared_at = more
    said = {its: names.get(UUID(one), its) for its, one in json.loads(scores).items()}
    saved = SavedList(
        id=list_id,
        organization=owner,
        name=name,
        kind=kind,
        criteria=None if criteria is None else _renamed(json.loads(criteria), said),
        states=states,
        exclude_lists=excluded,
        as_of=as_of,
        created_at=created_at,
    )
    return SharedList(share, saved, owner, owner_name, shared_at)


def _score_names() -> dict[UUID, str]:
    return {one.id: name for name, one in known_scores().items()}


def _renamed(raw: Any, said: Mapping[str, str]) -> Any:
    """Return criteria with the names that their receiver knows score sets by."""
    if isinstance(raw, list):
        return [_renamed(one, said) for one in raw]
    if not isinstance(raw, dict):
        return raw
    told = {key: _renamed(value, said) for key, value in raw.items()}
    if set(raw) == {"field", "op", "value"}:
        told["field"] = said.get(raw["field"], raw["field"])
    return told


def _permitted(list_ids: Iterable[UUID], by: Actor) -> set[UUID]:
    """Return which of these lists guardian lets the actor use, as its organization or as itself."""
    wanted = {"content_object__in": list(list_ids), "permission__codename": USE}
    groups = ListGroupObjectPermission.objects.filter(
        group__organization=by.organization, **wanted
    )
    people = ListUserObjectPermission.objects.filter(user=by.principal, **wanted)
    return {
        *groups.values_list("content_object_id", flat=True),
        *people.values_list("content_object_id", flat=True),
    }

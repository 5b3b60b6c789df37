"""The only way from a caller's id to a list or an export: its organization's own, or none."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from uuid import UUID

from coop.actors import Actor
from coop.errors import FieldFault, Invalid, not_found
from states.lists.models import Export, Kind, SavedList


def get_list(list_id: UUID, *, by: Actor) -> SavedList:
    """Return one of the organization's saved lists. Raises `NotFound` for any other."""
    found = SavedList.objects.filter(id=list_id, organization=by.organization).first()
    if found is None:
        raise not_found("list")
    return found


def get_export(export_id: UUID, *, by: Actor) -> Export:
    """Return one of the organization's exports. Raises `NotFound` for any other."""
    found = Export.objects.filter(id=export_id, organization=by.organization).first()
    if found is None:
        raise not_found("export")
    return found


def get_excluded(list_ids: Sequence[UUID], *, by: Actor) -> list[UUID]:
    """Return the ids of pinned lists whose voters are left out.

    Raises `Invalid` naming each id that is no list of the organization's, or a live one.
    """
    own = SavedList.objects.filter(id__in=list_ids, organization=by.organization)
    kinds = dict(own.values_list("id", "kind"))
    faults = [
        FieldFault(f"/exclude_lists/{place}", *_fault_of(kinds.get(one)))
        for place, one in enumerate(list_ids)
        if kinds.get(one) != Kind.PINNED
    ]
    if faults:
        raise Invalid(faults[0].code, faults[0].detail, faults)
    return list(dict.fromkeys(list_ids))


def hash_of(token: str) -> str:
    """Return what is kept of a download link's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _fault_of(kind: str | None) -> tuple[str, str]:
    if kind is None:
        return "list_unknown", "There is no such list."
    return "list_not_pinned", "Only pinned lists can be left out."

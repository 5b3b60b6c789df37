"""The only way from a caller's id to a list or an export: its organization's own, or none."""

from __future__ import annotations

import hashlib
from uuid import UUID

from coop.actors import Actor
from coop.errors import not_found
from states.lists.models import Export, SavedList


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


def hash_of(token: str) -> str:
    """Return what is kept of a download link's token."""
    return hashlib.sha256(token.encode()).hexdigest()

"""The only way from a caller's id to an import: inside a scope, through its policies."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q

from coop.actors import Actor
from coop.errors import not_found
from coop.jurisdictions.models import State
from states.imports.models import Import, Reject


def import_by_id(wanted: UUID) -> Import:
    """Return an import of a state that the actor owns; raises `NotFound` for any other."""
    found = Import.objects.select_related("delivery").filter(id=wanted).first()
    if found is None:
        raise not_found("import")
    return found


def import_of_publication(state: str, number: int) -> Import:
    """Return the import that a publication came from; raises `NotFound` where there is none."""
    found = Import.objects.select_related("delivery").filter(
        state=state, publication=number
    )
    run = found.first()
    if run is None:
        raise not_found("publication")
    return run


def rejects_after(run: Import, number: int, limit: int) -> list[Reject]:
    """Return up to `limit` lines set aside, after the one of that number."""
    after = Reject.objects.filter(
        state=run.state, import_id=run.id, number__gt=number
    ).order_by("number")
    return list(after[:limit])


def imports_after(
    state: str | None, after: tuple[str, str] | None, limit: int
) -> list[Import]:
    """Return up to `limit` imports, newest first, after one (its time and id)."""
    found = Import.objects.select_related("delivery")
    if state:
        found = found.filter(state=state)
    if after:
        at, last = after
        found = found.filter(Q(requested_at__lt=at) | Q(requested_at=at, id__lt=last))
    return list(found.order_by("-requested_at", "-id")[:limit])


def check_own_state(code: str, by: Actor) -> None:
    """Raise `NotFound` for a state of another owner or of none, inside a scope of `by`."""
    if not State.objects.filter(code=code, owner=by.organization).exists():
        raise not_found("state of yours")

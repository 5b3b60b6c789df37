"""The only way to a state's set-up: inside a scope of the party that owns the state."""

from __future__ import annotations

from coop.actors import Actor
from coop.errors import not_found
from coop.jurisdictions.models import State
from states.tracers.models import Setup


def get_setup(state: str, *, by: Actor, lock: bool = False) -> Setup:
    """Return the active set-up of a state of the actor's. Raises `NotFound`, for a state of another too."""
    check_own(state, by=by)
    rows = Setup.objects.filter(state=state, active=True)
    found = (rows.select_for_update() if lock else rows).first()
    if found is None:
        raise not_found("set-up of tracers")
    return found


def check_own(state: str, *, by: Actor) -> None:
    """Raise `NotFound` for a state of another party, or of none, as if there were no such thing."""
    if not State.objects.filter(code=state, owner=by.organization).exists():
        raise not_found("set-up of tracers")

"""The only way from a caller's state code to a state and its policy."""

from __future__ import annotations

from coop.errors import not_found
from coop.jurisdictions.models import State, StatePolicy


def get_state(code: str) -> State:
    """Return the state of a two-letter code; states are public facts.

    Raises `NotFound` for a code that is none.
    """
    state = State.objects.filter(code=code).first() if is_code(code) else None
    if state is None:
        raise not_found("state")
    return state


def is_code(text: str) -> bool:
    """Tell whether a text has the form of a state's code: two letters."""
    return len(text) == 2 and text.isascii() and text.isalpha()


def get_policy(state: State) -> StatePolicy:
    """Return the state's policy; one that allows nothing where none was reviewed.

    Needs an open scope: members alone may read it.
    """
    found = StatePolicy.objects.filter(state=state).first()
    return found or StatePolicy(state=state)

"""What the canvass tests push: bodies as clients send them, and the way from push to applied."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import Any
from uuid import UUID

from coop.actors import WORKER, Action, Actor, PrincipalKind
from coop.db.scope import acting_as
from coop.grants.models import Grant
from states.canvass.actions import Outcome, Pushed, push_contacts
from states.canvass.draining import Applied, apply_inbox
from states.canvass.models import Contact
from states.voters.ids import voter_id

_numbers = count(1)


def machine(actor: Actor, source: str = "dialer") -> Actor:
    """Return a credential of the actor's organization."""
    return replace(actor, kind=PrincipalKind.CREDENTIAL, source=source)


def body(voter: UUID, state: str = "OH", **members: Any) -> dict[str, Any]:
    """Return a contact as a client sends it: someone not at home, unless told otherwise."""
    answered = members.keys() & {"support", "survey_responses", "activist_codes"}
    result = {} if answered else {"result_code": "not_home"}
    standard = {
        "event_id": f"event-{next(_numbers)}",
        "voter": voter_id(state, voter),
        "contact_type": "walk",
    }
    return standard | result | members


def push(by: Actor, *bodies: dict[str, Any]) -> Pushed:
    """Push contacts through the organization's machine."""
    return push_contacts(items=bodies, by=machine(by))


def push_and_apply(by: Actor, *bodies: dict[str, Any]) -> list[str]:
    """Push contacts that must be accepted, drain, and return their public ids."""
    pushed = push(by, *bodies)
    outcomes = [verdict.outcome for verdict in pushed.verdicts]
    assert set(outcomes) == {Outcome.ACCEPTED}, pushed.verdicts
    drain()
    return [str(verdict.contact) for verdict in pushed.verdicts]


def drain() -> Applied:
    """Drain the inbox as a worker does."""
    return apply_inbox(by=WORKER)


def contacts_seen(by: Actor, state: str = "OH", action: Action = Action.READ) -> int:
    """Return how many contacts the actor sees in a state."""
    with acting_as(by, action):
        return Contact.objects.filter(state=state).count()


def revoke(owner: Actor, grantee: Actor, state: str = "OH") -> None:
    """End what the owner granted, at once."""
    with acting_as(owner, Action.MANAGE):
        granted = Grant.objects.filter(grantee=grantee.organization, state=state)
        assert granted.update(status="revoked")

"""How the canvass tests set contacts right, and what they look at afterwards."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from states.canvass.amending import Amendment, correct_contact, retract_contact
from states.canvass.models import (
    POOL,
    Standing,
    Suppression,
)
from states.feeds.models import Change
from tests.canvass.pushes import (
    machine,
)

MORNING = dt.datetime(2026, 11, 1, 9, tzinfo=dt.UTC)


def at(hours: int) -> str:
    return (MORNING + dt.timedelta(hours=hours)).isoformat()


def correct(by: Actor, contact: str, event_id: str, **members: Any) -> Amendment:
    answered = members.keys() & {"support", "survey_responses", "activist_codes"}
    told = {"event_id": event_id, "contact_type": "walk"}
    told |= {} if answered else {"result_code": "not_home"}
    return correct_contact(contact=contact, told=told | members, by=machine(by))


def retract(by: Actor, contact: str, event_id: str = "gone") -> Amendment:
    return retract_contact(contact=contact, event_id=event_id, by=machine(by))


def standing(by: Actor, voter: UUID, audience: UUID = POOL) -> Standing | None:
    with acting_as(by, Action.READ):
        return Standing.objects.filter(
            state="OH", voter=voter, audience=audience
        ).first()


def bound(by: Actor, voter: UUID) -> set[str]:
    with acting_as(by, Action.READ):
        found = Suppression.objects.filter(state="OH", voter=voter)
        return set(found.values_list("kind", flat=True))


def changes(by: Actor) -> list[tuple[str, UUID]]:
    with acting_as(by, Action.READ):
        found = Change.objects.filter(state="OH").order_by("seq")
        return list(found.values_list("kind", "audience"))

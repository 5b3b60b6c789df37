"""A stream of contacts as organizations push it, set it right, and owners act on it; and what readers know by it.

What a reader knows is folded in plain Python from the history that it sees, contact by contact: never
from the current values that counts rest on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from django.db import connections, transaction

from coop.actors import Action, Actor, worker_for
from coop.db.scope import acting_as
from coop.errors import CoopError
from states.canvass.amending import Amendment
from states.canvass.models import (
    ActivistCode,
    Contact,
    ContactDetail,
    Suppression,
    SurveyResponse,
)
from states.canvass.protecting import lift_suppressions
from states.canvass.surveys import create_code, create_question
from states.canvass.vocabulary import CANVASSED, CONTACT_TYPES, RESULT_CODES
from states.facets.building import build_facets
from states.facets.staged import LOADER
from states.voters.models import Registration
from tests.canvass.amendments import at, correct, retract
from tests.canvass.pushes import body, drain, push
from tests.cast import Cast
from tests.targeting.oracle import Voter

FOLLOWING = (
    "voters_registration",
    "voters_demographics",
    "voters_contactdetails",
    "voters_votehistory",
    "voters_ballot",
    "canvass_contact",
    "canvass_contact_detail",
    "canvass_contact_version",
    "canvass_standing",
    "canvass_coded",
    "canvass_suppression",
    "canvass_suppression_assertion",
    "canvass_inbox",
    "feeds_change",
)
"""Tables whose rows carry their voter's place."""
CODES = ("Volunteer", "Yard sign")
ANSWERS = ("Yes", "No")
ANSWERED = "answer:oh.plan"
"""The field of the question that Ohio's party publishes."""


@dataclass(frozen=True)
class Words:
    """What contacts can say beside the standard: each organization's own codes, and answers to Ohio's question."""

    question: UUID
    answers: dict[str, UUID]
    codes: dict[tuple[str, str], UUID]

    def told(self, who: str, said: dict[str, Any]) -> dict[str, Any]:
        """Return what is said with `codes` (name → applied) and `answer` (a name) as clients write them."""
        members = {k: v for k, v in said.items() if k not in ("codes", "answer")}
        if "codes" in said:
            members["activist_codes"] = [
                {"code": str(self.codes[who, name]), "applied": applied}
                for name, applied in said["codes"].items()
            ]
        if "answer" in said:
            response = str(self.answers[said["answer"]])
            one = {"question": str(self.question), "response": response}
            members["survey_responses"] = [one]
        return members


def make_words(cast: Cast, organizations: Iterable[str]) -> Words:
    """Have Ohio publish a question, and each organization make codes of the same names."""
    made = create_question(
        words={"type": "issue", "name": "Plan", "published_in": "OH"},
        responses=[{"name": name} for name in ANSWERS],
        by=cast.ohio,
    )
    with acting_as(cast.ohio, Action.READ):
        answers = {one.name: one.id for one in made.responses.all()}
    codes = {
        (who, name): create_code(
            words={"type": "campaign", "name": name}, by=cast.everyone[who]
        ).id
        for who in organizations
        for name in CODES
    }
    return Words(made.id, answers, codes)


@dataclass
class Stream:
    """A played stream: `pushed` are the contacts so far, each with whose it is."""

    cast: Cast
    words: Words
    pushed: list[tuple[str, str]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    events: int = 0

    def push(self, who: str, voter: UUID, **members: Any) -> None:
        """Push a contact and apply it; what its organization may not contribute is refused and no matter."""
        by = self.cast.everyone[who]
        told = self.words.told(who, members)
        (verdict,) = push(by, body(voter, **told)).verdicts
        drain()
        if verdict.contact is not None:
            self.pushed.append((who, str(verdict.contact)))

    def correct(self, which: int, **members: Any) -> None:
        """Correct one of the contacts pushed."""

        def amend(who: str, contact: str, event: str) -> Amendment:
            told = self.words.told(who, members)
            return correct(self.cast.everyone[who], contact, event, **told)

        self._amend(which, amend)

    def retract(self, which: int) -> None:
        """Retract one of the contacts pushed."""
        everyone = self.cast.everyone
        self._amend(which, lambda who, one, event: retract(everyone[who], one, event))

    def _amend(self, which: int, amend: Callable[[str, str, str], Amendment]) -> None:
        """Set a contact right; a refusal (it is retracted, its voter shielded) changes nothing, and is kept."""
        self.events += 1
        if not self.pushed:
            return
        who, contact = self.pushed[which % len(self.pushed)]
        try:
            amend(who, contact, f"event-of-stream-{self.events}")
        except CoopError as error:
            self.refused.append(error.code)
        drain()

    def lift(self, who: str, kind: str) -> None:
        """Lift what an organization asserted, as the owner does."""
        source = self.cast.everyone[who].organization
        lift_suppressions(state="OH", organization=source, kind=kind, by=self.cast.ohio)


def publish(cast: Cast, moved: dict[UUID, int]) -> None:
    """Publish Ohio anew with these voters in other places, and build its bitmaps with it."""
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute("SET LOCAL ROLE coop_publisher")
        cursor.execute(
            "INSERT INTO voters_publication (state, number, import_id, file_date)"
            " SELECT 'OH', max(number) + 1, %s, max(file_date) FROM voters_publication WHERE state = 'OH'",
            [uuid4()],
        )
        for voter, place in moved.items():
            shielded = "confidential" if place < 0 else None
            cursor.execute(
                "UPDATE voters_registration SET shielded = %s, place = %s WHERE state = 'OH' AND voter = %s",
                [shielded, place, voter],
            )
            for table in FOLLOWING[1:]:
                cursor.execute(
                    f"UPDATE {table} SET place = %s WHERE state = 'OH' AND voter = %s",
                    [place, voter],
                )
    with acting_as(worker_for(cast.ohio.organization), Action.IMPORT, using=LOADER):
        assert build_facets("OH", uuid4())


def known_to(reader: Actor, owner: Actor) -> dict[UUID, Voter]:
    """Return every voter of Ohio with what a reader's view of the history says of it."""
    with acting_as(owner, Action.READ):
        everyone = list(Registration.objects.filter(state="OH"))
    with acting_as(reader, Action.READ):
        contacts = list(Contact.objects.filter(state="OH", retracted_at=None))
        held = list(Suppression.objects.filter(state="OH"))
        details = list(ContactDetail.objects.filter(state="OH"))
        named = {str(one.id): one.name for one in ActivistCode.objects.all()}
        answers = {str(one.id): one.name for one in SurveyResponse.objects.all()}
    codes = {
        one.contact: {
            named[said["code"]]: said["applied"] for said in one.activist_codes
        }
        for one in details
    }
    of_voter: dict[UUID, list[Contact]] = {}
    for one in contacts:
        of_voter.setdefault(one.voter, []).append(one)
    kinds: dict[UUID, set[str]] = {}
    for row in held:
        kinds.setdefault(row.voter, set()).add(row.kind)
    return {
        one.voter: Voter(
            one.place,
            values_of(of_voter.get(one.voter, ()))
            | {
                "party": one.party,
                ANSWERED: answer_of(of_voter.get(one.voter, ()), answers),
            },
            set(),
            kinds.get(one.voter, set()),
            codes=codes_on(of_voter.get(one.voter, ()), codes),
        )
        for one in everyone
    }


def codes_on(
    contacts: Iterable[Contact], codes: dict[UUID, dict[str, bool]]
) -> set[str]:
    """Return the codes on one voter: the newest contact that names one says whether it is."""
    found: dict[str, bool] = {}
    for one in sorted(contacts, key=lambda one: (one.event_time, one.seq)):
        found |= codes.get(one.contact, {})
    return {name for name, applied in found.items() if applied}


def answer_of(contacts: Iterable[Contact], names: dict[str, str]) -> str | None:
    """Return the newest answer to the question that one voter gave."""
    found = None
    for one in sorted(contacts, key=lambda one: (one.event_time, one.seq)):
        for answer in one.state_answers or ():
            found = names[answer["response"]]
    return found


def values_of(contacts: Iterable[Contact]) -> dict[str, Any]:
    """Return the live values of one voter: of the newest attempt, and of the newest that says something."""
    held = sorted(contacts, key=lambda one: (one.event_time, one.seq))
    newest = held[-1] if held else None
    answered = [one for one in held if one.support is not None]
    reached = [one for one in held if one.result_code == CANVASSED]
    return {
        "last_contact": newest and _day(newest),
        "last_contact_type": newest and CONTACT_TYPES.name(newest.contact_type),
        "last_result": newest and RESULT_CODES.name(newest.result_code),
        "last_reached": _day(reached[-1]) if reached else None,
        "attempts": len(held),
        "support": answered[-1].support if answered else None,
    }


def _day(one: Contact) -> dt.date:
    return one.event_time.astimezone(dt.UTC).date()


def hour(number: int) -> str:
    """Return an hour of the stream as clients write it."""
    return at(number)

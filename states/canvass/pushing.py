"""The statements behind a push: event ids, voters, and rows of the inbox, under the open scope."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.db import connection

from coop.actors import Actor
from coop.errors import FieldFault
from states.canvass.items import Item
from states.canvass.matching import Match
from states.canvass.models import ActivistCode, EventKey, EventKind, SurveyResponse
from states.canvass.references import VoterReference

_KEEP = """
    WITH sent AS MATERIALIZED (
        SELECT r.* FROM ROWS FROM (jsonb_to_recordset(%(rows)s) AS
            (event_id text, body_hash text, contact uuid, voter uuid, place integer, event_time timestamptz,
             body jsonb, kind text, amends uuid, pooled boolean)) WITH ORDINALITY
            AS r(event_id, body_hash, contact, voter, place, event_time, body, kind, amends, pooled, position)
    ), claimed AS (
        INSERT INTO canvass_event_key (state, organization, source, event_id, body_hash, contact)
        SELECT %(state)s, %(organization)s, %(source)s, s.event_id, decode(s.body_hash, 'hex'), s.contact
        FROM sent AS s ORDER BY s.event_id
        ON CONFLICT DO NOTHING RETURNING event_id
    ), queued AS (
        INSERT INTO canvass_inbox (state, contact, voter, place, organization, principal, source, event_id,
                                   receipt, pooled, event_time, received_at, body, kind, amends)
        SELECT %(state)s, s.contact, s.voter, s.place, %(organization)s, %(principal)s, %(source)s, s.event_id,
               %(receipt)s,
               coalesce(s.pooled, true)
               AND NOT (%(state)s = ANY ((SELECT sec.held_states())::text[])
                        OR s.place = ANY ((SELECT sec.held_places())::integer[])),
               s.event_time, %(now)s, s.body, s.kind, s.amends
        FROM sent AS s JOIN claimed AS c ON c.event_id = s.event_id
        WHERE s.voter IS NOT NULL ORDER BY s.position
        RETURNING event_id, pooled
    )
    SELECT c.event_id, q.pooled FROM claimed AS c LEFT JOIN queued AS q ON q.event_id = c.event_id
"""
_RECEIPT = """
    INSERT INTO canvass_receipt (id, organization, principal, source, received_at, states, accepted,
                                 duplicate, rejected, rejections)
    VALUES (%s, %s, %s, %s, %s, %s::varchar[], %s, %s, %s, %s)
"""


@dataclass(frozen=True, slots=True)
class Found:
    """A voter that the actor may contribute to.

    `pooled` is what a grant that lived out says; None where grants in force decide.
    """

    voter: UUID
    place: int
    pooled: bool | None = None


@dataclass(slots=True)
class Candidate:
    """An item on its way into the inbox: its place in the call, and the id it will have.

    `match` tells how its voter was found, where that took more than an id.
    `blind` that it may not be told whether its voter is there. `amends` is the contact that a correction or retraction sets right.
    """

    index: int
    item: Item
    contact: UUID
    found: Found | None = None
    match: Match | None = None
    blind: bool = False
    kind: EventKind = EventKind.CONTACT
    amends: UUID | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Return what makes the event one: its state and its id at the source."""
        return self.item.about.state, self.item.event_id


def candidate(index: int, item: Item) -> Candidate:
    """Return an item with an id of its own."""
    return Candidate(index, item, uuid4())


def known_events(
    candidates: Iterable[Candidate], *, by: Actor
) -> dict[tuple[str, str], EventKey]:
    """Return the events that this source has sent before, by state and event id."""
    found: dict[tuple[str, str], EventKey] = {}
    for state, ours in by_state(candidates).items():
        for key in EventKey.objects.filter(
            state=state,
            organization=by.organization,
            source=by.source,
            event_id__in=[one.item.event_id for one in ours],
        ):
            found[state, key.event_id] = key
    return found


def find_voters(
    state: str, references: Sequence[VoterReference]
) -> dict[VoterReference, Found]:
    """Return the voters named, as far as the actor may contribute to them now."""
    voters = [one.voter for one in references if one.voter]
    numbers = [one.state_voter_id for one in references if one.state_voter_id]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT voter, state_voter_id, place FROM sec.contributable(%s, %s::uuid[], %s::text[])",
            [state, voters, numbers],
        )
        rows = cursor.fetchall()
    found = {VoterReference(state, voter=v): Found(v, place) for v, _, place in rows}
    found |= {
        VoterReference(state, state_voter_id=n): Found(v, place) for v, n, place in rows
    }
    return found


def keep_events(
    state: str,
    candidates: Sequence[Candidate],
    *,
    by: Actor,
    receipt: UUID,
    now: dt.datetime,
) -> dict[str, bool | None]:
    """Write event ids down, for ever, and rows of the inbox for those whose voter was found.

    Returns the event ids that nobody else wrote meanwhile, each with whether its row enters the
    pool; None where there is no row. Waits for another call that is writing the same id; sorted,
    so that two calls never wait for each other.
    """
    values: dict[str, Any] = {
        "state": state,
        "organization": by.organization,
        "principal": by.principal,
        "source": by.source,
        "receipt": receipt,
        "now": now,
        "rows": json.dumps([_row(one) for one in candidates]),
    }
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, values)
        return dict(cursor.fetchall())


def _row(one: Candidate) -> dict[str, Any]:
    found = one.found
    return {
        "event_id": one.item.event_id,
        "body_hash": one.item.body_hash.hex(),
        "contact": str(one.contact),
        "voter": str(found.voter) if found else None,
        "place": found.place if found else None,
        "pooled": found.pooled if found else None,
        "event_time": one.item.event_time.isoformat(),
        "body": one.item.body,
        "kind": one.kind,
        "amends": str(one.amends) if one.amends else None,
    }


def write_receipt(
    receipt: UUID,
    *,
    by: Actor,
    now: dt.datetime,
    states: Sequence[str],
    accepted: int,
    duplicate: int = 0,
    rejections: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Write what a call came to, so that its client can ask again."""
    values: list[Any] = [receipt, by.organization, by.principal, by.source, now]
    values += [list(states), accepted, duplicate, len(rejections)]
    with connection.cursor() as cursor:
        cursor.execute(_RECEIPT, [*values, json.dumps(list(rejections))])


def unknown_words(item: Item, words: OwnWords) -> list[FieldFault]:
    """Return a fault for each answer or code that is not one of the organization's own."""
    faults = []
    for index, one in enumerate(item.body["survey_responses"]):
        if words.questions.get(one["response"]) != one["question"]:
            pointer = f"/survey_responses/{index}"
            faults.append(FieldFault(pointer, "survey_response_unknown", _UNKNOWN))
    for index, one in enumerate(item.body["activist_codes"]):
        if one["code"] not in words.codes:
            pointer = f"/activist_codes/{index}"
            faults.append(FieldFault(pointer, "activist_code_unknown", _UNKNOWN))
    return faults


_UNKNOWN = "This is none of your organization's own."


@dataclass(frozen=True, slots=True)
class OwnWords:
    """The organization's own words that a call names: a response's question and support, and codes."""

    questions: Mapping[str, str]
    support: Mapping[str, int | None]
    codes: frozenset[str]

    def support_of(self, item: Item) -> int | None:
        """Return the support that an item states, or that its answers map to."""
        stated: int | None = item.body["support"]
        answers = [
            self.support[one["response"]] for one in item.body["survey_responses"]
        ]
        return stated or next((one for one in answers if one), None)


def own_words(items: Iterable[Item]) -> OwnWords:
    """Read the survey responses and activist codes that items name, as far as they are one's own."""
    wanted = list(items)
    responses = {
        one["response"] for item in wanted for one in item.body["survey_responses"]
    }
    codes = {one["code"] for item in wanted for one in item.body["activist_codes"]}
    found = list(SurveyResponse.objects.filter(id__in=responses)) if responses else []
    known = ActivistCode.objects.filter(id__in=codes) if codes else []
    return OwnWords(
        {str(one.id): str(one.question_id) for one in found},
        {str(one.id): one.support for one in found},
        frozenset(str(one.id) for one in known),
    )


def by_state(candidates: Iterable[Candidate]) -> dict[str, list[Candidate]]:
    """Return candidates by their state, states in order."""
    found: dict[str, list[Candidate]] = defaultdict(list)
    for one in candidates:
        found[one.item.about.state].append(one)
    return dict(sorted(found.items()))

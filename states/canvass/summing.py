"""Figures of contacts: attempts, reached, answers, by day and by canvasser, each in one statement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.db import connection

from coop.actors import Action, Actor
from coop.grants.access import check_licensed
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from states.canvass.models import ActivistCode, SurveyResponse
from states.canvass.vocabulary import CANVASSED, CONTACT_TYPES, RESULT_CODES

_CHOSEN: Final = """
    SELECT c.contact, c.voter, (c.event_time AT TIME ZONE %(zone)s)::date AS day, c.result_code, c.contact_type,
           {canvasser} AS canvasser, c.state_answers
    FROM canvass_contact AS c {details}
    WHERE c.state = %(state)s AND {whose} AND c.retracted_at IS NULL
      AND c.event_time >= (%(since)s::date)::timestamp AT TIME ZONE %(zone)s
      AND c.event_time < (%(until)s::date + 1)::timestamp AT TIME ZONE %(zone)s {among}
"""
_FIGURES: Final = """
    WITH chosen AS MATERIALIZED ({chosen})
    SELECT grouping(day, canvasser, result_code, contact_type), day, canvasser, result_code, contact_type,
           count(*), count(*) FILTER (WHERE result_code = %(reached)s)
    FROM chosen GROUP BY GROUPING SETS ((), (day), (canvasser), (result_code), (contact_type))
    UNION ALL
    SELECT -1, NULL, NULL, NULL, NULL, count(DISTINCT voter), count(DISTINCT voter)
           FILTER (WHERE result_code = %(reached)s) FROM chosen
    ORDER BY 1, 2, 3, 4, 5
"""
_ANSWERS: Final = """
    SELECT (a ->> 'response')::uuid, count(*)
    FROM ({chosen}) AS c
    JOIN canvass_contact_detail AS d ON d.state = %(state)s AND d.contact = c.contact
    CROSS JOIN jsonb_array_elements(d.survey_responses) AS a GROUP BY 1
"""
_STATE_ANSWERS: Final = """
    SELECT (a ->> 'response')::uuid, count(*)
    FROM ({chosen}) AS c CROSS JOIN jsonb_array_elements(c.state_answers) AS a GROUP BY 1
"""
_CODES: Final = """
    SELECT (a ->> 'code')::uuid, count(*) FILTER (WHERE (a ->> 'applied')::boolean),
           count(*) FILTER (WHERE NOT (a ->> 'applied')::boolean)
    FROM ({chosen}) AS c
    JOIN canvass_contact_detail AS d ON d.state = %(state)s AND d.contact = c.contact
    CROSS JOIN jsonb_array_elements(d.activist_codes) AS a GROUP BY 1
"""
_WHOLE, _DAY, _CANVASSER, _RESULT, _TYPE = 0b1111, 0b0111, 0b1011, 0b1101, 0b1110
_VOTERS: Final = -1


@dataclass(frozen=True, slots=True)
class Period:
    """Days of a state's time, the first and the last included."""

    since: dt.date
    until: dt.date
    zone: str


@dataclass(slots=True)
class Tally:
    """Attempts, and those among them that reached somebody; `of` says of what."""

    of: Any
    attempts: int
    reached: int


@dataclass(slots=True)
class Summary:
    """What a period's contacts come to; canvassers, answers and codes of one's own alone.

    `state_answers` are those to questions that the state's party publishes, as others' own map to them.
    """

    attempts: int = 0
    reached: int = 0
    voters: int = 0
    voters_reached: int = 0
    by_day: list[Tally] = field(default_factory=list)
    by_result: list[Tally] = field(default_factory=list)
    by_contact_type: list[Tally] = field(default_factory=list)
    by_canvasser: list[Tally] = field(default_factory=list)
    answers: list[tuple[SurveyResponse, int]] = field(default_factory=list)
    state_answers: list[tuple[SurveyResponse, int]] = field(default_factory=list)
    codes: list[tuple[ActivistCode, int, int]] = field(default_factory=list)


def sum_own(*, state: str, period: Period, by: Actor, among: str = "") -> Summary:
    """Return the figures of the organization's own contacts, in the open scope for reading.

    `among` is a statement of voters, made by the criteria's compiler: no other voters' contacts count.
    """
    chosen = _CHOSEN.format(
        canvasser="d.canvasser",
        details="JOIN canvass_contact_detail AS d ON d.state = %(state)s AND d.contact = c.contact",
        whose="c.organization = %(organization)s",
        among=_among(among),
    )
    values = _values(state, period) | {"organization": by.organization}
    summary = _summary(_run(_FIGURES.format(chosen=chosen), values))
    summary.answers = _answers(_run(_ANSWERS.format(chosen=chosen), values))
    summary.state_answers = _answers(_run(_STATE_ANSWERS.format(chosen=chosen), values))
    summary.codes = _codes(_run(_CODES.format(chosen=chosen), values))
    return summary


def sum_pool(*, state: str, period: Period, by: Actor, among: str = "") -> Summary:
    """Return the figures of the pool's contacts that the actor may read, in the open scope for reading.

    `among` as for `sum_own`. Raises `Denied` without a license for contacts. Nobody's canvassers
    and own questions are in it.
    """
    license_ = check_licensed(by, state, Action.READ, ["contacts"])
    chosen = _CHOSEN.format(
        canvasser="NULL::text", details="", whose="c.pooled", among=_among(among)
    )
    values = _values(state, period)
    summary = _summary(_run(_FIGURES.format(chosen=chosen), values))
    summary.by_canvasser = []
    summary.state_answers = _answers(_run(_STATE_ANSWERS.format(chosen=chosen), values))
    use = Use(
        state=state,
        grants=license_.grant_ids,
        purpose=license_.purpose,
        groups=["contacts"],
        rows=summary.attempts,
    )
    record(Event.CONTACTS_SUMMED, by=by, use=use)
    return summary


def _among(voters: str) -> str:
    """Return the condition that a statement of voters makes; its percent signs are its own."""
    return f"AND c.voter IN ({voters.replace('%', '%%')})" if voters else ""


def _values(state: str, period: Period) -> dict[str, Any]:
    return {
        "state": state,
        "since": period.since,
        "until": period.until,
        "zone": period.zone,
        "reached": CANVASSED,
    }


def _summary(rows: Sequence[tuple[Any, ...]]) -> Summary:
    summary = Summary()
    lists: dict[int, tuple[list[Tally], Callable[[tuple[Any, ...]], Any]]] = {
        _DAY: (summary.by_day, lambda row: row[1]),
        _CANVASSER: (summary.by_canvasser, lambda row: row[2]),
        _RESULT: (summary.by_result, lambda row: RESULT_CODES.name(row[3])),
        _TYPE: (summary.by_contact_type, lambda row: CONTACT_TYPES.name(row[4])),
    }
    for row in rows:
        *_, many, reached = row
        if row[0] == _WHOLE:
            summary.attempts, summary.reached = many, reached
        elif row[0] == _VOTERS:
            summary.voters, summary.voters_reached = many, reached
        else:
            tallies, of = lists[row[0]]
            tallies.append(Tally(of(row), many, reached))
    return summary


def _answers(rows: Sequence[tuple[Any, ...]]) -> list[tuple[SurveyResponse, int]]:
    counts: dict[UUID, int] = dict(rows)
    found = SurveyResponse.objects.filter(id__in=counts).select_related("question")
    ordered = found.order_by("question__name", "position")
    return [(one, counts[one.id]) for one in ordered]


def _codes(rows: Sequence[tuple[Any, ...]]) -> list[tuple[ActivistCode, int, int]]:
    counts = {code: (applied, removed) for code, applied, removed in rows}
    found = ActivistCode.objects.filter(id__in=counts).order_by("name")
    return [(one, *counts[one.id]) for one in found]


def _run(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())

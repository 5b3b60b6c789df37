"""Named reads for answers about voters: a state's facts, its freshness, and the running of compiled statements."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import DatabaseError, connections
from psycopg import sql
from psycopg.errors import ConfigurationLimitExceeded, QueryCanceled

from coop.db.scope import current_scope
from coop.db.signing import sign
from coop.errors import Denied, FieldFault, Invalid, Unavailable
from states.canvass.own_codes import KnownCodes
from states.canvass.published import KnownQuestions
from states.fields.definition import Field, Operator
from states.scores.queries import known_scores
from states.targeting.answers import check_answers
from states.targeting.codes import check_codes
from states.targeting.columns import StateFacts
from states.targeting.criteria import (
    Criteria,
    ballots_named,
    comparisons,
    fields_used,
)
from states.targeting.licensing import License
from states.targeting.scores import check_scores
from states.targeting.values import ElectionDay
from states.voters.ballots import current_ballot_election
from states.voters.models import BallotElection, Election, Publication

STATEMENT_SECONDS = 25
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class At(Generic[T_co]):
    """An answer, and the position of the state's feed that it is of: it never leaves but sealed.

    None: of no one position, as whatever is told with noise, the same all day.
    """

    answer: T_co
    position: int | None


def facts_of(
    licensed: Iterable[License],
    criteria: Criteria,
    *,
    as_of: dt.date,
    fields: Iterable[Field] = (),
) -> dict[str, StateFacts]:
    """Return what statements must know of each state; `fields` are used beside the criteria's.

    Raises `Invalid`: `unknown_election` where the criteria name an election that is on the
    record of none of them, `ballot_elections_mixed` where they name ballots of several,
    `unknown_field` for a score or a published question that the caller may not know of, `criteria_invalid` for an
    answer or an activist code that is not there.
    """
    licensed = list(licensed)
    scores = known_scores()
    answers, codes = KnownQuestions(), KnownCodes()
    named_fields = [*fields_used(criteria), *fields]
    check_scores(criteria, named_fields, scores)
    check_answers(criteria, named_fields, answers)
    check_codes(criteria, codes)
    named = _named_ballots(criteria, [one.state for one in licensed])
    facts = {}
    for one in licensed:
        rows = Election.objects.filter(state=one.state)
        numbers = {
            ElectionDay(row.date, row.type): row.election for row in rows.iterator()
        }
        current = current_ballot_election(one.state, as_of)
        facts[one.state] = StateFacts(
            one.state,
            one.party_basis.value,
            as_of,
            numbers,
            named or current,
            scores,
            answers,
            current,
            codes,
        )
    _check_elections(criteria, facts)
    return facts


def freshness(states: Sequence[str]) -> dict[str, dict[str, Any] | None]:
    """Return how fresh each state's voters are: file date, publication; None before the first."""
    newest = (
        Publication.objects.filter(state__in=list(states))
        .order_by("state", "-number")
        .distinct("state")
    )
    answer: dict[str, dict[str, Any] | None] = dict.fromkeys(states)
    for one in newest:
        answer[one.state] = {
            "file_date": one.file_date,
            "published_at": one.published_at,
            "publication": one.number,
        }
    return answer


@contextmanager
def in_time(fields: Iterable[str] = ()) -> Iterator[None]:
    """Give the statements within so many seconds each. Raises `Unavailable` (`answer_too_slow`) where one takes longer."""
    with connections[scope_connection()].cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s'")
    try:
        yield
    except (DatabaseError, QueryCanceled) as error:  # a COPY's own error comes bare
        if not isinstance(error.__cause__ or error, QueryCanceled):
            raise
        raise _too_slow(sorted(fields)) from None


def _too_slow(fields: Sequence[str]) -> Unavailable:
    about = f" by {', '.join(fields)}" if fields else ""
    return Unavailable(
        "answer_too_slow",
        f"The question{about} took more than {STATEMENT_SECONDS} seconds. Ask again in a minute, ask one state at a time, or save the slow"
        " part of it as a pinned list and ask about that list.",
        extra={"fields": list(fields)},
    )


def rows_of(statement: sql.Composable) -> list[tuple[Any, ...]]:
    """Run a compiled statement in the open scope and return its rows."""
    with connections[scope_connection()].cursor() as cursor, in_time():
        cursor.execute(text_of(statement))
        return list(cursor.fetchall())


def rows_at(state: str, statement: sql.Composable) -> At[list[tuple[Any, ...]]]:
    """Run a compiled statement about a state in the open scope; its rows are of the very position told."""
    words = (
        "SELECT feed.position, told.* FROM (SELECT sec.feed_head({}) AS position) AS feed"
        " LEFT JOIN (SELECT true AS is_row, told.* FROM ({}) AS told) AS told ON true"
    )
    rows = rows_of(sql.SQL(words).format(sql.Literal(state), statement))
    return At([row[2:] for row in rows if row[1]], rows[0][0])


def run(statement: sql.Composable) -> int:
    """Run a compiled statement that writes, in the open scope; return how many rows it wrote."""
    with connections[scope_connection()].cursor() as cursor:
        cursor.execute(text_of(statement))
        return int(cursor.rowcount)


def figure_of(statement: sql.Composable) -> int:
    """Run a compiled count in the open scope and return its one figure."""
    return int(rows_of(statement)[0][0])


def figure_at(state: str, statement: sql.Composable) -> At[int]:
    """Run a compiled count of a state in the open scope; return its one figure, and of which position it is."""
    found = rows_at(state, statement)
    return At(int(found.answer[0][0]), found.position)


def signed_figure_of(
    state: str, statement: sql.Composable, *, counted: int | None = None
) -> int | None:
    """Return a count for those who may count but not read: noised, in tens; None below the state's threshold.

    The statement runs as the counting role, bound by its signature to the open scope and the
    state; where it was `counted` by bitmaps already, it only names the question, which has one noise
    however it is answered. Raises `Denied` (`answers_reached`).
    """
    if counted is None:
        figure = _signed("count", state, statement)[0][0]
    else:
        told = _noised("count", state, statement, [(None, None, counted)])
        figure = told[0][2] if told else None
    return None if figure is None else int(figure)


def cells_of(
    state: str,
    statement: sql.Composable,
    *,
    exact: bool,
    counted: At[list[tuple[Any, ...]]] | None = None,
) -> At[list[tuple[Any, ...]]]:
    """Return the cells of a compiled breakdown: two texts and a figure each.

    Where not exact, only cells at or over twice the state's threshold, noised and in tens by
    the counting role; `counted` are those that bitmaps have given already. Raises `Denied` (`answers_reached`).
    """
    if not exact and counted is not None:
        return At(_noised("breakdown", state, statement, counted.answer), None)
    if not exact:
        return At(_signed("breakdown", state, statement), None)
    found = rows_at(state, statement)
    return At([row[:3] for row in found.answer], found.position)


_SIGNED = {
    "count": "SELECT sec.signed_count(%s, %s, %s)",
    "breakdown": "SELECT * FROM sec.signed_breakdown(%s, %s, %s)",
}


_NOISED = """
    SELECT t.cell ->> 0, t.cell ->> 1, (t.cell ->> 2)::bigint
    FROM jsonb_array_elements(sec.noised(%s, %s, %s::text[], %s::text[], array_fill(''::text, ARRAY[%s]),
                                         %s::bigint[], %s)) WITH ORDINALITY AS t (cell, place) ORDER BY t.place
"""


def _noised(
    kind: str,
    state: str,
    statement: sql.Composable,
    cells: Sequence[tuple[Any, ...]],
) -> list[tuple[Any, ...]]:
    """Put noise on cells of voters (two values and a figure) as the answer to what the statement asks."""
    firsts, seconds, figures = ([one[at] for one in cells] for at in range(3))
    asked = f"{kind}|{text_of(statement)}"
    in_cells = kind == "breakdown"
    with connections[scope_connection()].cursor() as cursor, _answers_limited(state):
        cursor.execute(
            _NOISED,
            [state, asked, firsts, seconds, len(cells), figures, in_cells],
        )
        return list(cursor.fetchall())


def _signed(kind: str, state: str, statement: sql.Composable) -> list[tuple[Any, ...]]:
    text = text_of(statement)
    with connections[scope_connection()].cursor() as cursor:
        cursor.execute("SELECT current_setting('coop.actor')")
        token = cursor.fetchone()[0]
        signature = sign(f"{kind}|{state}|{token}|{text}")
        with _answers_limited(state), in_time():
            cursor.execute(_SIGNED[kind], [state, text, signature])
        return list(cursor.fetchall())


@contextmanager
def _answers_limited(state: str) -> Iterator[None]:
    """Say it in the house's words where the month's answers to who counts without reading are given."""
    try:
        yield
    except DatabaseError as error:
        if not isinstance(error.__cause__, ConfigurationLimitExceeded):
            raise
        detail = f"{state} has given this month's answers to a license to count alone."
        raise Denied("answers_reached", detail, extra={"state": state}) from None


def text_of(statement: sql.Composable) -> str:
    """Return a statement as text, its constants quoted for the connection of the open scope."""
    connection = connections[scope_connection()]
    connection.ensure_connection()
    return statement.as_string(connection.connection)


def scope_connection() -> str:
    """Return the alias of the connection that the open scope is on."""
    scope = current_scope()
    return scope.using if scope else "default"


def _named_ballots(criteria: Criteria, states: Sequence[str]) -> str | None:
    """Return the election whose ballots the criteria ask about; None where they name none."""
    named = ballots_named(criteria)
    found = BallotElection.objects.filter(state__in=states, ballot_election=named)
    if named and not found.exists():
        detail = f"There are no ballots of {named!r}: name it like 2026-11-03 general."
        fault = FieldFault("/criteria", "unknown_election", detail)
        raise Invalid("unknown_election", detail, [fault])
    return named


def _check_elections(criteria: Criteria, facts: Mapping[str, StateFacts]) -> None:
    on_record = {election for one in facts.values() for election in one.elections}
    asked: list[Any] = []
    for test in comparisons(criteria):
        if test.op in {Operator.VOTED_ANY, Operator.VOTED_NONE}:
            asked.extend(test.value)  # type: ignore[arg-type]  # elections, by its operator
    faults = [
        FieldFault(
            "/criteria",
            "unknown_election",
            f"No {one.type} election of {one.date} is on record in {', '.join(facts)}.",
        )
        for one in dict.fromkeys(asked)
        if one not in on_record
    ]
    if faults:
        raise Invalid("unknown_election", faults[0].detail, faults)

"""How each standard field reads in SQL: its table, and the expression of its value for one voter.

Aliases are fixed: `r` is the registration, the group's own letter each other table, and
`c` what the visible audiences say of the voter's contacts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from psycopg import sql

from coop.actors import NOBODY
from coop.errors import Denied
from states.canvass.own_codes import KnownCodes
from states.canvass.published import KnownQuestion
from states.canvass.vocabulary import CONTACT_TYPES, RESULT_CODES, Vocabulary
from states.fields.answers import is_answer
from states.fields.definition import Field, Group, Kind
from states.scores.queries import KnownSet
from states.targeting.values import ElectionDay

TABLES: Final[Mapping[Group, tuple[str, str]]] = {
    Group.REGISTRATION: ("voters_registration", "r"),
    Group.DEMOGRAPHICS: ("voters_demographics", "d"),
    Group.CONTACT_DETAILS: ("voters_contactdetails", "p"),
    Group.VOTE_HISTORY: ("voters_votehistory", "h"),
    Group.BALLOTS: ("voters_ballot", "b"),
}
CASTS: Final[Mapping[Kind, str]] = {
    Kind.TEXT: "text",
    Kind.CODE: "text",
    Kind.INTEGER: "integer",
    Kind.NUMBER: "double precision",
    Kind.DATE: "date",
    Kind.BOOLEAN: "boolean",
    Kind.PHONE: "text",
    Kind.EMAIL: "text",
}
# Fields whose tables hold the numbers of these words.
NUMBERED: Final[Mapping[str, Vocabulary]] = {
    "last_contact_type": CONTACT_TYPES,
    "last_result": RESULT_CODES,
}


@dataclass(frozen=True, slots=True)
class StateFacts:
    """What a statement must know of its state: constants in it, so that partitions are pruned.

    `elections` are the state's numbers; `as_of` is the day on which ages and days back count;
    `ballot_election` is the election whose ballots are meant, None where there are none, and
    `current_ballots` the one that is meant where none is named;
    `scores` are the sets and `answers` the published questions that the caller may know of, by the names of
    their fields; `codes` are the activist codes of its organization.
    """

    state: str
    party_basis: str
    as_of: dt.date
    elections: Mapping[ElectionDay, int]
    ballot_election: str | None = None
    scores: Mapping[str, KnownSet] = field(default_factory=dict)
    answers: Mapping[str, KnownQuestion] = field(default_factory=dict)
    current_ballots: str | None = None
    codes: KnownCodes | None = None

    def for_ballots(self, named: str | None) -> StateFacts:
        """Return the same for the ballots of the election named, or of none in particular."""
        return replace(self, ballot_election=named or self.current_ballots)

    def last_elections(self, kind: str, count: int) -> list[int]:
        """Return the numbers of the newest `count` elections of a type, up to the day of the answer."""
        held = [one for one in self.elections if one.type == kind]
        past = sorted(
            (one.date for one in held if one.date <= self.as_of), reverse=True
        )
        return [self.elections[ElectionDay(date, kind)] for date in past[:count]]


def column_of(field: Field, facts: StateFacts) -> sql.Composable:
    """Return the SQL expression of a field's value for the voter of the row."""
    derived = _DERIVED.get(field.name)
    if derived:
        return derived(facts)
    if field.group is Group.SCORES:
        return sql.Identifier(_alias(known_score(field, facts)), "value")
    if is_answer(field.name):
        return _answer(known_answer(field, facts), facts)
    alias = TABLES[field.group][1]
    return sql.Identifier(alias, field.column or field.name)


def shown_column(field: Field, facts: StateFacts) -> sql.Composable:
    """Return the SQL expression of a field's value as it is shown: of a labeled score, the label, of an answer its name."""
    column = column_of(field, facts)
    if is_answer(field.name):
        return _named_answer(known_answer(field, facts), column)
    known = facts.scores.get(field.name) if field.group is Group.SCORES else None
    if known is None or not known.labels:
        return column
    labels = literal(list(known.labels), "text[]")
    return sql.SQL("({})[{}::integer]").format(labels, column)


def literal(value: object, cast: str) -> sql.Composable:
    """Return a value as an SQL constant of one type."""
    return sql.SQL("{}::{}").format(sql.Literal(value), sql.SQL(cast))


def suppressed(facts: StateFacts, kinds: sql.Composable | None) -> sql.Composable:
    """Return the test that a visible suppression, of these kinds or any, holds the voter."""
    which = sql.SQL(" AND s.kind = ANY ({})").format(kinds) if kinds else sql.SQL("")
    return sql.SQL(
        "EXISTS (SELECT FROM canvass_suppression AS s"
        " WHERE s.state = {} AND s.voter = r.voter{})"
    ).format(sql.Literal(facts.state), which)


def is_standing(field: Field) -> bool:
    """Tell whether a field's value is of what the visible audiences say now, rather than of history."""
    return field.group is Group.CONTACTS and not is_answer(field.name)


def contacts_join(facts: StateFacts, *, row_by_row: bool) -> sql.Composable:
    """Return the join of what the visible audiences say of each voter's contacts.

    `row_by_row` looks each voter up (for a chunk of a few thousand); otherwise the
    state's are gathered once (for a whole state).
    """
    words = _CONTACTS_OF_ONE if row_by_row else _CONTACTS_OF_ALL
    return sql.SQL(words).format(
        state=sql.Literal(facts.state), pool=literal(NOBODY, "uuid")
    )


def gathered_contacts(state: str) -> sql.Composable:
    """Return what the visible audiences say, as columns and the FROM of their rows `s`; not grouped yet."""
    return sql.SQL(_GATHERED).format(
        state=sql.Literal(state), pool=literal(NOBODY, "uuid")
    )


def contacts_among(facts: StateFacts, voters: sql.Composable) -> sql.Composable:
    """Return the rows, as of `contacts_join`, of those among an array of voters who have any: voter first."""
    return sql.SQL(_CONTACTS_AMONG).format(
        state=sql.Literal(facts.state), pool=literal(NOBODY, "uuid"), voters=voters
    )


def suppressions_among(facts: StateFacts, voters: sql.Composable) -> sql.Composable:
    """Return voter and visible suppressions (`kinds`) of those among an array of voters who have any."""
    return sql.SQL(
        "SELECT s.voter, array_agg(DISTINCT s.kind ORDER BY s.kind) AS kinds"
        " FROM canvass_suppression AS s WHERE s.state = {} AND s.voter = ANY ({}) GROUP BY s.voter"
    ).format(sql.Literal(facts.state), voters)


def score_join(field: Field, facts: StateFacts) -> sql.Composable:
    """Return the join of each voter's value in a score set, of the version that counts: not everyone has one."""
    known = known_score(field, facts)
    return sql.SQL(
        " LEFT JOIN voters_score AS {alias} ON {alias}.state = {state} AND {alias}.score_set = {set}"
        " AND {alias}.version = (SELECT h.version FROM scores_holding AS h"
        " WHERE h.state = {state} AND h.score_set = {set})"
        " AND {alias}.voter = r.voter AND {alias}.place > 0"
    ).format(
        alias=sql.Identifier(_alias(known)),
        state=sql.Literal(facts.state),
        set=literal(known.id, "uuid"),
    )


def known_score(field: Field, facts: StateFacts) -> KnownSet:
    """Return the set of a score's field. Raises `Denied` where it is shared no longer, in mid-answer."""
    known = facts.scores.get(field.name)
    if known is None:
        raise Denied("license_changed", "A score set is not shared with you any more.")
    return known


def score_alias(field: Field, facts: StateFacts) -> str:
    """Return the alias of the table that a score's values are joined from."""
    return _alias(known_score(field, facts))


def _alias(known: KnownSet) -> str:
    return f"s{known.id.hex}"


def known_answer(field: Field, facts: StateFacts) -> KnownQuestion:
    """Return the question of an answer's field. Raises `Denied` where it is published to the caller no longer."""
    known = facts.answers.get(field.name)
    if known is None:
        raise Denied("license_changed", "A question is not published to you any more.")
    return known


def answer_alias(known: KnownQuestion) -> str:
    """Return the alias under which the newest answers to a question are joined."""
    return f"a{known.id.hex}"


def _answer(known: KnownQuestion, facts: StateFacts) -> sql.Composable:
    if known.state != facts.state:
        return sql.SQL("NULL::text")
    return sql.Identifier(answer_alias(known), "response")


def _named_answer(known: KnownQuestion, column: sql.Composable) -> sql.Composable:
    words = sql.SQL("({})[array_position({}, {})]")
    names, ids = list(known.responses), [str(one) for one in known.responses.values()]
    return words.format(literal(names, "text[]"), literal(ids, "text[]"), column)


def ballots_join(facts: StateFacts) -> sql.Composable:
    """Return the join of each voter's ballot: not everyone has one."""
    return sql.SQL(
        " LEFT JOIN voters_ballot AS b ON b.state = {} AND b.ballot_election = {}"
        " AND b.voter = r.voter AND b.place > 0"
    ).format(sql.Literal(facts.state), literal(facts.ballot_election, "text"))


def ballots_licensed(facts: StateFacts) -> sql.Composable:
    """Return the test that ballots are licensed for the voter's place: that of the policy.

    It tells a voter without a ballot from one whose ballot is not shown.
    """
    return sql.SQL(
        "({state} = ANY ((SELECT sec.whole_states('ballots', {actions}))::text[])"
        " OR r.place = ANY ((SELECT sec.places('ballots', {actions}))::integer[])"
        " OR {state} = ANY ((SELECT sec.owned_states({actions}))::text[]))"
    ).format(
        state=sql.Literal(facts.state),
        actions=literal(["count", "read", "export"], "text[]"),
    )


# Who sees the pool as well adds only its own attempts that are not in it.
_GATHERED: Final = """
    coalesce(
        max(s.attempts) FILTER (WHERE s.audience = {pool})
            + coalesce(sum(s.held_attempts) FILTER (WHERE s.audience <> {pool}), 0),
        sum(s.attempts))::integer AS attempts,
    max(s.last_contact_at) AS last_contact_at,
    max(s.reached_at) AS reached_at,
    (array_agg(s.last_contact_type ORDER BY s.last_contact_at DESC, s.last_seq DESC))[1] AS last_contact_type,
    (array_agg(s.last_result ORDER BY s.last_contact_at DESC, s.last_seq DESC))[1] AS last_result,
    (array_agg(s.support ORDER BY s.support_at DESC, s.support_seq DESC)
        FILTER (WHERE s.support IS NOT NULL))[1] AS support
FROM canvass_standing AS s WHERE s.state = {state}"""
_CONTACTS_OF_ALL: Final = (
    f" LEFT JOIN (SELECT s.voter, {_GATHERED} GROUP BY s.voter)"
    " AS c ON c.voter = r.voter"
)
_CONTACTS_AMONG: Final = (
    f"SELECT s.voter, {_GATHERED} AND s.voter = ANY ({{voters}}) GROUP BY s.voter"
)
_CONTACTS_OF_ONE: Final = (
    f" LEFT JOIN LATERAL (SELECT {_GATHERED} AND s.voter = r.voter) AS c ON true"
)


def _age(facts: StateFacts) -> sql.Composable:
    return sql.SQL(
        "coalesce(extract(year FROM age({day}, d.birth_date))::integer,"
        " {year} - d.birth_year)"
    ).format(
        day=literal(facts.as_of, "date"), year=literal(facts.as_of.year, "integer")
    )


def _day_of(column: str) -> Callable[[StateFacts], sql.Composable]:
    words = sql.SQL("({} AT TIME ZONE 'UTC')::date")
    return lambda _facts: words.format(sql.Identifier("c", column))


def _plain(words: str) -> Callable[[StateFacts], sql.Composable]:
    return lambda _facts: sql.SQL(words)


def _suppressions(facts: StateFacts) -> sql.Composable:
    return sql.SQL(
        "ARRAY(SELECT DISTINCT s.kind FROM canvass_suppression AS s"
        " WHERE s.state = {} AND s.voter = r.voter ORDER BY 1)"
    ).format(sql.Literal(facts.state))


_DERIVED: Final[Mapping[str, Callable[[StateFacts], sql.Composable]]] = {
    "age": _age,
    "party_basis": lambda facts: literal(facts.party_basis, "text"),
    "times_voted": _plain("cardinality(h.elections)"),
    "last_contact": _day_of("last_contact_at"),
    "last_reached": _day_of("reached_at"),
    "last_contact_type": _plain("c.last_contact_type::integer"),
    "last_result": _plain("c.last_result::integer"),
    "attempts": _plain("coalesce(c.attempts, 0)"),
    "support": _plain("c.support::integer"),
    "suppressions": _suppressions,
}

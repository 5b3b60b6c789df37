"""Criteria to SQL: one statement a state, joined from the field groups it rests on.

Each joined table's own policy hides what is not licensed, so a question that uses several
groups is answered for the intersection of their places. SQL's three truth values do the
rest: unknown matches neither a test nor its negation. Values are always quoted by
psycopg; shielded voters are in no universe, the owner's included. Faster ways of
answering are measured against this one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID

from psycopg import sql

from states.fields.answers import is_answer
from states.fields.definition import Field, Group, Kind, Operator
from states.targeting.answers import answer_join
from states.targeting.codes import ACTIVIST_CODE, code_ids, coded
from states.targeting.columns import (
    CASTS,
    NUMBERED,
    TABLES,
    StateFacts,
    ballots_join,
    ballots_licensed,
    column_of,
    contacts_join,
    is_standing,
    known_answer,
    literal,
    score_alias,
    score_join,
    shown_column,
    suppressed,
)
from states.targeting.criteria import (
    EVERYONE,
    AllOf,
    AnyOf,
    Comparison,
    Criteria,
    Held,
    InList,
    Negation,
    ballots_named,
    fields_used,
    groups_used,
    lists_held,
)


@dataclass(frozen=True, slots=True)
class Universe:
    """Who is meant: criteria, and for lists the joins and conditions that narrow them further."""

    criteria: Criteria = EVERYONE
    joins: Sequence[sql.Composable] = ()
    conditions: Sequence[sql.Composable] = field(default=())


def count_statement(universe: Universe, facts: StateFacts) -> sql.Composed:
    """Return the statement whose one figure is the size of the universe in one state."""
    return sql.SQL("SELECT count(*) {}").format(_rows(universe, facts, ()))


def voters_statement(universe: Universe, facts: StateFacts) -> sql.Composed:
    """Return the statement of a universe's voters in one state: voter, place."""
    rows = _rows(universe, facts, ())
    return sql.SQL("SELECT r.voter, r.place {}").format(rows)


def page_statement(
    universe: Universe,
    facts: StateFacts,
    fields: Sequence[Field],
    *,
    after: UUID | None,
    limit: int,
) -> sql.Composed:
    """Return the statement of the next `limit` voters by id: voter, place, groups seen, fields.

    A joined group's boolean tells whether this voter's row of it is licensed.
    """
    conditions = list(universe.conditions)
    if after is not None:
        conditions.append(sql.SQL("r.voter > {}").format(literal(after, "uuid")))
    narrowed = replace(universe, conditions=conditions)
    rows = _rows(narrowed, facts, fields, row_by_row=True)
    return sql.SQL("SELECT {} {} ORDER BY r.voter LIMIT {}").format(
        shown_columns(fields, facts), rows, sql.Literal(limit)
    )


def universe_rows(
    universe: Universe,
    facts: StateFacts,
    *,
    also: frozenset[Group] = frozenset(),
    shown: Sequence[Field] = (),
    row_by_row: bool = False,
    after: UUID | None = None,
) -> sql.Composable:
    """Return FROM and WHERE of a universe: where `also` are licensed too, with the groups of `shown` if they are.

    `row_by_row` suits a page of a few thousand; otherwise a whole state is meant. `after` tells the joined
    tables that no voter up to this one is wanted: what walks beside the registration begins there too.
    """
    return _rows(universe, facts, shown, also=also, row_by_row=row_by_row, after=after)


def groups_shown(fields: Sequence[Field]) -> list[Group]:
    """Return the groups whose rows an answer shows beside the registration, in a fixed order."""
    return [
        group
        for group in TABLES
        if group is not Group.REGISTRATION and any(one.group is group for one in fields)
    ]


def shown_columns(fields: Sequence[Field], facts: StateFacts) -> sql.Composable:
    """Return what a statement of voters selects: voter, place, groups seen, and the values of fields."""
    seen = [
        ballots_licensed(facts)
        if group is Group.BALLOTS
        else sql.SQL("{} IS NOT NULL").format(sql.Identifier(TABLES[group][1], "voter"))
        for group in groups_shown(fields)
    ]
    values = [shown_column(one, facts) for one in fields]
    head = [sql.SQL("r.voter"), sql.SQL("r.place")]
    return sql.SQL(", ").join([*head, *seen, *values])


def _rows(
    universe: Universe,
    facts: StateFacts,
    fields: Sequence[Field],
    *,
    row_by_row: bool = False,
    also: frozenset[Group] = frozenset(),
    after: UUID | None = None,
) -> sql.Composable:
    """Return FROM and WHERE: inner joins for the criteria's groups and `also`, outer ones for groups only shown."""
    used = groups_used(universe.criteria) | also
    joined = [
        group for group in TABLES if group in used or group in groups_shown(fields)
    ]
    joins = [
        *universe.joins,
        *(
            _bounded(
                _join(group, facts, outer=group not in used), TABLES[group][1], after
            )
            for group in joined
            if group is not Group.REGISTRATION
        ),
    ]
    scores = [*fields_used(universe.criteria), *fields]
    joins += [
        _bounded(score_join(one, facts), score_alias(one, facts), after)
        for one in dict.fromkeys(scores)
        if one.group is Group.SCORES
    ]
    named = dict.fromkeys([*fields_used(universe.criteria), *fields])
    joins += [
        answer_join(one, facts, row_by_row=row_by_row)
        for one in named
        if is_answer(one.name)
    ]
    if any(map(is_standing, named)) or Group.CONTACTS in also:
        joins.append(contacts_join(facts, row_by_row=row_by_row))
    # A list that may be used no longer must not pass for one that holds nobody.
    usable = [one.usable for one in lists_held(universe.criteria)]
    conditions = [*universe.conditions, *usable, predicate(universe.criteria, facts)]
    if Group.BALLOTS in used:
        conditions.append(ballots_licensed(facts))
    return sql.SQL(
        "FROM voters_registration AS r{} WHERE r.state = {} AND r.place > 0 AND {}"
    ).format(
        sql.SQL("").join(joins),
        sql.Literal(facts.state),
        sql.SQL(" AND ").join(conditions),
    )


def _bounded(join: sql.Composable, alias: str, after: UUID | None) -> sql.Composable:
    """Return a join whose table begins after a voter; an equality with the registration does not say so to the planner."""
    if after is None:
        return join
    bound = sql.SQL("{} AND {}.voter > {}")
    return bound.format(join, sql.Identifier(alias), literal(after, "uuid"))


def _join(group: Group, facts: StateFacts, *, outer: bool) -> sql.Composable:
    if group is Group.BALLOTS:
        return ballots_join(facts)
    table, alias = TABLES[group]
    return sql.SQL(
        " {} JOIN {table} AS {alias} ON {alias}.state = {state}"
        " AND {alias}.voter = r.voter AND {alias}.place > 0"
    ).format(
        sql.SQL("LEFT" if outer else "INNER"),
        table=sql.Identifier(table),
        alias=sql.Identifier(alias),
        state=sql.Literal(facts.state),
    )


def predicate(tree: Criteria, facts: StateFacts) -> sql.Composable:
    """Return a tree as one SQL condition: true, false or unknown for each voter."""
    match tree:
        case AllOf(children):
            return _joined(" AND ", children, facts)
        case AnyOf(children):
            return _joined(" OR ", children, facts)
        case Negation(child):
            return sql.SQL("(NOT {})").format(predicate(child, facts))
        case Comparison():
            return sql.SQL("({})").format(_TESTS[tree.op](tree, facts))
        case Held():
            return _held(tree, facts)
        case InList():
            raise LookupError(f"the list {tree.list} was not looked up")


def _held(tree: Held, facts: StateFacts) -> sql.Composable:
    """Test membership, which is known of everyone; a live list on ballots asks about those that it means itself."""
    if facts.state not in tree.states:
        return sql.SQL("FALSE")
    if tree.criteria is None:
        return tree.held(facts.state)
    own = facts.for_ballots(ballots_named(tree.criteria))
    alike = own.ballot_election == facts.ballot_election
    if alike or Group.BALLOTS not in groups_used(tree.criteria):
        return sql.SQL("({} IS TRUE)").format(predicate(tree.criteria, facts))
    statement = voters_statement(Universe(tree.criteria), own)
    words = sql.SQL("(r.voter IN (SELECT held.voter FROM ({}) AS held))")
    return words.format(statement)


def _joined(
    word: str, children: Sequence[Criteria], facts: StateFacts
) -> sql.Composable:
    if not children:
        return sql.SQL("TRUE")
    parts = [predicate(child, facts) for child in children]
    return sql.SQL("({})").format(sql.SQL(word).join(parts))


def _sides(
    test: Comparison, facts: StateFacts, value: Any
) -> tuple[sql.Composable, sql.Composable]:
    """Return a field's expression, and a constant to hold against it, alike in type and case."""
    column = column_of(test.field, facts)
    words = NUMBERED.get(test.field.name)
    cast = "integer" if words else CASTS[test.field.kind]
    if words:
        value = _each(value, words.number)
    if test.field.group is Group.SCORES:
        value = _each(value, facts.scores[test.field.name].number)
    if is_answer(test.field.name):
        asked = known_answer(test.field, facts)
        value = _each(value, lambda one: str(asked.response(one)))
    if test.field.kind in {Kind.TEXT, Kind.EMAIL}:
        value = _each(value, str.upper)
        column = sql.SQL("upper({})").format(column)
    if isinstance(value, tuple):
        return column, literal(list(value), f"{cast}[]")
    return column, literal(value, cast)


def _each(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, tuple):
        return tuple(change(one) for one in value)
    return change(value)


def _compared(words: str) -> Callable[[Comparison, StateFacts], sql.Composable]:
    def compared(test: Comparison, facts: StateFacts) -> sql.Composable:
        return sql.SQL(words).format(*_sides(test, facts, test.value))

    return compared


def _between(test: Comparison, facts: StateFacts) -> sql.Composable:
    bounds: Any = test.value
    low, high = bounds
    column, lowest = _sides(test, facts, low)
    highest = _sides(test, facts, high)[1]
    return sql.SQL("{} BETWEEN {} AND {}").format(column, lowest, highest)


def _known(test: Comparison, facts: StateFacts) -> sql.Composable:
    if test.field.name == "suppressions":
        some = suppressed(facts, None)
        return some if test.value else sql.SQL("NOT {}").format(some)
    if test.field.name == ACTIVIST_CODE:
        some = coded(facts, None)
        return some if test.value else sql.SQL("NOT {}").format(some)
    words = "{} IS NOT NULL" if test.value else "{} IS NULL"
    return sql.SQL(words).format(column_of(test.field, facts))


def _within_days(test: Comparison, facts: StateFacts) -> sql.Composable:
    """Test days back: of a voter never contacted it is known that it was not within them."""
    since = facts.as_of - dt.timedelta(days=int(test.value))  # type: ignore[arg-type]
    column = column_of(test.field, facts)
    return sql.SQL("coalesce({} >= {}, false)").format(column, literal(since, "date"))


def _has(test: Comparison, facts: StateFacts) -> sql.Composable:
    if test.field.name == ACTIVIST_CODE:
        held = coded(facts, code_ids(test, facts))
    else:
        held = suppressed(facts, literal(list(test.value), "text[]"))  # type: ignore[arg-type]
    return held if test.op is Operator.HAS else sql.SQL("NOT {}").format(held)


def _voted(test: Comparison, facts: StateFacts) -> sql.Composable:
    """Test elections; one that is not on the state's record is unknown, not one that nobody voted in."""
    elections: Any = test.value
    numbers = [facts.elections.get(one) for one in elections]
    known = literal([one for one in numbers if one is not None], "integer[]")
    voted = sql.SQL("h.elections && {}").format(known)
    if None in numbers:
        voted = sql.SQL("({} OR NULL::boolean)").format(voted)
    return voted if test.op is Operator.VOTED_ANY else sql.SQL("NOT {}").format(voted)


def _turned_out(test: Comparison, facts: StateFacts) -> sql.Composable:
    turnout: Any = test.value
    numbers = facts.last_elections(turnout.type, turnout.of_last)
    if not numbers:
        return sql.SQL("NULL::boolean")
    votes = [
        sql.SQL("({} = ANY (h.elections))::integer").format(sql.Literal(number))
        for number in numbers
    ]
    total = sql.SQL(" + ").join(votes)
    return sql.SQL("{} >= {}").format(total, sql.Literal(turnout.times))


_TESTS: Final[Mapping[Operator, Callable[[Comparison, StateFacts], sql.Composable]]] = {
    Operator.EQ: _compared("{} = {}"),
    Operator.IN: _compared("{} = ANY ({})"),
    Operator.PREFIX: _compared("starts_with({}, {})"),
    Operator.LT: _compared("{} < {}"),
    Operator.LTE: _compared("{} <= {}"),
    Operator.GT: _compared("{} > {}"),
    Operator.GTE: _compared("{} >= {}"),
    Operator.BETWEEN: _between,
    Operator.WITHIN_DAYS: _within_days,
    Operator.KNOWN: _known,
    Operator.HAS: _has,
    Operator.HAS_NOT: _has,
    Operator.VOTED_ANY: _voted,
    Operator.VOTED_NONE: _voted,
    Operator.VOTED_AT_LEAST: _turned_out,
}

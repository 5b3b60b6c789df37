"""Criteria to bitmaps: the voters of whom a tree is true, or those of whom it is false.

Unknown is neither, so the two are asked for apart: a negation swaps them, and nothing else has to
know of three truth values. Whatever is not kept as bitmaps raises `NotKept`, and SQL answers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Any, Final

from psycopg import sql
from pyroaring import BitMap

from states.facets.kept import Form, form_of
from states.facets.live import EMPTY
from states.facets.reading import Facets
from states.facets.sliced import Sliced
from states.fields.answers import is_answer
from states.fields.definition import Field, Group, Kind, Operator
from states.targeting.ages import Ages
from states.targeting.codes import ACTIVIST_CODE, code_ids
from states.targeting.columns import StateFacts, known_answer, known_score
from states.targeting.criteria import (
    AllOf,
    AnyOf,
    Comparison,
    Criteria,
    Held,
    InList,
    Negation,
    groups_used,
    lists_held,
)
from states.targeting.live import LiveFacets
from states.targeting.live_splits import answer_split, coded_split, live_split
from states.targeting.queries import rows_of
from states.targeting.row_splits import ballot_split, score_split
from states.targeting.splits import (
    NOBODY,
    NotKept,
    NotStored,
    Split,
    compared,
    kept_number,
)

_ONE_ROW: Final = sql.SQL("SELECT 1 WHERE {}")

_BY_ROWS: Final = frozenset({Group.BALLOTS, Group.SCORES})
"""Groups whose bitmaps a process makes of rows, as uploads leave them."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a tree is judged with: one state's facts, its bitmaps, and who is in the universe at all."""

    facts: StateFacts
    facets: Facets
    live: LiveFacets
    everyone: BitMap

    def true(self, tree: Criteria) -> BitMap:
        """Return the voters of whom a tree is true."""
        return self._judged(tree, is_true=True) & self.everyone

    def _judged(self, tree: Criteria, *, is_true: bool) -> BitMap:
        match tree:
            case AllOf(children):
                return self._joined(children, every=is_true, is_true=is_true)
            case AnyOf(children):
                return self._joined(children, every=not is_true, is_true=is_true)
            case Negation(child):
                return self._judged(child, is_true=not is_true)
            case Comparison():
                return self._compared(tree, is_true=is_true)
            case Held():
                held = self._held(tree) & self.everyone
                return held if is_true else self.everyone - held
            case InList():
                raise LookupError(f"the list {tree.list} was not looked up")

    def _compared(self, test: Comparison, *, is_true: bool) -> BitMap:
        try:
            split = self._split(test)
        except NotStored:
            return self.live.tests.voters(test, self.facts, is_true=is_true)
        return split.true if is_true else split.known - split.true

    def _joined(
        self, children: Iterable[Criteria], *, every: bool, is_true: bool
    ) -> BitMap:
        parts = [self._judged(child, is_true=is_true) for child in children]
        if every:
            return reduce(and_, sorted(parts, key=len), self.everyone)
        return BitMap.union(*parts) if parts else NOBODY

    def _held(self, tree: Held) -> BitMap:
        """Return a list's voters: a live one's by its criteria, a pinned one's as they are kept."""
        if self.facts.state not in tree.states:
            return NOBODY
        if tree.criteria is not None:
            return self._judged(tree.criteria, is_true=True)
        words = "SELECT r.ordinal FROM voters_registration AS r WHERE r.state = {} AND r.place > 0 AND {}"
        if self.facets.keys.counted:
            raise NotKept("a pinned list")
        statement = sql.SQL(words).format(
            sql.Literal(self.facts.state), tree.held(self.facts.state)
        )
        return BitMap(ordinal for (ordinal,) in rows_of(statement))

    def _split(self, test: Comparison) -> Split:
        if test.field.name == "age":
            return self._age(test)
        if test.field.name == "party_basis":
            holds = test.op is Operator.KNOWN or self.facts.party_basis in _listed(test)
            if test.op is Operator.KNOWN:
                holds = test.value is True
            return Split(self.everyone if holds else NOBODY, self.everyone)
        if test.field.group is Group.CONTACTS:
            return self._live(test)
        if test.field.group in _BY_ROWS:
            return self._by_rows(test)
        form = form_of(test.field)
        if form is None:
            raise NotStored(test.field.name)
        return _SPLITS[form](self, test)

    def _live(self, test: Comparison) -> Split:
        """Judge what changes by the hour; a question published in another state has no answers here."""
        facts, everyone = self.facts, self.everyone
        if is_answer(test.field.name):
            question = known_answer(test.field, facts)
            here = question.state == facts.state
            view = self.live.view() if here else EMPTY
            return answer_split(test, question, view, everyone)
        view = self.live.view()
        if test.field.name == ACTIVIST_CODE:
            return coded_split(test, code_ids(test, facts), view, everyone)
        return live_split(test, view, everyone, facts.as_of)

    def _by_rows(self, test: Comparison) -> Split:
        rows, facts = self.live.rows, self.facts
        if test.field.group is Group.BALLOTS:
            view = rows.ballots(facts).view
            return ballot_split(test, view, facts.ballot_election, self.everyone)
        known = known_score(test.field, facts)
        return score_split(test, rows.scores(known.id), known, self.everyone)

    def _known(self, test: Comparison) -> Split:
        """Judge whether a field is known, which itself is known of everyone."""
        field = test.field
        return self._is_known(test, self.facets.known(field.group, field.name))

    def _is_known(self, test: Comparison, known: BitMap) -> Split:
        if test.op is not Operator.KNOWN:
            raise NotStored(test.field.name)
        return Split(known if test.value else self.everyone - known, self.everyone)

    def _value(self, test: Comparison) -> Split:
        field, facets = test.field, self.facets
        if test.op is Operator.KNOWN:
            return self._known(test)
        wanted = [_kept_text(field, one) for one in _listed(test)]
        if test.op is Operator.PREFIX:
            every = facets.values(field.group, field.name)
            wanted = [one for one in every if one.startswith(wanted[0])]
        parts = [facets.having(field.group, field.name, one) for one in wanted]
        known = facets.known(field.group, field.name)
        return Split(BitMap.union(*parts) if parts else NOBODY, known)

    def _sliced(self, test: Comparison) -> Split:
        if test.op is Operator.KNOWN:
            return self._known(test)
        sliced = self.facets.sliced(test.field.group, test.field.name)
        return Split(compared(sliced, test.op, test.value, kept_number), sliced.known)

    def _age(self, test: Comparison) -> Split:
        ages = ages_of(self.facets, self.facts.as_of)
        if test.op is Operator.KNOWN:
            return self._is_known(test, ages.known)
        return Split(compared(ages, test.op, test.value, int), ages.known)

    def _voted(self, test: Comparison) -> Split:
        everyone = self.facets.everyone(Group.VOTE_HISTORY)
        value: Any = test.value
        if test.op is Operator.VOTED_AT_LEAST:
            numbers = self.facts.last_elections(value.type, value.of_last)
            if not numbers:
                return Split(NOBODY, NOBODY)
            return Split(self._voted_often(numbers, value.times, everyone), everyone)
        asked = [self.facts.elections.get(one) for one in value]
        votes = [self._voted_in(one) for one in asked if one is not None]
        some = BitMap.union(*votes) if votes else NOBODY
        # An election that is not on record is unknown, not one that nobody voted in.
        known = some if None in asked else everyone
        if test.op is Operator.VOTED_ANY:
            return Split(some, known)
        return Split(known - some, known)

    def _voted_in(self, election: int) -> BitMap:
        return self.facets.having(Group.VOTE_HISTORY, "voted", str(election))

    def _voted_often(
        self, numbers: Iterable[int], times: int, everyone: BitMap
    ) -> BitMap:
        """Return who voted in at least so many: `often[n]` are those who did in n so far."""
        often = [everyone, *([NOBODY] * times)]
        for number in numbers:
            votes = self._voted_in(number)
            for count in range(times, 0, -1):
                often[count] = often[count] | (often[count - 1] & votes)
        return often[times]


def check_usable(criteria: Criteria) -> None:
    """Raise `NotKept` where a list that criteria rest on may be used no longer: SQL then gives nobody."""
    usable = [one.usable for one in lists_held(criteria)]
    if usable and not rows_of(_ONE_ROW.format(sql.SQL(" AND ").join(usable))):
        raise NotKept("a list that may be used no longer")


def plan_for(
    criteria: Criteria, facts: StateFacts, facets: Facets, live: LiveFacets
) -> Plan:
    """Return the plan of a tree: whom every group that it uses is licensed for. Raises `NotKept`."""
    check_usable(criteria)
    return plan_over(groups_used(criteria), facts, facets, live)


def plan_over(
    groups: Iterable[Group], facts: StateFacts, facets: Facets, live: LiveFacets
) -> Plan:
    """Return a plan over the voters for whom all these groups are licensed. Raises `NotKept`."""
    used = set(groups)
    needed = {Group.REGISTRATION, *used} - {Group.CONTACTS, *_BY_ROWS}
    everyone = reduce(and_, [facets.everyone(one) for one in sorted(needed)])
    if Group.BALLOTS in used:
        everyone = everyone & live.rows.ballots(facts).everyone
    return Plan(facts, facets, live, everyone)


def ages_of(facets: Facets, as_of: dt.date) -> Ages:
    """Return the ages of voters on a day; years of birth are asked for where somebody's day is not known."""
    group = Group.DEMOGRAPHICS
    dates = facets.sliced(group, "birth_date")
    alone = facets.known(group, "birth_year") - dates.known
    digits = facets.sliced(group, "birth_year").digits if alone else {}
    return Ages(dates, Sliced(alone, digits), as_of)


def _kept_text(field: Field, value: Any) -> str:
    return str(value).upper() if field.kind is Kind.TEXT else str(value)


def _listed(test: Comparison) -> tuple[Any, ...]:
    return test.value if isinstance(test.value, tuple) else (test.value,)


_SPLITS: Final[Mapping[Form, Callable[[Plan, Comparison], Split]]] = {
    Form.VALUES: Plan._value,  # noqa: SLF001 - this module's own
    Form.SLICED: Plan._sliced,  # noqa: SLF001
    Form.ELECTIONS: Plan._voted,  # noqa: SLF001
    Form.KNOWN: Plan._known,  # noqa: SLF001
}

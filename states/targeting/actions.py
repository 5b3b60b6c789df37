"""Counting and sampling universes: each use of a state's file with its entry in that state's account."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, Protocol, TypeVar

from django.utils import timezone

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.grants.caps import note_voters
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from states.fields.definition import Field, Group
from states.fields.lists import MEMBERSHIP
from states.fields.registry import field as standard_field
from states.fields.scores import is_score
from states.targeting.answering import count_by_bitmaps
from states.targeting.bitmap_figures import figures_by_bitmaps
from states.targeting.cells import COUNTED, FIGURE_FIELDS, figures_statement
from states.targeting.columns import StateFacts
from states.targeting.compile import Universe, count_statement
from states.targeting.criteria import (
    EVERYONE,
    Criteria,
    fields_used,
    groups_used,
    lists_held,
)
from states.targeting.licensing import (
    License,
    Refused,
    check_stands,
    choose_states,
    licenses,
    shown_fields,
)
from states.targeting.queries import (
    At,
    cells_of,
    facts_of,
    figure_at,
    freshness,
    signed_figure_of,
)
from states.targeting.rows import VoterRow, read_row
from states.targeting.rules import without_identifying
from states.targeting.sampling import draw

MAX_SAMPLE: Final = 100


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: criteria, in these states (None: wherever licensed), as of a day.

    `also` are fields that the answer rests on beside those of the criteria; `figures`
    are asked beside the count: names of `cells.FIGURES`.
    """

    criteria: Criteria = EVERYONE
    states: Sequence[str] | None = None
    as_of: dt.date = field(default_factory=lambda: timezone.now().date())
    also: tuple[Field, ...] = ()
    figures: tuple[str, ...] = ()

    @property
    def asked(self) -> tuple[Field, ...]:
        """The fields by whose values voters are told apart."""
        return tuple(dict.fromkeys([*fields_used(self.criteria), *self.also]))

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields that the answer rests on, those of its figures too."""
        further = [one for name in self.figures for one in FIGURE_FIELDS[name]]
        return tuple(dict.fromkeys([*self.asked, *further]))

    @property
    def groups(self) -> frozenset[Group]:
        """The field groups that the answer rests on."""
        return groups_used(self.criteria) | {one.group for one in self.fields}


@dataclass(frozen=True, slots=True)
class StateCount:
    """One state's figure; not exact: with noise, in tens. `count` None: below the state's threshold, withheld.

    `figures` are those asked for beside it, by name, noised and withheld like it. `position` is
    that of the state's feed that an exact answer is of.
    """

    state: str
    count: int | None
    exact: bool
    figures: Mapping[str, int | None] = field(default_factory=dict)
    position: int | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """The answer to a count."""

    states: tuple[StateCount, ...]
    refused: tuple[Refused, ...]
    freshness: Mapping[str, Any]

    @property
    def total(self) -> int | None:
        """The sum of the figures shown; None where every figure is withheld."""
        shown = [one.count for one in self.states if one.count is not None]
        return sum(shown) if shown else None

    @property
    def exact(self) -> bool:
        """Tell whether no figure is rounded or withheld."""
        return all(one.exact for one in self.states)

    @property
    def withheld(self) -> bool:
        """Tell whether some figure is withheld."""
        return any(one.count is None for one in self.states)


@dataclass(frozen=True, slots=True)
class Sampled:
    """The answer to a sample: voters in random order."""

    voters: tuple[VoterRow, ...]
    refused: tuple[Refused, ...]
    freshness: Mapping[str, Any]


def use_of(
    license_: License,
    question: Question,
    *,
    rows: int | None,
    shown: Iterable[str] = (),
) -> Use:
    """Return what an answer used of a state's file, for the account: names and figures only.

    Scores are not the state's: its owner does not learn that there are any.
    `shown` are the names of fields in the answer, beside those that the criteria name.
    """
    names = {*(one.name for one in question.fields), *shown}
    fields = {name for name in names if not is_score(name)}
    groups = {*question.groups, *(standard_field(name).group for name in fields)}
    groups.discard(Group.SCORES)
    grants = license_.grants_for(groups)
    return Use(
        state=license_.state,
        grants=[one.id for one in grants],
        purpose=",".join(sorted({one.purpose for one in grants})),
        groups=[one.value for one in groups],
        fields=fields,
        rows=rows,
    )


T = TypeVar("T")
S_co = TypeVar("S_co", covariant=True)


class Ask(Protocol[S_co]):
    """Answers for one state inside the right scope, with its entry in the account."""

    def __call__(
        self, license_: License, facts: StateFacts, /, *, exact: bool
    ) -> S_co: ...


@dataclass(frozen=True, slots=True)
class Answered(Generic[T]):
    """What each state answered, in order, and the states that could not be asked."""

    states: tuple[T, ...]
    refused: tuple[Refused, ...]
    freshness: Mapping[str, Any]


def count_voters(*, question: Question, by: Actor) -> Counted:
    """Count a universe: exact where all that may be counted may be read, else with noise.

    Raises `Denied` (`field_not_licensed`, `state_not_licensed`, `identifying_criteria`, `answers_reached`) or
    `Invalid` (`unknown_state`, `unknown_election`).
    """

    def ask(license_: License, facts: StateFacts, *, exact: bool) -> StateCount:
        universe = Universe(question.criteria)
        found = (
            _exact_figures(question, universe, facts)
            if exact
            else _noised_figures(question, universe, facts)
        )
        use = use_of(license_, question, rows=found.count)
        record(Event.VOTERS_COUNTED, by=by, use=use, detail={"exact": exact})
        return found

    found = answer_states(question=question, ask=ask, by=by)
    return Counted(found.states, found.refused, found.freshness)


def _exact_figures(
    question: Question, universe: Universe, facts: StateFacts
) -> StateCount:
    """Count by bitmaps where they hold all that is asked, else by SQL: all figures of one position."""
    state, names = facts.state, question.figures
    if not names:
        counted = count_by_bitmaps(universe.criteria, facts)
        counted = counted or figure_at(state, count_statement(universe, facts))
        return StateCount(state, counted.answer, exact=True, position=counted.position)
    told = figures_by_bitmaps(universe.criteria, facts, names)
    if told is None:
        statement = figures_statement(universe, facts, names, counted=True)
        cells = cells_of(state, statement, exact=True)
        by_name = {name: int(figure) for name, _, figure in cells.answer}
        told = At(by_name, cells.position)
    figures = dict(told.answer)
    counted_now = figures.pop(COUNTED)
    return StateCount(
        state, counted_now, exact=True, figures=figures, position=told.position
    )


def _noised_figures(
    question: Question, universe: Universe, facts: StateFacts
) -> StateCount:
    """Return what the counting role gives; a figure that it withholds is None."""
    counted = count_by_bitmaps(universe.criteria, facts, counted=True)
    count = signed_figure_of(
        facts.state,
        count_statement(universe, facts),
        counted=None if counted is None else counted.answer,
    )
    found: dict[str, int] = {}
    if question.figures:
        statement = figures_statement(universe, facts, question.figures)
        cells = cells_of(facts.state, statement, exact=False)
        found = {name: int(figure) for name, _, figure in cells.answer}
    figures = {name: found.get(name) for name in question.figures}
    return StateCount(facts.state, count, exact=False, figures=figures)


def answer_states(*, question: Question, ask: Ask[T], by: Actor) -> Answered[T]:
    """Ask each state that may be asked: exactly where all that may be counted may be read, else with noise.

    Raises as `count_voters` does.
    """
    with acting_as(by, Action.COUNT):
        counting, reading = licenses(by, Action.COUNT), licenses(by, Action.READ)
        choice = choose_states(
            question.states,
            _either(counting, reading, question.groups),
            question.fields,
            action=Action.COUNT,
        )
        exact = [
            reading[one.state]
            for one in choice.licensed
            if _reads_all(one, reading.get(one.state), question.groups)
        ]
        identifying = [one for one in question.asked if one.identifying]
        if any(lists_held(question.criteria)):
            identifying.append(MEMBERSHIP)
        choice = without_identifying(choice, exact, identifying)
        facts = facts_of(
            choice.licensed,
            question.criteria,
            as_of=question.as_of,
            fields=question.fields,
        )
        fresh = freshness([one.state for one in choice.licensed])
        exactly = {one.state for one in exact}
        found = {
            one.state: ask(one, facts[one.state], exact=False)
            for one in choice.licensed
            if one.state not in exactly
        }
        check_stands(choice.licensed, question.groups, by=by)
    if exact:
        with acting_as(by, Action.READ):
            found |= {
                one.state: ask(one, facts[one.state], exact=True) for one in exact
            }
            check_stands(exact, question.groups, by=by)
    return Answered(tuple(found[state] for state in facts), choice.refused, fresh)


def _either(
    counting: Mapping[str, License],
    reading: Mapping[str, License],
    groups: frozenset[Group],
) -> dict[str, License]:
    """Return the license to count, or where only reading is licensed that far, to read."""
    far = {state: one for state, one in reading.items() if groups <= one.groups}
    counts = {state: one for state, one in counting.items() if groups <= one.groups}
    return {**reading, **counting, **far, **counts}


def _reads_all(
    counting: License, reading: License | None, groups: frozenset[Group]
) -> bool:
    if reading is None or not groups <= reading.groups:
        return False
    return counting.action is Action.READ or reading.covers(counting, groups)


def sample_voters(
    *,
    question: Question,
    size: int,
    names: Sequence[str] | None,
    seed: int | None = None,
    by: Actor,
) -> Sampled:
    """Draw up to `size` voters of a universe at random, all its states alike; by a seed, always the same.

    `names` are the fields to show (None: all that are licensed). Raises as `count_voters`
    does, and `Denied` with `cap_reached`.
    """
    with acting_as(by, Action.READ):
        choice = choose_states(
            question.states,
            licenses(by, Action.READ),
            question.fields,
            action=Action.READ,
        )
        facts = facts_of(choice.licensed, question.criteria, as_of=question.as_of)
        drawn = sorted(
            (
                row
                for one in choice.licensed
                for row in _draw(one, question, facts[one.state], names, size, seed)
            ),
            key=lambda one: one[0],
        )
        voters = [row for _, row in drawn[:size]]
        for one in choice.licensed:
            _account_for_sample(one, question, voters, by)
        fresh = freshness([one.state for one in choice.licensed])
        check_stands(choice.licensed, set(Group), by=by)
    return Sampled(tuple(voters), choice.refused, fresh)


def _draw(
    license_: License,
    question: Question,
    facts: StateFacts,
    names: Sequence[str] | None,
    size: int,
    seed: int | None,
) -> list[tuple[float, VoterRow]]:
    """Return a state's voters with the lowest random keys: merged by key, states are drawn alike."""
    shown = shown_fields(license_, names)
    rows = draw(question.criteria, facts, shown.fields, size=size, seed=seed)
    return [
        (key, read_row(license_.state, row, shown.fields, shown.unlicensed))
        for key, *row in rows
    ]


def _account_for_sample(
    license_: License, question: Question, voters: Sequence[VoterRow], by: Actor
) -> None:
    """Note what leaves against the caps, and write what was shown of whom into the account."""
    rows = [one for one in voters if one.state == license_.state]
    names = {name for one in rows for name in one.values}
    groups = {Group.REGISTRATION, *(standard_field(name).group for name in names)}
    note_voters(
        by=by,
        state=license_.state,
        voters=[one.voter for one in rows],
        groups=[group.value for group in groups],
        action=Action.READ,
    )
    use = use_of(license_, question, rows=len(rows), shown=names)
    record(Event.VOTERS_SAMPLED, by=by, use=use)

"""Figures by value: breakdowns and histograms, and households, phones and doors, each use accounted for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coop.actors import Actor
from coop.errors import FieldFault, Invalid
from coop.ledger.actions import record
from coop.ledger.events import Event
from states.fields.definition import Group, Kind
from states.fields.registry import UnknownField, field as standard_field
from states.targeting.actions import Answered, Question, answer_states, use_of
from states.targeting.bitmap_cells import cells_by_bitmaps
from states.targeting.cells import (
    DATE_STEPS,
    MAX_CELLS,
    Axis,
    Step,
    breakdown_statement,
    can_break_down,
    usual_step,
)
from states.targeting.columns import StateFacts
from states.targeting.compile import Universe
from states.targeting.licensing import License
from states.targeting.queries import cells_of
from states.targeting.scores import score_value

MAX_WIDTH = 100


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a breakdown: its values, in the order of the axes, and how many voters have them."""

    values: tuple[Any, ...]
    count: int


@dataclass(frozen=True, slots=True)
class StateCells:
    """One state's cells; not exact: each with noise and in tens, those below the threshold left out.

    The total is the sum of the cells shown: it tells no more than they do. `position` is that
    of the state's feed that exact cells are of.
    """

    state: str
    cells: tuple[Cell, ...]
    exact: bool
    position: int | None = None

    @property
    def total(self) -> int:
        """The sum of the cells shown."""
        return sum(one.count for one in self.cells)


def read_axes(names: Sequence[str], steps: Mapping[str, Step]) -> tuple[Axis, ...]:
    """Return the fields to break down by; raises `Invalid` with a fault for each that cannot be."""
    axes, faults = [], []
    for place, name in enumerate(names):
        try:
            axes.append(_axis(name, steps))
        except UnknownField as unknown:
            fault = FieldFault(f"/by/{place}", "unknown_field", str(unknown))
            faults.append(fault)
    faults += [
        FieldFault(f"/steps/{name}", "step_invalid", "It is not broken down by.")
        for name in steps
        if name not in names
    ]
    faults += [fault for axis in axes for fault in _faults_of(axis, names)]
    if faults:
        raise Invalid(faults[0].code, faults[0].detail, faults)
    return tuple(axes)


def break_down(
    *, question: Question, axes: Sequence[Axis], by: Actor
) -> Answered[StateCells]:
    """Count a universe by one field or two, state by state; raises as `count_voters` does.

    `question.also` names the fields of the axes. Raises `Invalid` (`breakdown_too_large`)
    where a state has too many cells to be shown.
    """

    def ask(license_: License, facts: StateFacts, *, exact: bool) -> StateCells:
        told = cells_by_bitmaps(question.criteria, facts, axes, counted=not exact)
        if told is None or not exact:
            statement = breakdown_statement(Universe(question.criteria), facts, axes)
            told = cells_of(license_.state, statement, exact=exact, counted=told)
        rows = told.answer
        if len(rows) > MAX_CELLS:
            detail = f"{license_.state} has more than {MAX_CELLS:,} cells."
            raise Invalid("breakdown_too_large", detail)
        cells = tuple(Cell(_values(axes, row, facts), row[2]) for row in rows)
        found = StateCells(license_.state, cells, exact, told.position)
        use = use_of(license_, question, rows=found.total)
        shape = {"exact": exact, "cells": len(cells)}
        record(Event.VOTERS_BROKEN_DOWN, by=by, use=use, detail=shape)
        return found

    return answer_states(question=question, ask=ask, by=by)


def _values(
    axes: Sequence[Axis], row: Sequence[Any], facts: StateFacts
) -> tuple[Any, ...]:
    return tuple(
        score_value(text, facts.scores[axis.field.name])
        if axis.field.group is Group.SCORES and text is not None
        else axis.value(text)
        for axis, text in zip(axes, row, strict=False)
    )


def _axis(name: str, steps: Mapping[str, Step]) -> Axis:
    found = standard_field(name)
    return Axis(found, steps.get(name, usual_step(found)))


def _faults_of(axis: Axis, names: Sequence[str]) -> list[FieldFault]:
    name, where = axis.field.name, f"/by/{names.index(axis.field.name)}"
    if not can_break_down(axis.field):
        detail = f"{name} has too many values, or several a voter, to break down by."
        return [FieldFault(where, "field_not_divisible", detail)]
    if axis.step is None or axis.field.group is Group.SCORES or _fits(axis):
        return []  # the steps of a score are judged by its range, in the caller's scope
    detail = f"Give a width of 1 to {MAX_WIDTH} for numbers, month or year for dates."
    return [FieldFault(f"/steps/{name}", "step_invalid", detail)]


def _fits(axis: Axis) -> bool:
    if axis.field.kind is Kind.DATE:
        return axis.step in DATE_STEPS
    if axis.field.kind is not Kind.INTEGER or axis.field.name == "county":
        return False
    width = axis.step
    return type(width) is int and 1 <= width <= MAX_WIDTH

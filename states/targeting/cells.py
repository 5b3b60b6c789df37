"""Statements whose rows are cells: two values and a figure. Breakdowns, histograms, households."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from psycopg import sql

from states.fields.answers import is_answer
from states.fields.definition import Facet, Field, Group, Kind
from states.fields.registry import field as standard_field
from states.targeting.columns import (
    NUMBERED,
    StateFacts,
    column_of,
    literal,
    shown_column,
    suppressed,
)
from states.targeting.compile import Universe, universe_rows
from states.targeting.scores import score_bucket

MAX_CELLS: Final = 5000
DATE_STEPS: Final = ("month", "year")
_USUAL_STEPS: Final[Mapping[str, int]] = {"age": 5, "birth_year": 5}
Step = int | float | str


@dataclass(frozen=True, slots=True)
class Axis:
    """A field to break down by; ordered values in steps: a width, or `month` or `year`.

    A score's step is a tenth of its range unless told otherwise; labels have none.
    """

    field: Field
    step: Step | None = None

    def value(self, text: str | None) -> Any:
        """Return a cell's text as the value of the field: of a step, where it begins."""
        words = NUMBERED.get(self.field.name)
        if text is None:
            return None
        if words:
            return words.name(int(text))
        return int(text) if self.field.kind is Kind.INTEGER else text


def can_break_down(field: Field) -> bool:
    """Tell whether a field has one value a voter, of which many voters have the same."""
    if field.group is Group.SCORES or is_answer(field.name):
        return True
    if field.identifying or field.name == "suppressions":
        return False
    return field.facet in {Facet.VALUE, Facet.ORDERED, Facet.LIVE}


def usual_step(field: Field) -> Step | None:
    """Return the step of an ordered field where none is named."""
    if field.kind is Kind.DATE:
        return "year"
    return _USUAL_STEPS.get(field.name)


def breakdown_statement(
    universe: Universe, facts: StateFacts, axes: Sequence[Axis]
) -> sql.Composed:
    """Return the statement of a universe's figures by one field or two; one cell too many tells of more.

    After a cell's two values and its figure comes an empty label: it counts voters, each in
    one cell.
    """
    groups = frozenset(one.field.group for one in axes)
    values = [bucket(one, facts) for one in axes] + [sql.SQL("NULL")]
    return sql.SQL(
        "SELECT ({})::text AS first_value, ({})::text AS second_value,"
        " count(*) AS figure, '' AS label"
        " {} GROUP BY 1, 2 ORDER BY 1, 2 LIMIT {}"
    ).format(
        values[0],
        values[1],
        universe_rows(universe, facts, also=groups, shown=_joined_alone(axes)),
        sql.Literal(MAX_CELLS + 1),
    )


def _joined_alone(axes: Sequence[Axis]) -> list[Field]:
    """Return the fields whose values are no column of their group's table."""
    fields = [one.field for one in axes]
    return [one for one in fields if one.group is Group.SCORES or is_answer(one.name)]


def bucket(axis: Axis, facts: StateFacts) -> sql.Composable:
    """Return the expression of a voter's value on an axis: in steps, that at which its step begins."""
    if axis.field.group is Group.SCORES:
        return score_bucket(axis.field, facts, axis.step)
    if is_answer(axis.field.name):
        return shown_column(axis.field, facts)
    column = column_of(axis.field, facts)
    if axis.step is None or axis.step == 1:
        return column
    if isinstance(axis.step, str):
        words = sql.SQL("date_trunc({}, {}::timestamp)::date")
        return words.format(literal(axis.step, "text"), column)
    width = literal(axis.step, "integer")
    return sql.SQL("(floor({} / {}::numeric) * {})::integer").format(
        column, width, width
    )


def _households(_facts: StateFacts) -> sql.Composable:
    return sql.SQL("count(DISTINCT {})").format(_HOME)


def _doors(facts: StateFacts) -> sql.Composable:
    return sql.SQL("count(DISTINCT {}) FILTER (WHERE NOT {})").format(
        _HOME, _held(facts, "door", "deceased", "moved")
    )


def _phones(facts: StateFacts) -> sql.Composable:
    return sql.SQL(
        "count(DISTINCT p.phone) FILTER (WHERE NOT {} AND NOT EXISTS ("
        "SELECT FROM canvass_wrong_phone AS w WHERE w.state = {}"
        " AND w.voter = r.voter AND w.phone = p.phone))"
    ).format(_held(facts, "call", "wrong_number", "deceased"), sql.Literal(facts.state))


def _held(facts: StateFacts, *kinds: str) -> sql.Composable:
    return suppressed(facts, literal(list(kinds), "text[]"))


# A voter without an address is in no household.
_HOME: Final = sql.SQL(
    "CASE WHEN r.household IS NOT NULL THEN (r.place, r.household) END"
)
FIGURES: Final[Mapping[str, Callable[[StateFacts], sql.Composable]]] = {
    "households": _households,
    "phones": _phones,
    "doors": _doors,
}
"""Figure → its aggregate over a universe's rows."""
COUNTED: Final = "voters"
FIGURE_FIELDS: Final[Mapping[str, tuple[Field, ...]]] = {
    "households": (),
    "phones": (standard_field("phone"),),
    "doors": (),
}
"""Figure → the fields that must be licensed for it beside the registration."""


def figures_statement(
    universe: Universe,
    facts: StateFacts,
    names: Sequence[str],
    *,
    counted: bool = False,
) -> sql.Composed:
    """Return the statement of further figures about a universe: a row each, by name; `counted`: also its size.

    The size goes by the name `COUNTED`.
    """
    shown = [field for name in names for field in FIGURE_FIELDS[name]]
    made: dict[str, sql.Composable] = {}
    if counted:
        made[COUNTED] = sql.SQL("count(*)")
    made |= {name: FIGURES[name](facts) for name in names}
    return _named(made, universe_rows(universe, facts, shown=shown))


def _named(figures: Mapping[str, sql.Composable], rows: sql.Composable) -> sql.Composed:
    """Return the statement of aggregates over the same rows, as cells by name, which is their label too."""
    columns = [
        sql.SQL("{} AS {}").format(made, sql.Identifier(name))
        for name, made in figures.items()
    ]
    cells = [
        sql.SQL("({}, NULL::text, {})").format(
            literal(name, "text"), sql.Identifier("found", name)
        )
        for name in figures
    ]
    return sql.SQL(
        "SELECT cell.first_value, cell.second_value, cell.figure,"
        " cell.first_value AS label FROM (SELECT {} {}) AS found"
        " CROSS JOIN LATERAL (VALUES {}) AS cell (first_value, second_value, figure)"
    ).format(sql.SQL(", ").join(columns), rows, sql.SQL(", ").join(cells))

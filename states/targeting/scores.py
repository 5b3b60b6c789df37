"""Scores in questions: whether the caller may know of the sets that are named, and their values in steps."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any, Final

from psycopg import sql

from coop.errors import FieldFault, Invalid
from states.fields.definition import Field, Group, Operator
from states.fields.registry import UnknownField
from states.scores.queries import KnownSet
from states.targeting.columns import (
    StateFacts,
    column_of,
    known_score,
    literal,
    shown_column,
)
from states.targeting.criteria import Comparison, Criteria, comparisons

USUAL_STEPS: Final = 10
LABEL_OPERATORS: Final = frozenset({Operator.EQ, Operator.IN, Operator.KNOWN})


def check_scores(
    criteria: Criteria,
    fields: Iterable[Field],
    known: Mapping[str, KnownSet],
) -> None:
    """Raise `Invalid` where criteria or fields name a set that the caller may not know of.

    Suggestions come from the caller's own sets and those shared with it alone. Values must
    be the set's: of a range numbers, of labels one of them.
    """
    faults = [
        FieldFault("/criteria", "unknown_field", str(UnknownField(one.name, known)))
        for one in dict.fromkeys(fields)
        if one.group is Group.SCORES and one.name not in known
    ]
    if faults:
        raise Invalid("unknown_field", faults[0].detail, faults)
    tests = [one for one in comparisons(criteria) if one.field.group is Group.SCORES]
    faults = [fault for test in tests for fault in _faults(test, known)]
    if faults:
        raise Invalid("criteria_invalid", faults[0].detail, faults)


def score_bucket(
    field: Field, facts: StateFacts, step: float | str | None
) -> sql.Composable:
    """Return the expression of the step that a score's value lies in, by where the step begins.

    Steps are counted from the lower bound; the upper bound is in the last one. Raises
    `Invalid` (`step_invalid`) for steps of labels.
    """
    known = known_score(field, facts)
    if known.labels:
        if step is not None:
            raise _step_invalid(field, "The values of this score are labels.")
        return shown_column(field, facts)
    width = (known.high - known.low) / USUAL_STEPS if step is None else step
    if isinstance(width, str) or not 0 < width <= known.high - known.low:
        raise _step_invalid(field, "Give a width within the score's range.")
    steps = -(-(known.high - known.low) // width)
    words = (
        "trim_scale(round(({low} + least(floor(({column} - {low}) / {width}), {last})"
        " * {width})::numeric, 9))"
    )
    return sql.SQL(words).format(
        column=column_of(field, facts),
        low=literal(known.low, "double precision"),
        width=literal(width, "double precision"),
        last=literal(steps - 1, "double precision"),
    )


def score_value(text: str, known: KnownSet) -> Any:
    """Return the text of a cell of a breakdown as a score's value."""
    return text if known.labels else whole(float(text))


def whole(value: Any) -> Any:
    """Return a number without decimals as a whole one; anything else as it is."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _faults(test: Comparison, known: Mapping[str, KnownSet]) -> list[FieldFault]:
    one = known[test.field.name]
    if one.labels and test.op not in LABEL_OPERATORS:
        detail = f"{test.field.name} has labels: it takes eq, in and known."
        return [FieldFault("/criteria", "unknown_operator", detail)]
    if test.op is Operator.KNOWN:
        return []
    values: Any = test.value if isinstance(test.value, tuple) else (test.value,)
    wrong = next((value for value in values if one.number(value) is None), None)
    if wrong is None:
        return []
    if not one.labels:
        detail = f"Give {test.field.name} as a number."
        return [FieldFault("/criteria", "value_type", detail)]
    near = difflib.get_close_matches(str(wrong), one.labels, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    detail = f"Give one of {', '.join(one.labels)}.{hint}"
    return [FieldFault("/criteria", "value_unknown", detail)]


def _step_invalid(field: Field, detail: str) -> Invalid:
    fault = FieldFault(f"/steps/{field.name}", "step_invalid", detail)
    return Invalid("step_invalid", detail, [fault])

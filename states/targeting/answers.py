"""State-wide answers in questions: whether the caller may ask about them, and the newest one of each voter in SQL.

What counts is history as the policies show it: one's own contacts, and the pool's where `contacts` is licensed.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any, Final

from psycopg import sql

from coop.errors import FieldFault, Invalid
from states.canvass.published import KnownQuestion
from states.fields.answers import is_answer
from states.fields.definition import Field, Operator
from states.fields.registry import UnknownField
from states.targeting.columns import StateFacts, answer_alias, known_answer, literal
from states.targeting.criteria import Comparison, Criteria, comparisons


def check_answers(
    criteria: Criteria, fields: Iterable[Field], known: Mapping[str, KnownQuestion]
) -> None:
    """Raise `Invalid` where criteria or fields name a question that is not published to the caller, or no answer of it."""
    asked = [one for one in dict.fromkeys(fields) if is_answer(one.name)]
    faults = [
        FieldFault("/criteria", "unknown_field", str(UnknownField(one.name, known)))
        for one in asked
        if one.name not in known
    ]
    if faults:
        raise Invalid("unknown_field", faults[0].detail, faults)
    tests = [one for one in comparisons(criteria) if is_answer(one.field.name)]
    faults = [fault for test in tests for fault in _faults(test, known)]
    if faults:
        raise Invalid("criteria_invalid", faults[0].detail, faults)


def _faults(test: Comparison, known: Mapping[str, KnownQuestion]) -> list[FieldFault]:
    if test.op is Operator.KNOWN:
        return []
    question = known[test.field.name]
    values: Any = test.value if isinstance(test.value, tuple) else (test.value,)
    wrong = next((one for one in values if question.response(one) is None), None)
    if wrong is None:
        return []
    names = list(question.responses)
    folded = {one.casefold(): one for one in names}
    near = difflib.get_close_matches(str(wrong).casefold(), folded, n=1)
    hint = f" Did you mean {folded[near[0]]}?" if near else ""
    detail = f"{test.field.name} has the answers {', '.join(names)}.{hint}"
    return [FieldFault("/criteria", "value_unknown", detail)]


def answer_join(field: Field, facts: StateFacts, *, row_by_row: bool) -> sql.Composable:
    """Return the join of each voter's newest answer to a question of the facts' state; of another's, none.

    `row_by_row` looks each voter up; otherwise the state's are gathered once.
    """
    known = known_answer(field, facts)
    if known.state != facts.state:
        return sql.SQL("")
    words = _OF_ONE if row_by_row else _OF_ALL
    return sql.SQL(words).format(
        alias=sql.Identifier(answer_alias(known)),
        state=sql.Literal(facts.state),
        question=literal(str(known.id), "text"),
    )


_ANSWERS: Final = """
    k.voter, told.one ->> 'response' AS response
    FROM canvass_contact AS k CROSS JOIN LATERAL jsonb_array_elements(k.state_answers) AS told(one)
    WHERE k.state = {state} AND k.retracted_at IS NULL AND k.state_answers IS NOT NULL
      AND told.one ->> 'question' = {question}"""
_OF_ALL: Final = (
    f" LEFT JOIN (SELECT DISTINCT ON (k.voter) {_ANSWERS}"
    " ORDER BY k.voter, k.event_time DESC, k.seq DESC, response DESC) AS {alias} ON {alias}.voter = r.voter"
)
_OF_ONE: Final = (
    f" LEFT JOIN LATERAL (SELECT {_ANSWERS} AND k.voter = r.voter"
    " ORDER BY k.event_time DESC, k.seq DESC, response DESC LIMIT 1) AS {alias} ON true"
)

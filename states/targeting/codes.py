"""Activist codes in questions: whether the caller has such codes, and the voters whom they are on, in SQL.

A code is its organization's alone: names are looked up among the caller's own, and the policies show no others.
"""

from __future__ import annotations

import difflib
from typing import Any, Final
from uuid import UUID

from psycopg import sql

from coop.errors import Denied, FieldFault, Invalid
from states.canvass.own_codes import KnownCodes
from states.fields.definition import Operator
from states.targeting.columns import StateFacts, literal
from states.targeting.criteria import Comparison, Criteria, comparisons

ACTIVIST_CODE: Final = "activist_code"
"""The field that criteria name codes by."""


def check_codes(criteria: Criteria, known: KnownCodes) -> None:
    """Raise `Invalid` where criteria name a code that the caller's organization has not."""
    asked = [one for one in comparisons(criteria) if one.field.name == ACTIVIST_CODE]
    faults = [fault for test in asked for fault in _faults(test, known)]
    if faults:
        raise Invalid("criteria_invalid", faults[0].detail, faults)


def code_ids(test: Comparison, facts: StateFacts) -> tuple[UUID, ...]:
    """Return the codes that a test names. Raises `Denied` where one is the caller's no longer, in mid-answer."""
    found = [(facts.codes or KnownCodes()).meant(name) for name in _named(test)]
    if None in found:
        raise Denied("license_changed", "An activist code is not yours any more.")
    return tuple(one for one in found if one)


def coded(facts: StateFacts, codes: tuple[UUID, ...] | None) -> sql.Composable:
    """Return the test that one of these codes, or any, is on the voter of the row."""
    which: sql.Composable = sql.SQL("")
    if codes is not None:
        which = sql.SQL(" AND k.code = ANY ({})").format(literal(list(codes), "uuid[]"))
    return sql.SQL(
        "EXISTS (SELECT FROM canvass_coded AS k"
        " WHERE k.state = {} AND k.voter = r.voter AND k.applied{})"
    ).format(sql.Literal(facts.state), which)


def _named(test: Comparison) -> tuple[str, ...]:
    value: Any = test.value
    return () if test.op is Operator.KNOWN else value


def _faults(test: Comparison, known: KnownCodes) -> list[FieldFault]:
    wrong = next((one for one in _named(test) if known.meant(one) is None), None)
    if wrong is None:
        return []
    folded = {one.casefold(): one for one in known}
    near = difflib.get_close_matches(wrong.casefold(), folded, n=1)
    hint = f" Did you mean {folded[near[0]]}?" if near else ""
    detail = f"Your organization has no activist code {wrong!r}.{hint}"
    return [FieldFault("/criteria", "value_unknown", detail)]

"""Criteria are read whole or refused with a pointer to each fault, and suggest standard names only."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from coop.errors import Invalid
from states.fields.definition import Group, Operator
from states.fields.registry import field
from states.targeting.criteria import (
    EVERYONE,
    MAX_DEPTH,
    MAX_TESTS,
    AllOf,
    AnyOf,
    Comparison,
    Negation,
    fields_used,
    groups_used,
    read_criteria,
)
from states.targeting.values import ElectionDay, Turnout
from states.targeting.written import as_tree


def _test(name: str, op: Any, value: Any) -> dict[str, Any]:
    return {"field": name, "op": op, "value": value}


def _faults(raw: Any) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as caught:
        read_criteria(raw)
    return [(fault.pointer, fault.code) for fault in caught.value.faults]


def test_nothing_is_everyone() -> None:
    assert read_criteria(None) == EVERYONE
    assert read_criteria({"all": []}) == EVERYONE


def test_a_tree_is_read_into_typed_values() -> None:
    tree = read_criteria(
        {
            "all": [
                _test("party", "in", ["D", "N", "D"]),
                {"not": _test("registration_date", "lt", "2020-02-29")},
                {
                    "any": [
                        _test("age", "between", [18, 29]),
                        _test("phone", "known", True),
                    ]
                },
            ]
        }
    )
    assert tree == AllOf(
        (
            Comparison(field("party"), Operator.IN, ("D", "N")),
            Negation(
                Comparison(
                    field("registration_date"), Operator.LT, dt.date(2020, 2, 29)
                )
            ),
            AnyOf(
                (
                    Comparison(field("age"), Operator.BETWEEN, (18, 29)),
                    Comparison(field("phone"), Operator.KNOWN, True),
                )
            ),
        )
    )
    assert [one.name for one in fields_used(tree)] == [
        "party",
        "registration_date",
        "age",
        "phone",
    ]
    assert groups_used(tree) == {
        Group.REGISTRATION,
        Group.DEMOGRAPHICS,
        Group.CONTACT_DETAILS,
    }


def test_vote_history_is_read() -> None:
    turnout = {"times": 2, "of_last": 4, "type": "general"}
    assert read_criteria(_test("voted", "at_least", turnout)) == Comparison(
        field("voted"), Operator.VOTED_AT_LEAST, Turnout(2, 4, "general")
    )
    day = {"date": "2024-11-05", "type": "general"}
    assert read_criteria(_test("voted", "none", [day])) == Comparison(
        field("voted"),
        Operator.VOTED_NONE,
        (ElectionDay(dt.date(2024, 11, 5), "general"),),
    )


@pytest.mark.parametrize(
    ("raw", "pointer", "code"),
    [
        (_test("partee", "eq", "D"), "/criteria/field", "unknown_field"),
        (_test("", "eq", "D"), "/criteria/field", "unknown_field"),
        ({"field": 7, "op": "eq", "value": 1}, "/criteria/field", "unknown_field"),
        (_test("party", "lt", "D"), "/criteria/op", "unknown_operator"),
        (_test("party", ["eq"], "D"), "/criteria/op", "unknown_operator"),
        (_test("party", "eq", "X"), "/criteria/value", "value_unknown"),
        (_test("party", "in", ["D", "X"]), "/criteria/value/1", "value_unknown"),
        (_test("party", "in", []), "/criteria/value", "value_type"),
        (_test("age", "eq", "40"), "/criteria/value", "value_type"),
        (_test("age", "eq", True), "/criteria/value", "value_type"),
        (_test("age", "eq", 1e300), "/criteria/value", "value_type"),
        (_test("age", "lt", 2**40), "/criteria/value", "value_type"),
        (_test("age", "between", [40, 18]), "/criteria/value", "bounds_reversed"),
        (_test("age", "between", [40]), "/criteria/value", "value_type"),
        (_test("age", "known", "yes"), "/criteria/value", "value_type"),
        (_test("last_contact", "lt", "2026-02-30"), "/criteria/value", "date_invalid"),
        (_test("last_contact", "lt", "20260228"), "/criteria/value", "date_invalid"),
        (_test("last_contact", "lt", "0001-01-01"), "/criteria/value", "date_invalid"),
        (_test("last_contact", "lt", 20260228), "/criteria/value", "date_invalid"),
        (_test("last_contact", "within_days", -1), "/criteria/value", "value_type"),
        (_test("phone", "eq", "614-555-0100"), "/criteria/value", "value_type"),
        (_test("last_name", "prefix", ""), "/criteria/value", "value_type"),
        (_test("last_name", "prefix", "A\0"), "/criteria/value", "value_type"),
        (_test("last_name", "eq", "\ud800"), "/criteria/value", "value_type"),
        (_test("last_name", "eq", "A" * 201), "/criteria/value", "value_type"),
        (_test("suppressions", "has", ["fax"]), "/criteria/value/0", "value_unknown"),
        (
            _test("voted", "any", [{"date": "2024-13-01", "type": "general"}]),
            "/criteria/value/0/date",
            "date_invalid",
        ),
        (
            _test("voted", "at_least", {"times": 5, "of_last": 4, "type": "general"}),
            "/criteria/value/times",
            "value_type",
        ),
        (
            _test("voted", "at_least", {"times": 1, "of_last": 4, "type": "generals"}),
            "/criteria/value/type",
            "value_unknown",
        ),
        (_test("voted", "at_least", 2), "/criteria/value", "value_type"),
        ({"any": []}, "/criteria/any", "criteria_shape"),
        ({"all": {}}, "/criteria/all", "criteria_shape"),
        ({"all": [7]}, "/criteria/all/0", "criteria_shape"),
        ({"all": [], "any": []}, "/criteria", "criteria_shape"),
        ({"field": "party", "op": "eq"}, "/criteria", "criteria_shape"),
        ({"not": []}, "/criteria/not", "criteria_shape"),
        ([], "/criteria", "criteria_shape"),
        ("party = 'D'", "/criteria", "value_type"),
    ],
)
def test_each_fault_has_its_pointer_and_code(raw: Any, pointer: str, code: str) -> None:
    assert _faults(raw) == [(pointer, code)]


def test_the_nearest_standard_field_or_value_is_suggested() -> None:
    with pytest.raises(Invalid) as caught:
        read_criteria(_test("last_nam", "eq", "SMITH"))
    assert caught.value.code == "unknown_field"
    assert "last_name" in caught.value.faults[0].detail
    with pytest.raises(Invalid) as caught:
        read_criteria(_test("status", "eq", "activ"))
    assert "Did you mean active?" in caught.value.faults[0].detail


def test_all_faults_are_told_at_once() -> None:
    raw = {"all": [_test("partee", "eq", "D"), _test("age", "eq", "x")]}
    assert _faults(raw) == [
        ("/criteria/all/0/field", "unknown_field"),
        ("/criteria/all/1/value", "value_type"),
    ]


def test_depth_and_size_are_limited() -> None:
    deep: Any = _test("party", "eq", "D")
    for _ in range(MAX_DEPTH - 1):
        deep = {"not": deep}
    read_criteria(deep)
    assert _faults({"not": deep})[0][1] == "criteria_too_deep"
    read_criteria({"any": [_test("party", "eq", "D")] * MAX_TESTS})
    half = {"any": [_test("party", "eq", "D")] * (MAX_TESTS // 2 + 1)}
    assert _faults({"all": [half, half]}) == [("/criteria", "criteria_too_large")]
    assert (
        _faults({"all": [{"all": []}] * (MAX_TESTS + 1)})[0][1] == "criteria_too_large"
    )


@pytest.mark.parametrize(
    "value", [None, 7, 1.5, "x", [], {}, [[]], [{}], {"a": 1}, True]
)
@pytest.mark.parametrize("op", list(Operator))
def test_no_value_breaks_the_reader(op: Operator, value: Any) -> None:
    for name in ("party", "age", "last_contact", "voted", "suppressions", "phone"):
        try:
            tree = read_criteria(_test(name, op, value))
        except Invalid as refused:
            (fault,) = refused.faults
            where = "/op" if op not in field(name).operators else "/value"
            assert fault.pointer.startswith(f"/criteria{where}")
            assert (fault.code == "unknown_operator") is (where == "/op")
        else:
            assert isinstance(tree, Comparison)
            assert (tree.field.name, tree.op) == (name, op)
            assert op in field(name).operators
            assert read_criteria(as_tree(tree)) == tree

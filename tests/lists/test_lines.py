"""CSV lines are RFC 4180, and no cell is a formula."""

from __future__ import annotations

import csv
import io
import uuid

import pytest
from hypothesis import given, strategies as st

from states.fields.definition import Kind
from states.fields.registry import field
from states.lists.lines import DANGEROUS, cell, header, lines
from states.targeting.rows import VoterRow

COLUMNS = [field("first_name"), field("phone"), field("suppressions"), field("age")]


def test_a_file_has_a_header_and_a_line_a_voter() -> None:
    voter = uuid.UUID(int=7)
    row = VoterRow(
        "OH",
        voter,
        1,
        {
            "first_name": 'ADA "THE, FIRST"\nÉ',
            "phone": "+16145550100",
            "suppressions": ["call", "door"],
        },
        ("age",),
    )
    assert (
        header([one.name for one in COLUMNS])
        == b"id,state,first_name,phone,suppressions,age\r\n"
    )
    text = lines([row], COLUMNS).decode()
    assert text.endswith("\r\n")
    assert list(csv.reader(io.StringIO(text, newline=""))) == [
        [
            f"OH-{voter.hex}",
            "OH",
            'ADA "THE, FIRST"\nÉ',
            "+16145550100",
            "call;door",
            "",
        ]
    ]


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "+CMD|' /C calc'!A0"],
)
def test_a_formula_loses_its_force(text: str) -> None:
    assert cell(text) == f"'{text}"
    assert cell([text, "x"]) == f"'{text};x"


def test_only_a_telephone_number_keeps_its_plus() -> None:
    assert cell("+16145550100", Kind.PHONE) == "+16145550100"
    assert cell("+1+1", Kind.PHONE) == "'+1+1"
    assert cell("+16145550100\n=1", Kind.PHONE).startswith("'")
    assert cell("+16145550100") == "'+16145550100"


@given(st.one_of(st.text(), st.integers(), st.dates(), st.none(), st.booleans()))
def test_no_value_begins_a_formula(value: object) -> None:
    assert not cell(value).startswith(DANGEROUS)

"""CSV lines are RFC 4180, and no cell is a formula: neither the server's nor Python's, which agree."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings, strategies as st
from psycopg import sql

from coop.db.guard import unguarded
from states.fields.definition import Group, Kind
from states.fields.registry import FIELDS, field
from states.lists.lines import cell, csv_line, header
from states.targeting.columns import TABLES, StateFacts
from states.targeting.lines import DANGEROUS, csv_cells

FACTS = StateFacts("OH", "registered", dt.date(2026, 11, 3), {})
FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "+CMD|' /C calc'!A0",
    "\uff1d1+1",
    "\uff0b1",
    "\uff0d1",
    "\uff20SUM(A1)",
]
HARMLESS = [
    "",
    "ADA",
    "1 ELM ST",
    "élan",
    "'",
    " =1",
    "~",
    ";",
    "<",
    "?",
    '"',
    "\x01",
    "\uff0e",
    "\uff21DA",
]


def _server(name: str, value: str | None, *, safe: bool = True) -> str | None:
    """Return the cell that the server makes of a field's value."""
    one = field(name)
    (made,) = csv_cells([one], FACTS, frozenset(Group), safe=safe).kept
    words = sql.SQL("SELECT {cell} FROM (SELECT {value}::text AS {name}) AS {alias}")
    alias = TABLES[one.group][1]
    statement = words.format(
        cell=made,
        value=sql.Literal(value),
        name=sql.Identifier(name),
        alias=sql.Identifier(alias),
    )
    # A text may be the name of a walled table, which the guard of scopes takes for a question.
    with unguarded(), connection.cursor() as cursor:
        cursor.execute(statement.as_string(cursor.connection))
        found: str | None = cursor.fetchone()[0]
        return found


def test_a_header_and_a_line_are_rfc_4180() -> None:
    assert header(["first_name", "age"]) == b"id,state,first_name,age\r\n"
    cells = ["OH-1", 'ADA "THE, FIRST"\nÉ', "", "call;door"]
    text = csv_line(cells).decode()
    assert list(csv.reader(io.StringIO(text, newline=""))) == [cells]


@pytest.mark.parametrize("text", FORMULAS)
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


@pytest.mark.django_db
@pytest.mark.parametrize("text", [*FORMULAS, *HARMLESS])
def test_the_server_writes_the_same_cell(text: str) -> None:
    assert _server("last_name", text) == cell(text)
    assert _server("email", text) == cell(text)
    assert _server("last_name", text, safe=False) == text


OPEN_TEXTS = [
    one.name
    for one in FIELDS.values()
    if one.exportable
    and one.column
    and one.group in {Group.REGISTRATION, Group.DEMOGRAPHICS, Group.CONTACT_DETAILS}
    and one.kind in {Kind.TEXT, Kind.CODE, Kind.EMAIL, Kind.PHONE}
    and one.values is None
]


@pytest.mark.django_db
@pytest.mark.parametrize("name", OPEN_TEXTS)
def test_no_column_that_holds_what_somebody_wrote_begins_a_formula(name: str) -> None:
    assert len(OPEN_TEXTS) > 20
    for text in FORMULAS:
        made = _server(name, text)
        assert made == cell(text, field(name).kind)
        assert made == f"'{text}" or (name, text) == ("phone", "+1")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text", ["+16145550100", "+1+1", "+16145550100\n=1", "+1234567890123456", "=1", ""]
)
def test_the_server_leaves_telephone_numbers_alone(text: str) -> None:
    assert _server("phone", text) == cell(text, Kind.PHONE)


_TEXT: Any = st.text(
    st.characters(exclude_characters="\x00", exclude_categories=["Cs"])
)


@pytest.mark.django_db
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_TEXT, st.sampled_from(["", *DANGEROUS]))
def test_server_and_python_agree_on_any_text(text: str, first: str) -> None:
    assert _server("last_name", first + text) == cell(first + text)

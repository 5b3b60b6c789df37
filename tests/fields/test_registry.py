"""The registry holds together: unique names, fitting operators, honest errors."""

import subprocess
import sys

import pytest

from states.fields.activity import BALLOTS, CONTACTS
from states.fields.people import CONTACT_DETAILS, DEMOGRAPHICS, VOTE_HISTORY
from states.fields.registration import REGISTRATION
from states.fields.registry import (
    FIELDS,
    Facet,
    Field,
    Group,
    Kind,
    Operator,
    UnknownField,
    field,
    fields_of,
)

IDENTIFYING = {
    "state_voter_id",
    "county_voter_id",
    "first_name",
    "middle_name",
    "last_name",
    "name_suffix",
    "res_address",
    "res_address_raw",
    "res_address2",
    "res_zip4",
    "birth_date",
    "phone",
    "email",
    "mail_line1",
    "mail_line2",
    # Whoever reads may give a code to one person alone, and then count for it.
    "activist_code",
}


def test_every_group_has_fields_and_every_field_one_group() -> None:
    by_group = [declared for group in Group for declared in fields_of(group)]
    assert sorted(f.name for f in by_group) == sorted(FIELDS)
    assert all(fields_of(group) for group in set(Group) - {Group.SCORES})
    assert not fields_of(Group.SCORES), (
        "each set is its uploader's, not a standard field"
    )
    assert {f.name for f in fields_of(Group.REGISTRATION)} == {
        f.name for f in REGISTRATION
    }


def test_no_name_is_declared_twice() -> None:
    declared = (
        *REGISTRATION,
        *DEMOGRAPHICS,
        *CONTACT_DETAILS,
        *VOTE_HISTORY,
        *BALLOTS,
        *CONTACTS,
    )
    assert len(FIELDS) == len(declared)


def test_no_two_fields_of_a_group_share_a_column() -> None:
    columns = [(f.group, f.column) for f in FIELDS.values() if f.column]
    assert len(columns) == len(set(columns))


def test_exactly_the_fields_that_find_one_person_are_identifying() -> None:
    assert {f.name for f in FIELDS.values() if f.identifying} == IDENTIFYING


def test_no_identifying_field_of_the_file_has_a_facet() -> None:
    """Live ones have, per audience; the criteria refuse them to whoever may only count."""
    facets = {f.name: f.facet for f in FIELDS.values() if f.identifying and f.facet}
    assert facets == {"activist_code": Facet.LIVE}


@pytest.mark.parametrize("declared", FIELDS.values(), ids=lambda f: f.name)
def test_operators_fit_the_kind(declared: Field) -> None:
    operators = set(declared.operators)
    assert operators
    if declared.kind is Kind.ELECTIONS:
        assert operators == {
            Operator.VOTED_ANY,
            Operator.VOTED_NONE,
            Operator.VOTED_AT_LEAST,
        }
        return
    assert Operator.KNOWN in operators
    assert (Operator.EQ in operators) != (Operator.HAS in operators)
    if Operator.PREFIX in operators:
        assert declared.kind is Kind.TEXT
    if Operator.BETWEEN in operators:
        assert declared.kind in {Kind.INTEGER, Kind.DATE}
    if declared.values is not None:
        assert declared.kind is Kind.CODE
        assert len(set(declared.values)) == len(declared.values)


def test_only_live_fields_ask_for_days_back_from_today() -> None:
    spans = [f for f in FIELDS.values() if Operator.WITHIN_DAYS in f.operators]
    assert [f.name for f in spans] == ["last_contact", "last_reached"]
    assert {f.facet for f in spans} == {Facet.LIVE}


def test_live_fields_have_no_column_because_each_audience_has_its_own_value() -> None:
    contacts = fields_of(Group.CONTACTS)
    assert {(f.column, f.facet) for f in contacts} == {(None, Facet.LIVE)}


def test_an_unknown_field_suggests_the_nearest() -> None:
    with pytest.raises(UnknownField) as caught:
        field("last_nam")
    assert caught.value.suggestions[0] == "last_name"
    assert "last_name" in str(caught.value)
    assert isinstance(caught.value, KeyError)


def test_a_field_far_from_all_names_gets_no_suggestion() -> None:
    with pytest.raises(UnknownField) as caught:
        field("zzzzqqqq")
    assert caught.value.suggestions == ()
    assert str(caught.value) == "There is no field named 'zzzzqqqq'."


def test_the_registry_imports_no_framework() -> None:
    script = (
        "import sys, states.fields.registry\n"
        "sys.exit(any(m.split('.')[0] in ('django', 'psycopg', 'celery')"
        " for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0

"""A statement on a walled table outside a scope raises, instead of finding nothing."""

from __future__ import annotations

import pytest
from django.db import connections

from coop.actors import Action
from coop.db.guard import ScopeRequired
from coop.db.scope import acting_as
from coop.jurisdictions.models import State
from coop.organizations.models import Member, Organization
from tests.cast import Cast

pytestmark = [
    pytest.mark.django_db(databases=["default", "loader"]),
    pytest.mark.guarded,
]


def test_a_query_outside_a_scope_raises() -> None:
    with pytest.raises(ScopeRequired, match="organizations_organization"):
        Organization.objects.count()


def test_typed_sql_outside_a_scope_raises_whatever_its_spelling() -> None:
    with connections["default"].cursor() as cursor, pytest.raises(ScopeRequired):
        cursor.execute('SELECT 1 FROM public."voters_registration"')


def test_a_query_in_a_scope_passes(cast: Cast) -> None:
    with acting_as(cast.ohio, Action.MANAGE):
        assert Member.objects.count() == 1


def test_a_scope_on_one_connection_opens_no_other(cast: Cast) -> None:
    with acting_as(cast.ohio, Action.MANAGE), pytest.raises(ScopeRequired):
        Organization.objects.using("loader").count()


def test_an_outer_scope_still_counts_inside_one_on_another_connection(
    cast: Cast,
) -> None:
    with (
        acting_as(cast.ohio, Action.MANAGE),
        acting_as(cast.ohio, Action.IMPORT, using="loader"),
    ):
        assert Member.objects.count() == 1


def test_public_facts_need_no_scope() -> None:
    assert State.objects.filter(code="OH").exists()


def test_functions_for_callers_not_yet_known_need_no_scope() -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT * FROM sec.authenticate('0', '0')")
        assert cursor.fetchall() == []

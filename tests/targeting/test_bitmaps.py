"""Bitmaps select exactly whom plain Python selects, and SQL: for random criteria and partial licenses."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections
from hypothesis import HealthCheck, example, given, settings

from coop.actors import Action, worker_for
from coop.db.scope import acting_as
from coop.grants.actions import revoke_grant
from states.facets.building import build_facets
from states.facets.cache import CACHE
from states.facets.staged import LOADER
from states.targeting.answering import count_by_bitmaps
from states.targeting.columns import StateFacts
from states.targeting.compile import Universe, count_statement
from states.targeting.criteria import Criteria, read_criteria
from states.targeting.queries import figure_of
from states.targeting.values import ElectionDay
from tests.cast import ELECTIONS, Cast, grant
from tests.conftest import CommittedDatabase
from tests.targeting.test_oracle import AS_OF, TREES, Reader, readers

__all__ = ["readers"]

NUMBERS = {ElectionDay(day, kind): number for number, day, kind in ELECTIONS}
FACTS = StateFacts("OH", "last_primary", AS_OF, NUMBERS)


def counted(tree: Criteria, facts: StateFacts = FACTS) -> int | None:
    """Return what bitmaps answer in the open scope; None where they are not asked."""
    found = count_by_bitmaps(tree, facts)
    return None if found is None else found.answer


def build(cast: Cast) -> None:
    """Make Ohio's bitmaps, as its publications do."""
    CACHE.clear()
    worker = worker_for(cast.ohio.organization)
    with acting_as(worker, Action.IMPORT, using=LOADER):
        assert build_facets("OH", uuid4())


@pytest.fixture
def built(
    committed_db: CommittedDatabase, cast: Cast, readers: list[Reader]
) -> list[Reader]:
    """Readers with whole, partial and overlapping licenses, and Ohio's bitmaps."""
    build(cast)
    return readers


@pytest.mark.slow
@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@example(raw={"not": {"field": "last_contact", "op": "within_days", "value": 14}})
@example(raw={"not": {"field": "suppressions", "op": "known", "value": True}})
@example(raw={"not": {"field": "attempts", "op": "gt", "value": 0}})
@example(raw={"not": {"field": "age", "op": "gte", "value": 40}})
@example(raw={"not": {"field": "party", "op": "in", "value": ["D", "R"]}})
@example(raw={"field": "municipality", "op": "prefix", "value": "ex"})
@example(
    raw={
        "not": {
            "field": "voted",
            "op": "any",
            "value": [{"date": "2018-11-06", "type": "general"}],
        }
    }
)
@given(raw=TREES)
def test_bitmaps_select_whom_the_oracle_and_sql_select(
    built: list[Reader], raw: dict[str, Any]
) -> None:
    tree = read_criteria(raw)
    for reader in built:
        with acting_as(reader.actor, Action.READ):
            found = counted(tree)
            by_sql = figure_of(count_statement(Universe(tree), FACTS))
        assert by_sql == len(reader.expected(tree))
        assert found == by_sql


@pytest.mark.slow
def test_whatever_is_kept_is_answered_by_bitmaps(built: list[Reader]) -> None:
    for name, op, value in (
        ("status", "eq", "active"),
        ("county", "in", [39049, 39035]),
        ("registration_date", "between", ["2000-01-01", "2020-12-31"]),
        ("age", "between", [25, 60]),
        ("birth_year", "lt", 1970),
        ("times_voted", "gte", 2),
        ("voted", "at_least", {"times": 1, "of_last": 3, "type": "general"}),
        ("phone", "known", True),
        ("party_basis", "eq", "last_primary"),
        ("last_contact", "within_days", 14),
        ("last_contact", "lt", "2026-11-10"),
        ("last_reached", "known", True),
        ("last_contact_type", "in", ["walk", "phone", "mail", "event"]),
        ("last_result", "known", False),
        ("attempts", "between", [0, 2]),
        ("support", "lte", 3),
        ("suppressions", "has", ["call", "moved"]),
        ("suppressions", "has_not", ["call"]),
    ):
        tree = read_criteria({"field": name, "op": op, "value": value})
        with acting_as(built[0].actor, Action.READ):
            found = counted(tree)
        assert found == len(built[0].expected(tree)), name
        assert found


@pytest.mark.slow
def test_ages_are_those_of_sql(built: list[Reader]) -> None:
    for as_of in (dt.date(2024, 2, 29), dt.date(1990, 7, 1), dt.date(2025, 2, 28)):
        facts = StateFacts("OH", "last_primary", as_of, NUMBERS)
        for op, value in (("lt", 0), ("gte", 0), ("eq", -3), ("lte", 18), ("gt", 90)):
            tree = read_criteria({"field": "age", "op": op, "value": value})
            with acting_as(built[0].actor, Action.READ):
                found = counted(tree, facts)
                assert found == figure_of(count_statement(Universe(tree), facts))


@pytest.mark.slow
def test_a_revoked_grant_reaches_nothing_that_was_kept(
    built: list[Reader], cast: Cast
) -> None:
    tree = read_criteria({"field": "party", "op": "known", "value": True})
    made = grant("OH", cast.ohio, cast.carolina, actions=["read"])
    with acting_as(cast.carolina, Action.READ):
        assert counted(tree)
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT count(*) FROM facets_registration")
            assert cursor.fetchone()[0]
    revoke_grant(grant=made.id, reason="Over.", by=cast.ohio)
    with acting_as(cast.carolina, Action.READ):
        assert counted(tree) is None
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT count(*) FROM facets_registration")
            assert cursor.fetchone()[0] == 0


@pytest.mark.slow
def test_bitmaps_of_another_publication_answer_nothing(
    built: list[Reader], cast: Cast
) -> None:
    tree = read_criteria({"field": "party", "op": "known", "value": True})
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET ROLE coop_publisher")
        cursor.execute(
            "INSERT INTO voters_publication (state, number, import_id, file_date)"
            " SELECT 'OH', max(number) + 1, gen_random_uuid(), current_date"
            " FROM voters_publication WHERE state = 'OH'"
        )
        cursor.execute("RESET ROLE")
    with acting_as(cast.ohio, Action.READ):
        assert count_by_bitmaps(tree, FACTS) is None
    build(cast)
    with acting_as(cast.ohio, Action.READ):
        assert count_by_bitmaps(tree, FACTS)

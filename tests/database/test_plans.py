"""What the walls must not cost: plans stay parallel, prune partitions, and ask for grants once a statement."""

from __future__ import annotations

import re

import pytest
from django.db import connection

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from tests.cast import VOTERS_A_PLACE, Cast

EAGER = (
    "SET LOCAL min_parallel_table_scan_size = 0",
    "SET LOCAL min_parallel_index_scan_size = 0",
    "SET LOCAL parallel_setup_cost = 0",
    "SET LOCAL parallel_tuple_cost = 0",
    "SET LOCAL cpu_tuple_cost = 10",
    "SET LOCAL enable_indexscan = off",
    "SET LOCAL enable_indexonlyscan = off",
    "SET LOCAL enable_bitmapscan = off",
)
"""A small table stands for a large one: whatever can run in parallel does, as a whole scan."""
COUNT = "SELECT count(*) FROM voters_registration WHERE state IN ('OH')"


def plan(actor: Actor, sql: str) -> str:
    with acting_as(actor, Action.READ), connection.cursor() as cursor:
        for setting in EAGER:
            cursor.execute(setting)
        cursor.execute(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) {sql}")
        return "\n".join(line for (line,) in cursor.fetchall())


@pytest.mark.parametrize("who", ["ohio", "committee", "campaign"])
def test_a_policed_scan_runs_in_parallel_workers(cast: Cast, who: str) -> None:
    shown = plan(getattr(cast, who), COUNT)
    assert "Parallel Seq Scan" in shown
    assert "Workers Launched" in shown


@pytest.mark.parametrize(("who", "places"), [("committee", 5), ("campaign", 2)])
def test_workers_see_what_the_leader_sees(cast: Cast, who: str, places: int) -> None:
    with acting_as(getattr(cast, who), Action.READ), connection.cursor() as cursor:
        for setting in EAGER:
            cursor.execute(setting)
        cursor.execute("SET LOCAL debug_parallel_query = on")
        cursor.execute("SET LOCAL parallel_leader_participation = off")
        cursor.execute(COUNT)
        assert cursor.fetchone() == (places * VOTERS_A_PLACE,)


def test_grants_are_read_once_a_statement_not_once_a_row(cast: Cast) -> None:
    shown = plan(cast.campaign, COUNT)
    assert "SubPlan" not in shown
    assert len(re.findall(r"^ *InitPlan", shown, re.MULTILINE)) == 3


def test_a_query_that_names_its_state_touches_no_other(cast: Cast) -> None:
    shown = plan(cast.committee, COUNT)
    assert "voters_registration_oh" in shown
    assert "voters_registration_nc" not in shown


def test_a_search_by_prefix_may_use_its_index_before_the_policy(cast: Cast) -> None:
    """Only leakproof operators may run before a policy: `LIKE` is none, and loses its index."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT o.oprname, p.proleakproof FROM pg_operator AS o JOIN pg_proc AS p ON p.oid = o.oprcode "
            "WHERE o.oprleft = 'text'::regtype AND o.oprname IN ('~>=~', '~<~', '=', '~~')"
            "AND o.oprright = 'text'::regtype"
        )
        leakproof = dict(cursor.fetchall())
    assert leakproof == {"~>=~": True, "~<~": True, "=": True, "~~": False}

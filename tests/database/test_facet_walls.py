"""Bitmaps are behind the walls of the rows that they are made from: strangers, licensees of a part, counters."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import connections

from coop.actors import Action, Actor, worker_for
from coop.db.scope import acting_as
from states.facets.building import build_facets
from states.facets.kept import GROUPS
from states.facets.staged import LOADER
from tests.cast import PLACES, Cast, grant
from tests.conftest import CommittedDatabase
from tests.database.attacks import Table, bare_walls, policies, tables
from tests.database.test_mutations import (
    commands_against,
    must_fail,
    opened,
    results,
)

NAMES = {f"facets_{group.value}" for group in GROUPS}
OHIO = {place for place, row in PLACES.items() if row[0] == "OH"}


@pytest.fixture
def walls(committed_db: CommittedDatabase, cast: Cast) -> list[Table]:
    """The tables of bitmaps, filled, with nothing but policies to stop anyone."""
    worker = worker_for(cast.ohio.organization)
    with acting_as(worker, Action.IMPORT, using=LOADER):
        assert build_facets("OH", uuid4())
    bare_walls()
    return [table for name, table in tables(cast).items() if name in NAMES]


def places(actor: Actor, action: Action, name: str) -> set[int]:
    """Return the places whose bitmaps SQL gives to an actor."""
    with acting_as(actor, action), connections["default"].cursor() as cursor:
        cursor.execute(f"SELECT place FROM {name} WHERE state = 'OH'")
        return {place for (place,) in cursor.fetchall()}


@pytest.mark.slow
def test_no_policy_of_bitmaps_can_go_unmissed(walls: list[Table], cast: Cast) -> None:
    assert len(walls) == len(NAMES)
    for table in walls:
        before = results(table, cast)
        assert not {key: n for key, n in before.items() if n and must_fail(*key)}
        for policy in policies():
            if policy.table == table.name and not policy.is_open:
                with opened(policy):
                    after = results(table, cast, commands_against(policy))
                assert any(got > before[name] for name, got in after.items()), policy


@pytest.mark.slow
def test_bitmaps_are_read_place_by_place_and_never_under_a_count(
    walls: list[Table], cast: Cast
) -> None:
    grant("OH", cast.ohio, cast.stranger, actions=["count"])
    for name in NAMES:
        assert places(cast.ohio, Action.READ, name) == OHIO
        assert places(cast.committee, Action.EXPORT, name) == OHIO
        assert places(cast.campaign, Action.READ, name) == {1, 3}
        assert places(cast.stranger, Action.COUNT, name) == set()
        assert places(cast.stranger, Action.READ, name) == set()
        assert places(cast.carolina, Action.READ, name) == set()
    unlicensed = "facets_demographics"
    assert places(cast.outside_group, Action.READ, unlicensed) == set()

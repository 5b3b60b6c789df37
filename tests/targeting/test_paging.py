"""Pages by id hold whom the oracle selects, in order, whichever way the next are found."""

from __future__ import annotations

import itertools
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings
from pyroaring import BitMap

from coop.actors import Action
from coop.db.scope import acting_as
from states.fields.registry import field
from states.targeting import narrowing, paging
from states.targeting.compile import Universe, voters_statement
from states.targeting.criteria import Criteria, read_criteria
from states.targeting.narrowing import Meant, meant_by, narrowed
from states.targeting.paging import page_rows
from states.targeting.queries import rows_of
from tests.cast import Cast, voter_uuid
from tests.targeting.test_bitmaps import FACTS, built
from tests.targeting.test_oracle import TREES, Reader, readers

__all__ = ["built", "readers"]

SHOWN = (field("last_name"), field("phone"))
LOOKED_UP = {"ALWAYS": 1000}
GONE_THROUGH = {"ALWAYS": 0}
WAYS = (LOOKED_UP, GONE_THROUGH)


def _all_pages(tree: Criteria, limit: int) -> list[UUID]:
    """Return the voters of all pages, one after the other."""
    found: list[UUID] = []
    while True:
        after = found[-1] if found else None
        rows = page_rows(tree, FACTS, SHOWN, after=after, limit=limit)
        found += [row[0] for row in rows]
        if len(rows) < limit:
            return found


@pytest.mark.slow
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@example(raw={"all": []})
@example(raw={"field": "attempts", "op": "gt", "value": 90})
@example(raw={"not": {"field": "suppressions", "op": "known", "value": True}})
@given(raw=TREES)
def test_pages_hold_whom_the_oracle_selects(
    built: list[Reader], raw: dict[str, Any]
) -> None:
    tree = read_criteria(raw)
    for reader, (number, way) in itertools.product(built, enumerate(WAYS)):
        with pytest.MonkeyPatch.context() as patch:
            for name, value in way.items():
                patch.setattr(narrowing, name, value)
            patch.setattr(paging, "ROWS_MOST", 50)
            with acting_as(reader.actor, Action.READ):
                assert meant_by(tree, FACTS) is not None
                found = _all_pages(tree, 37 + number)
        assert found == sorted(reader.expected(tree))


@pytest.mark.slow
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(raw=TREES)
def test_a_universe_with_its_voters_named_is_the_same(
    built: list[Reader], raw: dict[str, Any]
) -> None:
    tree = read_criteria(raw)
    for reader in built:
        with acting_as(reader.actor, Action.READ):
            universe = narrowed(Universe(tree), FACTS)
            found = {row[0] for row in rows_of(voters_statement(universe, FACTS))}
        assert len(universe.conditions) == 1
        assert found == reader.expected(tree)


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_who_is_meant_no_more_leaves_no_page_short(
    built: list[Reader], monkeypatch: pytest.MonkeyPatch, way: dict[str, int]
) -> None:
    """Between bitmaps and rows contacts arrive and grants end: SQL has the last word, and pages go on."""
    tree = read_criteria({"field": "status", "op": "eq", "value": "inactive"})
    everyone = Meant(BitMap(range(1, 10_000)), 240)
    monkeypatch.setattr(paging, "meant_by", lambda *_: everyone)
    for name, value in way.items():
        monkeypatch.setattr(narrowing, name, value)
    for reader in built:
        with acting_as(reader.actor, Action.READ):
            found = _all_pages(tree, 3)
        assert found == sorted(reader.expected(tree))
        assert found


@pytest.mark.slow
def test_bitmaps_open_no_row_that_policies_hide(
    built: list[Reader], cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were bitmaps to tell of everybody, a reader of one district would still be shown that one alone."""
    everyone = Meant(BitMap(range(1, 10_000)), 240)
    monkeypatch.setattr(paging, "meant_by", lambda *_: everyone)
    with acting_as(cast.campaign, Action.READ):
        found = _all_pages(read_criteria(None), 50)
    own = [
        voter_uuid("OH", number)
        for place in (1, 3)
        for number in range(place * 1000, place * 1000 + 40)
    ]
    assert found == sorted(own)
    with acting_as(cast.rival, Action.EXPORT):
        assert not set(_all_pages(read_criteria(None), 50)) & set(own)

"""Breakdowns and overlaps by bitmaps are those of SQL, cell by cell, for readers with whole and partial licenses."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import Any

import pytest

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from states.fields.definition import Field, Group, Kind
from states.fields.registry import FIELDS
from states.targeting.bitmap_cells import cells_by_bitmaps, overlap_by_bitmaps
from states.targeting.cells import (
    Axis,
    breakdown_statement,
    can_break_down,
    usual_step,
)
from states.targeting.compile import Universe
from states.targeting.criteria import EVERYONE, Criteria, read_criteria
from states.targeting.overlaps import overlap_statement, parts_of
from states.targeting.queries import At, cells_of
from tests.targeting.test_bitmaps import FACTS, built
from tests.targeting.test_oracle import Reader, readers

__all__ = ["built", "readers"]

FIELDS_ASKED = [
    one
    for one in FIELDS.values()
    if can_break_down(one) and one.group is not Group.BALLOTS
]
SQL_ALONE = {"party_basis"} | {
    one.name for one in FIELDS_ASKED if one.kind is Kind.TEXT
}
SOME = read_criteria(
    {
        "any": [
            {"field": "party", "op": "eq", "value": "D"},
            {"not": {"field": "attempts", "op": "gte", "value": 2}},
        ]
    }
)


def axis(field: Field) -> Axis:
    return Axis(field, usual_step(field))


def by_sql(reader: Actor, tree: Criteria, axes: list[Axis]) -> At[list[Any]]:
    with acting_as(reader, Action.READ):
        return cells_of(
            "OH", breakdown_statement(Universe(tree), FACTS, axes), exact=True
        )


def by_bitmaps(reader: Actor, tree: Criteria, axes: list[Axis]) -> At[list[Any]] | None:
    with acting_as(reader, Action.READ):
        return cells_by_bitmaps(tree, FACTS, axes)


def alike(found: At[list[Any]], expected: At[list[Any]]) -> bool:
    return found.position == expected.position and set(found.answer) == set(
        expected.answer
    )


@pytest.mark.slow
def test_cells_of_every_field_are_those_of_sql(built: list[Reader]) -> None:
    for field in FIELDS_ASKED:
        for number, reader in enumerate(built):
            found = by_bitmaps(reader.actor, SOME, [axis(field)])
            if field.name in SQL_ALONE:
                assert found is None, field.name
                continue
            assert found is not None, field.name
            expected = by_sql(reader.actor, SOME, [axis(field)])
            assert alike(found, expected), (field.name, found, expected)
            assert len(found.answer) == len(set(found.answer))
            assert number or found.answer, field.name


@pytest.mark.slow
def test_cells_of_two_fields_and_of_other_steps_are_those_of_sql(
    built: list[Reader],
) -> None:
    kept = [one for one in FIELDS_ASKED if one.name not in SQL_ALONE]
    pairs = [[axis(one), axis(other)] for one, other in pairwise(kept)]
    pairs += [
        [Axis(FIELDS["registration_date"], "month")],
        [Axis(FIELDS["last_contact"], "month"), Axis(FIELDS["age"], 7)],
        [Axis(FIELDS["age"], 1)],
        [Axis(FIELDS["attempts"], 2), Axis(FIELDS["support"])],
    ]
    for axes in pairs:
        for reader in built[::2]:
            found = by_bitmaps(reader.actor, EVERYONE, axes)
            assert found is not None
            assert alike(found, by_sql(reader.actor, EVERYONE, axes)), axes


@pytest.mark.slow
def test_overlaps_are_those_of_sql(built: list[Reader]) -> None:
    trees = [
        read_criteria({"field": "age", "op": "lt", "value": 50}),
        read_criteria({"field": "phone", "op": "known", "value": True}),
        read_criteria({"field": "suppressions", "op": "has", "value": ["call"]}),
    ]
    for many in (2, 3):
        for universes in combinations(trees, many):
            for reader in built:
                with acting_as(reader.actor, Action.READ):
                    found = overlap_by_bitmaps(universes, FACTS, parts_of(many))
                    expected = cells_of(
                        "OH", overlap_statement(universes, FACTS), exact=True
                    )
                assert found is not None
                assert found.position == expected.position
                assert {one for one in found.answer if one[2]} == {
                    one for one in expected.answer if one[2]
                }

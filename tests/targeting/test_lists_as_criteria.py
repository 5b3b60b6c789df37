"""Lists as criteria select exactly whom plain Python selects, by SQL and by bitmaps: pinned, live, lists of lists."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings, strategies as st

from coop.actors import Action
from coop.db.scope import acting_as
from states.lists.models import Kind, ListMember, SavedList
from states.lists.resting import asked_of, resting
from states.targeting.compile import Universe, count_statement, voters_statement
from states.targeting.criteria import Criteria, read_criteria
from states.targeting.queries import figure_of, rows_of
from tests.targeting.oracle import Voter, selected
from tests.targeting.test_bitmaps import FACTS, build, built, counted, readers
from tests.targeting.test_oracle import RECORD, TREES, Reader

__all__ = ["build", "built", "readers"]

PINNED, ELSEWHERE, LIVE, OVER = (UUID(int=number) for number in range(1, 5))
"""Where random criteria name lists: one pinned, one of another state, one live, and one live that rests on others."""


def lists(*which: UUID) -> st.SearchStrategy[dict[str, Any]]:
    return st.sampled_from([{"list": str(one)} for one in which])


def trees(*which: UUID) -> st.SearchStrategy[dict[str, Any]]:
    return st.recursive(
        st.one_of(lists(*which), TREES),
        lambda children: st.one_of(
            st.fixed_dictionaries({"all": st.lists(children, max_size=3)}),
            st.fixed_dictionaries({"any": st.lists(children, min_size=1, max_size=3)}),
            st.fixed_dictionaries({"not": children}),
        ),
        max_leaves=4,
    )


class World:
    """One reader's lists, as the database has them and as the oracle does."""

    def __init__(
        self, reader: Reader, live: dict[str, Any], over: dict[str, Any]
    ) -> None:
        self.reader = reader
        self.ids = {one: uuid4() for one in (PINNED, ELSEWHERE, LIVE, OVER)}
        members = [
            one
            for number, (one, voter) in enumerate(sorted(reader.voters.items()))
            if number % 3
            and selected(read_criteria(None), voter, RECORD, reader.places)
        ]
        self._save(PINNED, Kind.PINNED)
        self._save(ELSEWHERE, Kind.PINNED, states=["NC"])
        self._save(LIVE, Kind.LIVE, criteria=live)
        left_out = self._save(
            OVER, Kind.LIVE, criteria=over, exclude_lists=[self.ids[PINNED]]
        )
        for one in members:
            place = reader.voters[one].place
            ListMember(state="OH", list=self.ids[PINNED], voter=one, place=place).save(
                force_insert=True
            )
        self.voters: dict[UUID, Voter] = {
            one: replace(voter, pinned={self.ids[PINNED]} if one in members else set())
            for one, voter in reader.voters.items()
        }
        self.record = replace(
            RECORD,
            live={
                self.ids[LIVE]: self.criteria(live),
                self.ids[OVER]: asked_of(left_out),
            },
        )

    def _save(self, slot: UUID, kind: Kind, **more: Any) -> SavedList:
        words = json.dumps(more.pop("criteria", None))
        for one, its in self.ids.items():
            words = words.replace(str(one), str(its))
        saved = SavedList(
            id=self.ids[slot],
            organization=self.reader.actor.organization,
            name=f"{self.ids[slot]}",
            kind=kind,
            criteria=json.loads(words),
            **{"states": ["OH"], **more},
            as_of=None if kind == Kind.LIVE else timezone.now().date(),
            created_by=self.reader.actor.principal,
            created_at=timezone.now(),
        )
        saved.save(force_insert=True)
        return saved

    def criteria(self, raw: dict[str, Any]) -> Criteria:
        words = json.dumps(raw)
        for one, its in self.ids.items():
            words = words.replace(str(one), str(its))
        return read_criteria(json.loads(words))

    def expected(self, tree: Criteria) -> set[UUID]:
        places = self.reader.places
        return {
            one
            for one, voter in self.voters.items()
            if selected(tree, voter, self.record, places)
        }


UNKNOWN_PARTY = {"field": "party", "op": "eq", "value": "D"}
ON_HISTORY = {
    "field": "voted",
    "op": "any",
    "value": [{"date": "2024-11-05", "type": "general"}],
}


@pytest.mark.slow
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@example(raw={"not": {"list": str(LIVE)}}, live=UNKNOWN_PARTY, over={"all": []})
@example(raw={"not": {"list": str(OVER)}}, live=ON_HISTORY, over={"list": str(LIVE)})
@example(
    raw={"all": [{"list": str(PINNED)}, {"not": {"list": str(ELSEWHERE)}}]},
    live={"all": []},
    over={"all": []},
)
@given(
    raw=trees(PINNED, ELSEWHERE, LIVE, OVER),
    live=TREES,
    over=trees(PINNED, ELSEWHERE, LIVE),
)
def test_lists_as_criteria_select_whom_the_oracle_selects(
    built: list[Reader],
    raw: dict[str, Any],
    live: dict[str, Any],
    over: dict[str, Any],
) -> None:
    for reader in built:
        with acting_as(reader.actor, Action.READ):
            world = World(reader, live, over)
            asked = world.criteria(raw)
            meant = resting(asked, by=reader.actor)
            rows = rows_of(voters_statement(Universe(meant), FACTS))
            assert {voter for voter, _ in rows} == world.expected(asked)
            assert len(rows) == figure_of(count_statement(Universe(meant), FACTS))
            assert counted(meant, FACTS) in (len(rows), None)


@pytest.mark.slow
def test_bitmaps_answer_for_lists(built: list[Reader]) -> None:
    for reader in built[:2]:
        for raw in ({"list": str(PINNED)}, {"not": {"list": str(OVER)}}):
            with acting_as(reader.actor, Action.READ):
                world = World(reader, UNKNOWN_PARTY, {"list": str(LIVE)})
                asked = world.criteria(raw)
                found = counted(resting(asked, by=reader.actor), FACTS)
            assert found == len(world.expected(asked))
            assert found


@pytest.mark.slow
def test_a_list_that_may_be_used_no_longer_holds_nobody_back_and_lets_nobody_in(
    built: list[Reader],
) -> None:
    reader = built[0]
    with acting_as(reader.actor, Action.READ):
        world = World(reader, UNKNOWN_PARTY, {"all": []})
        meant = resting(world.criteria({"not": {"list": str(PINNED)}}), by=reader.actor)
        assert counted(meant, FACTS)
    with acting_as(built[1].actor, Action.READ):
        assert rows_of(voters_statement(Universe(meant), FACTS)) == []
        assert counted(meant, FACTS) is None

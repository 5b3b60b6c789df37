"""Scores and ballots by bitmaps: whom SQL selects, of the version that counts, for whoever may know of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from hypothesis import HealthCheck, example, given, settings, strategies as st

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.grants.actions import revoke_grant
from states.facets.reading import read_keys
from states.scores.actions import end_share, share_set
from states.scores.queries import known_scores
from states.targeting.columns import StateFacts
from states.targeting.compile import Universe, count_statement
from states.targeting.criteria import read_criteria
from states.targeting.queries import figure_of
from states.targeting.row_facets import RowFacets
from tests.cast import BALLOTS, Cast, grant
from tests.imports.conftest import storage
from tests.scores.conftest import declare, sid, upload
from tests.targeting.test_bitmaps import FACTS, built, counted
from tests.targeting.test_oracle import Reader, readers

__all__ = ["built", "readers", "storage"]

VALUES = [0, 20, 20.5, 33.3, 80, 100]


def facts() -> StateFacts:
    """Return what statements must know, in the open scope."""
    return replace(FACTS, ballot_election=BALLOTS, scores=known_scores())


def both(actor: Actor, raw: dict[str, Any]) -> tuple[int | None, int]:
    """Return what bitmaps answer, and what SQL does."""
    tree = read_criteria(raw)
    with acting_as(actor, Action.READ):
        known = facts()
        return counted(tree, known), figure_of(count_statement(Universe(tree), known))


@pytest.fixture
def scored(built: list[Reader], cast: Cast, storage: Path) -> UUID:
    """The committee's set of scores of four in five voters of Ohio, and ballots licensed in two counties."""
    made = declare(cast.committee)
    upload(cast.committee, made, _lines(0))
    grant(
        "OH",
        cast.ohio,
        cast.campaign,
        actions=["read"],
        groups=["ballots"],
        counties=[39049],
    )
    return made


def _lines(shift: int) -> list[str]:
    numbers = [one * 1000 + other for one in range(1, 6) for other in range(40)]
    return [
        f"{sid(number)},{VALUES[(number + shift) % len(VALUES)]}"
        for number in numbers
        if number % 5
    ]


TEST = st.one_of(
    st.builds(
        lambda op, value: {"field": "score:turnout", "op": op, "value": value},
        st.sampled_from(["eq", "lt", "lte", "gt", "gte"]),
        st.sampled_from([*VALUES, 19, 21]),
    ),
    st.builds(
        lambda bounds: {
            "field": "score:turnout",
            "op": "between",
            "value": sorted(bounds),
        },
        st.lists(st.sampled_from([*VALUES, 50]), min_size=2, max_size=2),
    ),
    st.builds(
        lambda known: {"field": "score:turnout", "op": "known", "value": known},
        st.booleans(),
    ),
    st.sampled_from(
        [
            {"field": "ballot_status", "op": "in", "value": ["sent", "returned"]},
            {"field": "ballot_status", "op": "known", "value": False},
            {"field": "ballot_method", "op": "known", "value": False},
            {"field": "ballot_date", "op": "gte", "value": "2026-10-15"},
            {"field": "ballot_election", "op": "eq", "value": BALLOTS},
            {"field": "party", "op": "eq", "value": "D"},
            {"field": "attempts", "op": "gte", "value": 1},
        ]
    ),
)
TREES = st.recursive(
    TEST,
    lambda children: st.one_of(
        st.fixed_dictionaries({"all": st.lists(children, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"any": st.lists(children, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"not": children}),
    ),
    max_leaves=4,
)


@pytest.mark.slow
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@example(raw={"not": {"field": "ballot_status", "op": "eq", "value": "sent"}})
@example(raw={"not": {"field": "score:turnout", "op": "gt", "value": 20}})
@given(raw=TREES)
def test_scores_and_ballots_select_whom_sql_selects(
    scored: UUID, cast: Cast, raw: dict[str, Any]
) -> None:
    found, by_sql = both(cast.committee, raw)
    assert found == by_sql
    for actor in (cast.ohio, cast.campaign):
        if "score" not in str(raw):
            assert len(set(both(actor, raw))) == 1


@pytest.mark.slow
def test_another_upload_counts_from_the_next_answer_on(
    scored: UUID, cast: Cast
) -> None:
    raw = {"field": "score:turnout", "op": "gte", "value": 80}
    before = both(cast.committee, raw)
    upload(cast.committee, scored, [f"{sid(1001)},99"])
    assert before[0] == before[1]
    assert both(cast.committee, raw) == (1, 1)


@pytest.mark.slow
def test_a_shared_set_is_counted_where_its_receiver_reads_while_it_is_shared(
    scored: UUID, cast: Cast
) -> None:
    share = share_set(
        set_id=scored, receiver=cast.campaign.organization, by=cast.committee
    )
    with acting_as(cast.campaign, Action.READ):
        (name,) = known_scores()
    raw = {"field": name, "op": "known", "value": True}
    assert both(cast.campaign, raw) == (64, 64)
    assert both(cast.committee, raw | {"field": "score:turnout"}) == (160, 160)
    end_share(share_id=share.id, by=cast.committee)
    with acting_as(cast.campaign, Action.READ):
        keys = read_keys("OH", using="default")
        assert keys
        seen = RowFacets(keys, using="default").scores(scored)
        assert not seen.ranks.known


@pytest.mark.slow
def test_ballots_change_and_end_with_the_upload_and_the_grant(
    scored: UUID, cast: Cast
) -> None:
    raw = {"field": "ballot_status", "op": "eq", "value": "rejected"}
    everyone = {"not": {"all": [raw, {"not": raw}]}}
    found, by_sql = both(cast.campaign, raw)
    assert found == by_sql
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET ROLE coop_publisher")
        cursor.execute(
            "UPDATE voters_ballot SET ballot_status = 'rejected' WHERE state = 'OH'"
        )
        cursor.execute(
            "UPDATE voters_ballotelection SET changed_at = now() WHERE state = 'OH'"
        )
        cursor.execute("RESET ROLE")
    assert both(cast.campaign, raw) == (80, 80)
    assert both(cast.ohio, raw) == (200, 200)
    more = grant(
        "OH",
        cast.ohio,
        cast.committee,
        actions=["read"],
        groups=["ballots"],
        counties=[39035],
    )
    assert both(cast.committee, raw) == (40, 40)
    revoke_grant(grant=more.id, reason="Over.", by=cast.ohio)
    assert both(cast.committee, raw) == (0, 0)
    assert both(cast.committee, everyone) == (0, 0)

"""Samples: only whom criteria mean, everyone alike, by bitmaps as by SQL."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from statistics import mean

import pytest

from coop.actors import Action
from coop.db.scope import acting_as
from states.fields.registry import field
from states.targeting import sampling
from states.targeting.criteria import read_criteria
from states.targeting.narrowing import meant_by
from states.targeting.sampling import draw, lowest_keys
from tests.targeting.test_bitmaps import FACTS, built
from tests.targeting.test_oracle import Reader, readers

__all__ = ["built", "readers"]

SHOWN = (field("last_name"), field("phone"))
INACTIVE = read_criteria({"field": "status", "op": "eq", "value": "inactive"})


@pytest.mark.parametrize(("of", "size"), [(0, 5), (1, 5), (40, 5), (8_000_000, 100)])
def test_the_lowest_keys_of_many_are_drawn_without_the_others(
    of: int, size: int
) -> None:
    runs = [lowest_keys(of, size) for _ in range(300)]
    for keys in runs:
        assert len(keys) == min(of, size)
        assert all(0 <= low <= high <= 1 for low, high in pairwise(keys))
    for place in range(min(of, size)):
        # The one at place k of n has the mean k / (n + 1); six of its deviations, divided by the root of the runs.
        expected = (place + 1) / (of + 1)
        off = 6 * (expected * (1 - expected) / (of + 2)) ** 0.5 / 300**0.5
        assert abs(mean(keys[place] for keys in runs) - expected) < off


@pytest.mark.slow
def test_a_sample_holds_whom_criteria_mean_each_once(
    built: list[Reader], monkeypatch: pytest.MonkeyPatch
) -> None:
    for reader in built:
        expected = reader.expected(INACTIVE)
        with acting_as(reader.actor, Action.READ):
            assert meant_by(INACTIVE, FACTS) is not None
            some = draw(INACTIVE, FACTS, SHOWN, size=3)
            everyone = draw(INACTIVE, FACTS, SHOWN, size=1000)
            seeded = draw(INACTIVE, FACTS, SHOWN, size=3, seed=8)
            with monkeypatch.context() as patch:
                patch.setattr(sampling, "meant_by", lambda *_: None)
                patch.setattr(sampling, "narrowed", lambda universe, _: universe)
                again = draw(INACTIVE, FACTS, SHOWN, size=3, seed=8)
        assert len({row[1] for row in some}) == 3
        assert {row[1] for row in [*some, *seeded]} <= expected
        assert len(everyone) == len(expected)
        assert {row[1] for row in everyone} == expected
        assert sorted(seeded) == sorted(again)


@pytest.mark.slow
def test_everyone_is_drawn_alike(built: list[Reader]) -> None:
    reader = built[0]
    with acting_as(reader.actor, Action.READ):
        drawn = Counter(
            row[1] for _ in range(200) for row in draw(INACTIVE, FACTS, (), size=4)
        )
    expected = 200 * 4 / len(reader.expected(INACTIVE))
    assert drawn.keys() == reader.expected(INACTIVE)
    assert all(abs(times - expected) < 6 * expected**0.5 for times in drawn.values())

"""Households, doors and telephone numbers by bitmaps are those of SQL: for random criteria and partial licenses."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, connections
from hypothesis import HealthCheck, example, given, settings

from coop.actors import Action
from coop.db.scope import acting_as
from states.facets.cache import CACHE
from states.targeting.bitmap_figures import figures_by_bitmaps
from states.targeting.cells import COUNTED, FIGURES, figures_statement
from states.targeting.compile import Universe
from states.targeting.criteria import EVERYONE, Criteria, read_criteria
from states.targeting.homes import Homes
from states.targeting.live_keeping import keep_numbers_due
from states.targeting.queries import At, cells_of
from tests.canvass.pushes import body, push_and_apply
from tests.cast import Cast
from tests.targeting.test_bitmaps import FACTS, build, built, readers
from tests.targeting.test_oracle import TREES, Reader

__all__ = ["built", "readers"]
NAMES = tuple(FIGURES)


def by_sql(tree: Criteria) -> At[dict[str, int]]:
    """Return what the statement of figures gives in the open scope."""
    statement = figures_statement(Universe(tree), FACTS, NAMES, counted=True)
    told = cells_of("OH", statement, exact=True)
    return At({name: int(figure) for name, _, figure in told.answer}, told.position)


@pytest.fixture
def homes(built: list[Reader], cast: Cast) -> list[Reader]:
    """The same voters, some under one roof and with one telephone, and some without either."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET ROLE coop_publisher")
        cursor.execute(
            "UPDATE voters_registration SET res_address = (ordinal % 60)::text || ' Oak St'"
            " WHERE state = 'OH' AND ordinal % 7 > 0"
        )
        cursor.execute(
            "UPDATE voters_registration SET res_address = NULL WHERE state = 'OH' AND ordinal % 7 = 0"
        )
        cursor.execute(
            "UPDATE voters_contactdetails AS p SET phone = '+1614555' || lpad((r.ordinal % 40)::text, 4, '0')"
            " FROM voters_registration AS r WHERE r.state = 'OH' AND p.state = 'OH' AND p.voter = r.voter"
            " AND r.ordinal % 5 > 0"
        )
        cursor.execute("RESET ROLE")
    build(cast)
    return built


@pytest.mark.slow
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@example(raw={"all": []})
@example(raw={"field": "phone", "op": "known", "value": False})
@example(raw={"not": {"field": "suppressions", "op": "known", "value": True}})
@given(raw=TREES)
def test_figures_are_those_of_sql(homes: list[Reader], raw: dict[str, Any]) -> None:
    tree = read_criteria(raw)
    for reader in homes:
        with acting_as(reader.actor, Action.READ):
            found = figures_by_bitmaps(tree, FACTS, NAMES)
            held = by_sql(tree)
        assert found == held


@pytest.mark.slow
def test_stored_numbers_give_the_same_to_whoever_sees_them_without_reading_rows(
    homes: list[Reader], cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    rows = Homes._read

    def noted(self: Homes, source: Any) -> Any:
        read.append(source.group)
        return rows(self, source)

    def check() -> None:
        CACHE.clear()
        for reader in homes:
            with acting_as(reader.actor, Action.READ):
                assert figures_by_bitmaps(EVERYONE, FACTS, NAMES) == by_sql(EVERYONE)

    assert keep_numbers_due() == 1
    assert keep_numbers_due() == 0, "nothing is due again"
    monkeypatch.setattr(Homes, "_read", noted)
    check()
    assert read == []
    build(cast)
    check()
    assert read, "what was stored is of another version"
    assert keep_numbers_due() == 1
    read.clear()
    check()
    assert read == []


ATTACKS = (
    "SELECT sec.keep_numbers('OH', 'registration', gen_random_uuid(), '{1}', '{\"\"}')",
    "INSERT INTO facets_registration VALUES ('OH', '@', '', 1, '')",
    "DELETE FROM facets_registration",
)


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("action", [Action.READ, Action.APPLY])
def test_nobody_but_the_owners_worker_stores_numbers(
    cast: Cast, action: Action, attack: str
) -> None:
    with (
        pytest.raises(DatabaseError, match=r"permission denied|kept here"),
        acting_as(cast.committee, action),
        connections["default"].cursor() as cursor,
    ):
        cursor.execute(attack)


@pytest.mark.slow
def test_figures_follow_contacts_and_differ_from_one_another(
    homes: list[Reader], cast: Cast
) -> None:
    def told() -> dict[str, int]:
        with acting_as(cast.ohio, Action.READ):
            found = figures_by_bitmaps(EVERYONE, FACTS, NAMES)
            assert found == by_sql(EVERYONE)
        assert found is not None
        return dict(found.answer)

    before = told()
    assert 0 < before["phones"] < before[COUNTED]
    assert 0 < before["doors"] <= before["households"] < before[COUNTED]
    for voter in cast.places[1]:
        push_and_apply(
            cast.outside_group,
            body(voter, result_code="wrong_number", phone="+16145550101"),
            body(voter, suppressions=["door", "call"]),
        )
    after = told()
    assert after["households"] == before["households"]
    assert after["doors"] < before["doors"]
    assert after["phones"] <= before["phones"]

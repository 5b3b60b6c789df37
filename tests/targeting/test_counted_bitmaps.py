"""Who may count but not read is answered from bitmaps too: of its own places, always with noise, and to nobody's typing."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, connections
from hypothesis import HealthCheck, given, settings

from coop.actors import Action, Actor
from coop.db.guard import unguarded
from coop.db.scope import acting_as
from coop.db.signing import sign
from coop.grants.actions import revoke_grant
from states.fields.definition import Group
from states.targeting import actions, breakdowns
from states.targeting.answering import count_by_bitmaps
from states.targeting.criteria import EVERYONE, read_criteria
from tests.cast import Cast, grant
from tests.conftest import CommittedDatabase
from tests.grants.conftest import ClientOf
from tests.targeting.test_bitmaps import FACTS, build, built, readers
from tests.targeting.test_oracle import TREES, Reader

__all__ = ["built", "readers"]
GROUPS = ["registration", "vote_history"]


@pytest.fixture
def counter(built: list[Reader], cast: Cast) -> Reader:
    """Who may count two groups in one district of Ohio, and a third everywhere."""
    for more in (
        {"groups": GROUPS, "us_house_districts": ["3"]},
        {"groups": ["registration", "demographics"], "counties": [39035, 39049]},
    ):
        grant("OH", cast.ohio, cast.carolina, actions=["count"], **more)
    with acting_as(cast.carolina, Action.COUNT):
        places = {group: seen(cast.carolina, group) for group in Group}
    return Reader(cast.carolina, places, built[0].voters)


def seen(by: Actor, group: Group) -> set[int]:
    """Return the places in which the counting role sees rows of a group for somebody."""
    tables = {"registration", "demographics", "contact_details", "vote_history"}
    if group.value not in tables:
        return set()
    return {
        place
        for place in range(1, 6)
        for opened in [_licensed(by, group, place)]
        if opened
    }


def _licensed(by: Actor, group: Group, place: int) -> bool:
    with acting_as(by, Action.COUNT), connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT %s = ANY (sec.places(%s, '{count}'))", [place, group.value]
        )
        return bool(cursor.fetchone()[0])


@pytest.mark.slow
@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(raw=TREES)
def test_they_count_whom_the_oracle_counts_or_leave_it_to_sql(
    counter: Reader, raw: dict[str, Any]
) -> None:
    tree = read_criteria(raw)
    with acting_as(counter.actor, Action.COUNT):
        found = count_by_bitmaps(tree, FACTS, counted=True)
    assert found is None or found.answer == len(counter.expected(tree))


@pytest.mark.slow
def test_what_is_kept_is_counted_and_the_rest_left(counter: Reader) -> None:
    kept: list[tuple[str, str, object, bool]] = [
        ("party", "in", ["D", "R"], True),
        ("age", "gte", 40, True),
        ("times_voted", "gte", 1, True),
        ("last_name", "eq", "EXAMPLE", False),
        ("attempts", "gte", 1, False),
        ("suppressions", "has", ["call"], False),
    ]
    for name, op, value, by_bitmaps in kept:
        tree = read_criteria({"field": name, "op": op, "value": value})
        with acting_as(counter.actor, Action.COUNT):
            found = count_by_bitmaps(tree, FACTS, counted=True)
        assert (found is not None) is by_bitmaps, name
        if found is not None:
            assert found.answer == len(counter.expected(tree)), name
            assert found.answer


def test_one_question_has_one_answer_a_day_by_bitmaps_and_by_sql(
    committed_db: CommittedDatabase,
    cast: Cast,
    client_of: ClientOf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    build(cast)
    grant("OH", cast.ohio, cast.carolina, actions=["count"])
    client = client_of(cast.carolina)
    count = {"criteria": "party:D,R", "states": ["OH"]}
    cells = {"criteria": "everyone", "by": ["party"], "states": ["OH"]}

    def told() -> list[Any]:
        answers = [
            client.post("/v1/counts", count, format="json"),
            client.post("/v1/breakdowns", cells, format="json"),
        ]
        assert {one.status_code for one in answers} == {200}
        return [one.json()["states"] for one in answers]

    def views() -> int:
        with connections["owner"].cursor() as cursor:
            cursor.execute("SET ROLE coop_worker")
            cursor.execute("SELECT sum(views) FROM targeting_answer")
            found = cursor.fetchone()[0]
            cursor.execute("RESET ROLE")
        return int(found)

    first = told()
    assert not first[0][0]["exact"]
    assert views() == 2
    monkeypatch.setattr(actions, "count_by_bitmaps", lambda *_, **__: None)
    monkeypatch.setattr(breakdowns, "cells_by_bitmaps", lambda *_, **__: None)
    assert told() == first
    assert views() == 2


@pytest.mark.slow
def test_nothing_of_an_ended_grant_is_counted(
    committed_db: CommittedDatabase, cast: Cast
) -> None:
    build(cast)
    made = grant("OH", cast.ohio, cast.carolina, actions=["count"])
    with acting_as(cast.carolina, Action.COUNT):
        found = count_by_bitmaps(EVERYONE, FACTS, counted=True)
        assert found is not None
        assert found.answer == 200
    revoke_grant(grant=made.id, reason="Over.", by=cast.ohio)
    with acting_as(cast.carolina, Action.COUNT):
        assert count_by_bitmaps(EVERYONE, FACTS, counted=True) is None


ASK = "SELECT count(*) FROM sec.counted_facets(%s, %s, '', '', %s)"


def ask(state: str, group: str, signature: str) -> int:
    """Type the question for bitmaps into the open scope."""
    with unguarded(), connections["default"].cursor() as cursor:
        cursor.execute(ASK, [state, group, signature])
        return int(cursor.fetchone()[0])


def signed(state: str) -> str:
    """Sign for bitmaps of a state in the open scope, as the application does."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT current_setting('coop.actor')")
        return sign(f"facets|{state}|{cursor.fetchone()[0]}")


@pytest.mark.slow
def test_bitmaps_are_given_for_a_signed_count_alone(
    committed_db: CommittedDatabase, cast: Cast
) -> None:
    build(cast)
    grant("OH", cast.ohio, cast.carolina, actions=["count"])
    by = cast.carolina
    with acting_as(by, Action.COUNT):
        ours = signed("OH")
        assert ask("OH", "registration", ours) == 5
    with acting_as(cast.stranger, Action.COUNT):
        assert ask("OH", "registration", signed("OH")) == 0
    refused = [
        (by, Action.COUNT, "forged", "registration"),
        (by, Action.COUNT, ours, "contacts; DROP TABLE facets_contacts"),
        (cast.stranger, Action.COUNT, ours, "registration"),
        (by, Action.READ, "", "registration"),
    ]
    for actor, action, signature, group in refused:
        with (
            pytest.raises(DatabaseError, match="not signed for"),
            acting_as(actor, action),
        ):
            ask("OH", group, signature or signed("OH"))
    with (
        pytest.raises(DatabaseError, match="not signed for"),
        acting_as(by, Action.COUNT),
    ):
        ask("NC", "registration", signed("OH"))

"""Trackers: what overlapping counts tell of one voter who may be in them, over a whole month's answers.

Victims have an attribute or not. Of each pair of counts the first is of those who have the
attribute among some voters, the victim among them if it does; the second is the first
without the victim, whom other criteria single out. Two controls show that the attacks work:
figures that are only rounded, and noise that is drawn by the set of voters.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

import pytest
from django.db import connections
from rest_framework.test import APIClient

from coop.actors import Action
from coop.db.scope import acting_as
from coop.jurisdictions.actions import review_policy
from coop.jurisdictions.rules import Counting
from tests.cast import Cast, grant
from tests.database.oracle import noised
from tests.targeting.test_counts import ClientOf

Pair = tuple[float, float]
VICTIMS: Final = 200
PAIRS: Final = 250
"""A month's answers by the default."""
NOISED: Final = "sec.disturbed({figure}, 20, 20)"
ROUNDED: Final = "CASE WHEN {figure} >= 10 THEN round({figure}::numeric, -1) END"
BY_THE_SET: Final = (
    "round(({figure} + 10 * sqrt(-2 * ln((abs(hashint8({set})) + 1) / 2147483649.0))"
    " * cos(2 * pi() * abs(hashint8extended({set}, 7) % 1000003) / 1000003.0))::numeric, -1)"
)

_PAIRS: Final = """
SELECT v, coalesce({with_victim}, 0), coalesce({without}, 0)
FROM generate_series(1, {victims}) AS v
CROSS JOIN LATERAL (SELECT (v + 1) % 2 AS has, hashtextextended('victim' || v, 0) AS own) AS victim
CROSS JOIN LATERAL (
    SELECT {least} + abs(hashtext(v || ' size ' || p)) % {span} AS n,
           hashtextextended(v || ' among ' || p, 0) AS others
    FROM generate_series(1, {pairs}) AS p OFFSET 0
) AS pair
"""


def _answers(
    answer: str, *, least: int, span: int = 1, pairs: int = PAIRS
) -> list[list[Pair]]:
    """Return each victim's pairs of answers; those with an even number have the attribute."""
    statement = _PAIRS.format(
        with_victim=answer.format(figure="(n + has)", set="(others # (own * has))"),
        without=answer.format(figure="n", set="others"),
        victims=VICTIMS,
        pairs=pairs,
        least=least,
        span=span,
    )
    found: list[list[Pair]] = [[] for _ in range(VICTIMS)]
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET ROLE coop_worker")
        cursor.execute(statement)
        for victim, first, second in cursor.fetchall():
            found[victim - 1].append((float(first), float(second)))
        cursor.execute("RESET ROLE")
    return found


def _sum(pairs: list[Pair]) -> float:
    """One voter more makes a sum of one a pair."""
    return sum(one - other for one, other in pairs)


def _unequal(pairs: list[Pair]) -> float:
    """Equal sets may tell themselves by equal figures."""
    return sum(one != other for one, other in pairs)


def _spread(pairs: list[Pair]) -> float:
    """Equal sets may tell themselves by figures that lie closer together."""
    return sum((one - other) ** 2 for one, other in pairs)


def _shown(pairs: list[Pair]) -> float:
    """One voter more may lift a figure over the threshold."""
    return sum((one > 0) - (other > 0) for one, other in pairs)


ATTACKS: Final = (_sum, _unequal, _spread, _shown)


def _success(answers: list[list[Pair]], attack: Callable[[list[Pair]], float]) -> float:
    """Return how often the best guess by an attack's measure is right: the best bound is given to it."""
    measured = sorted((attack(pairs), v % 2) for v, pairs in enumerate(answers))
    ones = sum(has for _, has in measured)
    best = right = ones
    for at, (value, has) in enumerate(measured):
        right += -1 if has else 1
        if at + 1 == len(measured) or measured[at + 1][0] > value:
            best = max(best, right, len(measured) - right)
    return best / len(measured)


owner_too = pytest.mark.django_db(databases=["default", "owner"])


@owner_too
@pytest.mark.parametrize(
    ("least", "span"), [(1_000, 50_000), (200, 2_000), (20, 60), (19, 1)]
)
def test_a_months_answers_hardly_tell_one_voters_attribute(
    cast: Cast, least: int, span: int
) -> None:
    """By the noise's width 0.70; the best bound of 200 guesses and their spread add some."""
    answers = _answers(NOISED, least=least, span=span)
    assert {attack.__name__: _success(answers, attack) for attack in ATTACKS} == {
        attack.__name__: pytest.approx(0.64, abs=0.16) for attack in ATTACKS
    }


@owner_too
@pytest.mark.parametrize(
    ("answer", "attack", "pairs"),
    [(ROUNDED, _sum, PAIRS), (ROUNDED, _unequal, PAIRS), (BY_THE_SET, _unequal, 20)],
)
def test_the_same_attacks_succeed_without_such_noise(
    cast: Cast, answer: str, attack: Callable[[list[Pair]], float], pairs: int
) -> None:
    answers = _answers(answer, least=200, span=2_000, pairs=pairs)
    assert _success(answers, attack) > 0.97


@owner_too
def test_one_pair_is_hardly_better_than_a_coin(cast: Cast) -> None:
    answers = _answers(NOISED, least=200, span=2_000, pairs=1)
    assert all(_success(answers, attack) < 0.64 for attack in ATTACKS)


@owner_too
def test_the_noise_is_as_wide_as_it_is_said_to_be(cast: Cast) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET ROLE coop_worker")
        cursor.execute(
            "SELECT avg(d), stddev(d), count(DISTINCT d) FROM"
            " (SELECT sec.deviate() AS d FROM generate_series(1, 20000)) AS drawn"
        )
        mean, width, distinct = cursor.fetchone()
        cursor.execute("RESET ROLE")
    assert abs(mean) < 0.05
    assert 0.97 < width < 1.03
    assert distinct == 20_000


def _figure(client: APIClient, criteria: str, **more: Any) -> Any:
    body = {"criteria": criteria, "states": ["NC"], **more}
    return client.post("/v1/counts", body, format="json")


def test_the_same_question_is_told_the_same_all_day(
    cast: Cast, client_of: ClientOf
) -> None:
    client = client_of(cast.committee)
    figures = {_figure(client, "party:D,R").json()["count"] for _ in range(12)}
    assert len(figures) == 1
    cells = [
        client.post(
            "/v1/breakdowns", {"by": ["gender"], "states": ["NC"]}, format="json"
        ).json()
        for _ in range(6)
    ]
    assert cells[0]["states"][0]["state"] == "NC"
    assert all(one == cells[0] for one in cells)


def test_under_another_grant_it_is_another_question(
    cast: Cast, client_of: ClientOf
) -> None:
    _allow(cast, 2)
    client = client_of(cast.committee)
    assert _figure(client, "status:*").status_code == 200
    grant("NC", cast.carolina, cast.committee, actions=["count"], counties=[37183])
    assert _figure(client, "status:*").status_code == 200
    assert _figure(client, "status:*").status_code == 200
    assert _figure(client, "party:*").json()["code"] == "answers_reached"


def test_other_words_for_the_same_voters_draw_anew_and_cost(
    cast: Cast, client_of: ClientOf
) -> None:
    """Equal figures would say that equal voters are meant."""
    _allow(cast, 12)
    client = client_of(cast.committee)
    figures = [
        _figure(client, f"status:* birth_year>{1000 + year}").json()["count"]
        for year in range(12)
    ]
    assert len(set(figures)) > 2
    assert all(one in noised(120) for one in figures)
    assert _figure(client, "status:*").json()["code"] == "answers_reached"


def test_who_asks_too_has_noise_and_answers_of_its_own(
    cast: Cast, client_of: ClientOf
) -> None:
    _allow(cast, 1)
    grant("NC", cast.carolina, cast.stranger, actions=["count"])
    for one in (cast.committee, cast.stranger):
        assert _figure(client_of(one), "status:*").json()["count"] in noised(120)
        refused = _figure(client_of(one), "party:*")
        assert refused.json()["code"] == "answers_reached"


def _allow(cast: Cast, answers: int, threshold: int = 20) -> None:
    review_policy(
        state="NC",
        purposes=["election", "political"],
        recipients=["national_committee", "campaign", "outside_group"],
        resharing=True,
        counting=Counting(threshold, answers),
        by=cast.carolina,
    )


def test_a_months_answers_end(cast: Cast, client_of: ClientOf) -> None:
    _allow(cast, 3)
    client = client_of(cast.committee)
    first = _figure(client, "party:D").json()
    assert _figure(client, "party:D", figures=["households"]).status_code == 200
    assert _figure(client, "party:R").status_code == 200
    refused = _figure(client, "party:N")
    assert (refused.status_code, refused.json()["code"]) == (403, "answers_reached")
    assert refused.json()["state"] == "NC"
    broken_down = {"by": ["party"], "states": ["NC"]}
    refused = client.post("/v1/breakdowns", broken_down, format="json")
    assert refused.json()["code"] == "answers_reached"
    # What was told is told again, and who may read is not limited.
    assert _figure(client, "party:D").json() == first
    assert _figure(client_of(cast.carolina), "party:N").status_code == 200
    assert client.post("/v1/counts", {"states": ["OH"]}, format="json").json()["exact"]


def test_each_further_figure_costs_an_answer(cast: Cast, client_of: ClientOf) -> None:
    _allow(cast, 2)
    client = client_of(cast.committee)
    dear = _figure(client, "party:D", figures=["households", "doors"])
    assert (dear.status_code, dear.json()["code"]) == (403, "answers_reached")
    assert _figure(client, "party:D", figures=["households"]).status_code == 200


def test_a_party_sets_its_own_threshold(cast: Cast, client_of: ClientOf) -> None:
    _allow(cast, 500, threshold=1000)
    body = _figure(client_of(cast.committee), "status:*").json()
    assert body["count"] is None or body["count"] >= 1000


def test_whatever_counts_faster_gets_the_same_noise(cast: Cast) -> None:
    ask = "SELECT sec.noised('OH', 'party:D', '{NULL}', '{NULL}', '{\"\"}', '{500}', false)"
    with acting_as(cast.committee, Action.COUNT), connections["default"].cursor() as c:
        c.execute(ask)
        ((_, _, figure),) = json.loads(c.fetchone()[0])
    assert figure in noised(500)

"""Bitmaps that followed any sequence of publications and rollbacks are those built from nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from hypothesis import HealthCheck, Phase, given, settings as rules, strategies as st
from pytest_django.plugin import DjangoDbBlocker

from states.facets import building
from states.facets.building import Built, build_facets
from states.imports import publishing, rollback
from tests.cast import Cast, load_cast
from tests.databases import cloned_database
from tests.facets.rows import build_anew, contents, publish, roll_back, rows
from tests.imports.people import CUYAHOGA, FRANKLIN, person
from tests.imports.test_publishing_property import NUMBERS, VOTES, empty_ohio, voters

pytestmark = pytest.mark.slow
COUNTIES = (FRANKLIN, CUYAHOGA)
# One in each county who voted, since a file has a column for each election.
ALWAYS = [person(98, history=VOTES), person(99, history=VOTES[:1])]
DELIVERIES = st.tuples(
    st.sampled_from([None, None, *COUNTIES]),
    st.tuples(*(voters(number) for number in NUMBERS)),
)
STEPS = st.lists(DELIVERIES | st.integers(1, 3), min_size=3, max_size=5)


@pytest.fixture(scope="module")
def cast(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Cast]:
    """The cast in one database of this module's."""
    before, settings.STORAGE_FOLDER = settings.STORAGE_FOLDER, _folder(tmp_path_factory)
    with django_db_blocker.unblock(), cloned_database("following"):
        yield load_cast()
    settings.STORAGE_FOLDER = before


def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("following")


@pytest.fixture(scope="module")
def followed() -> Iterator[list[bool]]:
    """How each publication's bitmaps came to be; however much changes, it is followed where it can be."""
    noted: list[bool] = []

    def build(*arguments: Any) -> Built | None:
        built = build_facets(*arguments)
        assert built is not None
        noted.append(built.followed)
        return built

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "FOLLOWED_UP_TO", float("inf"))
        for module in (publishing, rollback):
            patch.setattr(module, "build_facets", build)
        yield noted


@given(steps=STEPS)
@rules(
    max_examples=6,
    phases=[Phase.generate],  # shrinking would publish for minutes
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_what_followed_is_what_is_built(
    cast: Cast, followed: list[bool], steps: list[Any]
) -> None:
    empty_ohio()
    followed.clear()
    number = 0
    for step in [(None, ()), *steps]:
        if isinstance(step, int):
            # Three reverses are kept.
            if number < 2:
                continue
            roll_back(cast, max(1, number - step))
        else:
            _deliver(cast, *step)
        number += 1
        stood = contents(rows())
        build_anew(cast)
        assert stood == contents(rows())
    assert followed == [False] + [True] * (number - 1)


def _deliver(cast: Cast, county: int | None, drawn: tuple[Any, ...]) -> None:
    delivered = [
        one for one in (*ALWAYS, *drawn) if one and county in {None, one["county"]}
    ]
    publish(cast, delivered, counties=None if county is None else [county])

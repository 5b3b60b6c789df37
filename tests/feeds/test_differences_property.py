"""A copy kept up by differences is what a fresh read gives, whatever is published and rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from hypothesis import HealthCheck, Phase, given, settings as rules, strategies as st
from pytest_django.plugin import DjangoDbBlocker

from coop.actors import Actor
from states.feeds import differences
from states.imports.actions import order_rollback
from states.imports.models import Status
from states.imports.work import run_imports
from tests.cast import Cast, grant, load_cast
from tests.databases import cloned_database
from tests.feeds.differences import Copy, applied, fresh_copy, read_chunks
from tests.imports.people import CUYAHOGA, FRANKLIN, HOUSE, seen
from tests.imports.test_publishing_property import DELIVERIES, empty_ohio, publish

pytestmark = pytest.mark.slow
Step = Any
KEPT = 3


@pytest.fixture(scope="module")
def cast(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Cast]:
    """The cast in a database of this module's, with one more reader whose groups are of several places."""
    before = settings.STORAGE_FOLDER
    settings.STORAGE_FOLDER = Path(tmp_path_factory.mktemp("storage"))
    with django_db_blocker.unblock(), cloned_database("differences"):
        made = load_cast()
        _license_the_mixed(made)
        yield made
    settings.STORAGE_FOLDER = before


def _license_the_mixed(cast: Cast) -> None:
    """Let one read registrations everywhere, votes in one county, and birth days in the other alone."""
    terms: dict[str, Any] = {"actions": ["read"]}
    grant("OH", cast.ohio, cast.stranger, groups=["registration"], **terms)
    votes = {"groups": ["vote_history"], "counties": [FRANKLIN]}
    grant("OH", cast.ohio, cast.stranger, **terms, **votes)
    born = {"groups": ["demographics"], "us_house_districts": [HOUSE[CUYAHOGA]]}
    grant("OH", cast.ohio, cast.stranger, **terms, **born)


def readers(cast: Cast) -> dict[str, Actor]:
    names = ("ohio", "committee", "campaign", "outside_group", "stranger")
    return {name: cast.everyone[name] for name in names}


def take(cast: Cast, step: Step, newest: int) -> int:
    """Publish a delivery, or go back by some publications; return the newest number."""
    if not isinstance(step, int):
        publish(cast, step)
        return newest + 1
    to = max(1, newest - step)
    if to == newest:
        return newest
    run = order_rollback(state="OH", to=to, reason="A cut file.", by=cast.ohio)
    run_imports()
    assert seen(cast.ohio, run).status == Status.PUBLISHED
    return newest + 1


@given(
    first=DELIVERIES,
    steps=st.lists(st.one_of(DELIVERIES, st.integers(1, 3)), min_size=2, max_size=4),
)
@rules(
    max_examples=6,
    phases=[Phase.generate],  # shrinking would publish for minutes
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_a_copy_kept_up_is_a_fresh_copy(
    cast: Cast, first: Step, steps: list[Step]
) -> None:
    empty_ohio()
    copies: dict[tuple[str, int], Copy] = {}
    cut: dict[tuple[str, int], Copy] = {}
    newest = 0
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(differences, "CHUNK_VOTERS", 3)
        for step in (first, *steps):
            number = take(cast, step, newest)
            if number == newest:
                continue
            newest = number
            for name, reader in readers(cast).items():
                fresh = fresh_copy(reader, owns=name == "ohio")
                copies[name, newest] = fresh
                for since in range(max(1, newest - KEPT), newest):
                    chunks = list(read_chunks(reader, since, newest))
                    told = list(chain.from_iterable(chunks))
                    assert len({one.voter for one in told}) == len(told)
                    assert applied(copies[name, since], told) == fresh, (name, since)
                    if (name, since) in cut:
                        assert applied(cut[name, since], told) == fresh, (name, since)
                    # Whoever was cut in the middle asks again, from where it began.
                    some = chain.from_iterable(chunks[: len(chunks) // 2])
                    cut[name, since] = applied(copies[name, since], some)

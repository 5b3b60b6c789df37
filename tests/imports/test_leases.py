"""Workers that die, meet, and are called off: an import is finished once, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connections

from coop.actors import Action
from coop.db.scope import acting_as
from coop.errors import Conflict
from states.imports import (
    comparing,
    gathering,
    preparing,
    publishing,
    reading,
    staging,
    work,
)
from states.imports.actions import cancel_import, order_import, publish_import
from states.imports.lease import Claim, claim_import
from states.imports.models import Import, Status
from states.imports.work import run_imports, work_on
from states.layouts import decode
from states.layouts.parse import parse_voters
from states.voters.models import Publication, Registration
from tests.cast import Cast
from tests.imports.people import (
    deliver,
    import_delivery,
    import_voters,
    ohio_file,
    people,
    seen,
)


class Killed(BaseException):
    """A worker that is gone: nothing of it runs any more."""


def ordered(cast: Cast, count: int = 40, **terms: Any) -> Import:
    delivery = deliver(
        cast.ohio, {"SWVF.txt": ohio_file(people(range(count)))}, **terms
    )
    return order_import(delivery=delivery.id, by=cast.ohio)


def let_lease_run_out() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET ROLE coop_worker")
        cursor.execute(
            "UPDATE imports_import SET heartbeat_at = now() - interval '31 seconds'"
            " WHERE heartbeat_at IS NOT NULL"
        )
        cursor.execute("RESET ROLE")


def published(cast: Cast) -> tuple[int, int]:
    with acting_as(cast.ohio, Action.READ):
        return (
            Publication.objects.filter(state="OH").count(),
            Registration.objects.filter(state="OH", shielded=None).count(),
        )


def killed_in(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
    """Let the worker die right after a function's work, before its step commits."""
    real: Callable[..., Any] = getattr(module, name)

    def die(*args: Any, **kwargs: Any) -> None:
        real(*args, **kwargs)
        raise Killed

    monkeypatch.setattr(module, name, die)


def in_small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a file of forty voters be read in several batches."""
    monkeypatch.setattr(preparing, "parse_voters", partial(parse_voters, lines=7))
    monkeypatch.setattr(decode, "BLOCK_BYTES", 2_000)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (reading, "survey"),
        (reading, "_stage"),
        (reading, "_advance"),
        (work, "read_on"),
        (gathering, "_gather_votes"),
        (comparing, "_make_difference"),
        (comparing, "_decide"),
        (work, "compare"),
        (publishing, "_publish"),
    ],
)
def test_a_worker_killed_in_any_phase_is_followed_by_one_that_finishes(
    ohio: Cast, monkeypatch: pytest.MonkeyPatch, module: Any, name: str
) -> None:
    import_voters(ohio.ohio, people(range(30)))
    run = ordered(ohio)
    with monkeypatch.context() as dying:
        killed_in(dying, module, name)
        with pytest.raises(Killed):
            run_imports()
    assert published(ohio) == (1, 30)
    assert run_imports() is False
    assert published(ohio) == (1, 30), "a living lease is nobody else's"
    let_lease_run_out()
    run_imports()
    done = seen(ohio.ohio, run)
    assert done.status == Status.PUBLISHED, done.problem
    assert (done.figures["inserted"], done.figures["rows"]) == (10, 40)
    assert published(ohio) == (2, 40)


def test_an_import_that_kills_every_worker_is_set_aside(
    ohio: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ordered(ohio)
    killed_in(monkeypatch, reading, "survey")
    for _ in range(work.MOST_ATTEMPTS):
        with pytest.raises(Killed):
            run_imports()
        let_lease_run_out()
    run_imports()
    done = seen(ohio.ohio, run)
    assert done.status == Status.FAILED
    assert done.problem
    assert done.problem["code"] == "gave_up"


def test_reading_goes_on_where_time_was_up_and_stages_no_row_twice(
    ohio: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_small_batches(monkeypatch)
    run = ordered(ohio)
    turns = 0
    while seen(ohio.ohio, run).status != Status.PUBLISHED:
        claim = claim_import()
        assert claim
        work_on(claim, until=0.0)
        turns += 1
        assert turns < 20
    assert turns > 1
    assert seen(ohio.ohio, run).figures["inserted"] == 40


def test_staging_lost_in_a_crash_of_the_server_is_read_again(ohio: Cast) -> None:
    run = ordered(ohio, review=True)
    run_imports()
    assert seen(ohio.ohio, run).status == Status.READY
    with connections["loader"].cursor() as cursor:
        cursor.execute(f"TRUNCATE {staging.table('difference', run.id)}")
    publish_import(import_id=run.id, by=ohio.ohio)
    run_imports()
    done = seen(ohio.ohio, run)
    assert done.status == Status.READY, "it waits for review again"
    assert published(ohio) == (0, 0)
    publish_import(import_id=run.id, by=ohio.ohio)
    run_imports()
    assert published(ohio) == (1, 40)


def test_of_two_imports_of_a_state_the_second_waits(ohio: Cast) -> None:
    first, second = ordered(ohio, review=True), ordered(ohio, 45)
    assert run_imports() is False
    assert seen(ohio.ohio, first).status == Status.READY
    assert seen(ohio.ohio, second).status == Status.QUEUED
    publish_import(import_id=first.id, by=ohio.ohio)
    run_imports()
    assert seen(ohio.ohio, second).status == Status.PUBLISHED
    assert seen(ohio.ohio, second).figures["inserted"] == 5
    assert published(ohio) == (2, 45)


def test_two_workers_never_hold_one_import(ohio: Cast) -> None:
    ordered(ohio)
    ordered(ohio)
    assert claim_import() is not None
    assert claim_import() is None


def test_a_worker_that_lost_its_lease_changes_nothing(ohio: Cast) -> None:
    run = ordered(ohio)
    late = claim_import()
    assert late
    let_lease_run_out()
    taken_over = claim_import()
    assert taken_over
    assert (taken_over.import_id, taken_over.deserted) == (run.id, True)
    work_on(late, until=1e18)
    assert published(ohio) == (0, 0)
    work_on(taken_over, until=1e18)
    assert published(ohio) == (1, 40)


def test_a_canceled_import_publishes_nothing_and_leaves_nothing_staged(
    ohio: Cast,
) -> None:
    run = ordered(ohio, review=True)
    run_imports()
    cancel_import(import_id=run.id, by=ohio.ohio)
    run_imports()
    assert seen(ohio.ohio, run).status == Status.CANCELED
    assert published(ohio) == (0, 0)
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'staging'")
        assert cursor.fetchone()[0] == 0
    for decide in (cancel_import, publish_import):
        with pytest.raises(Conflict):
            decide(import_id=run.id, by=ohio.ohio)


def test_a_cancel_while_a_worker_reads_stops_it_at_its_next_step(
    ohio: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ordered(ohio)
    real = reading.read_on

    def read_then_cancel(claim: Claim, until: float) -> bool:
        done = real(claim, until)
        cancel_import(import_id=run.id, by=ohio.ohio)
        return done

    monkeypatch.setattr(work, "read_on", read_then_cancel)
    run_imports()
    assert seen(ohio.ohio, run).status == Status.CANCELED
    assert published(ohio) == (0, 0)


def test_many_gone_and_a_fall_of_the_confidential_wait_for_someone(ohio: Cast) -> None:
    voters = people(range(40))
    hidden = [one | {"confidential": True} for one in voters[:4]]
    import_voters(ohio.ohio, [*hidden, *voters[4:]])
    run = import_delivery(
        ohio.ohio, deliver(ohio.ohio, {"SWVF.txt": ohio_file(voters[:30])})
    )
    assert run.status == Status.READY
    assert [one["code"] for one in run.needs_review] == [
        "many_gone",
        "confidential_fell",
    ]
    assert published(ohio) == (1, 36)
    publish_import(import_id=run.id, by=ohio.ohio)
    run_imports()
    assert published(ohio) == (2, 30)


def test_what_a_crash_of_the_server_would_undo_anyway_does_not_wait_for_the_disk(
    ohio: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Batches and tables beside do not; the publication that shows them to everyone does."""
    waits: dict[str, set[str]] = {}

    def noted(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            with connections["loader"].cursor() as cursor:
                cursor.execute("SHOW synchronous_commit")
                waits.setdefault(name, set()).add(cursor.fetchone()[0])
            return real(*args, **kwargs)

        return call

    for module, name in (
        (staging, "stage_voters"),
        (publishing, "_publish"),
        (publishing, "record"),
    ):
        monkeypatch.setattr(module, name, noted(name, getattr(module, name)))
    ordered(ohio)
    run_imports()

    assert waits == {"stage_voters": {"off"}, "_publish": {"on"}, "record": {"on"}}

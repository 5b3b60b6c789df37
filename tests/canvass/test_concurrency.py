"""Two at once, a worker killed, a batch torn down: exactly once, and the feed in order."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, TypeVar

import pytest
from django.conf import settings
from django.db import OperationalError, connections

from coop.actors import WORKER, Action
from coop.db.scope import acting_as
from states.canvass import draining
from states.canvass.actions import Outcome
from states.canvass.draining import apply_inbox
from states.canvass.models import POOL, Contact, InboxItem, Standing
from states.feeds.models import Change
from states.feeds.reading import read_changes
from tests.canvass.pushes import body, contacts_seen, drain, push
from tests.cast import load_cast
from tests.conftest import CommittedDatabase

Answer = TypeVar("Answer")


def at_once(*calls: Callable[[], Answer]) -> list[Answer]:
    """Run calls in threads of their own, started together."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Answer]) -> Answer:
        try:
            barrier.wait(timeout=20)
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [one.result(timeout=60) for one in [pool.submit(run, c) for c in calls]]


def test_the_same_event_pushed_by_many_at_once_is_kept_once(
    committed_db: CommittedDatabase,
) -> None:
    cast = load_cast()
    events = [body(voter) for voter in cast.places[1][:10]]
    backwards = list(reversed(events))
    calls = [
        lambda sent=sent: push(cast.outside_group, *sent)
        for sent in (events, backwards, events, backwards)
    ]
    pushed = at_once(*calls)
    outcomes = [verdict.outcome for one in pushed for verdict in one.verdicts]
    assert outcomes.count(Outcome.ACCEPTED) == 10
    assert outcomes.count(Outcome.DUPLICATE) == 30
    ids = {verdict.contact for one in pushed for verdict in one.verdicts}
    assert len(ids) == 10
    drain()
    assert contacts_seen(cast.ohio) == 10


def test_many_drains_at_once_apply_each_contact_once(
    committed_db: CommittedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draining, "BATCH", 7)
    cast = load_cast()
    voters = cast.places[2][:6]
    for by in (cast.outside_group, cast.rival, cast.ohio):
        push(by, *(body(voter) for voter in voters * 6))
    at_once(*[_drain_until_empty] * 4)
    with acting_as(cast.ohio, Action.READ):
        rows = Standing.objects.filter(state="OH", audience=POOL)
        assert sum(row.attempts for row in rows) == 72
        assert Contact.objects.filter(state="OH").count() == 72


def _drain_until_empty() -> None:
    """Drain as rings and sweeps do: again after a deadlock, until nothing waits.

    What a drain has applied before it met a deadlock in another queue it does not tell.
    """
    for _ in range(200):
        try:
            apply_inbox(by=WORKER)
        except OperationalError:
            continue
        if not draining._queues(WORKER):
            return
        time.sleep(0.01)
    raise AssertionError("The inbox never ran empty.")


def test_a_reader_never_misses_a_change_while_many_write(
    committed_db: CommittedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draining, "BATCH", 5)
    cast = load_cast()
    for by in (cast.outside_group, cast.ohio):
        push(by, *(body(voter) for voter in cast.places[1] * 3))

    def follow() -> int:
        position = 0
        seen: list[int] = []
        until = time.monotonic() + 30
        while len(seen) < 240 and time.monotonic() < until:
            with acting_as(cast.committee, Action.READ):
                page = read_changes(
                    state="OH", position=position, limit=50, by=cast.committee
                )
            seen += [change.seq for change in page.changes]
            position = page.position
        assert seen == sorted(set(seen))
        return len(seen)

    seen, *_ = at_once(follow, *[_drain_until_empty] * 3)
    assert seen == 240
    with acting_as(cast.ohio, Action.READ):
        numbers = list(
            Change.objects.filter(state="OH")
            .order_by("seq")
            .values_list("seq", flat=True)
        )
    assert numbers == list(range(1, 241))


def test_a_drain_that_dies_before_its_commit_leaves_the_rows_queued(
    committed_db: CommittedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = load_cast()
    push(cast.outside_group, *(body(voter) for voter in cast.places[1][:5]))

    def die(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(draining, "append_changes", die)
        with pytest.raises(KeyboardInterrupt):
            drain()
    assert contacts_seen(cast.ohio) == 0
    assert drain().applied == 5
    with acting_as(cast.ohio, Action.READ):
        assert Change.objects.filter(state="OH").count() == 5


WORKER_THAT_HANGS = """
import sys, time, django
django.setup()
from coop.actors import WORKER
from states.canvass import draining

def hang(**_):
    print("written", flush=True)
    time.sleep(120)

draining.append_changes = hang
draining.apply_inbox(by=WORKER)
"""


@pytest.mark.slow
def test_a_worker_killed_in_the_middle_loses_and_doubles_nothing(
    committed_db: CommittedDatabase,
) -> None:
    cast = load_cast()
    push(cast.outside_group, *(body(voter) for voter in cast.places[1][:5]))
    environment = committed_db.environment() | {
        "DJANGO_SETTINGS_MODULE": "coop.settings"
    }
    with subprocess.Popen(
        [sys.executable, "-c", WORKER_THAT_HANGS],
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "written\n"
        assert drain().applied == 0
        process.send_signal(signal.SIGKILL)
    applied = 0
    for _ in range(100):
        applied += drain().applied
        if applied:
            break
        time.sleep(0.05)
    assert applied == 5
    with acting_as(cast.outside_group, Action.READ):
        statuses = set(InboxItem.objects.values_list("status", flat=True))
        assert statuses == {"applied"}
        assert Standing.objects.filter(state="OH", audience=POOL).count() == 5

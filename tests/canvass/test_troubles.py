"""Troubles of the server are waited out; a row that brings them each time is set aside; rings are few."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from typing import Any

import pytest
from django.db import OperationalError

from coop.actors import Action
from coop.db.scope import acting_as
from coop.scoped_task import Bell
from states.canvass import applying, draining
from states.canvass.draining import ATTEMPTS_MOST, Applied, replay_contact
from states.canvass.models import InboxItem
from states.canvass.standing import Arrival
from states.canvass.tasks import apply_contacts
from tests.canvass.pushes import body, contacts_seen, drain, push
from tests.cast import Cast


def fail_for(monkeypatch: pytest.MonkeyPatch, event_id: str) -> None:
    """Let the server fail whenever an event is among those being written."""
    real = applying.write_batch

    def failing(state: str, arrivals: Sequence[Arrival]) -> Any:
        if any(one.event_id == event_id for one in arrivals):
            raise OperationalError("out of memory")
        return real(state, arrivals)

    monkeypatch.setattr(draining, "write_batch", failing)


def test_a_row_that_always_brings_the_servers_trouble_is_set_aside(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    voters = cast.places[1]
    bad, *good = [body(voter) for voter in voters[:4]]
    push(cast.outside_group, *good[:1], bad, *good[1:])
    with monkeypatch.context() as broken:
        fail_for(broken, bad["event_id"])
        for _ in range(ATTEMPTS_MOST):
            with contextlib.suppress(OperationalError):
                drain()
    assert contacts_seen(cast.ohio) == 3
    with acting_as(cast.outside_group, Action.READ):
        row = InboxItem.objects.get(state="OH", event_id=bad["event_id"])
    assert (row.status, row.error) == ("set_aside", "OperationalError")
    replay_contact(state="OH", contact=row.contact, by=cast.outside_group)
    assert drain() == Applied(applied=1)


def test_one_queues_trouble_does_not_keep_another_waiting(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = body(cast.places[1][0])
    push(cast.outside_group, bad)
    push(cast.rival, body(cast.places[2][0]))
    with monkeypatch.context() as broken:
        fail_for(broken, bad["event_id"])
        with pytest.raises(OperationalError):
            drain()
        assert contacts_seen(cast.rival) == 1
    assert drain() == Applied(applied=1)


def test_rings_close_together_are_two_the_first_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rung: list[float] = []
    monkeypatch.setattr(
        apply_contacts, "apply_async", lambda **_: rung.append(time.monotonic())
    )
    bell = Bell(apply_contacts, window=0.1)
    bell.ring()
    assert len(rung) == 1
    for _ in range(50):
        bell.ring()
    assert len(rung) == 1
    until = time.monotonic() + 5
    while len(rung) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(0.15)
    assert len(rung) == 2
    bell.ring()
    assert len(rung) == 3

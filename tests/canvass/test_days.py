"""The inbox's days: made ahead, dropped when old, with nothing lost that is not applied."""

from __future__ import annotations

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.utils import timezone

from coop.actors import WORKER, Action
from coop.db.scope import acting_as
from states.canvass import applying
from states.canvass.actions import Outcome
from states.canvass.draining import Applied, keep_days, replay_contact
from states.canvass.models import InboxItem
from tests.canvass.pushes import body, contacts_seen, drain, push, push_and_apply
from tests.cast import Cast, load_cast
from tests.conftest import CommittedDatabase


def leaves() -> list[str]:
    """Return the days that Ohio's inbox has partitions for."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT right(c.relname, 8) FROM pg_inherits AS h JOIN pg_class AS c ON c.oid = h.inhrelid"
            " WHERE h.inhparent = 'partitions.canvass_inbox_oh'::regclass ORDER BY 1"
        )
        return [row[0] for row in cursor.fetchall()]


def age(days: int) -> str:
    """Move what lies in Ohio's inbox to a day in the past; return that day."""
    day = timezone.now().date() - dt.timedelta(days=days)
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT sec.add_day('canvass_inbox_oh', %s)", [day])
        cursor.execute("SET ROLE coop_worker")
        cursor.execute(
            "UPDATE canvass_inbox SET seq = sec.first_seq(%s) | (seq & 1099511627775) WHERE state = 'OH'",
            [day],
        )
        cursor.execute("RESET ROLE")
    return day.strftime("%Y%m%d")


def test_an_old_day_is_dropped_and_what_is_not_applied_is_carried_over(
    committed_db: CommittedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = load_cast()
    voters = cast.places[1]
    sent = body(voters[0])
    push_and_apply(cast.outside_group, sent)
    with monkeypatch.context() as broken:
        push(cast.outside_group, body(voters[1]))
        broken.setattr(applying, "_HISTORY", "SELECT 1/0")
        assert drain() == Applied(set_aside=1)
    push(cast.outside_group, body(voters[2]))
    day = age(days=40)
    assert day in leaves()

    assert keep_days(by=WORKER) == 1

    assert day not in leaves()
    with acting_as(cast.outside_group, Action.READ):
        left = list(InboxItem.objects.order_by("status"))
    assert [row.status for row in left] == ["queued", "set_aside"]
    assert drain() == Applied(applied=1)
    replay_contact(state="OH", contact=left[1].contact, by=cast.outside_group)
    assert drain() == Applied(applied=1)
    assert contacts_seen(cast.ohio) == 3
    again = push(cast.outside_group, sent)
    assert [one.outcome for one in again.verdicts] == [Outcome.DUPLICATE]


def test_a_day_within_the_time_of_keeping_stays(
    committed_db: CommittedDatabase,
) -> None:
    cast = load_cast()
    push_and_apply(cast.outside_group, body(cast.places[1][0]))
    day = age(days=14)
    assert keep_days(by=WORKER) == 0
    assert day in leaves()


def test_a_day_in_use_is_left_for_the_next_time(
    committed_db: CommittedDatabase,
) -> None:
    cast = load_cast()
    push_and_apply(cast.outside_group, body(cast.places[1][0]))
    day = age(days=40)
    with connections["owner"].cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(
            "LOCK TABLE partitions.canvass_inbox_oh IN ACCESS SHARE MODE",
        )
        cursor.execute(
            f"LOCK TABLE partitions.canvass_inbox_oh_d{day} IN ACCESS SHARE MODE"
        )
        assert keep_days(by=WORKER) == 0
        cursor.execute("ROLLBACK")
    assert keep_days(by=WORKER) == 1


def test_the_days_ahead_are_made(committed_db: CommittedDatabase) -> None:
    today = timezone.now().date()
    last = (today + dt.timedelta(days=7)).strftime("%Y%m%d")
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"DROP TABLE partitions.canvass_inbox_oh_d{last}")
    keep_days(by=WORKER)
    assert last in leaves()


def forget_days() -> None:
    """Leave the inbox as it is where beat has been away for longer than days are made ahead."""
    today = timezone.now().date().strftime("%Y%m%d")
    with connections["owner"].cursor() as cursor:
        for day in leaves():
            if day >= today:
                cursor.execute(f"DROP TABLE partitions.canvass_inbox_oh_d{day}")


def test_a_push_makes_the_day_that_beat_did_not(
    committed_db: CommittedDatabase,
) -> None:
    cast = load_cast()
    voters = cast.places[1]
    forget_days()
    assert leaves() == []
    connection.close()  # a session that has seen no day yet
    push(cast.outside_group, body(voters[0]))
    push(cast.outside_group, body(voters[1]))
    assert leaves() == [timezone.now().date().strftime("%Y%m%d")]
    assert drain() == Applied(applied=2)
    keep_days(by=WORKER)
    assert len(leaves()) == 8
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT bool_and(relrowsecurity AND relforcerowsecurity) FROM pg_class"
            " WHERE relkind = 'r' AND relname LIKE 'canvass_inbox_oh_d%%'"
        )
        assert cursor.fetchone() == (True,)


def test_two_first_pushes_of_a_day_at_once_make_it_once(
    committed_db: CommittedDatabase,
) -> None:
    cast = load_cast()
    voters = cast.places[1]
    forget_days()
    meet = threading.Barrier(4)

    def first(voter: Any) -> str:
        try:
            meet.wait(30)
            return str(push(cast.outside_group, body(voter)).verdicts[0].outcome)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(first, voters[:4]))
    assert outcomes == ["accepted"] * 4
    assert len(leaves()) == 1
    assert drain() == Applied(applied=4)


def test_days_are_kept_by_a_worker_alone(cast: Cast) -> None:
    for action in (Action.MANAGE, Action.APPLY, Action.READ):
        with (
            acting_as(cast.ohio, action),
            pytest.raises(DatabaseError, match="by a worker"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("SELECT sec.keep_inbox_days(1, 1)")

"""The log of deliveries is kept within bounds, by a worker alone; and deliveries have a worker of their own."""

from __future__ import annotations

import datetime as dt
from uuid import UUID, uuid4

import pytest
from django.conf import LazySettings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from coop.actors import WORKER, Action, Actor
from coop.celery import app
from coop.db.scope import acting_as
from states.webhooks import trimming
from states.webhooks.models import Attempt
from states.webhooks.trimming import trim_log
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def attempt(by: Actor, endpoint: UUID, number: int, *, days: float) -> UUID:
    """Log an attempt of so many days ago."""
    made = Attempt(
        organization=by.organization,
        endpoint=endpoint,
        message=uuid4(),
        kind="changes.available",
        state="OH",
        number=number,
        at=timezone.now() - dt.timedelta(days=days),
        outcome="delivered",
        status=204,
        milliseconds=9,
    )
    with acting_as(by, Action.MANAGE):
        made.save(force_insert=True)
    return made.id


def left(by: Actor) -> set[UUID]:
    with acting_as(by, Action.MANAGE):
        return set(Attempt.objects.values_list("id", flat=True))


def test_what_is_too_old_or_too_much_goes(
    cast: Cast, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOK_LOG_DAYS = 7
    monkeypatch.setattr(trimming, "MOST_A_WEBHOOK", 3)
    monkeypatch.setattr(trimming, "AT_ONCE", 2)
    busy, calm = uuid4(), uuid4()
    many = [attempt(cast.committee, busy, n, days=6 - n) for n in range(6)]
    old = attempt(cast.campaign, calm, 1, days=7.1)
    kept = attempt(cast.campaign, calm, 2, days=6.9)
    assert trim_log(by=WORKER) == 4
    assert left(cast.committee) == set(many[3:])
    assert left(cast.campaign) == {kept} != {old}
    assert trim_log(by=WORKER) == 0


def test_only_a_worker_trims(cast: Cast) -> None:
    for actor, action in ((cast.ohio, Action.MANAGE), (cast.stranger, Action.READ)):
        with (
            acting_as(actor, action),
            pytest.raises(DatabaseError, match="a worker trims"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("SELECT sec.trim_webhook_log(1, 1, 1)")


def test_deliveries_have_a_queue_of_their_own() -> None:
    for task in ("webhooks.deliver", "webhooks.trim"):
        route = app.amqp.router.route({}, task)
        assert route["queue"].name == "webhooks"
    drained = app.amqp.router.route({}, "canvass.apply_inbox")
    assert drained["queue"].name == app.conf.task_default_queue

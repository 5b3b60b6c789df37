"""Celery is set so that a killed worker loses no task and long work is never given out twice."""

from __future__ import annotations

import pytest

from coop.celery import app


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("task_acks_late", True),
        ("task_reject_on_worker_lost", True),
        ("task_ignore_result", True),
        ("worker_prefetch_multiplier", 1),
        ("accept_content", ["json"]),
        (
            "broker_transport_options",
            {"visibility_timeout": 120, "unacked_restore_throttle": 1},
        ),
    ],
)
def test_a_setting_reaches_celery(name: str, value: object) -> None:
    assert app.conf[name] == value

"""The operator's figures: true, for the operator alone, and of nobody in particular."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from coop.actors import Action
from coop.db.scope import acting_as
from tests.canvass.pushes import body, drain, push
from tests.cast import Cast

TOKEN = "a token of the tests"
SHOWN = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(autouse=True)
def token(settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN


def figures(client: Client) -> dict[str, float]:
    text = client.get("/metrics", headers=SHOWN).content.decode()
    families = text_string_to_metric_families(text)
    return {
        one.name: one.value
        for family in families
        for one in family.samples
        if not one.labels
    }


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/metrics", "/health/queues"])
@pytest.mark.parametrize("shown", ["", "Bearer", "Bearer wrong", TOKEN.upper()])
def test_without_the_token_there_is_nothing(
    client: Client, address: str, shown: str
) -> None:
    assert client.get(address, headers={"Authorization": shown}).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/metrics", "/health/queues"])
def test_where_no_token_is_set_nobody_has_it(
    client: Client, settings: Any, address: str
) -> None:
    settings.METRICS_TOKEN, settings.DEBUG = "", False
    assert client.get(address, headers={"Authorization": "Bearer "}).status_code == 404


def test_what_waits_is_counted(client: Client, cast: Cast) -> None:
    before = figures(client)
    push(cast.outside_group, *(body(voter) for voter in cast.places[1][:3]))
    waiting = figures(client)
    assert waiting["coop_inbox_queued"] == before["coop_inbox_queued"] + 3
    assert client.get("/health/queues", headers=SHOWN).json()["inbox"]["queued"] == 3
    drain()
    after = figures(client)
    assert after["coop_inbox_queued"] == 0
    assert after["coop_inbox_oldest_seconds"] == 0
    assert (
        0
        <= after["coop_apply_lag_mean_seconds"]
        <= after["coop_apply_lag_worst_seconds"]
    )


@pytest.mark.django_db
def test_requests_are_counted_by_route_and_never_by_path(client: Client) -> None:
    secret = "6f1e0d3c-0000-4000-8000-000000000001"
    client.get(f"/v1/lists/{secret}")
    client.generic("STRANGE-VERB", f"/nowhere/{secret}")
    text = client.get("/metrics", headers=SHOWN).content.decode()
    assert 'route="v1/lists/<uuid:list_id>"' in text
    assert 'method="other"' in text
    assert secret not in text
    assert "STRANGE" not in text


def test_no_figure_names_anybody(client: Client, cast: Cast) -> None:
    push(cast.outside_group, body(cast.places[1][0]))
    text = client.get("/metrics", headers=SHOWN).content.decode()
    labels = set(re.findall(r'(\w+)="', text))
    assert labels <= {
        "method",
        "route",
        "status",
        "le",
        "implementation",
        "major",
        "minor",
        "patchlevel",
        "version",
        "generation",
    }
    assert str(cast.outside_group.organization) not in text


@pytest.mark.parametrize("name", ["inbox_gauges", "webhook_gauges", "import_gauges"])
@pytest.mark.parametrize("action", [Action.READ, Action.MANAGE, Action.WORK])
def test_nobody_else_reads_the_figures_from_the_database(
    cast: Cast, name: str, action: Action
) -> None:
    push(cast.outside_group, body(cast.places[1][0]))
    for actor in (cast.ohio, cast.outside_group, cast.stranger):
        with acting_as(actor, action), connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM sec.{name}()")
            assert cursor.fetchall() == []

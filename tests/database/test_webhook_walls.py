"""The walls of the webhooks' tables as the app role meets them, with SQL typed in a scope that is not theirs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from coop.actors import WORKER, Action, Actor, worker_for
from coop.db.scope import SETTING, acting_as, token_for
from states.webhooks.actions import create_endpoint
from states.webhooks.models import Attempt, Line
from tests.cast import Cast

TABLES: Final = ("webhooks_endpoint", "webhooks_line", "webhooks_attempt")
CLAIM: Final = "SELECT count(*) FROM sec.claim_webhooks(16, 60)"


@pytest.fixture
def theirs(cast: Cast) -> None:
    """A webhook of the campaign's, due, with an attempt in its log."""
    with acting_as(cast.campaign, Action.MANAGE):
        endpoint, _secret = create_endpoint(
            url="https://hooks.example.org/", states=["OH"], by=cast.campaign
        )
        line = Line.objects.get(endpoint=endpoint.id)
        Attempt(
            endpoint=endpoint.id,
            organization=endpoint.organization,
            message=line.id,
            kind="webhook.test",
            number=1,
            at=timezone.now(),
            outcome="timeout",
            milliseconds=1,
        ).save(force_insert=True)


def _got(statement: str, token: str) -> int:
    """Return how many rows a statement gets at under a token; what it did is undone."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, token])
        cursor.execute(statement)
        got = int(cursor.rowcount)
        transaction.set_rollback(True)
    return got


def _attacks(table: str) -> Iterator[str]:
    yield f"SELECT 1 FROM {table}"
    yield f"DELETE FROM {table}"
    if table != "webhooks_attempt":
        yield f"UPDATE {table} SET organization = organization"


def _forged(by: Actor, organization: object) -> str:
    parts = token_for(by, Action.MANAGE).split("|")
    return "|".join([parts[0], str(organization), *parts[2:]])


@pytest.mark.usefixtures("theirs")
@pytest.mark.parametrize("table", TABLES)
def test_only_its_organization_gets_at_a_row(cast: Cast, table: str) -> None:
    mine = token_for(cast.campaign, Action.MANAGE)
    tokens = {
        "no scope": "",
        "a stranger's": token_for(cast.stranger, Action.MANAGE),
        "a rival's": token_for(cast.rival, Action.MANAGE),
        "the state's owner's": token_for(cast.ohio, Action.MANAGE),
        "another's worker's": token_for(
            worker_for(cast.rival.organization), Action.MANAGE
        ),
        "a claiming worker's": token_for(WORKER, Action.WORK),
        "forged": _forged(cast.rival, cast.campaign.organization),
        "expired": token_for(cast.campaign, Action.MANAGE, seconds=-1),
    }
    for attack in _attacks(table):
        assert _got(attack, mine) == 1, attack
        for whose, token in tokens.items():
            assert _got(attack, token) == 0, f"{whose}: {attack}"


@pytest.mark.usefixtures("theirs")
@pytest.mark.parametrize("table", TABLES)
def test_reading_is_no_way_to_write(cast: Cast, table: str) -> None:
    read, *changes = _attacks(table)
    token = token_for(cast.campaign, Action.READ)
    assert _got(read, token) == 1
    assert [_got(attack, token) for attack in changes] == [0] * len(changes)


@pytest.mark.usefixtures("theirs")
@pytest.mark.parametrize("table", TABLES)
def test_nobody_writes_in_anothers_name(cast: Cast, table: str) -> None:
    with acting_as(cast.campaign, Action.MANAGE), connection.cursor() as cursor:
        cursor.execute(f"SELECT to_jsonb(t)::text FROM {table} AS t")
        (copied,) = cursor.fetchone()
    insert = (
        f"INSERT INTO {table} SELECT (jsonb_populate_record(NULL::{table}, "
        f"'{copied}'::jsonb || jsonb_build_object('id', gen_random_uuid()))).*"
    )
    for whose in (cast.stranger, cast.rival, cast.ohio):
        with pytest.raises(DatabaseError, match="row-level security"):
            _got(insert, token_for(whose, Action.MANAGE))


@pytest.mark.usefixtures("theirs")
def test_work_is_claimed_by_workers_alone(cast: Cast) -> None:
    expired = token_for(WORKER, Action.WORK, seconds=-1)
    for token in ("", expired, token_for(cast.campaign, Action.MANAGE)):
        with pytest.raises(DatabaseError, match="claimed by a worker"):
            _got(CLAIM, token)

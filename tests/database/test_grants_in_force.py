"""Time, the next statement, and policies of states: grants attacked with SQL typed as the app role."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection, connections, transaction
from django.utils import timezone
from psycopg import connect
from psycopg.conninfo import make_conninfo

from coop.actors import Action, Actor
from coop.db.scope import SETTING, acting_as, token_for
from coop.grants import actions
from coop.jurisdictions.models import State
from states.voters.models import Registration
from tests.cast import VOTERS_A_PLACE, Cast
from tests.conftest import CommittedDatabase
from tests.database.test_grants import grant, refused, set_status, typed


def seen(actor: Actor) -> int:
    with acting_as(actor, Action.READ):
        return Registration.objects.filter(state="OH").count()


@pytest.mark.parametrize("stop", ["suspended", "revoked"])
def test_a_stop_bites_on_the_next_statement_of_an_open_transaction(
    committed_db: CommittedDatabase, cast: Cast, stop: str
) -> None:
    made = grant("OH", cast.ohio, cast.stranger, us_house_districts=["3"])
    with acting_as(cast.stranger, Action.READ):
        mine = Registration.objects.filter(state="OH")
        assert mine.count() == 2 * VOTERS_A_PLACE
        elsewhere(lambda: set_status(cast.ohio, made, stop))
        assert mine.count() == 0


def test_a_start_and_an_end_hold_within_an_open_transaction(
    committed_db: CommittedDatabase, cast: Cast
) -> None:
    end = timezone.now() + dt.timedelta(seconds=1)
    grant("OH", cast.ohio, cast.stranger, ends_at=end)
    with acting_as(cast.stranger, Action.READ):
        mine = Registration.objects.filter(state="OH")
        assert mine.exists()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(1.1)")
        assert not mine.exists(), "nobody has changed its status"


def elsewhere(act: Callable[[], None]) -> None:
    """Do something on another connection, and commit it."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            act()
        except BaseException as error:  # noqa: BLE001 - raised again below
            failed.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]


def test_another_session_of_the_role_does_not_see_a_signed_actor(
    committed_db: CommittedDatabase, cast: Cast
) -> None:
    with acting_as(cast.ohio, Action.READ):
        one = settings.DATABASES["default"]
        parts = {"user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
        address = {name: one[key] for name, key in parts.items() if one[key]}
        with connect(make_conninfo("", dbname=committed_db.name, **address)) as spy:
            shown = spy.execute("SELECT query FROM pg_stat_activity").fetchall()
    assert str(cast.ohio.organization) not in str(shown)
    assert "set_config($1, $2, true)" in str(shown)


def test_a_signed_actor_does_not_survive_its_transaction(cast: Cast) -> None:
    with acting_as(cast.ohio, Action.READ):
        pass
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting(%s, true), '')", [SETTING])
        assert cursor.fetchone() == ("",)
        cursor.execute("SELECT count(*) FROM voters_registration")
        assert cursor.fetchone() == (0,)


def test_a_token_of_another_action_does_not_widen_a_grant(cast: Cast) -> None:
    """An organization can sign for any action only through the house; each is judged by grants."""
    for action in Action:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config(%s, %s, true)",
                [SETTING, token_for(cast.outside_group, action)],
            )
            cursor.execute("SELECT count(*) FROM voters_demographics")
            assert cursor.fetchone() == (0,), action


def test_a_states_policy_is_its_owners_to_write(cast: Cast) -> None:
    change = "UPDATE jurisdictions_statepolicy SET resharing = true, reviewed_at = now() WHERE state_id = 'OH'"
    assert typed(cast.carolina, Action.MANAGE, change) == 0
    assert typed(cast.ohio, Action.READ, change) == 0
    assert typed(cast.ohio, Action.MANAGE, change) == 1
    refused(cast.ohio, change.replace("SET ", "SET state_id = 'TX', "))
    new = (
        "INSERT INTO jurisdictions_statepolicy (id, state_id, purposes, recipients, resharing, attestation, citation) "
        "VALUES (gen_random_uuid(), 'TX', '{}', '{}', true, '', '')"
    )
    refused(cast.ohio, new, why="row-level security")
    refused(cast.ohio, change.replace("SET ", "SET purposes = '{fun}', "), why="known")


def test_a_state_is_taken_by_nobody(cast: Cast) -> None:
    for state in ("NC", "TX"):
        take = "UPDATE jurisdictions_state SET owner = %s WHERE code = %s"
        for action in set(Action) - {Action.OPERATE}:
            assert typed(cast.ohio, action, take, uuid4(), state) == 0
    assert State.objects.get(code="TX").owner is None


def test_a_grant_ended_by_action_is_gone_for_sql_too(cast: Cast) -> None:
    made = grant("OH", cast.ohio, cast.stranger)
    assert seen(cast.stranger) > 0
    actions.revoke_grant(grant=made.id, reason="Over.", by=cast.ohio)
    assert seen(cast.stranger) == 0

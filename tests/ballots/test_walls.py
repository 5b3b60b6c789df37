"""The functions that write ballots, called as the app role by those who do not own the state."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from rest_framework.test import APIClient

from coop.actors import Action
from coop.db.guard import unguarded
from coop.db.scope import SETTING, acting_as, token_for
from tests.ballots.conftest import send, sid
from tests.cast import Cast

ClientOf = Callable[..., APIClient]
CALLS = (
    "SELECT sec.open_ballots('OH', gen_random_uuid(), '2026-12-08 special', 'whole')",
    "SELECT sec.stage_ballots('OH', '{upload}', '[]', '[]')",
    "SELECT sec.fail_ballots('OH', '{upload}', 'x')",
    "SELECT sec.apply_ballots('OH', '{upload}', true)",
    "SELECT sec.beat_ballots('OH', '{upload}', '', 9, true)",
    "SELECT sec.queue_ballots('OH', gen_random_uuid(), '2026-12-08 special', 'whole', true, 1, '', '')",
)
WRITES = (
    "UPDATE voters_ballot SET ballot_status = 'rejected' WHERE state = 'OH'",
    "DELETE FROM voters_ballot WHERE state = 'OH'",
    "SELECT count(*) FROM ballots_line",
    "UPDATE ballots_upload SET status = 'applied'",
    "INSERT INTO ballots_fault VALUES ('OH', gen_random_uuid(), 1, 'x', 'x')",
    "SELECT sec.check_ballots_owner('OH')",
    "SELECT sec.reading_ballots('OH', gen_random_uuid())",
)


@pytest.fixture
def upload(cast: Cast) -> UUID:
    """An upload of Ohio's that is being read."""
    made = uuid4()
    with acting_as(cast.ohio, Action.IMPORT), connection.cursor() as cursor:
        cursor.execute(
            "SELECT sec.open_ballots('OH', %s, '2026-12-08 special', 'whole')", [made]
        )
    return made


def _refused(statement: str) -> None:
    with (
        pytest.raises(DatabaseError, match=r"no such|permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.parametrize("call", CALLS)
def test_nobody_but_the_owner_in_an_import_writes_ballots(
    cast: Cast, upload: UUID, call: str
) -> None:
    statement = call.format(upload=upload)
    for who in (cast.carolina, cast.committee, cast.rival, cast.stranger):
        for action in Action:
            with acting_as(who, action):
                _refused(statement)
    for action in set(Action) - {Action.IMPORT}:
        with acting_as(cast.ohio, action):
            _refused(statement)


@pytest.mark.parametrize("call", CALLS)
def test_forged_expired_and_missing_actors_write_none(
    cast: Cast, upload: UUID, call: str
) -> None:
    good = token_for(cast.ohio, Action.IMPORT)
    expired = token_for(cast.ohio, Action.IMPORT, seconds=-5)
    for token in ("", "x", good[:-1] + ("0" if good[-1] != "0" else "1"), expired):
        with transaction.atomic(), unguarded(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, token])
            _refused(call.format(upload=upload))


@pytest.mark.parametrize("statement", WRITES)
def test_not_even_the_owner_goes_around_the_functions(
    cast: Cast, client_of: ClientOf, statement: str
) -> None:
    send(client_of(cast.ohio), f"{sid(1000)},sent,2026-10-05,")
    for action in (Action.IMPORT, Action.MANAGE, Action.READ):
        with acting_as(cast.ohio, action):
            _refused(statement)

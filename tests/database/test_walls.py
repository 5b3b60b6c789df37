"""The walls as the app role meets them, with SQL typed in its own scope."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from coop.actors import Action
from coop.db.scope import SETTING, acting_as, token_for
from states.voters.models import Registration
from tests.cast import PLACES, VOTERS_A_PLACE, Cast, actor_of
from tests.database.oracle import noised
from tests.database.surfaces import seen_through, signed_count

FIELD_GROUP_TABLES = (
    "voters_registration",
    "voters_demographics",
    "voters_contactdetails",
    "voters_votehistory",
)


def rows(sql: str, *values: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


@pytest.mark.parametrize("table", FIELD_GROUP_TABLES)
def test_a_district_licensee_gets_its_district_and_nothing_else(
    cast: Cast, table: str
) -> None:
    with acting_as(cast.campaign, Action.READ):
        seen = {place for (place,) in rows(f"SELECT DISTINCT place FROM {table}")}
    assert seen == {1, 3}


def test_equal_district_numbers_of_two_states_never_meet(cast: Cast) -> None:
    assert PLACES[7][:3:2] == ("NC", "3")
    with acting_as(cast.campaign, Action.READ):
        assert not Registration.objects.filter(state="NC").exists()


def test_the_owner_alone_sees_the_shielded(cast: Cast) -> None:
    found = {}
    for name, actor in cast.everyone.items():
        with acting_as(actor, Action.READ):
            found[name] = Registration.objects.filter(state="OH", place__lt=0).count()
    assert found == dict.fromkeys(found, 0) | {"ohio": 2}


def test_a_count_scope_opens_no_rows_even_for_who_may_read(cast: Cast) -> None:
    with acting_as(cast.committee, Action.COUNT):
        assert not Registration.objects.filter(state="OH").exists()


@pytest.mark.parametrize(
    "action",
    [Action.EXPORT, Action.CONTRIBUTE, Action.MANAGE, Action.IMPORT, Action.APPLY],
)
def test_an_action_that_was_not_granted_opens_no_rows(
    cast: Cast, action: Action
) -> None:
    with acting_as(cast.outside_group, action):
        assert not Registration.objects.filter(state="OH").exists()


def test_a_stranger_and_nobody_see_nothing(cast: Cast) -> None:
    with acting_as(cast.stranger, Action.READ):
        assert not Registration.objects.filter(state="OH").exists()
    for table in FIELD_GROUP_TABLES:
        assert rows(f"SELECT count(*) FROM {table}") == [(0,)]


@pytest.mark.parametrize(
    "tampering", ["organization", "action", "expiry", "signature", "garbage"]
)
def test_a_forged_or_changed_actor_is_nobody(cast: Cast, tampering: str) -> None:
    parts = token_for(cast.campaign, Action.READ).split("|")
    forged = {
        "organization": [parts[0], str(cast.ohio.organization), *parts[2:]],
        "action": [*parts[:3], "export", *parts[4:]],
        "expiry": [*parts[:4], str(int(parts[4]) + 3600), parts[5]],
        "signature": [*parts[:5], "0" * 64],
        "garbage": ["1", "x", "y", "z", "soon", "|".join(parts)],
    }[tampering]
    rows("SELECT set_config(%s, %s, true)", SETTING, "|".join(forged))
    assert rows("SELECT count(*) FROM voters_registration") == [(0,)]


def test_an_expired_actor_is_nobody(cast: Cast) -> None:
    rows(
        "SELECT set_config(%s, %s, true)",
        SETTING,
        token_for(cast.ohio, Action.READ, seconds=-1),
    )
    assert rows("SELECT count(*) FROM voters_registration") == [(0,)]


@pytest.mark.parametrize(
    "attack",
    [
        "SELECT * FROM partitions.voters_registration_oh",
        "SELECT * FROM sec.signing_key",
        "SELECT * FROM targeting_answer",
        "DELETE FROM targeting_answer",
        "SELECT sec.disturbed(100, 20, 20)",
        "INSERT INTO voters_demographics (state, voter, place) VALUES ('OH', gen_random_uuid(), 1)",
        "UPDATE voters_registration SET place = 1",
        "DELETE FROM voters_registration",
        "SET ROLE coop_policy",
        "SET ROLE coop_publisher",
        "SET SESSION AUTHORIZATION coop_owner",
        "ALTER TABLE voters_registration DISABLE ROW LEVEL SECURITY",
        "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "SELECT sec.install_signing_key('\\x00', '\\x00')",
        "SELECT sec.verified('a', 'b')",
        "SELECT * FROM sec.grants_in_force('registration', NULL)",
        "UPDATE ledger_entry SET rows = 0",
        "DELETE FROM ledger_entry",
        "TRUNCATE ledger_entry",
    ],
)
def test_the_database_refuses(cast: Cast, attack: str) -> None:
    with (
        pytest.raises(
            DatabaseError, match=r"permission denied|must be owner|row-level security"
        ),
        acting_as(cast.campaign, Action.READ),
        transaction.atomic(),
    ):
        rows(attack.replace("%", "%%"))


EVERYONE = "SELECT count(*) FROM voters_registration"


def test_a_signed_count_gives_a_noised_figure_for_the_granted_places(
    cast: Cast,
) -> None:
    statement = f"{EVERYONE} WHERE state IN ('NC')"
    with acting_as(cast.committee, Action.COUNT):
        assert signed_count("NC", statement) in noised(3 * VOTERS_A_PLACE)
    assert seen_through(cast.committee, table="voters_registration", state="NC") == 120
    assert seen_through(cast.stranger, table="voters_registration", state="NC") == 0


def test_a_count_that_was_not_signed_is_refused(cast: Cast) -> None:
    for action, signed in ((Action.COUNT, EVERYONE + " "), (Action.READ, None)):
        with (
            pytest.raises(DatabaseError, match="not signed"),
            acting_as(cast.committee, action),
        ):
            signed_count("NC", EVERYONE, signed)


def test_noise_is_asked_for_in_a_count_of_ones_own_states_alone(cast: Cast) -> None:
    ask = (
        "SELECT sec.noised('NC', 'q', '{NULL}', '{NULL}', '{\"\"}', '{1000000}', false)"
    )
    for actor, action in (
        (cast.stranger, Action.COUNT),
        (cast.ohio, Action.COUNT),
        (cast.committee, Action.READ),
    ):
        with pytest.raises(DatabaseError, match="nothing is"), acting_as(actor, action):
            rows(ask)
    with acting_as(cast.committee, Action.COUNT):
        ((_, _, figure),) = json.loads(rows(ask)[0][0])
    assert figure in noised(1_000_000)


def test_an_error_inside_a_signed_count_tells_nothing(cast: Cast) -> None:
    statement = (
        "SELECT max(last_name)::int FROM voters_registration WHERE state IN ('NC')"
    )
    with (
        pytest.raises(DatabaseError) as caught,
        acting_as(cast.committee, Action.COUNT),
    ):
        signed_count("NC", statement)
    assert "the count failed" in str(caught.value)
    assert "SM" not in str(caught.value)


def test_a_made_up_organization_sees_nothing_of_the_members(cast: Cast) -> None:
    with acting_as(actor_of(uuid.uuid4()), Action.MANAGE):
        assert rows("SELECT count(*) FROM grants_grant") == [(0,)]
        assert rows("SELECT count(*) FROM organizations_credential") == [(0,)]
        assert rows("SELECT count(*) FROM ledger_entry") == [(0,)]

"""The database keeps tracers from everyone but their party, whatever is typed in whose scope."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from psycopg.errors import InsufficientPrivilege

from coop.actors import Action, Actor
from coop.db.guard import unguarded
from coop.db.scope import acting_as
from coop.db.signing import sign
from coop.grants.actions import revoke_grant
from states.tracers.actions import end_tracers, set_tracers
from states.tracers.models import Setup, Woven
from states.tracers.queries import armed_states, disclosed_states
from tests.cast import Cast, grant
from tests.tracers.conftest import POINTS

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _set_up(cast: Cast) -> None:
    with acting_as(cast.ohio, Action.MANAGE):
        set_tracers(state="OH", points=POINTS, by=cast.ohio)


def armed(by: Actor, action: Action = Action.EXPORT) -> set[str]:
    with acting_as(by, action):
        return set(armed_states(["OH", "NC"]))


def test_a_set_up_is_handed_to_exports_of_licensees_alone(cast: Cast) -> None:
    assert armed(cast.campaign) == {"OH"}
    for one in (cast.ohio, cast.carolina, cast.outside_group, cast.stranger):
        assert armed(one) == set()
    for action in (Action.READ, Action.COUNT, Action.MANAGE, Action.WORK):
        assert armed(cast.campaign, action) == set()
    with unguarded(), transaction.atomic():
        assert armed_states(["OH"]) == {}
        assert disclosed_states(["OH"]) == set()


def test_it_goes_with_the_license_and_the_set_up(cast: Cast) -> None:
    made = grant("OH", cast.ohio, cast.stranger, actions=["read", "export"])
    assert armed(cast.stranger) == {"OH"}
    revoke_grant(grant=made.id, reason="It is over.", by=cast.ohio)
    assert armed(cast.stranger) == set()
    with acting_as(cast.ohio, Action.MANAGE):
        end_tracers(state="OH", by=cast.ohio)
    assert armed(cast.campaign) == set()


def test_nobody_but_the_party_reads_set_up_or_account(cast: Cast) -> None:
    for name, one in cast.everyone.items():
        for action in Action:
            with acting_as(one, action):
                seen = Setup.objects.count(), Woven.objects.count()
            is_party = name == "ohio" and action is Action.MANAGE
            assert seen == (int(is_party), 0), f"{name} {action}"


def test_nobody_but_the_party_changes_a_set_up(cast: Cast) -> None:
    for name, one in cast.everyone.items():
        if name != "ohio":
            with acting_as(one, Action.MANAGE):
                assert Setup.objects.filter(state="OH").update(active=False) == 0
                with pytest.raises(DatabaseError), transaction.atomic():
                    Setup(
                        state="NC" if name == "campaign" else "OH",
                        sealed=b"x",
                        active=True,
                        changed_by=one.principal,
                        changed_at=timezone.now(),
                    ).save(force_insert=True)
    with (
        acting_as(cast.ohio, Action.MANAGE),
        pytest.raises(DatabaseError),
        transaction.atomic(),
    ):
        Setup.objects.all().delete()


def _write(by: Actor, organization: UUID, action: Action) -> None:
    with acting_as(by, action), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tracers_woven (state, export, download, number, organization,"
            " tracers, sealed, woven_at) VALUES ('OH', %s, 1, 0, %s, 1, 'x', now())",
            [uuid4(), organization],
        )


def test_nobody_writes_an_account_of_what_it_does_not_export(cast: Cast) -> None:
    for by, organization in (
        (cast.campaign, cast.campaign.organization),
        (cast.campaign, cast.rival.organization),
        (cast.stranger, cast.stranger.organization),
    ):
        for action in (Action.EXPORT, Action.MANAGE):
            with pytest.raises(DatabaseError) as refused, transaction.atomic():
                _write(by, organization, action)
            assert isinstance(refused.value.__cause__, InsufficientPrivilege)


def _asked(state: str, ids: list[str], signature: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sec.registered_ids(%s, %s, %s)", [state, ids, signature])
        return list(cursor.fetchone()[0])


def _signed(state: str, ids: list[str]) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('coop.actor')")
        return sign("|".join(("registered", state, cursor.fetchone()[0], *ids)))


def test_only_the_application_asks_which_ids_are_taken(cast: Cast) -> None:
    """Typed by anyone else, the question would tell who exists, shielded voters included."""
    ids = ["OH00000001000", "OH99999999999"]
    with acting_as(cast.campaign, Action.EXPORT):
        good = _signed("OH", ids)
        assert _asked("OH", ids, good) == ["OH00000001000"]
        assert _asked("OH", [], _signed("OH", [])) == []
        for state, named, signature in (
            ("OH", ids, "0" * 64),
            ("OH", ids[:1], good),
            ("NC", ids, good),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                _asked(state, named, signature)
    for by, action in ((cast.campaign, Action.READ), (cast.rival, Action.EXPORT)):
        with acting_as(by, action):
            again = _signed("OH", ids) if action is Action.READ else good
            with pytest.raises(DatabaseError), transaction.atomic():
                _asked("OH", ids, again)

"""The ledger attacked as the app role: it grows, and that is all that can happen to it."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connections, transaction

from coop.actors import OPERATOR, Action, Actor
from coop.db.scope import SETTING, acting_as, token_for
from coop.ledger.actions import Use, record, record_stranger
from coop.ledger.events import Event
from coop.ledger.models import Entry
from tests.cast import Cast

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def count(actor: Actor, state: str | None = "OH") -> Entry:
    with acting_as(actor, Action.COUNT):
        return record(Event.VOTERS_COUNTED, by=actor, use=Use(state=state, rows=1))


def visible(actor: Actor, entry: Entry) -> bool:
    with acting_as(actor, Action.MANAGE):
        return Entry.objects.filter(id=entry.id).exists()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entry SET rows = 0",
        "DELETE FROM ledger_entry",
        "TRUNCATE ledger_entry",
        "DROP TABLE ledger_entry",
        "ALTER TABLE ledger_entry DISABLE TRIGGER ledger_never_changes",
        "DROP POLICY own_and_owned ON ledger_entry",
        "DROP TRIGGER ledger_never_changes ON ledger_entry",
    ],
)
def test_nothing_written_is_changed_or_lost(cast: Cast, statement: str) -> None:
    entry = count(cast.campaign)
    for attacker in (cast.campaign, cast.ohio, OPERATOR):
        with (
            pytest.raises(DatabaseError, match=r"permission denied|must be owner"),
            acting_as(attacker, Action.MANAGE),
            connections["default"].cursor() as cursor,
        ):
            cursor.execute(statement)

    assert visible(cast.campaign, entry)


@pytest.mark.parametrize("statement", ["DELETE FROM", "TRUNCATE"])
def test_not_even_the_owner_of_the_tables_empties_it(statement: str) -> None:
    with (
        transaction.atomic(using="owner"),
        connections["owner"].cursor() as cursor,
    ):
        cursor.execute("ALTER TABLE ledger_entry NO FORCE ROW LEVEL SECURITY")
        cursor.execute(
            "INSERT INTO ledger_entry (id, at, event, outcome, organization, principal,"
            " principal_kind, source, request_id, subject, grants, purpose, groups, fields, code, detail)"
            " VALUES (gen_random_uuid(), now(), 'x', 'done', gen_random_uuid(), gen_random_uuid(),"
            " '', '', '', '', '{}', '', '{}', '{}', '', '{}')"
        )
        with pytest.raises(DatabaseError, match="append-only"):
            cursor.execute(f"{statement} ledger_entry")
        transaction.set_rollback(True, using="owner")


def test_nobody_writes_in_anothers_name(cast: Cast) -> None:
    with pytest.raises(DatabaseError), acting_as(cast.stranger, Action.MANAGE):
        record(Event.VOTERS_COUNTED, by=cast.campaign, use=Use(state="OH"))


@pytest.mark.parametrize("how", ["none", "forged", "expired"])
def test_nobody_reads_or_writes_without_a_valid_actor(cast: Cast, how: str) -> None:
    count(cast.campaign)
    good = token_for(cast.campaign, Action.MANAGE)
    value = {
        "none": "",
        "forged": good.replace(
            str(cast.campaign.organization), str(cast.ohio.organization)
        ),
        "expired": token_for(cast.campaign, Action.MANAGE, seconds=-1),
    }[how]
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, value])

    assert not Entry.objects.exists()
    with pytest.raises(DatabaseError), transaction.atomic():
        record(Event.VOTERS_COUNTED, by=cast.campaign, use=Use(state="OH"))


def test_an_entry_is_seen_by_who_acted_and_by_the_owner_of_its_state(
    cast: Cast,
) -> None:
    about_ohio, about_nothing = count(cast.campaign), count(cast.campaign, state=None)

    seers = {name for name, one in cast.everyone.items() if visible(one, about_ohio)}
    assert seers == {"campaign", "ohio"}
    assert not visible(cast.ohio, about_nothing)


def test_what_strangers_did_is_seen_by_no_organization(cast: Cast) -> None:
    record_stranger(Event.LOG_IN_FAILED, code="password_wrong", request_id="r" * 8)

    for actor in (*cast.everyone.values(), OPERATOR):
        with acting_as(actor, Action.MANAGE):
            assert not Entry.objects.filter(event=Event.LOG_IN_FAILED).exists()

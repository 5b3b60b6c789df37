"""Every canvass and feed table as the app role meets it, against an oracle that knows the rules by heart."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest
from django.db import DatabaseError, connection, connections, transaction

from coop.actors import Action
from coop.db.guard import unguarded
from coop.db.scope import SETTING, acting_as, token_for
from tests.canvass.pushes import body, push, push_and_apply
from tests.cast import Cast, load_cast
from tests.conftest import CommittedDatabase
from tests.database import surfaces
from tests.database.canvass_attacks import ATTACKS, OWN_TABLES, inbox
from tests.database.canvass_oracle import OWNERS, Row, licensed, play, visible

TABLES: Final = (
    "canvass_burst",
    "canvass_job",
    "canvass_job_row",
    "canvass_blind",
    "canvass_unmatched",
    "canvass_inbox",
    "canvass_event_key",
    "canvass_contact",
    "canvass_contact_detail",
    "canvass_contact_version",
    "canvass_standing",
    "canvass_coded",
    "canvass_suppression",
    "canvass_suppression_assertion",
    "canvass_wrong_phone",
    "canvass_survey_question",
    "canvass_survey_response",
    "canvass_activist_code",
    "canvass_receipt",
    "feeds_change",
)


def sql(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall()) if cursor.description else []


def seen(table: str) -> int:
    """Return how many rows of a table are seen; `feeds_change` comes in two kinds."""
    name, _, kind = table.partition(":")
    where = ""
    if name == "feeds_change":
        where = f" WHERE kind = '{kind or 'contact'}'"
    return int(sql(f"SELECT count(*) FROM {name}{where}")[0][0])


def test_everyone_sees_in_every_table_and_scope_what_the_domain_says(
    committed_db: CommittedDatabase,
) -> None:
    cast = load_cast()
    rows = play(cast)
    check_rows(cast, rows)
    check_counts(cast, rows)


def check_rows(cast: Cast, rows: list[Row]) -> None:
    """Compare what each of the cast sees in each scope with the oracle."""
    tables = sorted({row.table for row in rows})
    for who, actor in cast.everyone.items():
        for action in Action:
            with acting_as(actor, action):
                found = {table: seen(table) for table in tables}
            expected = dict.fromkeys(tables, 0)
            for row in rows:
                expected[row.table] += visible(who, action, row)
            assert found == expected, (who, action)


def check_counts(cast: Cast, rows: list[Row]) -> None:
    """Signed counts see one's own and what is licensed to be counted, shielded voters never."""
    groups = {
        "canvass_standing": "contacts",
        "canvass_suppression": "registration",
        "canvass_wrong_phone": "contact_details",
    }
    for who, actor in cast.everyone.items():
        for table, group in groups.items():
            counted = [row for row in rows if row.table == table and row.place > 0]
            expected = sum(
                (row.owner == who)
                or (
                    row.audience is None
                    and (
                        OWNERS[row.state] == who
                        or licensed(who, Action.COUNT, group, row)
                    )
                )
                for row in counted
            )
            assert surfaces.counted(actor, table=table) == expected, (who, table)


@contextmanager
def setting(value: str) -> Iterator[None]:
    """Type a setting of one's own into a transaction."""
    with unguarded(), transaction.atomic():
        sql("SELECT set_config(%s, %s, true)", SETTING, value)
        yield


@pytest.mark.parametrize("table", TABLES)
def test_without_a_true_actor_nothing_is_there(cast: Cast, table: str) -> None:
    push_and_apply(
        cast.outside_group, body(cast.places[1][0], result_code="do_not_call")
    )
    token = token_for(cast.outside_group, Action.READ)
    forged = token.replace(
        str(cast.outside_group.organization), str(cast.ohio.organization)
    )
    expired = token_for(cast.outside_group, Action.READ, seconds=-1)
    for value in ("", forged, expired, token[:-1] + "x"):
        with setting(value):
            assert sql(f"SELECT count(*) FROM {table}") == [(0,)]


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_database_refuses_to(cast: Cast, attack: str) -> None:
    check_refused(cast, attack)


def written(statement: str) -> int:
    """Run a statement in the open scope; return how many rows it wrote."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.rowcount)


def check_refused(cast: Cast, attack: str) -> None:
    """Try an attack, which must fail at a wall."""
    actor, action, statement = ATTACKS[attack](cast)
    walls = r"permission denied|row-level security|is written here|names_nobody"
    with pytest.raises(DatabaseError, match=walls), acting_as(actor, action):
        sql(statement)


@pytest.mark.parametrize("what", OWN_TABLES)
def test_the_database_lets_an_organization_write_its_own(cast: Cast, what: str) -> None:
    statement, action = OWN_TABLES[what]
    with acting_as(cast.outside_group, action):
        made = statement.format(organization=cast.outside_group.organization)
        assert written(made) == 1


def test_the_database_lets_contributors_push(cast: Cast) -> None:
    pushes = (
        (cast.outside_group, inbox(cast.outside_group)),
        (cast.rival, inbox(cast.rival, place=2, pooled="false")),
        (cast.ohio, inbox(cast.ohio)),
    )
    for actor, statement in pushes:
        with acting_as(actor, Action.CONTRIBUTE):
            assert written(statement) == 1
    for actor, _ in pushes:
        with acting_as(actor, Action.READ):
            whose = sql("SELECT DISTINCT organization FROM canvass_inbox")
        assert whose == [(actor.organization,)]


UPDATES: Final = (
    ("UPDATE canvass_inbox SET status = 'queued'", "outside_group", Action.MANAGE),
    ("UPDATE canvass_inbox SET status = 'queued'", "outside_group", Action.READ),
    (
        "UPDATE canvass_inbox SET status = 'queued' WHERE organization <> sec.organization()",
        "rival",
        Action.APPLY,
    ),
    ("UPDATE canvass_standing SET attempts = 9", "outside_group", Action.READ),
    ("UPDATE canvass_standing SET attempts = 9", "ohio", Action.MANAGE),
    (
        "UPDATE canvass_suppression_assertion SET lifted_at = now()",
        "outside_group",
        Action.MANAGE,
    ),
    ("UPDATE canvass_suppression_assertion SET lifted_at = now()", "ohio", Action.READ),
    (
        "UPDATE canvass_suppression_assertion SET lifted_at = now()",
        "carolina",
        Action.MANAGE,
    ),
)


@pytest.mark.parametrize("update", UPDATES)
def test_an_update_without_the_right_finds_no_row(
    cast: Cast, update: tuple[str, str, Action]
) -> None:
    push_and_apply(
        cast.outside_group, body(cast.places[1][0], result_code="do_not_call")
    )
    check_update(cast, *update)


def check_update(cast: Cast, statement: str, who: str, action: Action) -> None:
    """Try an update, which must find nothing that it may change."""
    with acting_as(cast.everyone[who], action), connection.cursor() as cursor:
        cursor.execute(statement)
        assert cursor.rowcount == 0


# Mutations -------------------------------------------------------------------------------


@pytest.mark.slow
def test_every_policy_matters(committed_db: CommittedDatabase) -> None:
    cast = load_cast()
    rows = play(cast)
    policies = _policies()
    assert len(policies) > 30
    _check_everything(cast, rows)
    toothless = [
        f"{policy} on {table}"
        for table, policy, using, check in policies
        if not _is_missed(cast, rows, table, policy, using, check)
    ]
    assert toothless == []


def _policies() -> list[tuple[str, str, str | None, str | None]]:
    """Return the policies that the application and the counting role are held by."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT tablename, policyname, qual, with_check FROM pg_policies"
            " WHERE tablename LIKE ANY ('{canvass%%,feeds%%}')"
            " AND roles && '{coop_app,coop_counter}'"
        )
        return list(cursor.fetchall())


def _is_missed(  # type: ignore[no-untyped-def]
    cast: Cast, rows: list[Row], table: str, policy: str, using, check
) -> bool:
    """Tell whether opening a policy wide makes a check fail; put it back afterwards."""
    clauses = [("USING", using), ("WITH CHECK", check)]
    opened = " ".join(f"{word} (true)" for word, text in clauses if text)
    before = " ".join(f"{word} ({text})" for word, text in clauses if text)
    _alter(table, policy, opened)
    try:
        _check_everything(cast, rows)
    except (AssertionError, pytest.fail.Exception):
        return True
    finally:
        _alter(table, policy, before)
    return False


def _alter(table: str, policy: str, clauses: str) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"ALTER POLICY {policy} ON {table} {clauses}")


def _check_everything(cast: Cast, rows: list[Row]) -> None:
    for check in (check_rows, check_counts):
        check(cast, rows)
    for attack in ATTACKS:
        with transaction.atomic():
            check_refused(cast, attack)
            transaction.set_rollback(True)
    for update in UPDATES:
        with transaction.atomic():
            check_update(cast, *update)
            transaction.set_rollback(True)


def test_claiming_work_is_the_workers_alone(cast: Cast) -> None:
    push(cast.outside_group, body(cast.places[1][0]))
    for actor in (cast.outside_group, cast.ohio):
        for action in (Action.READ, Action.APPLY, Action.MANAGE):
            with acting_as(actor, action):
                assert sql("SELECT * FROM sec.claim_inbox(10)") == []


def test_what_waits_for_another_is_locked_and_applied_by_nobody_else(
    cast: Cast,
) -> None:
    push(cast.outside_group, body(cast.places[1][0]))
    lock = "SELECT seq FROM sec.lock_arrivals('OH', 9, NULL)"
    write = "SELECT sec.write_contacts('OH', %s::bigint[])"
    with acting_as(cast.outside_group, Action.APPLY):
        (seq,) = sql("SELECT seq FROM canvass_inbox")
        assert sql(lock) == [seq]
    with acting_as(cast.rival, Action.APPLY):
        assert sql(lock) == []
        assert sql(write, list(seq)) == [(0,)]
    for action in set(Action) - {Action.APPLY}:
        for statement in (lock, "SELECT sec.write_contacts('OH', '{}')"):
            with (
                pytest.raises(DatabaseError, match="no contact is written here"),
                acting_as(cast.outside_group, action),
            ):
                sql(statement)
    with acting_as(cast.outside_group, Action.APPLY):
        assert sql(write, list(seq)) == [(1,)]
        assert sql(write, list(seq)) == [(0,)], "once, whoever asks"
        assert sql("SELECT count(*) FROM canvass_contact") == [(1,)]


def test_history_is_written_where_the_voter_is_now_and_by_one_function(
    cast: Cast,
) -> None:
    push(cast.outside_group, body(cast.places[1][0]))
    with acting_as(cast.outside_group, Action.APPLY):
        assert sql("SELECT place FROM sec.lock_arrivals('OH', 9, NULL)") == [(1,)]
        ((may, may_detail),) = sql(
            "SELECT has_table_privilege('canvass_contact', 'INSERT'),"
            " has_table_privilege('canvass_contact_detail', 'INSERT')"
        )
    assert not may
    assert not may_detail

"""Deliveries, imports, rejects and staging, attacked with SQL typed as the app's own role."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.utils import timezone

from coop.actors import WORKER, Action, worker_for
from coop.db.scope import SETTING, acting_as, token_for
from states.imports.actions import order_import
from states.imports.lease import LOADER, claim_import
from states.imports.models import Import, Status
from tests.cast import Cast
from tests.imports.people import (
    deliver,
    import_delivery,
    import_voters,
    ohio_file,
    people,
    seen,
)

TABLES = ("files_delivery", "files_file", "imports_import", "imports_reject")
ACTIONS = (Action.READ, Action.EXPORT, Action.MANAGE, Action.IMPORT, Action.COUNT)


@pytest.fixture
def waiting(ohio: Cast) -> Import:
    """An import of Ohio's, ready for review, with staging and a reject."""
    lines = ohio_file(people(range(1, 41))).splitlines()
    content = b"\n".join([*lines, b"broken"]) + b"\n"
    delivery = deliver(ohio.ohio, {"SWVF.txt": content}, review=True)
    return import_delivery(ohio.ohio, delivery)


def count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return int(cursor.fetchone()[0])


def refused(sql: str, *values: Any) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cur:
        cur.execute(sql, values)


def test_only_the_owner_sees_that_there_is_anything(
    ohio: Cast, waiting: Import
) -> None:
    for name, actor in ohio.everyone.items():
        for action in ACTIONS:
            expected = name == "ohio" and action in {Action.IMPORT, Action.MANAGE}
            with acting_as(actor, action):
                counted = {table: count(table) for table in TABLES}
            assert counted == dict.fromkeys(TABLES, int(expected)), (name, action)


def test_a_forged_an_expired_and_a_missing_actor_see_nothing(
    ohio: Cast, waiting: Import
) -> None:
    good = token_for(ohio.ohio, Action.IMPORT)
    stranger = token_for(ohio.stranger, Action.IMPORT)
    forged = "|".join([*good.split("|")[:5], stranger.split("|")[5]])
    for token in (forged, token_for(ohio.ohio, Action.IMPORT, seconds=-1)):
        with acting_as(ohio.stranger, Action.IMPORT), connection.cursor() as cursor:
            cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, token])
            assert [count(table) for table in TABLES] == [0] * len(TABLES)
    with acting_as(WORKER, Action.WORK):
        assert [count(table) for table in TABLES] == [0] * len(TABLES)


def test_the_app_role_cannot_reach_staging_nor_publish(
    ohio: Cast, waiting: Import
) -> None:
    hexed = waiting.id.hex
    with acting_as(ohio.ohio, Action.IMPORT):
        for kind in ("voters", "difference", "gone"):
            refused(f"SELECT * FROM staging.{kind}_{hexed}")
        refused("CREATE TABLE staging.mine (x int)")
        refused("SELECT sec.publish_import(%s, '')", waiting.id)
        refused("SELECT * FROM partitions.imports_reject_oh")
        refused("SELECT sec.imports_with_staging()")


def test_a_stranger_orders_fills_and_decides_nothing(
    ohio: Cast, waiting: Import
) -> None:
    now = timezone.now()
    for actor in (ohio.stranger, ohio.carolina):
        with acting_as(actor, Action.IMPORT):
            refused(
                "INSERT INTO files_delivery (id, state, file_date, review, opened_by, opened_at)"
                " VALUES (%s, 'OH', '2026-11-15', false, %s, %s)",
                uuid4(),
                uuid4(),
                now,
            )
            refused(
                "INSERT INTO files_file (id, delivery_id, state, name, sha256, size, packing,"
                " uploaded_by, uploaded_at) VALUES (%s, %s, %s, 'x', repeat('0', 64), 1,"
                " 'plain', %s, %s)",
                uuid4(),
                waiting.delivery_id,
                "NC" if actor is ohio.carolina else "OH",
                uuid4(),
                now,
            )
            with connection.cursor() as cursor:
                cursor.execute("UPDATE imports_import SET status = 'canceled'")
                assert cursor.rowcount == 0
    assert seen(ohio.ohio, waiting).status == Status.READY


def test_the_owner_itself_changes_only_what_it_decides(
    ohio: Cast, waiting: Import
) -> None:
    changes = (
        "figures = '{}'",
        "cursor = '{}'",
        "compared_at = now()",
        "worker = 'me'",
        "state = 'NC'",
        "status = 'published'",
        "status = 'queued'",
        "delivery_id = gen_random_uuid()",
    )
    with acting_as(ohio.ohio, Action.IMPORT):
        for change in changes:
            refused(f"UPDATE imports_import SET {change}")
        for table in set(TABLES) - {"files_file"}:
            refused(f"DELETE FROM {table}")
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM files_file")
            assert cursor.rowcount == 0  # an import of the delivery waits


def test_the_loader_in_another_states_scope_sees_and_publishes_nothing(
    ohio: Cast, waiting: Import
) -> None:
    other = worker_for(ohio.carolina.organization)
    with acting_as(other, Action.IMPORT, using=LOADER):
        with connections[LOADER].cursor() as cursor:
            for table in (*TABLES, "voters_registration"):
                cursor.execute(f"SELECT count(*) FROM {table} WHERE state = 'OH'")
                assert cursor.fetchone()[0] == 0, table
        with (
            pytest.raises(DatabaseError, match="no such import"),
            transaction.atomic(using=LOADER),
            connections[LOADER].cursor() as cursor,
        ):
            cursor.execute("SELECT sec.publish_import(%s, '')", [waiting.id])


def test_the_loader_publishes_in_an_import_scope_alone(
    ohio: Cast, waiting: Import
) -> None:
    owner = worker_for(ohio.ohio.organization)
    for action in (Action.READ, Action.MANAGE, Action.APPLY):
        with (
            pytest.raises(DatabaseError, match="no such import"),
            acting_as(owner, action, using=LOADER),
            connections[LOADER].cursor() as cursor,
        ):
            cursor.execute("SELECT sec.publish_import(%s, '')", [waiting.id])


def test_the_loader_writes_no_voters_by_itself(ohio: Cast) -> None:
    import_voters(ohio.ohio, people(range(1, 4)))
    owner = worker_for(ohio.ohio.organization)
    for statement in (
        "UPDATE voters_registration SET place = 1",
        "DELETE FROM voters_registration",
        "INSERT INTO voters_publication VALUES ('OH', 99, gen_random_uuid(), '2026-11-15')",
        "COPY voters_registration FROM STDIN",
    ):
        with (
            pytest.raises(DatabaseError),
            acting_as(owner, Action.IMPORT, using=LOADER),
            connections[LOADER].cursor() as cursor,
        ):
            cursor.execute(statement)


def test_what_is_staged_must_be_a_plain_table(ohio: Cast, waiting: Import) -> None:
    """A view would run its functions with the publisher's rights."""
    owner = worker_for(ohio.ohio.organization)
    name = f"staging.difference_{waiting.id.hex}"
    with acting_as(ohio.ohio, Action.IMPORT), connection.cursor() as cursor:
        cursor.execute("UPDATE imports_import SET status = 'publishing'")
    claim = claim_import()
    assert claim
    with (
        acting_as(owner, Action.IMPORT, using=LOADER),
        connections[LOADER].cursor() as cursor,
    ):
        cursor.execute(f"ALTER TABLE {name} RENAME TO moved_away")
        cursor.execute(f"CREATE VIEW {name} AS SELECT * FROM staging.moved_away")
    with (
        pytest.raises(DatabaseError, match="staging is incomplete"),
        acting_as(owner, Action.IMPORT, using=LOADER),
        connections[LOADER].cursor() as cursor,
    ):
        cursor.execute("SELECT sec.publish_import(%s, %s)", [waiting.id, claim.worker])


def test_work_is_claimed_only_by_a_worker(ohio: Cast) -> None:
    delivery = deliver(ohio.ohio, {"SWVF.txt": ohio_file(people(range(1, 4)))})
    order_import(delivery=delivery.id, by=ohio.ohio)
    for action in (Action.IMPORT, Action.MANAGE, Action.READ):
        with acting_as(ohio.ohio, action), connection.cursor() as cursor:
            cursor.execute("SELECT * FROM sec.claim_import('me')")
            assert cursor.fetchall() == []
    assert claim_import() is not None

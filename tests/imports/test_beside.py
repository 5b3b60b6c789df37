"""The first publication of a state: its tables are built beside, and attached with every wall and index."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections, transaction

from coop.actors import Action
from coop.db.scope import acting_as
from states.imports import beside, publishing
from states.imports.errors import ImportRefused
from states.imports.lease import LOADER, claim_import
from states.imports.models import Status
from states.imports.work import run_imports
from states.voters.models import Registration
from tests.cast import Cast
from tests.imports.conftest import VOTER_TABLES
from tests.imports.people import import_voters, people, person, seen
from tests.imports.test_leases import Killed, killed_in, let_lease_run_out, ordered

FILLED = VOTER_TABLES[:4]

SHAPE = """
SELECT c.relrowsecurity, c.relforcerowsecurity,
       (SELECT count(*) FROM aclexplode(c.relacl) AS a WHERE a.grantee <> c.relowner),
       (SELECT count(*) FROM pg_policy AS p WHERE p.polrelid = c.oid),
       ARRAY(SELECT concat(i.indisunique, i.indisvalid, regexp_replace(
                 pg_get_indexdef(i.indexrelid), '^.* USING', ''))
             FROM pg_index AS i WHERE i.indrelid = c.oid ORDER BY 1),
       ARRAY(SELECT pg_get_constraintdef(k.oid) FROM pg_constraint AS k
             WHERE k.conrelid = c.oid ORDER BY 1),
       ARRAY(SELECT concat(a.attname, a.atttypid::regtype, a.attnotnull, a.attgenerated)
             FROM pg_attribute AS a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1),
       pg_get_expr(c.relpartbound, c.oid)
FROM pg_class AS c WHERE c.oid = to_regclass('partitions.' || %s)
"""


def as_owner(
    query: str, values: list[Any] | None = None, role: str = "coop_owner"
) -> Any:
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"RESET ROLE; SET ROLE {role}")
        cursor.execute(query, values)
        return cursor.fetchall() if cursor.description else None


@pytest.fixture
def bare(ohio: Cast) -> Cast:
    """Ohio's tables of voters as they are when a state is opened: without a page."""
    for table in FILLED:
        as_owner(f"TRUNCATE partitions.{table}_oh")
    return ohio


def shapes() -> dict[str, Any]:
    return {one: as_owner(SHAPE, [f"{one}_oh"])[0] for one in FILLED}


def numbers() -> list[int]:
    query = "SELECT ('partitions.' || t || '_oh')::regclass::oid::int FROM unnest(%s::text[]) AS t"
    return [one for (one,) in as_owner(query, [list(FILLED)])]


def clear_way() -> bool:
    with connections[LOADER].cursor() as cursor:
        cursor.execute("SELECT sec.clear_way('OH')")
        return bool(cursor.fetchone()[0])


def voters() -> int:
    return Registration.objects.filter(state="OH").count()


def test_what_is_attached_has_the_walls_and_indexes_that_were_there(bare: Cast) -> None:
    before, were = shapes(), numbers()
    run = import_voters(bare.ohio, people(range(40)))
    assert run.status == Status.PUBLISHED, run.problem
    assert not set(numbers()) & set(were), "it was built beside"
    assert shapes() == before
    with acting_as(bare.ohio, Action.READ):
        assert voters() == 40
    with acting_as(bare.stranger, Action.READ):
        assert voters() == 0
        with connection.cursor() as cursor, pytest.raises(DatabaseError):
            cursor.execute("SELECT * FROM partitions.voters_registration_oh")


def test_later_publications_change_the_tables_that_are_there(bare: Cast) -> None:
    import_voters(bare.ohio, people(range(40)))
    were = numbers()
    changed = [
        one | {"last_name": "CHANGED"} if n < 3 else one
        for n, one in enumerate(people(range(40)))
    ]
    run = import_voters(bare.ohio, changed)
    assert run.figures["changed"] == 3
    assert numbers() == were


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (beside, "_clear_way"),
        (beside, "_fill"),
        (beside, "_build_one"),
        (publishing, "_publish"),
    ],
)
def test_a_worker_killed_between_leaves_it_to_the_next(
    bare: Cast, monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str
) -> None:
    before = shapes()
    run = ordered(bare)
    with monkeypatch.context() as dying:
        killed_in(dying, module, name)
        with pytest.raises(Killed):
            run_imports()
    with acting_as(bare.ohio, Action.READ):
        assert voters() == 0
    let_lease_run_out()
    run_imports()
    assert seen(bare.ohio, run).status == Status.PUBLISHED
    assert shapes() == before
    with acting_as(bare.ohio, Action.READ):
        assert voters() == 40


def test_what_stands_beside_is_nobodys_to_read_and_goes_when_the_import_fails(
    bare: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    ordered(bare)
    with monkeypatch.context() as dying:
        killed_in(dying, publishing, "_publish")
        with pytest.raises(Killed):
            run_imports()
    standing = "SELECT to_regclass('partitions.voters_registration_oh') IS NOT NULL"
    assert as_owner(standing) == [(True,)]
    with acting_as(bare.ohio, Action.IMPORT, using=LOADER):
        for table in FILLED:
            with (
                pytest.raises(DatabaseError, match="permission denied"),
                transaction.atomic(using=LOADER),
                connections[LOADER].cursor() as cursor,
            ):
                cursor.execute(f"SELECT * FROM partitions.{table}_oh")
    shape = as_owner(SHAPE, ["voters_registration_oh"])[0]
    assert shape[:4] == (True, True, 0, 0), "walls stand before it is attached"
    let_lease_run_out()
    claim = claim_import()
    assert claim
    publishing.fail(claim, ImportRefused("gave_up", "Enough."))
    assert as_owner(standing) == [(False,)]
    run = import_voters(bare.ohio, people(range(40)))
    assert run.status == Status.PUBLISHED, run.problem


def test_it_holds_the_same_voters_as_tables_filled_in_place(
    bare: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivered = [*people(range(40)), person(40, confidential=True)]
    found = []
    for is_beside in (True, False):
        if not is_beside:
            monkeypatch.setattr(beside, "_clear_way", lambda _claim: False)
        run = import_voters(bare.ohio, delivered)
        assert run.status == Status.PUBLISHED, run.problem
        found.append(as_owner(CONTENT, role="coop_publisher"))
        ordinals = as_owner(ORDINALS, role="coop_publisher")
        assert ordinals == [(n + 1,) for n in range(41)], "by place and voter"
        forget_voters()
    assert found[0] == found[1]
    assert len(found[0]) == 41


CONTENT = """
SELECT state_voter_id, (to_jsonb(r) || to_jsonb(d) || to_jsonb(c) || to_jsonb(h))
       - 'voter' - 'place' - 'publication' - 'ordinal', r.place < 0,
       (r.place, r.place, r.place) = (d.place, c.place, h.place)
FROM voters_registration AS r JOIN voters_demographics AS d USING (state, voter)
JOIN voters_contactdetails AS c USING (state, voter) JOIN voters_votehistory AS h USING (state, voter)
WHERE state = 'OH' ORDER BY 1
"""
ORDINALS = (
    "SELECT ordinal FROM voters_registration WHERE state = 'OH' ORDER BY place, voter"
)


def forget_voters() -> None:
    for table in (*FILLED, "voters_publication"):
        as_owner(f"TRUNCATE partitions.{table}_oh")


def test_readers_are_not_pushed_aside(
    bare: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "TRIES", 2)
    monkeypatch.setattr(beside, "PAUSE_SECONDS", 0.0)
    were = numbers()
    with transaction.atomic(using="owner"):
        as_owner("SELECT count(*) FROM voters_registration")
        run = import_voters(bare.ohio, people(range(40)))
        assert run.status == Status.PUBLISHED, run.problem
    assert numbers() == were, "it went into the tables that were there"
    with acting_as(bare.ohio, Action.READ):
        assert voters() == 40


def test_the_planner_knows_how_many_voters_all_states_have(bare: Cast) -> None:
    import_voters(bare.ohio, people(range(40)))
    everyone = "SELECT count(*) FROM voters_registration"
    ((before,),) = as_owner(everyone, role="coop_publisher")
    assert told() == [before] * len(FILLED)
    import_voters(bare.ohio, people(range(60)))
    assert told() == [before + 20] * len(FILLED)


def told() -> list[int]:
    """Return how many rows the planner expects in each of the voters' tables."""
    query = "SELECT c.reltuples FROM pg_class AS c WHERE c.relname = ANY (%s) AND c.relkind = 'p'"
    return [int(rows) for (rows,) in as_owner(query, [list(FILLED)])]


def test_nobody_but_the_states_own_import_clears_the_way(bare: Cast) -> None:
    for actor in (bare.carolina, bare.stranger, bare.campaign):
        with (
            pytest.raises(DatabaseError, match="no such state"),
            acting_as(actor, Action.IMPORT, using=LOADER),
        ):
            clear_way()
    with (
        pytest.raises(DatabaseError, match="no such state"),
        acting_as(bare.ohio, Action.READ, using=LOADER),
    ):
        clear_way()
    run = ordered(bare)
    for call in ("begin_beside(%s, '')", "fill_beside(%s, '', 'voters_registration')"):
        for actor, said in (
            (bare.carolina, "no such import"),
            (bare.ohio, "not ready"),
        ):
            with (
                pytest.raises(DatabaseError, match=said),
                acting_as(actor, Action.IMPORT, using=LOADER),
                connections[LOADER].cursor() as cursor,
            ):
                cursor.execute(f"SELECT sec.{call}", [run.id])
    for actor, action in (
        (bare.campaign, Action.IMPORT),
        (bare.ohio, Action.READ),
    ):
        with (
            pytest.raises(DatabaseError, match="no such state"),
            acting_as(actor, action, using=LOADER),
            connections[LOADER].cursor() as cursor,
        ):
            cursor.execute("SELECT sec.analyze_joins()")
    index = "SELECT sec.index_beside('OH', %s)"
    for actor, name, said in (
        (bare.carolina, "voters_registration_pkey", "no such state"),
        (bare.ohio, "voters_registration_pkey", "attached"),
        (bare.ohio, "imports_import_pkey", "no such index"),
    ):
        with (
            pytest.raises(DatabaseError, match=said),
            acting_as(actor, Action.IMPORT, using=LOADER),
            connections[LOADER].cursor() as cursor,
        ):
            cursor.execute(index, [name])
    with acting_as(bare.ohio, Action.IMPORT):
        for call in (
            "sec.clear_way('OH')",
            "sec.index_beside('OH', 'voters_registration_pkey')",
            "sec.make_index_beside('OH', 'voters_registration_pkey')",
            "sec.indexes_beside('voters_registration')",
            "sec.make_beside('voters_registration', 'OH')",
            "sec.attach_beside('voters_registration', 'OH')",
            "sec.finish_beside('voters_registration', 'OH')",
            "sec.drop_beside('OH')",
            "sec.analyze_joins()",
            "sec.analyze_wholes()",
            "sec.begin_beside(gen_random_uuid(), 'x')",
            "sec.fill_beside(gen_random_uuid(), 'x', 'voters_registration')",
        ):
            with pytest.raises(DatabaseError, match="permission denied"):  # noqa: SIM117
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(f"SELECT {call}")


def test_a_state_with_voters_keeps_its_tables(ohio: Cast) -> None:
    import_voters(ohio.ohio, people(range(40)))
    were = numbers()
    with acting_as(ohio.ohio, Action.IMPORT, using=LOADER):
        assert clear_way() is False
    assert numbers() == were

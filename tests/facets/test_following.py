"""What a publication leaves alone is not written again, and whoever has no business here gets nowhere."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import DatabaseError, connections, transaction

from coop.actors import WORKER, Action, Actor, worker_for
from coop.db.guard import ScopeRequired
from coop.db.scope import acting_as
from coop.grants.actions import revoke_grant
from states.facets import building, columns
from states.facets.staged import LOADER
from tests.cast import Cast, grant
from tests.facets.rows import build_anew, contents, publish, roll_back, rows
from tests.imports.conftest import ohio, storage
from tests.imports.people import CUYAHOGA, FRANKLIN, people, person

__all__ = ["ohio", "storage"]
LATER = dt.date(2026, 11, 18)


def test_only_bitmaps_that_someone_leaves_or_joins_are_written(ohio: Cast) -> None:
    publish(ohio, people(range(1, 41)))
    before = rows()
    changed = [person(1, party="R"), *people(range(2, 41))]
    publish(ohio, changed, file_date=LATER)
    after = rows()
    written = {key[:3] for key in after if after[key] != before.get(key)}
    assert written == {
        ("registration", "party", "N"),
        ("registration", "party", "R"),
    }
    assert {key[:3] for key in before.keys() ^ after.keys()} == {
        ("registration", "party", "R")
    }
    build_anew(ohio)
    assert contents(rows()) == contents(after)


def test_what_no_bitmap_is_made_of_writes_none(ohio: Cast) -> None:
    publish(ohio, people(range(1, 41)))
    before = rows()
    publish(ohio, [person(1, res_address="9 OAK AVE"), *people(range(2, 41))])
    assert rows() == before
    assert version() == 2


def test_movers_the_gone_the_hidden_and_who_comes_back(ohio: Cast) -> None:
    publish(ohio, people(range(1, 61)))
    publish(
        ohio,
        [
            person(1, county=CUYAHOGA),
            person(2, confidential=True),
            *people(range(4, 62)),
        ],
        file_date=LATER,
    )
    followed = contents(rows())
    build_anew(ohio)
    assert contents(rows()) == followed
    publish(ohio, people(range(1, 61)), file_date=LATER)
    roll_back(ohio, 2)
    followed = contents(rows())
    build_anew(ohio)
    assert contents(rows()) == followed
    assert version() == 4


def test_a_bitmap_that_nobody_is_in_goes(ohio: Cast) -> None:
    publish(ohio, [person(1, party="R"), *people(range(2, 41))])
    assert any(key[1:3] == ("party", "R") for key in rows())
    publish(ohio, people(range(1, 41)))
    assert not any(key[1:3] == ("party", "R") for key in rows())


def test_much_that_changed_is_built_anew(ohio: Cast) -> None:
    publish(ohio, people(range(1, 41)))
    before = rows()
    publish(ohio, people(range(1, 41), res_address="9 OAK AVE"))
    after = rows()
    assert contents(after) == contents(before)
    assert not {wrote for _, wrote in after.values()} & {
        wrote for _, wrote in before.values()
    }


def test_who_has_no_ordinal_is_followed_by_building_anew(
    ohio: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "FOLLOWED_UP_TO", 1)
    publish(ohio, people(range(1, 11)))
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET ROLE coop_publisher")
        cursor.execute(
            "UPDATE voters_registration SET ordinal = NULL"
            " WHERE state = 'OH' AND state_voter_id = 'OH00000000003'"
        )
        cursor.execute("RESET ROLE")
    publish(ohio, [*people(range(1, 3)), person(3, party="R"), *people(range(4, 11))])
    followed = contents(rows())
    build_anew(ohio)
    assert contents(rows()) == followed
    assert any(key[1:3] == ("party", "R") for key in followed)


def test_where_all_are_hidden_there_are_none(ohio: Cast) -> None:
    publish(ohio, people(range(1, 11), confidential=True))
    assert rows() == {}
    assert version() == 1
    build_anew(ohio)
    assert rows() == {}


def test_many_blocks_are_read_as_one(
    ohio: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(ohio, people(range(1, 401)))
    at_once = contents(rows())
    monkeypatch.setattr(columns, "READ_AT_ONCE", 10)
    build_anew(ohio)
    assert contents(rows()) == at_once


def version() -> int:
    """Return the publication that Ohio's bitmaps are of."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET ROLE coop_publisher")
        cursor.execute("SELECT publication FROM facets_version WHERE state = 'OH'")
        found = int(cursor.fetchone()[0])
        cursor.execute("RESET ROLE")
    return found


CALLS = (
    "SELECT sec.facets_to_follow('OH')",
    "SELECT * FROM sec.facets_replaced('OH', 'voters_registration')",
    "SELECT sec.follow_facets('OH', 'facets_x')",
    "SELECT sec.swap_facets('OH', 'facets_x')",
    "SELECT sec.begin_facets('OH')",
)


def test_voters_whose_ids_begin_alike_keep_their_own_values(ohio: Cast) -> None:
    publish(ohio, people(range(1, 11)))
    expected = contents(rows())
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET ROLE coop_publisher")
        cursor.execute(
            "SELECT voter FROM voters_registration WHERE state = 'OH' AND place > 0"
            " ORDER BY state_voter_id LIMIT 2"
        )
        (one,), (other,) = cursor.fetchall()
        for table in ("registration", "demographics", "contactdetails", "votehistory"):
            cursor.execute(
                f"UPDATE voters_{table} SET voter = %s WHERE state = 'OH' AND voter = %s",
                [str(one)[:18] + str(other)[18:], other],
            )
        cursor.execute("RESET ROLE")
    build_anew(ohio)
    assert contents(rows()) == expected


def test_nobody_but_the_owners_import_follows_or_sees_what_was(ohio: Cast) -> None:
    publish(ohio, people(range(1, 31)))
    publish(ohio, [person(1, party="R"), *people(range(2, 31))])
    grant("OH", ohio.ohio, ohio.stranger, actions=["read", "export"])
    for actor, action, alias in (
        (worker_for(ohio.carolina.organization), Action.IMPORT, LOADER),
        (worker_for(ohio.stranger.organization), Action.IMPORT, LOADER),
        (ohio.ohio, Action.READ, LOADER),
        (WORKER, Action.WORK, LOADER),
        (ohio.ohio, Action.IMPORT, "default"),
        (ohio.stranger, Action.READ, "default"),
        (ohio.stranger, Action.EXPORT, "default"),
    ):
        with acting_as(actor, action, using=alias):
            for call in CALLS:
                refused(alias, call)
    for call in CALLS:
        refused(LOADER, call)


def test_what_is_kept_inside_is_called_by_no_log_in(ohio: Cast) -> None:
    for alias in ("default", LOADER):
        with acting_as(ohio.ohio, Action.IMPORT, using=alias):
            refused(alias, "SELECT sec.version_facets('OH', 9)")
            refused(alias, "SELECT sec.write_facets('OH', 'registration', 'x')")
            refused(alias, "DELETE FROM facets_version")
            refused(alias, "UPDATE facets_version SET publication = 9")


def test_the_version_is_for_whoever_has_to_do_with_the_state(ohio: Cast) -> None:
    publish(ohio, people(range(1, 11), county=FRANKLIN))
    made = grant("OH", ohio.ohio, ohio.carolina, actions=["read"])
    assert seen_by(ohio.ohio) == 1
    assert seen_by(ohio.carolina) == 1
    assert seen_by(ohio.stranger) == 0
    revoke_grant(grant=made.id, reason="Over.", by=ohio.ohio)
    assert seen_by(ohio.carolina) == 0


def seen_by(actor: Actor) -> int:
    """Return how many rows of Ohio's version an organization sees."""
    with acting_as(actor, Action.READ), connections["default"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM facets_version WHERE state = 'OH'")
        return int(cursor.fetchone()[0])


def refused(alias: str, statement: str) -> None:
    with (
        pytest.raises((DatabaseError, ScopeRequired)),
        transaction.atomic(using=alias),
        connections[alias].cursor() as cursor,
    ):
        cursor.execute(statement)

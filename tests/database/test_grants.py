"""Grants attacked with SQL typed as the app role, in the attacker's own signed scope."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.grants.models import Grant
from tests import cast as casting
from tests.cast import Cast


def grant(state: str, owner: Actor, grantee: Actor, **terms: Any) -> Grant:
    """Make an active grant to count, read and export, unless the terms say otherwise."""
    given = {"actions": ["count", "read", "export"]} | terms
    return casting.grant(state, owner, grantee, **given)


def typed(actor: Actor, action: Action, sql: str, *values: Any) -> int:
    """Run a statement in a scope; return how many rows it got at."""
    with (
        transaction.atomic(),
        acting_as(actor, action),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, values)
        return int(cursor.rowcount)


def refused(actor: Actor, sql: str, *values: Any, why: str = ".") -> None:
    """Assert that a statement in a scope to manage fails or gets at no row."""
    got, error = 0, ""
    try:
        got = typed(actor, Action.MANAGE, sql, *values)
    except DatabaseError as refusal:
        error = str(refusal)
    assert got == 0, sql
    assert not error or re.search(why, error), error


def insert(by: Actor, **changed: Any) -> Grant:
    """Insert a grant row as it comes, with nothing of Python in the way."""
    now = timezone.now()
    values: dict[str, Any] = {
        "id": uuid4(),
        "state_id": "OH",
        "owner": by.organization,
        "grantee": by.organization,
        "status": "requested",
        "groups": ["registration"],
        "actions": ["read"],
        "whole_state": True,
        "purpose": "election",
        "starts_at": now - dt.timedelta(hours=1),
        "ends_at": now + dt.timedelta(days=1),
        "created_at": now,
        "changed_at": now,
    } | changed
    made = Grant(**({"lineage": values["id"]} | values))
    with transaction.atomic(), acting_as(by, Action.MANAGE):
        made.save(force_insert=True)
    return made


def test_nobody_grants_itself_anything(cast: Cast) -> None:
    sides = {"owner": cast.ohio.organization, "grantee": cast.stranger.organization}
    for status in ("offered", "accepted", "active"):
        with pytest.raises(DatabaseError, match="row-level security"):
            insert(cast.stranger, **sides, status=status)
    with pytest.raises(DatabaseError):
        insert(
            cast.stranger,
            owner=cast.stranger.organization,
            grantee=cast.rival.organization,
            status="offered",
        )
    with pytest.raises(DatabaseError, match="row-level security"):
        insert(cast.stranger, owner=cast.carolina.organization)
    asked = insert(cast.stranger, **sides)
    for status in ("offered", "accepted", "active"):
        refused(
            cast.stranger,
            "UPDATE grants_grant SET status = %s WHERE id = %s",
            status,
            asked.id,
            why="at the hand of the grantee",
        )


@pytest.mark.parametrize(
    "change",
    [
        "ends_at = ends_at + interval '1 year'",
        "starts_at = starts_at - interval '1 year'",
        "whole_state = true, us_house_districts = '{}'",
        "us_house_districts = us_house_districts || '{15}'",
        "groups = groups || '{ballots}'",
        "actions = actions || '{contribute}', pool = 'at_once'",
        "cap_voters_month = NULL",
        "purpose = 'political'",
        "state_id = 'NC'",
        "owner = grantee, grantee = owner",
        "lineage = gen_random_uuid()",
        "id = gen_random_uuid()",
        "supersedes_id = (SELECT id FROM grants_grant LIMIT 1)",
        "agreement = 'Something else.'",
        'terms = \'{"price": "0"}\'',
        "accepted_by = gen_random_uuid()",
        "created_at = now() - interval '1 year'",
        "reason = 'Never mind.'",
        "status = 'expired'",
    ],
)
@pytest.mark.parametrize("side", ["campaign", "ohio"])
def test_the_terms_of_an_active_grant_stand_still(
    cast: Cast, change: str, side: str
) -> None:
    made = grant(
        "OH", cast.ohio, cast.campaign, us_house_districts=["3"], cap_voters_month=5
    )
    refused(
        getattr(cast, side), f"UPDATE grants_grant SET {change} WHERE id = %s", made.id
    )


@pytest.mark.parametrize("status", ["suspended", "revoked"])
def test_a_stopped_grantee_cannot_start_itself_again(cast: Cast, status: str) -> None:
    made = grant("OH", cast.ohio, cast.stranger)
    typed(
        cast.ohio,
        Action.MANAGE,
        "UPDATE grants_grant SET status = %s WHERE id = %s",
        status,
        made.id,
    )
    for wanted in ("active", "accepted", "offered", "requested"):
        refused(
            cast.stranger,
            "UPDATE grants_grant SET status = %s WHERE id = %s",
            wanted,
            made.id,
        )


def test_a_grant_is_changed_in_a_scope_to_manage_alone(cast: Cast) -> None:
    made = grant("OH", cast.ohio, cast.stranger)
    for action in set(Action) - {Action.MANAGE}:
        got = typed(
            cast.ohio,
            action,
            "UPDATE grants_grant SET status = 'revoked' WHERE id = %s",
            made.id,
        )
        assert got == 0, action
    refused(cast.ohio, "DELETE FROM grants_grant", why="permission denied")


def successor_of(cast: Cast, first: Grant, **changed: Any) -> Grant:
    return insert(
        cast.ohio,
        **(
            {
                "grantee": first.grantee,
                "status": "offered",
                "supersedes_id": first.id,
                "lineage": first.lineage,
            }
            | changed
        ),
    )


def set_status(by: Actor, made: Grant, status: str) -> None:
    sql = "UPDATE grants_grant SET status = %s WHERE id = %s"
    assert typed(by, Action.MANAGE, sql, status, made.id) == 1


def test_a_line_cannot_be_forged(cast: Cast) -> None:
    first = grant("OH", cast.ohio, cast.stranger)
    foreign = grant("NC", cast.carolina, cast.stranger)
    for forged in (
        {"lineage": foreign.lineage},
        {"lineage": uuid4()},
        {"supersedes_id": None},
        {"supersedes_id": foreign.id, "lineage": foreign.lineage},
        {"grantee": cast.rival.organization},
        {"accepted_by": uuid4()},
    ):
        with pytest.raises(DatabaseError, match=r"lineage|cannot follow|no past"):
            successor_of(cast, first, **forged)
    successor_of(cast, first)
    with pytest.raises(DatabaseError, match="one_living_successor"):
        successor_of(cast, first)


@pytest.mark.parametrize("stop", ["suspended", "revoked"])
def test_a_successor_is_no_way_around_a_stop(cast: Cast, stop: str) -> None:
    first = grant("OH", cast.ohio, cast.stranger)
    successor = successor_of(cast, first)
    set_status(cast.ohio, first, stop)
    set_status(cast.stranger, successor, "accepted")
    for by in (cast.stranger, cast.ohio):
        refused(
            by,
            "UPDATE grants_grant SET status = 'active' WHERE id = %s",
            successor.id,
            why="cannot follow",
        )


def test_two_of_a_line_are_never_in_force_together(cast: Cast) -> None:
    first = grant("OH", cast.ohio, cast.stranger)
    successor = successor_of(cast, first)
    set_status(cast.stranger, successor, "accepted")
    sql = "UPDATE grants_grant SET status = 'active' WHERE id = %s"
    refused(cast.stranger, sql, successor.id, why="cannot follow")
    set_status(cast.stranger, first, "superseded")
    set_status(cast.stranger, successor, "active")


def test_nothing_is_superseded_by_nothing(cast: Cast) -> None:
    first = grant("OH", cast.ohio, cast.stranger)
    sql = "UPDATE grants_grant SET status = 'superseded' WHERE id = %s"
    for by in (cast.stranger, cast.ohio):
        refused(by, sql, first.id, why="nothing is there")


def test_an_offer_typed_past_python_follows_the_policy(cast: Cast) -> None:
    changed = {"grantee": cast.stranger.organization, "status": "offered"}
    with pytest.raises(DatabaseError, match="policy of OH"):
        insert(cast.ohio, **changed, purpose="journalistic")
    insert(cast.ohio, **changed)


@pytest.mark.parametrize(
    "nonsense",
    [
        {"groups": ["secrets"]},
        {"groups": []},
        {"actions": ["manage"]},
        {"actions": []},
        {"counties": [39049]},
        {"whole_state": False},
        {"whole_state": False, "state_house_districts": [""]},
        {"pool": "held"},
        {"actions": ["contribute"], "groups": ["contacts"]},
        {"actions": ["contribute"], "pool": "held"},
        {"cap_voters_month": 0},
        {"ends_at": timezone.now() - dt.timedelta(days=1)},
    ],
)
def test_terms_that_make_no_sense_are_refused_by_the_database(
    cast: Cast, nonsense: dict[str, Any]
) -> None:
    sides = {"owner": cast.ohio.organization, "grantee": cast.stranger.organization}
    with pytest.raises(DatabaseError, match="violates check constraint"):
        insert(cast.stranger, **(sides | nonsense))


# Guardian's rows

MIRROR = (
    "INSERT INTO grants_stategroupobjectpermission (content_object_id, group_id, permission_id) "
    "SELECT %s, o.group_id, p.id FROM organizations_organization AS o, auth_permission AS p "
    "WHERE o.id = %s AND p.codename = %s"
)


@pytest.mark.parametrize(
    ("by", "state", "of", "permission"),
    [
        ("stranger", "OH", "stranger", "read_voters"),
        ("campaign", "OH", "campaign", "contribute_contacts"),
        ("campaign", "OH", "campaign", "delete_state"),
        ("campaign", "NC", "campaign", "read_voters"),
        ("campaign", "OH", "stranger", "read_voters"),
        ("committee", "NC", "committee", "read_voters"),
        ("ohio", "NC", "ohio", "read_voters"),
        ("ohio", "OH", "stranger", "read_voters"),
    ],
)
def test_guardians_rows_follow_active_grants_alone(
    cast: Cast, by: str, state: str, of: str, permission: str
) -> None:
    with pytest.raises(DatabaseError, match="row-level security"):
        typed(
            getattr(cast, by),
            Action.MANAGE,
            MIRROR,
            state,
            getattr(cast, of).organization,
            permission,
        )


def test_guardians_rows_are_removed_by_either_side_in_a_scope_to_manage(
    cast: Cast,
) -> None:
    delete = (
        "DELETE FROM grants_stategroupobjectpermission AS m USING organizations_organization AS o "
        "WHERE o.group_id = m.group_id AND o.id = %s"
    )
    of = cast.campaign.organization
    assert typed(cast.rival, Action.MANAGE, delete, of) == 0
    assert typed(cast.carolina, Action.MANAGE, delete, of) == 0
    assert typed(cast.ohio, Action.READ, delete, of) == 0
    assert typed(cast.ohio, Action.MANAGE, delete, of) == 3


# Caps


def test_use_is_noted_and_read_through_functions_alone(cast: Cast) -> None:
    made = grant("OH", cast.ohio, cast.stranger, actions=["read"], cap_voters_month=100)
    for sql in (
        "SELECT * FROM grants_voteruse",
        "DELETE FROM grants_voteruse",
        "INSERT INTO grants_voteruse VALUES (gen_random_uuid(), '2026-11-01', gen_random_uuid())",
    ):
        with pytest.raises(DatabaseError, match="permission denied"):
            typed(cast.stranger, Action.READ, sql)
    note = "SELECT * FROM sec.use_voters('OH', %s, '{registration}')"
    voters = cast.places[1]
    assert typed(cast.rival, Action.EXPORT, note, voters) == 0, "its own is uncapped"
    assert typed(cast.stranger, Action.COUNT, note, voters) == 0, "not granted"
    assert typed(cast.stranger, Action.READ, note, voters) == 1
    set_status(cast.ohio, made, "suspended")
    assert typed(cast.stranger, Action.READ, note, voters) == 0

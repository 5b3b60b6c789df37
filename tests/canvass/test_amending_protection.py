"""What protects voters follows the contacts that it rests on, as they are set right."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.db import connection, connections

from coop.actors import Action
from coop.db.scope import acting_as
from coop.errors import NotFound
from states.canvass.draining import Applied
from states.canvass.protecting import confirm_suppression, lift_suppressions
from states.feeds.models import Change
from tests.canvass.amendments import (
    at,
    bound,
    correct,
    retract,
    standing,
)
from tests.canvass.pushes import (
    body,
    drain,
    push_and_apply,
)
from tests.cast import SHIELDED, Cast, load_cast
from tests.conftest import CommittedDatabase
from tests.database.canvass_oracle import shield


def test_an_opt_out_ends_with_the_contact_that_it_rested_on(cast: Cast) -> None:
    voter = cast.places[2][0]
    (mine,) = push_and_apply(cast.outside_group, body(voter, result_code="do_not_call"))
    (theirs,) = push_and_apply(cast.rival, body(voter, suppressions=["call", "text"]))
    retract(cast.outside_group, mine)
    drain()
    assert bound(cast.committee, voter) == {"call", "text"}
    correct(cast.rival, theirs, "fix", suppressions=["text"])
    drain()
    assert bound(cast.committee, voter) == {"text"}
    retract(cast.rival, theirs, "gone too")
    drain()
    assert bound(cast.committee, voter) == set()


def test_a_retracted_opt_in_lets_the_opt_out_bind_again(cast: Cast) -> None:
    voter = cast.places[1][0]
    push_and_apply(
        cast.outside_group, body(voter, suppressions=["door"], occurred_at=at(0))
    )
    (mistaken,) = push_and_apply(
        cast.outside_group, body(voter, opt_ins=["door"], occurred_at=at(1))
    )
    assert bound(cast.ohio, voter) == set()
    retract(cast.outside_group, mistaken)
    drain()
    assert bound(cast.ohio, voter) == {"door"}


def test_what_the_owner_confirmed_or_lifted_stays_so(cast: Cast) -> None:
    dead, called = cast.places[1][:2]
    told, opted = push_and_apply(
        cast.outside_group,
        body(dead, result_code="deceased"),
        body(called, suppressions=["call"]),
    )
    with acting_as(cast.ohio, Action.MANAGE), connection.cursor() as cursor:
        cursor.execute(
            "SELECT assertion FROM canvass_suppression_assertion WHERE kind = 'deceased'"
        )
        (assertion,) = cursor.fetchone()
    confirm_suppression(state="OH", assertion=assertion, by=cast.ohio)
    lift_suppressions(
        state="OH",
        organization=cast.outside_group.organization,
        kind="call",
        by=cast.ohio,
    )
    retract(cast.outside_group, told)
    correct(cast.outside_group, opted, "fix", suppressions=["call"], occurred_at=at(3))
    drain()
    assert bound(cast.committee, dead) == {"deceased"}
    assert bound(cast.committee, called) == set()


def test_a_late_one_about_a_voter_who_is_protected_by_now(
    committed_db: CommittedDatabase,
) -> None:
    cast = load_cast()
    voter = cast.places[1][0]
    first, second = push_and_apply(
        cast.outside_group, body(voter, support=1), body(voter, support=2)
    )
    correct(cast.outside_group, first, "in time", support=5, occurred_at=at(2))
    shield(voter)
    _move_history(voter)
    assert drain() == Applied(applied=1)
    with pytest.raises(NotFound):
        retract(cast.outside_group, second)
    for reader, heard in ((cast.committee, 0), (cast.outside_group, 0), (cast.ohio, 1)):
        with acting_as(reader, Action.READ):
            told = Change.objects.filter(state="OH", voter=voter, kind="correction")
            assert told.count() == heard
    assert standing(cast.committee, voter) is None
    found = standing(cast.ohio, voter)
    assert found is not None
    assert (found.attempts, found.place) == (2, SHIELDED["OH"])


def _move_history(voter: UUID) -> None:
    """Move what is told of a voter with the voter, as a publication does."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET ROLE coop_publisher")
        for table in ("contact", "contact_detail", "standing"):
            cursor.execute(
                f"UPDATE canvass_{table} SET place = %s WHERE state = 'OH' AND voter = %s",
                [SHIELDED["OH"], voter],
            )
        cursor.execute("RESET ROLE")

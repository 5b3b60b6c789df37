"""Contacts that come late: taken for 72 hours after a grant's natural end, if they are dated within it."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.db import Error as DatabaseError, connection, transaction
from django.utils import timezone

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from coop.grants.models import Grant
from coop.ledger.events import Event
from coop.ledger.models import Entry
from states.canvass.actions import Outcome, push_contacts
from states.canvass.models import Contact
from tests.canvass.pushes import body, drain, machine, push
from tests.cast import Cast

HOUR = dt.timedelta(hours=1)
ENDED = (("grantee", "accepted"), ("grantee", "active"), ("owner", "expired"))


def ended(
    cast: Cast,
    ago: dt.timedelta = HOUR,
    steps: tuple[tuple[str, str], ...] = ENDED,
    **terms: Any,
) -> Grant:
    """License the stranger to contribute, until so long ago, and take the steps of its life."""
    now = timezone.now()
    made = Grant(
        state_id="OH",
        owner=cast.ohio.organization,
        grantee=cast.stranger.organization,
        status="offered",
        created_at=now - dt.timedelta(days=40),
        changed_at=now,
        **(
            {
                "groups": ["contacts", "registration"],
                "actions": ["contribute", "read"],
                "whole_state": True,
                "purpose": "election",
                "pool": "at_once",
                "starts_at": now - dt.timedelta(days=30),
                "ends_at": now - ago,
            }
            | terms
        ),
    )
    made.lineage = made.id
    with acting_as(cast.ohio, Action.MANAGE):
        made.save(force_insert=True)
    for side, status in steps:
        by = cast.ohio if side == "owner" else cast.stranger
        with acting_as(by, Action.MANAGE):
            assert Grant.objects.filter(id=made.id).update(status=status) == 1
    return made


def pushed(cast: Cast, when: dt.datetime | None, place: int = 1) -> Outcome:
    """Push one contact of the stranger's, dated so; tell what became of it."""
    dated = {"occurred_at": when.isoformat()} if when else {}
    (verdict,) = push(cast.stranger, body(cast.places[place][0], **dated)).verdicts
    return verdict.outcome


def test_whoever_could_not_read_learns_nothing_late(cast: Cast) -> None:
    grant = ended(cast, groups=["contacts"], actions=["contribute"])
    assert pushed(cast, before_end(grant)) is Outcome.REJECTED


def before_end(grant: Grant) -> dt.datetime:
    return grant.ends_at - dt.timedelta(seconds=1)


def test_what_happened_within_it_is_taken_and_applied(cast: Cast) -> None:
    grant = ended(cast)
    assert pushed(cast, before_end(grant)) is Outcome.ACCEPTED
    assert drain().applied == 1
    with acting_as(cast.stranger, Action.READ):
        assert Contact.objects.filter(state="OH").count() == 1
    with acting_as(cast.ohio, Action.MANAGE):
        entry = Entry.objects.filter(event=Event.CONTACTS_PUSHED, state="OH").get()
        assert entry.grants == [grant.id]


@pytest.mark.parametrize("status", ["active", "expired"])
@pytest.mark.parametrize(
    ("ago", "outcome"),
    [
        (dt.timedelta(hours=71, minutes=59), Outcome.ACCEPTED),
        (dt.timedelta(hours=72, minutes=1), Outcome.REJECTED),
    ],
)
def test_it_is_72_hours_whether_or_not_the_status_says_so_yet(
    cast: Cast, status: str, ago: dt.timedelta, outcome: Outcome
) -> None:
    grant = ended(cast, ago, ENDED if status == "expired" else ENDED[:2])
    assert pushed(cast, before_end(grant)) is outcome


def test_what_happened_outside_of_it_is_not_taken(cast: Cast) -> None:
    grant = ended(cast)
    for when in (None, grant.ends_at, grant.starts_at - HOUR, timezone.now()):
        assert pushed(cast, when) is Outcome.REJECTED


@pytest.mark.parametrize(
    "life",
    [
        (),
        ENDED[:1],
        (*ENDED[:2], ("owner", "revoked")),
        (*ENDED[:2], ("owner", "suspended")),
        (*ENDED[:2], ("owner", "suspended"), ("owner", "expired")),
        (ENDED[0], ("owner", "expired")),
    ],
    ids=lambda life: "_".join(status for _, status in life) or "offered",
)
def test_after_any_other_end_nothing_is_taken(
    cast: Cast, life: tuple[tuple[str, str], ...]
) -> None:
    grant = ended(cast, steps=life)
    assert pushed(cast, before_end(grant)) is Outcome.REJECTED


@pytest.mark.parametrize(
    "terms",
    [
        {"whole_state": False, "counties": [39035]},
        {"groups": ["registration"], "actions": ["count"], "pool": None},
        {"groups": ["registration", "contacts"], "actions": ["read"], "pool": None},
    ],
)
def test_only_where_and_for_what_it_was(cast: Cast, terms: dict[str, Any]) -> None:
    grant = ended(cast, **terms)
    inside = [pushed(cast, before_end(grant), place) for place in sorted(cast.places)]
    ohio = {1, 2, 3, 4, 5} & set(cast.places)
    taken = {
        place
        for place, one in zip(sorted(cast.places), inside, strict=True)
        if one is Outcome.ACCEPTED
    }
    assert taken < ohio
    assert bool(taken) == ("counties" in terms)


def test_it_says_what_it_said_of_the_pool(cast: Cast) -> None:
    grant = ended(cast, pool="held")
    ended(cast)
    assert pushed(cast, before_end(grant)) is Outcome.ACCEPTED
    drain()
    with acting_as(cast.stranger, Action.READ):
        assert not Contact.objects.get(state="OH").pooled
    with acting_as(cast.ohio, Action.READ):
        assert Contact.objects.filter(state="OH").count() == 0


def test_nobody_else_profits(cast: Cast) -> None:
    grant = ended(cast)
    for other in (cast.rival, cast.carolina):
        item = body(cast.places[1][0], occurred_at=before_end(grant).isoformat())
        assert push(other, item).verdicts[0].outcome is Outcome.REJECTED


def test_the_database_itself_refuses_a_date_outside(cast: Cast) -> None:
    grant = ended(cast)
    for when, pooled, good in (
        (before_end(grant), True, True),
        (before_end(grant), False, False),
        (grant.ends_at + HOUR / 2, True, False),
        (grant.starts_at - HOUR, True, False),
    ):
        assert inserted(cast, machine(cast.stranger), when, pooled=pooled) is good


def inserted(cast: Cast, by: Actor, when: dt.datetime, *, pooled: bool) -> bool:
    """Tell whether the database takes a row of the inbox, written past all of Python's checks."""
    try:
        with (
            transaction.atomic(),
            acting_as(by, Action.CONTRIBUTE),
            connection.cursor() as cursor,
        ):
            cursor.execute(
                "INSERT INTO canvass_inbox (state, contact, voter, place, organization, principal, source,"
                " event_id, receipt, pooled, event_time, body)"
                " VALUES ('OH', %s, %s, 1, %s, %s, 'x', %s, %s, %s, %s, '{}')",
                [
                    uuid.uuid4(),
                    cast.places[1][0],
                    by.organization,
                    by.principal,
                    str(uuid.uuid4()),
                    uuid.uuid4(),
                    pooled,
                    when,
                ],
            )
            transaction.set_rollback(True)
    except DatabaseError:
        return False
    return True


@pytest.mark.parametrize("side", ["ohio", "stranger"])
def test_nobody_writes_that_a_grant_lived_out(cast: Cast, side: str) -> None:
    grant = ended(cast, steps=(*ENDED[:2], ("owner", "revoked")))
    with acting_as(getattr(cast, side), Action.MANAGE):
        try:
            with transaction.atomic():
                Grant.objects.filter(id=grant.id).update(lived_out=True)
        except DatabaseError:
            pass
        assert not Grant.objects.get(id=grant.id).lived_out
    assert pushed(cast, before_end(grant)) is Outcome.REJECTED


def test_a_test_credential_writes_nothing(cast: Cast) -> None:
    grant = ended(cast)
    item = body(cast.places[1][0], occurred_at=before_end(grant).isoformat())
    by = machine(cast.stranger)
    tried = push_contacts(items=[item], by=type(by)(**{**_members(by), "test": True}))
    assert tried.verdicts[0].outcome is Outcome.ACCEPTED
    assert not drain()


def _members(actor: Actor) -> dict[str, Any]:
    return {name: getattr(actor, name) for name in actor.__slots__}

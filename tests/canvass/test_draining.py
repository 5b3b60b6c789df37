"""What was acknowledged is applied exactly once, in any order, or visibly set aside."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from coop.actors import WORKER, Action, Actor
from coop.db.scope import acting_as
from coop.errors import NotFound
from coop.ledger.models import Entry
from states.canvass import applying, draining
from states.canvass.draining import Applied, apply_inbox, replay_contact
from states.canvass.models import POOL, Contact, InboxItem, Standing
from states.feeds.models import Change
from states.voters.ids import parse_voter_id
from tests.canvass.pushes import (
    body,
    contacts_seen,
    drain,
    push,
    push_and_apply,
    revoke,
)
from tests.cast import Cast

MORNING = dt.datetime(2026, 11, 1, 9, tzinfo=dt.UTC)


def _at(hours: int) -> str:
    return (MORNING + dt.timedelta(hours=hours)).isoformat()


def _standing(by: Actor, voter: UUID, audience: UUID) -> Standing:
    with acting_as(by, Action.READ):
        return Standing.objects.get(state="OH", voter=voter, audience=audience)


def test_a_contact_becomes_history_current_values_and_a_change(cast: Cast) -> None:
    voter = cast.places[1][0]
    push_and_apply(cast.outside_group, body(voter, support=2, occurred_at=_at(0)))
    with acting_as(cast.ohio, Action.READ):
        contact = Contact.objects.get(state="OH")
        change = Change.objects.get(state="OH")
    assert (contact.result_code, contact.support, contact.pooled) == (14, 2, True)
    assert (change.seq, change.kind, change.voter) == (1, "contact", voter)
    for audience in (POOL, cast.outside_group.organization):
        standing = _standing(cast.outside_group, voter, audience)
        assert standing.last_contact_at == standing.reached_at == MORNING
        assert (standing.support, standing.attempts, standing.last_result) == (2, 1, 14)
        assert standing.held_attempts == 0


def test_draining_twice_applies_once(cast: Cast) -> None:
    voter = cast.places[1][0]
    push_and_apply(cast.outside_group, body(voter))
    assert drain() == Applied()
    assert _standing(cast.outside_group, voter, POOL).attempts == 1
    assert contacts_seen(cast.ohio) == 1


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
@pytest.mark.parametrize("together", [True, False])
def test_the_newest_by_the_events_own_time_wins_in_any_order(
    cast: Cast, order: tuple[int, ...], together: bool
) -> None:
    voter = cast.places[1][0]
    told: list[dict[str, Any]] = [
        body(voter, support=1, occurred_at=_at(0)),
        body(voter, support=4, occurred_at=_at(1)),
        body(voter, result_code="busy", contact_type="phone", occurred_at=_at(2)),
    ]
    if together:
        push_and_apply(cast.outside_group, *(told[index] for index in order))
    else:
        for index in order:
            push_and_apply(cast.outside_group, told[index])
    standing = _standing(cast.outside_group, voter, POOL)
    assert standing.last_contact_at == MORNING + dt.timedelta(hours=2)
    assert (standing.last_contact_type, standing.last_result) == (1, 18)
    assert standing.support == 4
    assert standing.support_at == MORNING + dt.timedelta(hours=1)
    assert standing.reached_at == MORNING + dt.timedelta(hours=1)
    assert standing.attempts == 3


def test_of_two_events_of_one_moment_the_later_received_wins(cast: Cast) -> None:
    voter = cast.places[1][0]
    for support in (5, 3):
        push_and_apply(
            cast.outside_group, body(voter, support=support, occurred_at=_at(0))
        )
    assert _standing(cast.outside_group, voter, POOL).support == 3


def test_what_was_acknowledged_is_applied_after_a_revocation(cast: Cast) -> None:
    push(cast.outside_group, body(cast.places[1][0]))
    revoke(cast.ohio, cast.outside_group)
    assert drain() == Applied(applied=1)
    assert contacts_seen(cast.ohio) == 1


def test_a_poisonous_row_steps_aside_and_the_others_go_on(cast: Cast) -> None:
    voters = cast.places[1][:8]
    push(cast.outside_group, *(body(voter) for voter in voters[:4]))
    poison = _push_poison(cast.outside_group, voters[0], result_code=99_999)
    push(cast.outside_group, *(body(voter) for voter in voters[4:]))
    assert drain() == Applied(applied=8, set_aside=1)
    assert contacts_seen(cast.ohio) == 8
    with acting_as(cast.outside_group, Action.READ):
        row = InboxItem.objects.get(state="OH", contact=poison)
    assert (row.status, row.error, row.attempts) == ("set_aside", "DataError 22003", 1)
    with acting_as(cast.outside_group, Action.MANAGE):
        entry = Entry.objects.get(event="canvass:contact:set_aside")
    assert entry.subject == str(poison)


def test_a_row_that_python_cannot_read_steps_aside_as_well(cast: Cast) -> None:
    _push_poison(cast.outside_group, cast.places[1][0], contact_type=7)
    assert drain() == Applied(set_aside=1)


def test_what_was_set_aside_can_be_replayed_by_its_organization_alone(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    push(cast.outside_group, body(cast.places[1][0]))
    with monkeypatch.context() as broken:
        broken.setattr(applying, "_HISTORY", "SELECT 1/0")
        assert drain() == Applied(set_aside=1)
    with acting_as(cast.outside_group, Action.READ):
        contact = InboxItem.objects.get(state="OH").contact
    for other in (cast.ohio, cast.rival, cast.stranger):
        with pytest.raises(NotFound):
            replay_contact(state="OH", contact=contact, by=other)
    replay_contact(state="OH", contact=contact, by=cast.outside_group)
    assert drain() == Applied(applied=1)
    with pytest.raises(NotFound):
        replay_contact(state="OH", contact=contact, by=cast.outside_group)


def test_one_organizations_flood_does_not_keep_another_waiting(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("states.canvass.draining.BATCH", 3)
    push(cast.outside_group, *(body(voter) for voter in cast.places[1][:9]))
    push(cast.rival, body(cast.places[2][0]), body(cast.places[2][1]))
    push(cast.ohio, *(body(voter) for voter in cast.places[3][:4]))
    apply_inbox(by=WORKER, seconds=0.0)
    assert contacts_seen(cast.rival) == 0
    order = _order_of_batches(monkeypatch)
    drain()
    flood, small = cast.outside_group.organization, cast.rival.organization
    party = cast.ohio.organization
    assert order == [small, party, flood, party, flood, flood]


def test_who_comes_late_is_served_before_a_flood_goes_on(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("states.canvass.draining.BATCH", 3)
    monkeypatch.setattr("states.canvass.draining.LOOK_AGAIN_SECONDS", 0.0)
    push(cast.outside_group, *(body(voter) for voter in cast.places[1][:9]))
    order = _order_of_batches(monkeypatch)
    real = draining._apply_queue
    newcomer = iter([cast.rival])

    def arriving(*asked: Any) -> Any:
        for late in newcomer:
            push(late, body(cast.places[2][0]))
        return real(*asked)

    monkeypatch.setattr(draining, "_apply_queue", arriving)
    drain()
    flood, late = cast.outside_group.organization, cast.rival.organization
    assert order == [flood, late, flood, flood]


def _order_of_batches(monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    seen: list[UUID] = []
    real = applying.write_batch

    def noting(state: str, arrivals: Any) -> Any:
        seen.append(arrivals[0].organization)
        return real(state, arrivals)

    monkeypatch.setattr("states.canvass.draining.write_batch", noting)
    return seen


def test_the_owner_reads_what_was_applied_to_its_pool(cast: Cast) -> None:
    push_and_apply(cast.outside_group, body(cast.places[2][0]))
    push_and_apply(cast.rival, body(cast.places[2][1]))
    with acting_as(cast.ohio, Action.MANAGE):
        applied = Entry.objects.filter(event="canvass:contact:applied")
        assert [(one.state, one.rows) for one in applied] == [("OH", 1)]


def _push_poison(by: Actor, voter: UUID, **members: Any) -> UUID:
    """Write an inbox row that no push would: it cannot be applied."""
    contact = uuid4()
    stored = {
        "contact_type": 1,
        "input_type": 11,
        "result_code": 1,
        "support": None,
        "suppressions": [],
        "opt_ins": [],
        "canvasser": None,
        "phone": None,
        "survey_responses": [],
        "activist_codes": [],
    } | members
    with acting_as(by, Action.CONTRIBUTE), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO canvass_inbox (state, contact, voter, place, organization, principal, "
            "source, event_id, receipt, pooled, event_time, body) "
            "VALUES ('OH', %s, %s, 1, %s, %s, '', %s, %s, true, now(), %s)",
            [
                contact,
                voter,
                by.organization,
                by.principal,
                f"poison-{contact}",
                uuid4(),
                json.dumps(stored),
            ],
        )
    return contact


def test_public_ids_of_contacts_carry_their_state(cast: Cast) -> None:
    (public,) = push_and_apply(cast.outside_group, body(cast.places[1][0]))
    state, contact = parse_voter_id(public)
    with acting_as(cast.outside_group, Action.READ):
        assert Contact.objects.filter(state=state, contact=contact).count() == 1

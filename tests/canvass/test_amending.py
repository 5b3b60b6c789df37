"""Corrections and retractions: events of their own, in any order, once, and history kept whole."""

from __future__ import annotations

import datetime as dt
from itertools import permutations

import pytest
from django.db import DatabaseError, connection

from coop.actors import Action, worker_for
from coop.db.scope import acting_as
from coop.errors import Conflict, Denied, Invalid, NotFound
from coop.ledger.models import Entry
from states.canvass import applying
from states.canvass.draining import Applied, _apply_batch, replay_contact
from states.canvass.models import (
    POOL,
    Contact,
    ContactVersion,
    InboxItem,
)
from states.voters.ids import parse_voter_id
from tests.canvass.amendments import (
    MORNING,
    at,
    changes,
    correct,
    retract,
    standing,
)
from tests.canvass.pushes import (
    body,
    contacts_seen,
    drain,
    push,
    push_and_apply,
    revoke,
)
from tests.canvass.test_concurrency import _drain_until_empty, at_once
from tests.cast import Cast, load_cast
from tests.conftest import CommittedDatabase


def test_a_correction_changes_history_current_values_and_the_feed(cast: Cast) -> None:
    voter = cast.places[1][0]
    (first,) = push_and_apply(
        cast.outside_group, body(voter, support=1, occurred_at=at(0))
    )
    correct(cast.outside_group, first, "fix", support=5)
    assert drain() == Applied(applied=1)
    with acting_as(cast.ohio, Action.READ):
        contact = Contact.objects.get(state="OH")
    assert (contact.support, contact.event_time) == (5, MORNING)
    for audience in (POOL, cast.outside_group.organization):
        found = standing(cast.outside_group, voter, audience)
        assert found is not None
        assert (found.support, found.attempts) == (5, 1)
        assert found.last_contact_at == MORNING
    assert changes(cast.ohio) == [("contact", POOL), ("correction", POOL)]
    with acting_as(cast.outside_group, Action.READ):
        versions = ContactVersion.objects.filter(state="OH").order_by("seq")
        told = [(one.kind, one.body["support"]) for one in versions]
    assert told == [("contact", 1), ("correction", 5)]


def test_a_retraction_lets_the_value_before_it_stand_again(cast: Cast) -> None:
    voter = cast.places[1][0]
    push_and_apply(cast.outside_group, body(voter, support=2, occurred_at=at(0)))
    (second,) = push_and_apply(
        cast.outside_group, body(voter, support=4, occurred_at=at(1))
    )
    retract(cast.outside_group, second)
    drain()
    found = standing(cast.ohio, voter)
    assert found is not None
    assert (found.support, found.attempts, found.last_contact_at) == (2, 1, MORNING)
    assert contacts_seen(cast.ohio) == 1
    assert contacts_seen(cast.outside_group) == 2
    assert changes(cast.ohio)[-1] == ("retraction", POOL)


def test_a_retraction_of_the_only_contact_leaves_no_current_values(cast: Cast) -> None:
    voter = cast.places[1][0]
    (only,) = push_and_apply(cast.outside_group, body(voter))
    retract(cast.outside_group, only)
    drain()
    assert standing(cast.ohio, voter) is None
    assert standing(cast.outside_group, voter, cast.outside_group.organization) is None
    push_and_apply(cast.outside_group, body(voter))
    again = standing(cast.ohio, voter)
    assert again is not None
    assert again.attempts == 1


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_the_outcome_is_the_same_in_any_order_of_application(
    cast: Cast, order: tuple[int, ...]
) -> None:
    """Two corrections of one contact, a retraction of another, and a third untouched."""
    voter = cast.places[1][0]
    told = [body(voter, support=n, occurred_at=at(n)) for n in (1, 2, 3)]
    pushed = [one.contact for one in push(cast.outside_group, *told).verdicts]
    first, second, _ = map(str, pushed)
    correct(cast.outside_group, first, "fix 1", support=4)
    correct(cast.outside_group, first, "fix 2", support=5, occurred_at=at(9))
    retract(cast.outside_group, second)
    with acting_as(cast.outside_group, Action.READ):
        rows = InboxItem.objects.filter(state="OH").order_by("seq")
        seqs = list(rows.values_list("seq", flat=True))
    late, waiting = seqs[2], [[*seqs[:2]], [seqs[3]], [seqs[4]], [seqs[5]]]
    worker = worker_for(cast.outside_group.organization)
    for index in order:
        _apply_batch("OH", worker, waiting[index])
    _apply_batch("OH", worker, [late])
    drain()
    found = standing(cast.ohio, voter)
    assert found is not None
    assert (found.support, found.attempts) == (5, 2)
    assert found.last_contact_at == MORNING + dt.timedelta(hours=9)
    assert contacts_seen(cast.ohio) == 2
    with acting_as(cast.outside_group, Action.READ):
        assert ContactVersion.objects.filter(state="OH").count() == 5
        assert set(InboxItem.objects.values_list("status", flat=True)) == {"applied"}


def test_the_same_event_again_is_a_duplicate_and_another_body_a_fault(
    cast: Cast,
) -> None:
    first, other = push_and_apply(
        cast.outside_group, body(cast.places[1][0]), body(cast.places[1][1])
    )
    once = correct(cast.outside_group, first, "fix", support=3)
    again = correct(cast.outside_group, first, "fix", support=3)
    assert (again.id, again.duplicate, once.duplicate) == (once.id, True, False)
    with pytest.raises(Invalid, match="another body"):
        correct(cast.outside_group, first, "fix", support=4)
    with pytest.raises(Invalid, match="another body"):
        correct(cast.outside_group, other, "fix", support=3)
    with pytest.raises(Invalid, match="another body"):
        retract(cast.outside_group, first, "fix")
    drain()
    gone = retract(cast.outside_group, first)
    drain()
    assert retract(cast.outside_group, first).id == gone.id
    with pytest.raises(Conflict):
        retract(cast.outside_group, first, "gone again")
    with pytest.raises(Conflict):
        correct(cast.outside_group, first, "too late", support=3)
    assert drain() == Applied()


def test_only_the_organization_that_pushed_can_set_it_right(cast: Cast) -> None:
    (pooled,) = push_and_apply(cast.outside_group, body(cast.places[2][0]))
    (held,) = push_and_apply(cast.rival, body(cast.places[2][1]))
    for contact, strangers in (
        (pooled, (cast.ohio, cast.rival, cast.committee, cast.stranger)),
        (held, (cast.ohio, cast.outside_group, cast.committee, cast.stranger)),
    ):
        for other in strangers:
            with pytest.raises(NotFound):
                retract(other, contact)
            with pytest.raises(NotFound):
                correct(other, contact, "x", support=1)


def test_what_is_held_stays_held_and_out_of_the_owners_ledger(cast: Cast) -> None:
    voter = cast.places[2][0]
    (held,) = push_and_apply(cast.rival, body(voter, support=1))
    correct(cast.rival, held, "fix", support=3)
    drain()
    assert standing(cast.ohio, voter) is None
    own = standing(cast.rival, voter, cast.rival.organization)
    assert own is not None
    assert (own.support, own.attempts, own.held_attempts) == (3, 1, 1)
    assert changes(cast.ohio) == []
    assert [kind for kind, _ in changes(cast.rival)] == ["contact", "correction"]
    with acting_as(cast.ohio, Action.MANAGE):
        assert not Entry.objects.filter(event="canvass:contact:corrected").exists()
        assert not Entry.objects.filter(event="canvass:contact:applied").exists()
    retract(cast.rival, held)
    drain()
    assert standing(cast.rival, voter, cast.rival.organization) is None


def test_a_pooled_value_of_another_survives_ones_retraction(cast: Cast) -> None:
    voter = cast.places[2][0]
    push_and_apply(cast.ohio, body(voter, support=2, occurred_at=at(0)))
    (mine,) = push_and_apply(
        cast.outside_group, body(voter, support=5, occurred_at=at(1))
    )
    retract(cast.outside_group, mine)
    drain()
    found = standing(cast.committee, voter)
    assert found is not None
    assert (found.support, found.attempts) == (2, 1)


def test_after_a_revocation_nothing_is_set_right_but_what_was_accepted(
    cast: Cast,
) -> None:
    voter = cast.places[1][0]
    (first,) = push_and_apply(cast.outside_group, body(voter, support=1))
    known = correct(cast.outside_group, first, "in time", support=5)
    revoke(cast.ohio, cast.outside_group)
    assert correct(cast.outside_group, first, "in time", support=5).id == known.id
    with pytest.raises(Denied):
        retract(cast.outside_group, first)
    assert drain() == Applied(applied=1)
    found = standing(cast.ohio, voter)
    assert found is not None
    assert found.support == 5


def test_an_amendment_of_what_was_set_aside_counts_when_it_is_replayed(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    voter = cast.places[1][0]
    pushed = push(cast.outside_group, body(voter, support=1), body(voter, support=2))
    kept, gone = (str(one.contact) for one in pushed.verdicts)
    with monkeypatch.context() as broken:
        broken.setattr(applying, "_HISTORY", "SELECT 1/0")
        assert drain() == Applied(set_aside=2)
    correct(cast.outside_group, kept, "fix", support=5)
    retract(cast.outside_group, gone)
    assert drain() == Applied(applied=2)
    for one in (kept, gone):
        state, contact = parse_voter_id(one)
        replay_contact(state=state, contact=contact, by=cast.outside_group)
    assert drain() == Applied(applied=2)
    found = standing(cast.ohio, voter)
    assert found is not None
    assert (found.support, found.attempts) == (5, 1)
    assert contacts_seen(cast.ohio) == 1


def test_two_at_once_are_one_event_and_two_corrections_leave_the_newest(
    committed_db: CommittedDatabase,
) -> None:
    cast = load_cast()
    voter = cast.places[1][0]
    (first,) = push_and_apply(cast.outside_group, body(voter, support=1))
    same = at_once(*[lambda: correct(cast.outside_group, first, "same", support=2)] * 4)
    assert [one.duplicate for one in same].count(False) == 1
    assert len({one.id for one in same}) == 1
    at_once(
        *[
            lambda n=n: correct(cast.outside_group, first, f"fix {n}", support=n)
            for n in (3, 4, 5)
        ]
    )
    push(cast.ohio, *[body(voter) for _ in range(5)])
    push(cast.outside_group, *[body(voter) for _ in range(5)])
    at_once(*[_drain_until_empty] * 3)
    with acting_as(cast.outside_group, Action.READ):
        newest = ContactVersion.objects.filter(state="OH").order_by("-seq")[0]
        contact = Contact.objects.get(state="OH", contact=parse_voter_id(first)[1])
    assert contact.version == newest.version
    found = standing(cast.ohio, voter)
    assert found is not None
    assert found.attempts == 11
    assert found.support == newest.body["support"]


@pytest.mark.parametrize(
    "attack",
    [
        "INSERT INTO canvass_contact_version SELECT * FROM canvass_contact_version",
        "DELETE FROM canvass_contact_version",
        "UPDATE canvass_contact SET retracted_at = now()",
        "UPDATE canvass_suppression_assertion SET withdrawn_at = now()",
        "SELECT sec.amend_contacts('OH', '{}')",
        "SELECT sec.keep_versions('OH', '{}')",
        "SELECT sec.recount_standing('OH', '{}')",
        "SELECT sec.recount_codes('OH', '{}')",
        "DELETE FROM canvass_coded",
        "SELECT sec.restate_assertions('OH', '{}', '[]')",
    ],
)
def test_nobody_rewrites_history_by_hand(cast: Cast, attack: str) -> None:
    with (
        pytest.raises(DatabaseError, match=r"permission denied|is written here"),
        acting_as(cast.outside_group, Action.MANAGE),
        connection.cursor() as cursor,
    ):
        cursor.execute(attack)


def test_a_worker_amends_its_own_organizations_contacts_alone(cast: Cast) -> None:
    (mine,) = push_and_apply(cast.outside_group, body(cast.places[2][0], support=1))
    correct(cast.outside_group, mine, "fix", support=5)
    _, contact = parse_voter_id(mine)
    for other in (cast.rival, cast.ohio):
        with acting_as(other, Action.APPLY), connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM sec.amend_contacts('OH', %s)", [[contact]]
            )
            assert cursor.fetchone() == (0,)
            cursor.execute("SELECT count(*) FROM sec.keep_versions('OH', '{1,2,3}')")
            assert cursor.fetchone() == (0,)
    assert drain() == Applied(applied=1)

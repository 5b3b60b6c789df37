"""Who sees a contact: its organization, and of the pool the owner and the licensed; nobody else, in nothing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from coop.actors import Action, Actor
from coop.db.scope import acting_as
from states.canvass.models import (
    Contact,
    ContactDetail,
    EventKey,
    InboxItem,
    Receipt,
    Standing,
    Suppression,
    SuppressionAssertion,
    WrongPhone,
)
from states.canvass.protecting import confirm_suppression, lift_suppressions
from states.canvass.queries import (
    CurrentValues,
    standing_of,
    suppressions_of,
    wrong_phones_of,
)
from states.feeds.models import Change
from states.feeds.reading import read_changes
from tests.canvass.pushes import body, push_and_apply, revoke
from tests.cast import Cast

EVERYTHING = (
    Contact,
    ContactDetail,
    EventKey,
    InboxItem,
    Receipt,
    Standing,
    Suppression,
    SuppressionAssertion,
    WrongPhone,
    Change,
)
ACTIONS = (Action.COUNT, Action.READ, Action.EXPORT, Action.MANAGE, Action.CONTRIBUTE)


def rows_seen(by: Actor) -> int:
    """Return how many rows of all canvass and feed tables an actor sees, in any scope."""
    total = 0
    for action in ACTIONS:
        with acting_as(by, action):
            total += sum(model.objects.count() for model in EVERYTHING)
    return total


def sees(by: Actor, voter: UUID) -> dict[str, int]:
    """Return what an actor sees of a voter's contacts, by where it would show."""
    with acting_as(by, Action.READ):
        return {
            "contacts": Contact.objects.filter(state="OH", voter=voter).count(),
            "values": len(standing_of("OH", [voter])),
            "changes": Change.objects.filter(
                state="OH", voter=voter, kind="contact"
            ).count(),
        }


SEEN = {"contacts": 1, "values": 1, "changes": 1}
UNSEEN = {"contacts": 0, "values": 0, "changes": 0}


def test_a_pooled_contact_is_seen_by_its_own_the_owner_and_the_licensed(
    cast: Cast,
) -> None:
    third, fifteenth = cast.places[1][0], cast.places[2][0]
    push_and_apply(cast.outside_group, body(third), body(fifteenth))
    for reader in (cast.outside_group, cast.ohio, cast.committee):
        assert sees(reader, third) == sees(reader, fifteenth) == SEEN
    assert sees(cast.campaign, third) == sees(cast.rival, fifteenth) == SEEN
    assert sees(cast.campaign, fifteenth) == sees(cast.rival, third) == UNSEEN
    for reader in (cast.stranger, cast.carolina):
        assert rows_seen(reader) == 0


def test_a_held_contact_is_its_contributors_alone(cast: Cast) -> None:
    voter = cast.places[2][0]
    push_and_apply(cast.rival, body(voter, support=1))
    assert sees(cast.rival, voter) == SEEN
    for reader in (cast.ohio, cast.committee, cast.campaign, cast.outside_group):
        assert rows_seen(reader) == 0


def test_a_held_contact_changes_no_value_that_others_read(cast: Cast) -> None:
    voter = cast.places[2][0]
    push_and_apply(cast.outside_group, body(voter, support=2))
    before = _values(cast.ohio, voter)
    push_and_apply(cast.rival, body(voter, support=5))
    assert _values(cast.ohio, voter) == _values(cast.committee, voter) == before
    own = _values(cast.rival, voter)
    assert own is not None
    assert (own.support, own.attempts) == (5, 2)


def test_own_contacts_in_the_pool_are_counted_once(cast: Cast) -> None:
    voter = cast.places[1][0]
    push_and_apply(cast.outside_group, body(voter), body(voter))
    push_and_apply(cast.ohio, body(voter))
    for reader in (cast.outside_group, cast.ohio, cast.committee, cast.campaign):
        values = _values(reader, voter)
        assert values is not None
        assert values.attempts == 3


def _values(by: Actor, voter: UUID) -> CurrentValues | None:
    with acting_as(by, Action.READ):
        return standing_of("OH", [voter]).get(voter)


def test_what_is_the_contributors_alone_stays_so_in_the_pool(cast: Cast) -> None:
    push_and_apply(
        cast.outside_group,
        body(cast.places[1][0], canvasser="team 7", phone="+16145550100"),
    )
    for reader in (cast.ohio, cast.committee, cast.campaign):
        for action in ACTIONS:
            with acting_as(reader, action):
                assert not ContactDetail.objects.exists()
                assert not EventKey.objects.exists()
                assert not InboxItem.objects.exists()
                assert not Receipt.objects.exists()
    with acting_as(cast.outside_group, Action.READ):
        assert ContactDetail.objects.get(state="OH").canvasser == "team 7"


def test_a_revocation_ends_reading_the_pool_and_not_reading_ones_own(
    cast: Cast,
) -> None:
    voter = cast.places[1][0]
    push_and_apply(cast.ohio, body(voter))
    push_and_apply(cast.outside_group, body(voter))
    assert sees(cast.outside_group, voter) == {
        "contacts": 2,
        "values": 1,
        "changes": 2,
    }
    revoke(cast.ohio, cast.outside_group)
    assert sees(cast.outside_group, voter) == SEEN
    revoke(cast.ohio, cast.campaign)
    assert sees(cast.campaign, voter) == UNSEEN


def test_contacts_need_a_license_for_contacts_and_reading(cast: Cast) -> None:
    push_and_apply(cast.outside_group, body(cast.places[1][0]))
    with acting_as(cast.committee, Action.COUNT):
        assert not Contact.objects.exists()
        assert not Standing.objects.exists()
        assert not Change.objects.exists()


# Suppressions ----------------------------------------------------------------------------


def _bindings(by: Actor, voter: UUID) -> set[str]:
    with acting_as(by, Action.READ):
        return {one.kind for one in suppressions_of("OH", [voter]).get(voter, [])}


@pytest.mark.parametrize(
    ("members", "kind"),
    [
        ({"result_code": "do_not_call"}, "call"),
        ({"result_code": "do_not_text"}, "text"),
        ({"suppressions": ["door"]}, "door"),
        ({"result_code": "wrong_number"}, "wrong_number"),
    ],
)
def test_an_opt_out_binds_everyone_who_reads_the_voter_though_it_was_held(
    cast: Cast, members: dict[str, Any], kind: str
) -> None:
    voter = cast.places[2][0]
    push_and_apply(cast.rival, body(voter, **members))
    for reader in (cast.rival, cast.ohio, cast.committee, cast.outside_group):
        assert _bindings(reader, voter) == {kind}
    for reader in (cast.campaign, cast.stranger, cast.carolina):
        assert _bindings(reader, voter) == set()


def test_an_opt_out_names_nobody(cast: Cast) -> None:
    voter = cast.places[2][0]
    push_and_apply(cast.rival, body(voter, result_code="do_not_call"))
    with acting_as(cast.committee, Action.READ):
        change = Change.objects.get(state="OH")
        assert not SuppressionAssertion.objects.exists()
    assert (change.kind, change.organization, change.contact) == (
        "suppression",
        None,
        None,
    )
    assert set(change.summary) == {"kind", "day", "bound"}
    for reader, many in ((cast.ohio, 1), (cast.rival, 1), (cast.campaign, 0)):
        with acting_as(reader, Action.READ):
            assert SuppressionAssertion.objects.count() == many


def test_an_opt_out_is_told_once(cast: Cast) -> None:
    voter = cast.places[2][0]
    for _ in range(2):
        push_and_apply(cast.rival, body(voter, result_code="do_not_call"))
    with acting_as(cast.ohio, Action.READ):
        assert Change.objects.filter(state="OH").count() == 1


@pytest.mark.parametrize("result", ["deceased", "moved"])
def test_deceased_and_moved_bind_the_claimant_until_the_owner_confirms(
    cast: Cast, result: str
) -> None:
    voter = cast.places[2][0]
    push_and_apply(cast.rival, body(voter, result_code=result))
    assert _bindings(cast.rival, voter) == {result}
    assert _bindings(cast.ohio, voter) == _bindings(cast.committee, voter) == set()
    with acting_as(cast.ohio, Action.MANAGE):
        claim = SuppressionAssertion.objects.get(state="OH").assertion
    confirm_suppression(state="OH", assertion=claim, by=cast.ohio)
    assert _bindings(cast.committee, voter) == {result}


def test_the_owner_itself_needs_no_confirmation(cast: Cast) -> None:
    voter = cast.places[2][0]
    push_and_apply(cast.ohio, body(voter, result_code="deceased"))
    assert _bindings(cast.rival, voter) == {"deceased"}


def test_a_wrong_number_disqualifies_the_number_for_those_who_may_read_numbers(
    cast: Cast,
) -> None:
    voter = cast.places[2][0]
    phone = "+16145550123"
    push_and_apply(cast.rival, body(voter, result_code="wrong_number", phone=phone))
    for reader, seen in ((cast.ohio, {phone}), (cast.committee, {phone})):
        with acting_as(reader, Action.READ):
            assert wrong_phones_of("OH", [voter]) == {voter: seen}
    with acting_as(cast.outside_group, Action.READ):
        assert wrong_phones_of("OH", [voter]) == {}
        assert {one.kind for one in suppressions_of("OH", [voter])[voter]} == {
            "wrong_number"
        }


@pytest.mark.parametrize("reverse", [True, False])
def test_a_later_opt_in_lifts_an_opt_out_and_an_earlier_one_does_not(
    cast: Cast, reverse: bool
) -> None:
    voter = cast.places[2][0]
    out: dict[str, Any] = {
        "suppressions": ["text"],
        "occurred_at": "2026-11-01T10:00:00Z",
    }
    later: dict[str, Any] = {"opt_ins": ["text"], "occurred_at": "2026-11-02T10:00:00Z"}
    told = [body(voter, **out), body(voter, **later)]
    for one in reversed(told) if reverse else told:
        push_and_apply(cast.rival, one)
    assert _bindings(cast.ohio, voter) == set()
    push_and_apply(
        cast.outside_group,
        body(voter, suppressions=["text"], occurred_at="2026-11-03T10:00:00Z"),
    )
    assert _bindings(cast.ohio, voter) == {"text"}


def test_the_owner_lifts_by_source_and_what_another_said_goes_on_binding(
    cast: Cast,
) -> None:
    both, one = cast.places[2][:2]
    push_and_apply(
        cast.rival, *(body(voter, result_code="do_not_call") for voter in (both, one))
    )
    push_and_apply(cast.outside_group, body(both, result_code="do_not_call"))
    lifted = lift_suppressions(
        state="OH", organization=cast.rival.organization, source="dialer", by=cast.ohio
    )
    assert lifted == 2
    assert _bindings(cast.committee, both) == {"call"}
    assert _bindings(cast.committee, one) == set()
    with acting_as(cast.committee, Action.READ):
        page = read_changes(state="OH", position=0, limit=100, by=cast.committee)
    last = page.changes[-1]
    assert (last.voter, last.summary["bound"]) == (one, False)


def test_nobody_but_the_owner_lifts_or_confirms(cast: Cast) -> None:
    voter = cast.places[2][0]
    push_and_apply(cast.rival, body(voter, result_code="deceased"))
    push_and_apply(cast.rival, body(voter, result_code="do_not_call"))
    with acting_as(cast.rival, Action.READ):
        claim = SuppressionAssertion.objects.get(state="OH", kind="deceased").assertion
    for other in (cast.rival, cast.committee, cast.carolina):
        with pytest.raises(Exception, match="not_found"):
            lift_suppressions(
                state="OH", organization=cast.rival.organization, by=other
            )
        with pytest.raises(Exception, match="not_found"):
            confirm_suppression(state="OH", assertion=claim, by=other)
    assert _bindings(cast.committee, voter) == {"call"}
